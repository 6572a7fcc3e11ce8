"""The identity of a company: its name, its web domain, its LEI, and whether two companies look the same.

Pure functions over texts: no database, no web, no network. Not here: what is done about two companies that look the
same, which registration and the steward's queue decide. Start with `matching`.
"""
