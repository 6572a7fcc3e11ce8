"""Pages of the desk, and of advocates."""
