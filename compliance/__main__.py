"""`python -m compliance` is the command `compliance`, also where that is not on the path."""

from compliance.cli import main

main()
