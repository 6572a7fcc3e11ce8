"""Every sentence about a number is true of it."""
