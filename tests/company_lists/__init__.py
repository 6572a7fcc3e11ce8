"""Tests of the room `company_lists`."""
