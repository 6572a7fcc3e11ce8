"""What an author asked for and cannot have."""


class Refusal(Exception):
    """The message says why, and what to do instead."""
