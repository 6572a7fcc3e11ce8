"""Lists of companies that a steward uploads, as CSV or Excel: in any common encoding, with headings in four languages.

Here: the content of a file, the meaning of its columns, and faults by line. Not here: which registered company a line
is (`store.invitation_matching`), forms and pages. Start with `list_lines`; encodings are in `list_files`.
"""
