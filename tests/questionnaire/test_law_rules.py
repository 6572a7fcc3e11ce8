"""Faults in the rules of a law are reported with file, line and advice."""

from pathlib import Path

import pytest

from compliance.questionnaire.conditions_and_law import ApplicabilityRule
from compliance.questionnaire.faults import EditionFaults
from compliance.questionnaire.law import load_law

HEAD = """\
id: act
title: Act on goods
year: 2026
status: In force.
as_of: 2026-11-26
"""
PROVISIONS = """\
provisions:
- {id: act-1, provision: s. 1, authority: company, paraphrase: Companies look., mark: C}
- {id: act-2, provision: s. 2, authority: states, paraphrase: States look., mark: C}
"""
LAST = "- {id: others, verdict: not, text: It reaches few., source: Text, mark: R}\n"


def rules(tmp_path: Path, written: str, provisions: str = PROVISIONS) -> tuple[ApplicabilityRule, ...]:
    (tmp_path / "act.yaml").write_text(f"{HEAD}applies:\n{written}{provisions}", encoding="utf-8")
    return load_law(tmp_path)[0].rules


def test_a_rule_is_read_with_its_days_its_facts_and_its_source(tmp_path: Path) -> None:
    first = (
        "- {id: goods, verdict: binds, when: {goods: 'yes', any: [{hq: [EU]}, {works_in: DEU}]}, from: 2027-12-14, "
        "until: 2030-01-01, provisions: [act-1], text: You sell goods., source: Text, mark: S}\n"
    )
    found, last = rules(tmp_path, first + LAST)
    assert (found.id, found.outcome, str(found.start), str(found.end)) == ("goods", "binds", "2027-12-14", "2030-01-01")
    assert (found.provisions, found.text, found.source, found.mark) == (("act-1",), "You sell goods.", "Text", "S")
    assert found.when is not None and last.when is None


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            "when: {headquarters: [DEU]}",
            "nothing is known of a company under `headquarters`: it is one of hq",
        ),
        ("when: {work_in: [DEU]}", "nothing is known of a company under `work_in`; did you mean `works_in`?"),
        ("when: {hq: [Germany]}", "`hq`: `Germany` is no country; did you mean DEU, Germany?"),
        ("when: {hq: [EEA]}", "`hq`: `EEA` is no country: write its three letters, as in DEU, or a group: EU"),
        ("when: {size: [large]}", "`size`: `large` is none of its values: write one of 1-9, 10-49, 50-249, 250-4999"),
        ("when: {platform: true}", "`platform`: `true` is none of its values: write one of no, yes"),
        ("when: {hq: []}", "`hq: []` can never hold: name at least one value"),
        ("when: {any: {hq: [DEU]}}", "`any` takes a list: any: [{hq: [EU]}, {works_in: [EU]}]"),
        ("when: [DEU]", "`when` is written {hq: [EU], size: [5000-up]}, any, all or not"),
        ("from: soon", "`from` takes a day as year-month-day, not `soon`"),
        ("from: 2027-01-02, until: 2027-01-01", "`until` lies before `from` (2027-01-02): correct one of them"),
        ("provisions: [act-2]", "this law has no `act-2` that binds companies; did you mean `act-1`?"),
        ("group: true", "`group` belongs to `verdict: not`: delete it, or ask for the group in `text`"),
        ("since: 2027-01-01", "a rule has no key `since`: delete it"),
        ("id: others, when: {hq: [DEU]}", "the key `id` is written twice"),
    ],
)
def test_faults_are_reported_with_line_and_advice(tmp_path: Path, changed: str, said: str) -> None:
    wrong = f"- {{id: first, verdict: may, {changed}, text: Do you?, source: Text, mark: R}}\n"
    with pytest.raises(EditionFaults) as caught:
        rules(tmp_path, wrong + LAST)
    assert any(fault.line == 7 and said in fault.message for fault in caught.value.faults), caught.value


def test_a_verdict_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EditionFaults, match="`verdict` takes one of binds, may, not, not `never`"):
        rules(tmp_path, LAST.replace("verdict: not", "verdict: never"))


def test_the_last_rule_must_fit_every_company_that_is_left(tmp_path: Path) -> None:
    only = "- {id: only, verdict: may, when: {hq: [DEU]}, text: Do you?, source: Text, mark: R}\n"
    with pytest.raises(EditionFaults, match="the last rule, `only`, must be one that has no `when`"):
        rules(tmp_path, only)


def test_a_rule_below_one_that_fits_everybody_is_never_reached(tmp_path: Path) -> None:
    with pytest.raises(EditionFaults, match="the rule `others` fits every company, so none below it is reached"):
        rules(tmp_path, LAST + LAST.replace("others", "rest"))


def test_two_rules_of_a_law_have_two_ids(tmp_path: Path) -> None:
    first = "- {id: others, verdict: may, when: {hq: [DEU]}, text: Do you?, source: Text, mark: R}\n"
    with pytest.raises(EditionFaults, match="the rule `others` stands twice in this law: rename one"):
        rules(tmp_path, first + LAST)


def test_a_law_that_binds_no_company_has_no_rules(tmp_path: Path) -> None:
    with pytest.raises(EditionFaults, match="none of the provisions binds companies: delete `applies`"):
        rules(tmp_path, LAST, PROVISIONS.replace("authority: company", "authority: states"))
