"""The advocate's pages: the desk, where published texts of companies are read, and what is published.

Of companies' own answers, an advocate reads what everybody reads. Start with `start_page`; the desk begins in
`reading_list`, and `blueprint` has the one way to a reading.
"""
