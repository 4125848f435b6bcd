"""Commands for people and CI. All but `fleet` and `upload` need no cloud, no secrets and no engine."""
