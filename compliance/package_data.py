"""The name of the distribution, and the data folders that ship with the code.

The folders are next to the package in a checkout, and inside it in a wheel.
"""

from pathlib import Path
from typing import Literal, TypeAlias

DataFolder: TypeAlias = Literal["questionnaires", "templates"]

#: The name of the distribution. The package and the command are called `compliance`, but on PyPI that name belongs to
#: another project.
DISTRIBUTION = "article34"

_PACKAGE = Path(__file__).resolve().parent


def data_folder(name: DataFolder) -> Path:
    """Return the folder `questionnaires` or `templates`. Raise FileNotFoundError if it is missing."""
    for place in (_PACKAGE / name, _PACKAGE.parent / name):
        if place.is_dir():
            return place
    raise FileNotFoundError(f"{name}/ lies neither in {_PACKAGE} nor beside it: install the package again")


def how_to_install(extra: str) -> str:
    """Return how to install an extra. Only this distribution is named, so that nobody installs a stranger's package."""
    return f'pip install "{DISTRIBUTION}[{extra}]", or make extras where the project lies'
