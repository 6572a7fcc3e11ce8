"""What identifies a company: its name, its web domain, its LEI; and whether two companies look like the same one.

Pure functions over texts: no database, no web, no network. Not here: what is done about two that look the same, which
the registration and the steward's queue decide. Start with `matching`.
"""
