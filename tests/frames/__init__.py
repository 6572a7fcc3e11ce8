"""Data frames for analysts."""
