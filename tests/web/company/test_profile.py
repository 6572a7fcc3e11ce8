"""The profile of the tool's own edition: countries by name, kinds of business as one list of ticks."""

import re

import pytest
from werkzeug.datastructures import MultiDict

from compliance.web.answer_fields import with_ticked_values
from tests.support.sites import Site, answers, begin, kept, save

pytestmark = pytest.mark.site(EDITIONS=None)
LISTS = ("about.operations", "about.suppliers", "about.customers")


@pytest.fixture
def site(sqlite_site: Site) -> Site:
    """A site without answers."""
    return sqlite_site


@pytest.fixture
def where(site: Site) -> str:
    """The address of the profile of Ana's company."""
    return f"/assessments/{begin(site)}/profile"


def countries_kept(site: Site) -> dict[str, str]:
    return {name: text for name, text in kept(site, 1).items() if name.startswith("about.")}


def shown(site: Site, where: str) -> str:
    return site.client("ana").get(where).text


def test_countries_are_typed_and_offered_to_the_next_list(site: Site, where: str) -> None:
    fields = answers(about__headquarters="", about__operations="", about__suppliers="FRA", about__customers="")
    fields |= {"about.headquarters#names": "portugal", "about.operations#names": "Portugal, Morocco, DOM"}
    fields |= {"about.suppliers#same": "about.operations", "about.customers#same": ["about.suppliers"]}
    assert save(site, where, fields).status_code == 302
    all_of_them = ["PRT", "MAR", "DOM"]
    stored = countries_kept(site)
    assert stored["about.headquarters"] == "PRT"
    assert sorted(stored["about.operations"].split("|")) == sorted(all_of_them)
    assert sorted(stored["about.suppliers"].split("|")) == sorted(stored["about.customers"].split("|"))
    assert sorted(stored["about.customers"].split("|")) == sorted([*all_of_them, "FRA"])
    page = shown(site, where)
    assert re.search(r'name="about.headquarters#names"[^>]* value="Portugal"', page)
    assert re.search(r'name="about.operations" value="MAR" checked', page)
    assert re.search(r'name="about.operations" value="FRA"><span>France', page), (
        "named elsewhere, so offered as a box to tick"
    )
    assert "3 countries chosen." in page and page.count("4 countries chosen.") == 2


def test_the_saved_list_above_is_used_if_the_form_does_not_send_it(site: Site, where: str) -> None:
    save(site, where, answers(about__operations=["KHM", "PRT"]))
    save(site, where.replace("profile", "autosave"), answers(about__suppliers="") | {"about.suppliers#same": LISTS[0]})
    assert countries_kept(site)["about.suppliers"] == countries_kept(site)["about.operations"]
    forged = answers(about__customers="") | {
        "about.customers#same": ["nonsense", "profile.sector", "about.headquarters"]
    }
    save(site, where, forged)
    assert "about.customers" not in countries_kept(site)


def test_an_unknown_name_is_pointed_out_with_the_nearest_one_and_stays_in_its_field(site: Site, where: str) -> None:
    save(site, where, answers(about__headquarters="PRT"))
    fields = answers(about__operations="") | {"about.operations#names": "Portugal, Marocco"}
    fields |= {"about.headquarters#version": "1", "about.headquarters#names": "Portugl"}
    page = save(site, where, fields).text
    assert countries_kept(site) == {"about.headquarters": "PRT", "about.operations": "PRT"}, "no answer is removed"
    assert 'href="#q-about.operations-names"' in page and 'href="#q-about.headquarters"' in page
    assert "Did you mean Morocco?" in page and "Did you mean Portugal?" in page
    assert re.search(r'name="about.operations#names"[^>]*>Marocco</textarea>', page)
    assert re.search(r'name="about.headquarters#names"[^>]* value="Portugl"', page)


def test_names_are_understood_and_shown_in_the_language_of_the_page(site: Site, where: str) -> None:
    fields = answers(about__operations="") | {"about.operations#names": "Maroc, Germany"}
    assert save(site, f"/fr{where}", fields).status_code == 302
    assert sorted(countries_kept(site)["about.operations"].split("|")) == ["DEU", "MAR"]
    assert ">Allemagne</span>" in shown(site, f"/fr{where}")


def test_a_name_together_with_a_reason_is_refused_like_a_tick(site: Site, where: str) -> None:
    fields = answers(about__suppliers="blank:not-known") | {"about.suppliers#names": "Portugal"}
    assert "not both" in save(site, where, fields).text
    assert countries_kept(site) == {}


def test_the_page_is_small(site: Site, where: str) -> None:
    assert len(shown(site, where).encode()) < 50_000


# ── Ticks


A, B, C = ("profile.travel", "profile.lodging", "profile.goods")


@pytest.mark.parametrize(
    ("was", "ticks", "none", "now"),
    [
        (("", "", ""), (), False, ("", "", "")),  # nobody touched it
        (("", "", ""), (A,), False, ("yes", "no", "no")),
        (("", "", ""), (), True, ("no", "no", "no")),
        (("", "", ""), (A, C), True, ("yes", "no", "yes")),
        (("yes", "no", ""), (A,), False, ("yes", "no", "")),  # saved in part, and shown like that
        (("yes", "no", ""), (A,), True, ("yes", "no", "no")),
        (("yes", "no", ""), (A, C), False, ("yes", "no", "yes")),
        (("yes", "no", "no"), (), False, ("", "no", "no")),  # the last tick was removed: a blank, not a no
        (("yes", "no", "no"), (B,), False, ("no", "yes", "no")),
    ],
)
def test_an_unticked_box_means_no_only_if_the_list_was_answered(
    was: tuple[str, ...], ticks: tuple[str, ...], none: bool, now: tuple[str, ...]
) -> None:
    sent = MultiDict({f"{name}#ticks": value for name, value in zip((A, B, C), was, strict=True)})
    sent.update(dict.fromkeys(ticks, "yes") | ({f"{A}#none": "yes"} if none else {}))
    read = with_ticked_values((A, B, C), sent)
    assert tuple(read[name] for name in (A, B, C)) == now


def test_chosen_values_stay_as_they_are() -> None:
    sent = MultiDict({A: "no", B: "yes"})
    assert with_ticked_values((A, B), sent) is sent


def test_kinds_of_business_are_one_list_whose_values_are_kept(site: Site, where: str) -> None:
    page = shown(site, where)
    listed = re.findall(r'name="(profile\.\w+)#ticks" value=""', page)
    assert len(listed) == 14 and page.count("<select") < 12
    fields = {f"{name}#version": "0" for name in listed} | {f"{name}#ticks": "" for name in listed}
    assert save(site, where, fields).status_code == 302
    assert kept(site, 1) == {}, "an untouched list answers nothing"
    save(site, where, fields | {"profile.lodging": "yes"})
    assert kept(site, 1) == {name: "yes" if name == "profile.lodging" else "no" for name in listed}
    again = shown(site, where)
    assert re.search(r'name="profile.lodging" value="yes" checked', again)
    assert re.search(r'name="profile.travel" value="yes">', again)
    conflict = save(site, where, fields | {"profile.travel": "yes"}, "jon").text
    assert kept(site, 1)["profile.travel"] == "no" and "Ana saved a different answer" in conflict
