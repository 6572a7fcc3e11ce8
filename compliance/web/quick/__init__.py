"""The quick check: a short form without an account, its result, and the way into a full assessment.

Answers are kept in the visitor's cookie and in result links (`link_code`), never in the database.
Start with `quick_check`.
"""
