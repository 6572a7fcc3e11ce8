"""Catalogues, numbers, days and names in each language."""
