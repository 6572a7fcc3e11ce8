"""The tests: one file per module, named for the rules of the trade; `factories` makes what they need."""
