"""Many stacks at once, by Pulumi's own engine: previewed, brought up, looked at."""
