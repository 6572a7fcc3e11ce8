"""Tests of the store: what is saved, by whom, and that nothing is lost."""
