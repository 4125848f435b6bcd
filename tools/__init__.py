"""Set-up of a machine: engine, Python environment, Debian packages. Standard library only."""
