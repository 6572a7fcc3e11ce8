"""Authors start a draft from another edition and publish it: nothing is overwritten, and nothing published changes."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from compliance.authoring import AuthoringError
from compliance.authoring.drafts import clone_edition, publish_edition
from compliance.cli import main
from compliance.questionnaire.edition_difference import compare_editions
from compliance.questionnaire.edition_folder import editions_folder
from compliance.questionnaire.faults import EditionFaults
from compliance.questionnaire.loader import load_edition
from tests.support.paths import EDITIONS

OURS = editions_folder() / "child-protection-2026"
MADE = "# id: made-1 is said here too\nid: made-1 # first\ntitle: Made\nparts: [a.yaml]\n"
EXAMPLE = EDITIONS / "example-1.yaml"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A small edition in a folder of its own, with a comment, a language and a law."""
    folder = tmp_path / "made-1"
    (folder / "locales").mkdir(parents=True)
    (folder / "law").mkdir()
    (folder / "edition.yaml").write_text(
        "# id: made-1 is said here too\nid: made-1 # first\ntitle: Made\nparts: [a.yaml]\n"
    )
    (folder / "a.yaml").write_text(
        "id: a\ntitle: Theme\nparts: [{id: made-1.q, options: yes-no, ask: Is it made-1?}]\n"
    )
    (folder / "locales" / "fr.yaml").write_text("a: {title: {text: Thème, state: draft}}\n")
    (folder / ".swap").write_text("an editor's own")
    return folder


# ── Starting


def test_a_draft_is_a_copy_of_another_edition_with_a_new_id(tmp_path: Path) -> None:
    draft = clone_edition(OURS, "child-protection-2027", tmp_path / "drafts")
    assert draft == tmp_path / "drafts" / "child-protection-2027"
    old, new = load_edition(OURS), load_edition(draft)
    assert new.id == "child-protection-2027" and new.digest != old.digest
    assert compare_editions(old, new).changes == ()
    for path in OURS.glob("*.yaml"):
        copied = (draft / path.name).read_text(encoding="utf-8")
        assert copied.replace("id: child-protection-2027\n", "id: child-protection-2026\n") == path.read_text("utf-8")


def test_only_the_id_is_replaced_and_comments_stay(made: Path) -> None:
    draft = clone_edition(made, "made-2")
    text = (draft / "edition.yaml").read_text()
    assert text == MADE.replace("id: made-1 # first", "id: made-2 # first")
    assert (draft / "a.yaml").read_text() == (made / "a.yaml").read_text()
    assert (draft / "locales" / "fr.yaml").is_file() and (draft / "law").is_dir()
    assert not (draft / ".swap").exists()


def test_an_edition_folder_can_be_named_by_its_first_file(made: Path) -> None:
    assert clone_edition(made / "edition.yaml", "made-2") == made.parent / "made-2"


def test_a_draft_of_a_single_file_edition_is_a_single_file(tmp_path: Path) -> None:
    draft = clone_edition(EXAMPLE, "example-2", tmp_path)
    assert draft == tmp_path / "example-2.yaml"
    assert load_edition(draft).id == "example-2"


def test_nothing_is_overwritten(made: Path) -> None:
    there = made.parent / "made-2"
    there.mkdir()
    (there / "mine").write_text("kept")
    with pytest.raises(AuthoringError, match="nothing is written over"):
        clone_edition(made, "made-2")
    assert (there / "mine").read_text() == "kept"


@pytest.mark.parametrize("new_id", ["Made 2", "../made-2", "made-1", ""])
def test_an_invalid_id_is_refused(made: Path, tmp_path: Path, new_id: str) -> None:
    with pytest.raises(AuthoringError, match="id"):
        clone_edition(made, new_id, tmp_path / "elsewhere")
    assert not (tmp_path / "elsewhere").exists()


