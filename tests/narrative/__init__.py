"""Sentences about numbers, which must be true of them."""
