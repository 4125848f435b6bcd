"""How long things take: measured, printed, never asserted. `make bench`, see `python -m bench --help`."""
