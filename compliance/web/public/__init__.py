"""Public pages: the first page, method and law, sectors, publications. No account is needed.

Figures of companies come only from `compliance.web.releases`, never from live answers.
"""
