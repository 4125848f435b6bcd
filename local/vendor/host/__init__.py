"""Programs of the vendor's stand-in that run on the lab's hosts: Python 3.11, standard library only."""
