"""A question on a page: a named group, its errors linked to their fields, its law beside it; and other controls."""

import re
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.rendering import open_reasons, provision, question, render, row, words
from tests.support.style_sheet import SHEET

COUNTRIES = [SimpleNamespace(code="KHM", name="Cambodia"), SimpleNamespace(code="PRT", name="Portugal")]


def asked(*, single: bool = False, names: str = "", **changed: Any) -> str:
    known = COUNTRIES[:1]
    choice = SimpleNamespace(single=single, names=names, known=known, earlier=[("reach.home", "Where?")], chosen=1)
    return render("{{ question.question(q, all) }}", q=question(**{"countries": choice, **changed}), all=COUNTRIES)


class TestTheLaw:
    @pytest.mark.parametrize(("checked", "said"), [(True, "Wording checked"), (False, "Wording not checked")])
    def test_says_whether_its_wording_was_checked(self, checked: bool, said: str) -> None:
        assert said in words(render("{{ law.marks(p) }}", p=provision(wording_checked=checked)))

    @pytest.mark.parametrize("key", ["company", "states", "interpretation", "expectation", "proposal"])
    def test_says_whom_it_binds(self, key: str) -> None:
        assert words(render("{{ authority(key) }}", key=key))

    def test_names_its_provisions_in_the_margin_even_when_closed(self) -> None:
        html = render("{{ law.margin([p]) }}", p=provision())
        assert "CRC art. 34" in words(html.split("</summary>")[0])


