"""Invented companies for a first look, and for tests. Only ever put into an empty database."""
