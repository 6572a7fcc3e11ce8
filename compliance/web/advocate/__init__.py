"""The advocate's pages: the desk, where published texts of companies are read, and published readings.

Of companies' own answers, an advocate sees only what is public. Start with `start_page`. The desk begins in
`reading_list`, and `blueprint` has the only access to a reading.
"""
