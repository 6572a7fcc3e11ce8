"""Words that several commands say."""


def counted(number: int, thing: str, things: str = "") -> str:
    """`1 sheet`, `2 sheets`; `2 companies`, where the plural is given."""
    return f"{number} {thing if number == 1 else things or thing + 's'}"
