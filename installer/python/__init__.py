"""What runs on hosts as Python: nothing newer than 3.6, which Ubuntu 18.04 has, and the standard library alone."""
