"""Commands for people and CI: what can be said about stacks without a cloud, without secrets and without an engine."""
