"""The pictures of the README can be made anew, from the demonstration as it is."""

import re
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser

from tests.support.databases import SqliteFolder
from tests.support.demonstrations import demonstrate
from tests.support.paths import ROOT
from tests.support.pictures import HEIGHT, PAGES, PICTURES, WIDTH, take_pictures


def test_the_command_makes_the_pictures_that_the_readme_shows(
    browser: Browser, sqlite_files: SqliteFolder, demonstrated_file: str, tmp_path: Path
) -> None:
    site = demonstrate(sqlite_files.copy_of(demonstrated_file), tmp_path)
    made = take_pictures(site, browser, tmp_path)
    site.close()
    assert [path.name for path in made] == [f"{name}.png" for name in PAGES]
    for path in (*made, *(PICTURES / path.name for path in made)):
        with Image.open(path) as picture:
            assert (picture.format, picture.size) == ("PNG", (WIDTH, HEIGHT)), path
        assert 10_000 < path.stat().st_size < 150_000, path
    shown = re.findall(r"!\[[^]]+\]\(([^)]+\.png)\)", (ROOT / "README.md").read_text())
    assert shown == [str((PICTURES / path.name).relative_to(ROOT)) for path in made]
