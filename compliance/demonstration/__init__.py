"""Demonstration data: about 120 invented companies with answers over three periods, plainly marked.

Not here: test fixtures. It goes into an empty database only, through the functions that real companies use.
Start with `seeding`; who the companies are and what they answer is in `synthetic_companies`.
"""
