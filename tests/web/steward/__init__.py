"""The steward opens and closes periods."""
