"""A stand-in for Docker: enough of it for Replicated's scripts and for the application of the local cloud."""
