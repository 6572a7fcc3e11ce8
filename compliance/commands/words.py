"""Words that several commands say."""


def counted(number: int, thing: str) -> str:
    """`1 sheet`, `2 sheets`."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
