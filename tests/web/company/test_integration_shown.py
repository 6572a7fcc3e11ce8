"""Integrated or isolated, on the scorecard: a headline, the figures behind it, and what is missing."""

from dataclasses import replace
from pathlib import Path

import pytest

from compliance.narrative.scorecard_headlines import integration_sentence
from compliance.questionnaire.loader import find_edition
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.integration import Integration, Integrations
from compliance.scoring.scorecard import Scorecard, make_scorecard
from compliance.web.presenters.scores import IntegrationView, integration_view
from tests.scoring.test_integration_reading import all_done, measures
from tests.support.factories import edition, one, sheet
from tests.support.page_lint import faults_of
from tests.support.sites import begin, make_site, send, settle

pytestmark = pytest.mark.usefixtures("request_context")

#: One question on practice before harm, one after it.
JOINED = """
id: joined-2026
joined: [done]
lenses:
  prevention: {values: {pre-primary: Root causes, tertiary: After harm}}
  audience: [staff, children]
  aspect: [practice]
parts:
  - id: done
    expects: The company does something.
    aspect: practice
    parts:
      - {id: before, options: yes-no, prevention: pre-primary, audience: staff}
      - {id: after, options: yes-no, prevention: tertiary, audience: children}
"""


@pytest.fixture(scope="module")
def full_card() -> Scorecard:
    ours = find_edition("child-protection-2026")
    return make_scorecard(compile_edition(ours), all_done(ours))


def shape(card: Scorecard, found: Integration | None) -> IntegrationView:
    """What a scorecard of claims with this result shows."""
    read = Integrations(found, measures(0.0, 0, 0, 0, 0), measures(1.0, 6, 6, 5, 5))
    shaped = integration_view([("Claimed", replace(card, integration=read))])
    assert shaped is not None
    return shaped


def cells(shaped: IntegrationView) -> dict[str, str]:
    return {row.title: row.cells[0] for row in shaped.rows}


def test_the_finding_is_shown_with_everything_behind_it(full_card: Scorecard) -> None:
    shaped = shape(full_card, measures(0.55, 1, 4, 2, 4))
    assert shaped.headline.startswith("Partly linked")
    assert cells(shaped) == {
        "Reading": "Partly linked",
        "Areas at least half done": "11 of 22",
        "Root causes": "1 of 6",
        "Everyone": "4 of 6",
        "At risk": "2 of 5",
        "After harm": "4 of 5",
        "Of these, areas that act only after harm": "36 %",
        "Links between the measures": "55 %",
        "At worst": "Isolated",
        "At best": "Integrated",
    }


@pytest.mark.parametrize(
    ("found", "headline", "sentence"),
    [
        (
            measures(0.55, 1, 4, 2, 4),
            "Partly linked: more than single measures, but not yet one whole",
            "11 of 22 areas are at least half done; 60 % are needed. At “Root causes”, less than a third of the areas "
            "are at least half done. The links between the measures score 55 %; 60 % is needed.",
        ),
        (
            measures(0.65, 6, 6, 5, 1),
            "Partly linked: more than single measures, but not yet one whole",
            "18 of 22 areas are at least half done, enough to be integrated. At “After harm”, less than a third of the "
            "areas are at least half done.",
        ),
        (
            measures(0.65, 2, 5, 3, 4),
            "Integrated: it works at every level, and the measures are linked",
            "At every level, at least a third of the areas are at least half done, and the links between the measures "
            "score 65 %.",
        ),
        (
            measures(None, 2, 5, 3, 4),
            "Partly linked: more than single measures, but not yet one whole",
            "14 of 22 areas are at least half done, enough to be integrated. "
            "Nothing about the links between the measures is asked.",
        ),
    ],
)
def test_the_sentence_says_what_is_missing(
    full_card: Scorecard, found: Integration, headline: str, sentence: str
) -> None:
    shaped = shape(full_card, found)
    assert (shaped.headline, shaped.sentence) == (headline, sentence)


