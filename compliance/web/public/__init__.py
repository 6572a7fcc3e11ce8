"""Public pages: the first page, method and law, sectors, publications. No account is needed.

Figures of companies come from `releases` alone, never from live answers.
"""