def test_the_id_of_a_published_edition_is_never_used_again(made: Path) -> None:
    (made.parent / "published.yaml").write_text("made-2: 0123\n")
    with pytest.raises(AuthoringError, match="ids are never used again"):
        clone_edition(made, "made-2")


def test_a_draft_that_cannot_be_loaded_where_it_was_written_is_removed(made: Path, tmp_path: Path) -> None:
    (made.parent / "law").mkdir()
    (made.parent / "law" / "own.yaml").write_text(
        "{id: own, title: Own, year: 2000, status: In force., as_of: 2026-01-01, provisions: ["
        "{id: own-1, provision: art. 1, authority: states, paraphrase: It says so., mark: C}]}\n"
    )
    (made / "law").rmdir()
    (made / "a.yaml").write_text("id: a\nexpects: So.\nlaw: [own-1]\nparts: [{id: q, options: yes-no}]\n")
    with pytest.raises(EditionFaults, match="own-1"):
        clone_edition(made, "made-2", tmp_path / "elsewhere")
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert clone_edition(made, "made-2").is_dir()  # beside it, its law is at hand


def test_the_command_says_what_to_do_next(tmp_path: Path) -> None:
    result = run("new-edition", "next-1", "--from", "child-protection-2026", "--to", str(tmp_path))
    assert result.exit_code == 0
    for step in (
        "compliance check",
        "compliance preview",
        "compliance diff child-protection-2026",
        "compliance publish",
    ):
        assert f"{step} {tmp_path / 'next-1'}" in result.output
    again = run("new-edition", "next-1", "--from", "child-protection-2026", "--to", str(tmp_path))
    assert again.exit_code == 1 and "nothing is written over" in again.output
    assert run("new-edition", "next-2", "--from", "nowhere").exit_code == 1


# ── Publishing


def test_a_published_edition_that_was_changed_no_longer_loads(made: Path) -> None:
    (made / "locales" / "fr.yaml").unlink()
    result = run("publish", str(made), "--yes")
    assert result.exit_code == 0, result.output
    digest = load_edition(made).digest
    assert (made.parent / "published.yaml").read_text() == f"made-1: {digest}\n"
    assert run("check", str(made)).output.endswith(", published\n")
    (made / "a.yaml").write_text("id: a\ntitle: Other\nparts: [{id: made-1.q, options: yes-no}]\n")
    with pytest.raises(EditionFaults, match="published editions never change"):
        load_edition(made)


def test_publishing_keeps_the_earlier_entries_and_comments_of_the_list(made: Path) -> None:
    (made / "locales" / "fr.yaml").unlink()
    listed = made.parent / "published.yaml"
    listed.write_text("# never change a line\nearlier: 0123")
    edition, where = publish_edition(made)
    assert where == listed
    assert listed.read_text() == f"# never change a line\nearlier: 0123\nmade-1: {edition.digest}\n"
    with pytest.raises(AuthoringError, match="is published already"):
        publish_edition(made)


def test_only_a_valid_edition_in_a_folder_named_after_its_id_is_published(made: Path) -> None:
    with pytest.raises(EditionFaults, match="texts are missing"):  # an incomplete language
        publish_edition(made)
    (made / "locales" / "fr.yaml").unlink()
    renamed = made.rename(made.parent / "draft-of-made")
    with pytest.raises(AuthoringError, match="must lie under that name"):
        publish_edition(renamed)
    (renamed / "a.yaml").write_text("id: a\nparts: []\n")
    with pytest.raises(EditionFaults, match="at least one"):
        publish_edition(renamed)
    assert not (made.parent / "published.yaml").exists()


def test_publishing_asks_for_confirmation_first(made: Path) -> None:
    (made / "locales" / "fr.yaml").unlink()
    result = CliRunner().invoke(main, ["publish", str(made)], input="n\n")
    assert result.exit_code == 1
    assert "made-1 never changes again once it is published" in result.output
    assert not (made.parent / "published.yaml").exists()
