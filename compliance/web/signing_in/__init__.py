"""Signing in: sessions that can be ended on the server, passwords, second factors, confirmed addresses, single sign-on.

The pages of one's own account are here too. `compliance.web.accounts` has the person signed in and the setup of
Flask-Security. Start there.
"""
