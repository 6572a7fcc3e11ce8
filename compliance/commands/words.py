"""Words that several commands say."""

#: What commands that read answers take, for the end of their help.
TAKES = (
    "An EDITION is an id, a folder with edition.yaml or a .yaml file. Answers are a .csv or .xlsx file with a row for "
    "each company and a column for each question, or a scorecard that came back."
)


def counted(number: int, thing: str, things: str = "") -> str:
    """`1 sheet`, `2 sheets`; `2 companies`, where the plural is given."""
    return f"{number} {thing if number == 1 else things or thing + 's'}"
