"""The console on port 8800 (image replicated-ui)."""
