"""Drafts, translators' workbooks, the guide for authors."""
