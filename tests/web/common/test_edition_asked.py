"""An installation asks the last published edition, otherwise the last draft, and never a quick form as a full one."""

from pathlib import Path

import pytest

from compliance.questionnaire.loader import load_edition
from compliance.store import NotFound
from compliance.web.edition_registry import newest_edition, quick_edition
from tests.support.sites import make_site


def shelf(
    folder: Path, drafts: tuple[str, ...] = (), published: tuple[str, ...] = (), quick: tuple[str, ...] = ()
) -> list[Path]:
    """Small editions in a folder, by id."""
    paths = []
    for name in (*drafts, *published, *quick):
        path = folder / f"{name}.yaml"
        form = "form: quick\n" if name in quick else ""
        path.write_text(f"id: {name}\n{form}parts: [{{id: q, options: yes-no}}]\n", encoding="utf-8")
        paths.append(path)
    listed = "".join(f"{name}: {load_edition(folder / f'{name}.yaml').digest}\n" for name in published)
    if listed:
        (folder / "published.yaml").write_text(listed, encoding="utf-8")
    return paths


def chosen(tmp_path: Path, paths: list[Path]) -> tuple[str, str]:
    """The full edition and the quick form that an installation with these editions asks."""
    site = make_site(f"sqlite:///{tmp_path / 'shelf.db'}", tmp_path, EDITIONS=paths)
    with site.app.app_context():
        quick = quick_edition()
        found = newest_edition().edition.id, quick.edition.id if quick else ""
    site.close()
    return found


@pytest.mark.parametrize(
    ("editions", "asked"),
    [
        ({"drafts": ("a-2025", "a-2026")}, ("a-2026", "")),
        ({"drafts": ("a-2027",), "published": ("a-2025", "a-2026")}, ("a-2026", "")),
        ({"drafts": ("a-2026",), "quick": ("a-quick",)}, ("a-2026", "a-quick")),
        ({"published": ("a-2026",), "quick": ("a-quick", "a-quick-2")}, ("a-2026", "a-quick-2")),
    ],
    ids=["the last draft", "the last published", "a quick form sorts last and is none", "several quick forms"],
)
def test_a_new_assessment_answers(tmp_path: Path, editions: dict[str, tuple[str, ...]], asked: tuple[str, str]) -> None:
    assert chosen(tmp_path, shelf(tmp_path, **editions)) == asked


def test_a_cut_is_asked_only_if_there_is_nothing_else(tmp_path: Path) -> None:
    paths = shelf(tmp_path, drafts=("a-2026",))
    lens = "lenses: {aspect: [code]}\nparts: [{id: q, aspect: code, options: yes-no}]\n"
    paths[0].write_text(f"id: a-2026\n{lens}", encoding="utf-8")
    cut = tmp_path / "a-code-2026.yaml"
    cut.write_text("id: a-code-2026\ncut_of: a-2026\nkeep: {aspect: code}\n", encoding="utf-8")
    assert chosen(tmp_path, [cut, *paths]) == ("a-2026", "")
    assert chosen(tmp_path, [cut]) == ("a-code-2026", "")


def test_if_there_is_only_a_quick_form_no_assessment_can_be_started(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no full edition"):
        chosen(tmp_path, shelf(tmp_path, quick=("a-quick",)))
