"""`python -m compliance` runs the command `compliance`, even if that is not on the path."""

from compliance.cli import main

main()
