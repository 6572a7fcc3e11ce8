"""The advocate's start page: what is published, and where it can be compared, cited and downloaded.

An advocate reads what everybody reads. Start with `start_page`.
"""
