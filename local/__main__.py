"""`python -m local`: the command line of the local cloud."""

from local.cli import main

main()
