"""Workbooks: written and read."""