class TestAQuestion:
    def test_is_a_group_named_by_its_legend(self) -> None:
        html = asked()
        assert re.search(r'<fieldset role="radiogroup" aria-describedby="q-reach.code-help"><legend><h2>', html)
        assert 'id="q-reach.code-help"' in html

    def test_shows_the_points_of_answers_only_in_a_closed_part(self) -> None:
        before, scored = asked(weight="It makes up 40 %.").split("<details><summary>How this is scored</summary>")
        assert (
            "Points out of 5" in words(scored) and "Yes 2.5" in words(scored) and "It makes up 40 %." in words(scored)
        )
        assert "oints" not in words(before) and "2.5" not in words(before)

    def test_says_nothing_of_scoring_where_nothing_is_scored(self) -> None:
        assert "How this is scored" not in asked(scored=False, options=())

    def test_distinguishes_not_known_from_does_not_apply(self) -> None:
        assert 'value="blank:not-known" checked' in asked(reasons=open_reasons("not-known"), open=True)
        assert 'value="n/a" checked' in asked(not_applicable=True)
        assert " checked>" not in asked()
        assert "Does not apply" not in words(asked(na="never"))

    def test_asks_for_the_reason_right_after_the_answer_that_needs_it(self) -> None:
        assert re.search(
            r'value="n/a"[^>]*>.*?</label>\s*<div class="follow-up">.*?name="reach.code#reason"', asked(), re.S
        )
        assert "@supports selector(:has(*)){.option:not(:has(:checked)) + .follow-up{display:none}}" in SHEET

    @pytest.mark.parametrize("kind", ["one", "many", "number", "date", "text", "countries"])
    @pytest.mark.parametrize(
        "field", ["value", "reason", "title", "passage", "document", "page", "dated", "link", "opened"]
    )
    def test_links_every_error_to_its_field_and_the_summary_to_the_controls(self, kind: str, field: str) -> None:
        html = asked(kind=kind, errors={field: "That is not so."})
        target = "q-reach.code" + ("" if field == "value" else f"-{field}")
        assert html.count(f'id="{target}"') == 1
        assert html.count("That is not so.") == html.count(f'id="{target}-err"') == 1
        assert re.search(rf'aria-describedby="[^"]*{re.escape(target)}-err', html)
        assert 'aria-invalid="true"' in html or kind == "countries"
        assert 'class="question faulty"' in html

    def test_keeps_what_was_typed(self) -> None:
        assert 'value="5O"' in asked(kind="number", text="5O", errors={"value": "Not a number."})
        assert ">We respect</textarea>" in asked(draft={"passage": "We respect"})

    def test_says_how_many_points_a_number_earns(self) -> None:
        said = words(asked(kind="number", range=(0.0, 100.0), unit="%"))
        assert "0 % earns nothing, 100 % full marks. A number in between earns a proportionate share." in said

    def test_of_many_has_none_of_these(self) -> None:
        assert '<input type="checkbox" name="reach.code" value="none"' in asked(kind="many")

    def test_of_countries_offers_those_that_were_named_and_takes_others_by_name(self) -> None:
        html = asked(kind="countries", chosen=["KHM"], names="Atlantis", errors={"names": "No such country."})
        assert 'value="KHM" checked' in html and "PRT" not in re.sub("such as PRT", "", html)
        assert "One country chosen." in words(html) and "Add all countries from “Where?”" in words(html)
        assert re.search(r'id="q-reach.code-names" [^>]*aria-describedby="q-reach.code-names-err [^>]*>Atlantis<', html)

    def test_of_one_country_is_a_field_that_suggests_all(self) -> None:
        html = asked(kind="countries", single=True, names="Cambodia", errors={"value": "Choose one."})
        assert re.search(r'<input [^>]*name="reach.code#names"[^>]* value="Cambodia"[^>]* list="countries"', html)
        assert html.count("<option>") == 2 and html.count('id="q-reach.code-err"') == 1

    def test_behind_a_closed_gate_is_folded_and_keeps_its_value(self) -> None:
        html = asked(gate="Counts only if your code says so", gate_open=False, chosen=["yes"])
        assert html.strip().startswith('<details class="condition"><summary>Counts only if your code says so')
        assert 'value="yes" checked' in html
        assert '<details class="condition"' not in asked(gate="Counts only if so", wants_evidence=False, provisions=[])

    def test_a_long_condition_is_in_a_part_that_can_be_opened_whether_the_gate_is_open_or_not(self) -> None:
        gate = f"Counts only if {'this and that, ' * 40}"
        shown = words(asked(gate=gate, wants_evidence=False, provisions=[]))
        assert shown.index("When this counts") < shown.index(gate.strip())
        shut = words(asked(gate=gate, gate_open=False))
        assert shut.startswith("Counts only under conditions that are not met now Question")
        assert shut.count(gate.strip()) == 1

    def test_uses_each_id_only_once(self) -> None:
        ids = re.findall(r' id="([^"]+)"', asked(errors={"reason": "Say why."}))
        assert len(ids) == len(set(ids))

    def test_never_offers_to_upload_a_file(self) -> None:
        assert "Never add pictures or details of children or of incidents." in words(asked())
        assert 'href="#hotlines"' in asked()
        assert 'type="file"' not in asked()


class TestForms:
    def test_the_summary_says_first_that_all_is_saved_and_then_where_to_go(self) -> None:
        errors = [SimpleNamespace(text="Question 5: say why", target="q-5-reason")]
        saved = "Everything you wrote is saved. You can also come back to this later."
        html = render("{{ forms.error_summary(errors, saved) }}", errors=errors, saved=saved)
        assert words(html) == f"There is a problem {saved} Question 5: say why"
        assert 'href="#q-5-reason"' in html

    def test_the_save_bar_shows_the_live_score_with_its_interval(self) -> None:
        buttons = [SimpleNamespace(label="Save and continue", value="on")]
        said = words(render("{{ forms.save_bar('f', buttons, '14:02', row) }}", buttons=buttons, row=row()))
        assert said == "Save and continue Saved 14:02. Score so far: 57 , between 52 and 65."

    def test_a_password_is_never_put_back_into_its_field(self) -> None:
        assert "secret" not in render("{{ forms.field('p', 'p', 'Password', 'secret', 'password') }}")
