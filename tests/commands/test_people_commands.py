"""`compliance add-user` and `set-password`, for people who cannot be added on a page."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from compliance import store
from compliance.cli import main
from tests.support.sites import PASSWORD, make_site, post


def run(*arguments: str, password: str = PASSWORD) -> Result:
    return CliRunner().invoke(main, [*arguments, "--password", password])


def add(email: str, name: str, role: str, *more: str, password: str = PASSWORD) -> str:
    result = run("add-user", email, "--name", name, "--role", role, *more, password=password)
    assert result.exit_code == 0, result.output
    return result.output


def salt(folder: Path) -> str:
    return (folder / "security_password_salt").read_text()


def test_people_added_by_command_can_sign_in(installation: Path) -> None:
    assert add("Eva@example.org", "Eva", "steward") == "eva@example.org can sign in as steward\n"
    ferries = ("--organisation", "Example Ferries 3")
    said = add("kim@example.org", "Kim", "company", *ferries)
    assert said == "kim@example.org can sign in as company for Example Ferries 3\n"
    add("lou@example.org", "Lou", "company", *ferries)
    site = make_site(
        f"sqlite:///{installation / 'article34.db'}", installation, SECURITY_PASSWORD_SALT=salt(installation)
    )
    with site.store() as session:
        assert [company.name for company in store.companies(session)] == ["Example Ferries 3"]
    assert post(site.client(), "/sign-in", email="eva@example.org", password=PASSWORD).status_code == 302
    said = run("set-password", "eva@example.org", password="forêt d’été inconnue").output
    assert said == "eva@example.org has a new password\n"
    assert post(site.client(), "/sign-in", email="eva@example.org", password=PASSWORD).status_code == 200
    assert post(site.client(), "/sign-in", email="eva@example.org", password="forêt d’été inconnue").status_code == 302
    site.close()


@pytest.mark.parametrize(
    ("arguments", "password", "said"),
    [
        (
            ["add-user", "kim@example.org", "--name", "Kim", "--role", "company"],
            PASSWORD,
            "name it with --organisation",
        ),
        (["add-user", "kim@example.org", "--name", "Kim", "--role", "auditor"], "short", "at least 10 characters"),
        (["add-user", "kim@example.org", "--name", "Kim", "--role", "auditor"], "password12", "easy to guess"),
        (
            ["add-user", "kim@example.org", "--name", "Kim", "--role", "company", "--organisation", " "],
            PASSWORD,
            "name it with --organisation",
        ),
        (["add-user", "kim@example.org", "--name", " ", "--role", "auditor"], PASSWORD, "say with --name how pages"),
        (["add-user", "kim", "--name", "Kim", "--role", "auditor"], PASSWORD, "kim is not an e-mail address: "),
        (["add-user", "kïm@example.org", "--name", "Kim", "--role", "auditor"], PASSWORD, "before the @-sign"),
        (["add-user", "kim@localhost", "--name", "Kim", "--role", "auditor"], PASSWORD, "is not an e-mail address: "),
        (["add-user", "EVA@example.org", "--name", "E", "--role", "auditor"], PASSWORD, "is registered already"),
        (["set-password", "nobody@example.org"], PASSWORD, "nobody has the address"),
        (["set-password", "eva@example.org"], "short", "at least 10 characters"),
    ],
)
def test_invalid_input_is_refused_with_one_sentence_and_exit_code_1(
    installation: Path, arguments: list[str], password: str, said: str
) -> None:
    add("eva@example.org", "Eva", "auditor")
    result = run(*arguments, password=password)
    assert (result.exit_code, len(result.output.splitlines())) == (1, 1)
    assert said in result.output


def test_a_password_that_is_not_given_is_asked_for_twice(installation: Path) -> None:
    command = ["add-user", "kim@example.org", "--name", "Kim", "--role", "auditor"]
    result = CliRunner().invoke(main, command, input=f"{PASSWORD}\n" * 2)
    assert result.exit_code == 0
    assert result.output.endswith("kim@example.org can sign in as auditor\n")


def test_an_ambiguous_name_of_an_organisation_is_refused(installation: Path) -> None:
    ferries = ("--role", "company", "--organisation", "Example Ferries 3")
    add("kim@example.org", "Kim", *ferries[1:])
    site = make_site(f"sqlite:///{installation / 'article34.db'}", installation)
    with site.store() as session:
        kim = store.companies(session)[0]
        store.add_organisation(session, "Example Ferries 3", at=kim.registered_at)
        session.commit()
    site.close()
    result = run("add-user", "lou@example.org", "--name", "Lou", *ferries)
    assert result.exit_code == 1
    assert "2 organisations are called 'Example Ferries 3'" in result.output


def test_a_lost_second_factor_can_be_reset_by_command_with_a_reason(installation: Path) -> None:
    add("eva@example.org", "Eva", "steward")
    said = run_plain("reset-second-factor", "EVA@example.org", "--reason", "telephone lost")
    assert said.exit_code == 0 and said.output.startswith("eva@example.org sets up a second factor")
    site = make_site(f"sqlite:///{installation / 'article34.db'}", installation)
    with site.store() as session:
        [event] = store.history(session, "person/1/second-factor")
    assert (event.who, event.before, event.after) == (None, "none", "reset: telephone lost")
    site.close()
    for arguments, reason in ((["nobody@example.org"], "x"), (["eva@example.org"], " ")):
        refused = run_plain("reset-second-factor", *arguments, "--reason", reason)
        assert (refused.exit_code, len(refused.output.splitlines())) == (1, 1)


def run_plain(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)
