"""The file storage of an app: where files that people sent are kept."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask, current_app

from compliance.store import FileStorage, UnusableFileStorage, open_file_storage
from compliance.web.readiness import FILES_FOLDER
from compliance.web.settings import BadSetting

_FILES = "article34_files"


def init_files(app: Flask) -> None:
    """Give the views of `app` a file storage. Raise BadSetting."""
    app.extensions[_FILES] = storage_of(Path(app.instance_path), app.config)


def storage_of(folder: Path, config: Mapping[str, Any]) -> FileStorage:
    """Return an installation's file storage: named by ARTICLE34_FILES, or else in its folder. Raise BadSetting."""
    try:
        return open_file_storage(config["FILES"] or str(folder / FILES_FOLDER))
    except UnusableFileStorage as fault:
        raise BadSetting(f"ARTICLE34_FILES: {fault}") from fault


def files() -> FileStorage:
    """Return the file storage of the current app."""
    return file_storage(current_app)


def file_storage(app: Flask) -> FileStorage:
    """Return the file storage of an app."""
    storage: FileStorage = app.extensions[_FILES]
    return storage
