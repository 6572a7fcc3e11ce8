"""What it is worth: the rules of the arithmetic, by hand and in general."""
