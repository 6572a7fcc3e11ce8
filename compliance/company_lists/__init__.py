"""Lists of companies that a steward sends in, as CSV or Excel: in whatever encoding, with headings in four languages.

Here: what a file says, which column is which, and what is wrong with a line. Not here: which registered company a line
is (`store.invitation_matching`), forms and pages. Start with `list_lines`; encodings are in `list_files`.
"""
