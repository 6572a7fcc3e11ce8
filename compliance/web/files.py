"""The file storage of an app: where files that people sent are kept."""

from pathlib import Path

from flask import Flask, current_app

from compliance.store import FileStorage, UnusableFileStorage, open_file_storage
from compliance.web.settings import BadSetting

_FILES = "article34_files"


def init_files(app: Flask) -> None:
    """Let the views of `app` keep files: where ARTICLE34_FILES says, else in its folder. Raise BadSetting."""
    try:
        app.extensions[_FILES] = open_file_storage(app.config["FILES"] or str(Path(app.instance_path) / "files"))
    except UnusableFileStorage as fault:
        raise BadSetting(f"ARTICLE34_FILES: {fault}") from fault


def files() -> FileStorage:
    """The file storage of this app."""
    return file_storage(current_app)


def file_storage(app: Flask) -> FileStorage:
    """The file storage of an app."""
    storage: FileStorage = app.extensions[_FILES]
    return storage
