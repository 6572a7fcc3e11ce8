"""What the numbers say, in sentences: a score worked out by hand, a loss, a gain. For page, sheet and terminal."""
