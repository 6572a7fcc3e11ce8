"""Shared code of the tests: small editions, sites, databases, browsers, and slow arithmetic to compare results with."""
