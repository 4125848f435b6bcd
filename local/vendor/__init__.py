"""The vendor of the local cloud: the servers that the installer talks to, and what they hand out."""