def test_links_that_score_just_too_little_are_not_printed_as_enough(full_card: Scorecard) -> None:
    said = shape(full_card, measures(0.5996, 6, 6, 5, 5)).sentence
    assert said.endswith("The links between the measures score 59.96 %; 60 % is needed.")


def test_a_level_with_too_few_answers_is_not_called_weak(full_card: Scorecard) -> None:
    found = Integrations(measures(0.65, 1, 6, 5, 0), None, None)
    assert "At “Root causes” and “After harm”, less than a third" in integration_sentence(full_card.edition, found)
    assert "At “Root causes”, less than a third of the areas are at least half done." in integration_sentence(
        full_card.edition, found, ["tertiary"]
    )
    assert "less than a third" not in integration_sentence(full_card.edition, found, ["tertiary", "pre-primary"])


def test_a_reactive_company_is_told_that_it_acts_after_harm(full_card: Scorecard) -> None:
    shaped = shape(full_card, measures(0.3, 0, 1, 0, 4))
    assert shaped.headline == "Reactive: most of what is done comes after harm"
    begins = "5 of 22 areas are at least half done, fewer than a quarter. Of the areas at least half done, "
    assert begins + "80 % act only after harm." in shaped.sentence


def test_without_a_score_there_is_no_finding_to_show(full_card: Scorecard) -> None:
    shaped = shape(full_card, None)
    assert shaped.headline == "Too little is answered to say whether the measures are linked"
    assert (shaped.sentence, shaped.rows) == ("", ())


def test_each_basis_has_its_column(full_card: Scorecard) -> None:
    given = full_card.sheet
    compiled = compile_edition(full_card.edition)
    shaped = integration_view([("Claimed", full_card), ("Evidenced", make_scorecard(compiled, given, "evidenced"))])
    assert shaped is not None
    assert shaped.columns == ["Claimed", "Evidenced"]
    assert shaped.rows[0].cells == ("Integrated", "Isolated"), "nothing of it rests on evidence"


def test_an_edition_without_integrating_requirements_shows_nothing() -> None:
    card = make_scorecard(compile_edition(edition(one("a"))), sheet(a="o1"))
    assert integration_view([("Claimed", card)]) is None


def joined_scorecard(tmp_path: Path, view: str = "scorecard") -> str:
    """The scorecard, or its board view, of a company that does one of two things, by the edition JOINED."""
    (tmp_path / "joined").mkdir()
    (tmp_path / "joined" / "edition.yaml").write_text(JOINED, encoding="utf-8")
    url = f"sqlite:///{tmp_path / 'article34.db'}"
    site = settle(make_site(url, tmp_path, EDITIONS=[tmp_path / "joined"]))
    number = begin(site)
    send(site, f"/assessments/{number}/done", before="yes", after="no")
    page = site.client("ana").get(f"/assessments/{number}/{view}").text
    site.close()
    assert faults_of(page) == []
    return page


def test_nothing_is_said_of_gaps_between_which_the_edition_does_not_distinguish(tmp_path: Path) -> None:
    page = joined_scorecard(tmp_path)
    assert "2 of 2 questions answered." in page and "three gaps" not in page


def test_the_board_view_says_what_closes_a_gap_only_where_the_edition_does(tmp_path: Path) -> None:
    page = joined_scorecard(tmp_path, "board")
    assert "One gap is left" in page and "What closes it" not in page


def test_the_scorecard_shows_it_beside_the_levels(tmp_path: Path) -> None:
    page = joined_scorecard(tmp_path)
    assert page.index("Levels of prevention") < page.index("Integrated or isolated") < page.index('id="gaps"')
    assert "1 of 2 areas are at least half done; 60 % are needed." in page
    assert '<th scope="row">Root causes</th><td class="end">1 of 1</td><td class="end">0 of 1</td>' in page
