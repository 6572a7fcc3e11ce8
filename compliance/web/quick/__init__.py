"""The quick check: a short form without an account, its result, and the transfer to a full assessment.

Answers are stored in the visitor's cookie and in result links (`link_code`), and in the database only once a company
transfers them to its assessment.
Start with `quick_check`.
"""
