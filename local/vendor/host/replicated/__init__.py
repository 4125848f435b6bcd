"""A stand-in for the Replicated daemon (native scheduler) and its command lines."""
