"""Sentences about public lists of invited companies speak of one company as one, and of several as several."""

from datetime import date

import pytest

from compliance.disclosure.invitations import ListedCompany, PublicList, publish_invitations
from compliance.languages.interface_messages import in_language
from compliance.narrative.invitation_findings import ListFindings, list_findings


def found(*, answered: int, silent: int, names_silent: bool, high_need: bool = False) -> ListFindings:
    companies = [
        ListedCompany(
            id=f"Example {i}",
            name=f"Example {i}",
            sector="travel",
            is_high_need=high_need and i % 2 == 0,
            progress="answered" if i < answered else "unopened",
        )
        for i in range(answered + silent)
    ]
    listed = PublicList(name="Airlines", invited_on=date(2025, 1, 1), companies=companies, names_silent=names_silent)
    (one,) = list_findings(publish_invitations([listed], {}), "travel")
    return one


@pytest.mark.parametrize(
    ("answered", "headline", "answers"),
    [
        (1, "The one invited company answered", "The only company of its sector on the list “Airlines” answered."),
        (0, "The one invited company is silent", "The only company of its sector on the list “Airlines” is silent."),
    ],
)
def test_a_list_with_one_company_of_a_sector_is_not_said_to_have_several(
    answered: int, headline: str, answers: str
) -> None:
    said = found(answered=answered, silent=1 - answered, names_silent=True)
    assert (str(said.headline), str(said.answers)) == (headline, answers)
    hidden = found(answered=answered, silent=1 - answered, names_silent=False)
    assert hidden.headline is None
    assert str(hidden.answers) == (
        "Whether the only company of its sector on the list “Airlines” answered is not shown, to protect its identity."
    )


def test_one_silent_company_of_several_is_silent_and_two_are() -> None:
    one, two = (found(answered=7, silent=silent, names_silent=True) for silent in (1, 2))
    assert str(one.headline) == "1 of the 8 invited companies is silent"
    assert str(one.answers) == "Of the 8 companies on the list “Airlines”, 7 answered and 1 is silent."
    assert str(two.headline) == "2 of the 9 invited companies are silent"
    assert str(two.answers) == "Of the 9 companies on the list “Airlines”, 7 answered and 2 are silent."
    everybody = found(answered=7, silent=0, names_silent=True)
    assert str(everybody.headline) == "All 7 invited companies answered"
    of_need = found(answered=7, silent=1, names_silent=True, high_need=True)
    assert str(of_need.headline) == (
        "1 of the 8 invited companies is silent, including 0 of the 4 from priority countries"
    )


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("fr", "1 des 8 entreprises invitées est silencieuse"),
        ("es", "1 de las 8 empresas invitadas no ha enviado nada"),
        ("ar", "شركة واحدة من أصل 8 من الشركات المدعوة صامتة"),
    ],
)
def test_one_silent_company_is_one_in_every_language(code: str, said: str) -> None:
    with in_language(code):
        assert str(found(answered=7, silent=1, names_silent=True).headline) == said
