"""What this tool is called where packages are installed, and the data folders that ship with its code.

The folders lie beside the package in a checkout, and inside it in a wheel.
"""

from pathlib import Path
from typing import Literal, TypeAlias

DataFolder: TypeAlias = Literal["questionnaires", "templates"]

#: The name that installers know the tool by. The package and the command are called `compliance`; on the index of
#: Python's packages, that is the name of somebody else's.
DISTRIBUTION = "article34"

_PACKAGE = Path(__file__).resolve().parent


def data_folder(name: DataFolder) -> Path:
    """The folder `questionnaires` or `templates`. Raise FileNotFoundError if this installation has none."""
    for place in (_PACKAGE / name, _PACKAGE.parent / name):
        if place.is_dir():
            return place
    raise FileNotFoundError(f"{name}/ lies neither in {_PACKAGE} nor beside it: install the package again")


def how_to_install(extra: str) -> str:
    """What to do where an optional part of this tool is not installed. It names no package of a stranger."""
    return f'pip install "{DISTRIBUTION}[{extra}]", or make extras where the project lies'
