"""Demonstration data: about 120 invented companies with answers over three periods, plainly marked.

Not here: test fixtures. The data go only into an empty database, through the functions that real companies use.
Start with `seeding`. The companies and their answers are in `synthetic_companies`.
"""
