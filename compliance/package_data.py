"""The data folders that ship with the code: beside the package in a checkout, inside it in a wheel."""

from pathlib import Path
from typing import Literal, TypeAlias

DataFolder: TypeAlias = Literal["questionnaires", "templates"]

_PACKAGE = Path(__file__).resolve().parent


def data_folder(name: DataFolder) -> Path:
    """The folder `questionnaires` or `templates`. Raise FileNotFoundError if this installation has none."""
    for place in (_PACKAGE / name, _PACKAGE.parent / name):
        if place.is_dir():
            return place
    raise FileNotFoundError(f"{name}/ lies neither in {_PACKAGE} nor beside it: install the package again")
