"""What the engine runs; the program is infra.program."""

from infra.program import main

main()
