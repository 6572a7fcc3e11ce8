"""Signing in: sessions that end on the server, passwords, second factors, confirmed addresses, single sign-on.

The pages of one's own account are here too. Who the people are, and how Flask-Security is set up, is in
`compliance.web.accounts`; start there.
"""
