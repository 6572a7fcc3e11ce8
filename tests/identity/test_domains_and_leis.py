"""Registered domains in addresses, domains that belong to no company, check digits of LEIs, and matches by both."""

from random import Random

import pytest

from compliance.identity.matching import CompanyIdentity, KnownCompanies, is_lei, match_of, matches_of, normalised_lei
from compliance.identity.web_domains import is_shared_domain, own_domain, registrable_domain
from tests.support.examples import tries


@pytest.mark.parametrize(
    ("address", "domain"),
    [
        ("https://www.Example.org/about?x=1", "example.org"),
        ("http://www.example.co.uk:8080", "example.co.uk"),
        ("booking.example.com.br", "example.com.br"),
        ("example.org.", "example.org"),
        ("ana@mail.example.org", "example.org"),
        ("https://ana:secret@example.org/", "example.org"),
        ("https://hôtel.example", "xn--htel-vqa.example"),
        ("www.münchen-reisen.de", "xn--mnchen-reisen-wob.de"),
        ("co.uk", "co.uk"),
        ("localhost", ""),
        ("192.168.0.1", ""),
        ("https://[::1]/", ""),
        ("http://[bad", ""),
        ("exa mple.org", ""),
        ("-x-.org", ""),
        ("a" * 70 + ".org", ""),
        ("", ""),
    ],
)
def test_the_registered_domain_of_an_address(address: str, domain: str) -> None:
    assert registrable_domain(address) == domain


def test_the_domain_of_a_mail_provider_or_a_platform_does_not_identify_a_company() -> None:
    for address in ("ana@gmail.com", "ana@yahoo.co.uk", "ana@gmx.at", "https://facebook.com/example", "ana@qq.com"):
        assert is_shared_domain(registrable_domain(address)), address
        assert own_domain(address) == ""
    assert own_domain("ana@live-hotels.example") == "live-hotels.example"


def test_an_lei_has_twenty_characters_and_two_check_digits() -> None:
    for lei in ("HWUPKR0MPOU8FGXBT394", "213800 WSGIIZCXF1P572", "5493-001KJTIIGC8Y1R12"):
        assert is_lei(normalised_lei(lei)), lei
    for wrong in ("HWUPKR0MPOU8FGXBT395", "HWUPKR0MPOU8FGXBT3", "", "HWUPKR0MPOU8FGXBT3٩٤", "00000000000000000000"):
        assert not is_lei(normalised_lei(wrong)), wrong


def test_every_wrong_character_of_an_lei_is_found() -> None:
    lei = "HWUPKR0MPOU8FGXBT394"
    for place in range(20):
        for other in "0159" if lei[place].isdigit() else "AKRZ":
            if other != lei[place]:
                assert not is_lei(lei[:place] + other + lei[place + 1 :])


def test_companies_match_by_lei_then_domain_then_name() -> None:
    here = CompanyIdentity.of(0, "Example Hotels 07", ["hotels-07.example", ""], "HWUPKR0MPOU8FGXBT394")
    named = CompanyIdentity.of(1, "Example Hotel No. 7 Ltd")
    housed = CompanyIdentity.of(2, "Resorts", ["hotels-07.example"])
    identified = CompanyIdentity.of(3, "Trading", lei="HWUPKR0MPOU8FGXBT394")
    stranger = CompanyIdentity.of(4, "Example Hotels 08", ["hotels-08.example"])
    found = matches_of(here, KnownCompanies([stranger, named, housed, identified, here]))
    assert [match.other.id for match in found] == [3, 2, 1]
    assert [match.like_name for match in found] == [False, False, True]
    assert matches_of(CompanyIdentity.of(5, "..."), KnownCompanies([CompanyIdentity.of(6, "...")])) == ()


def test_the_fast_search_finds_the_same_matches_as_comparing_every_company() -> None:
    """The names have few letters and words, so that many are similar; some companies share a domain or an LEI."""
    for seed in range(tries(30)):
        draw = Random(seed)

        def company(number: int, draw: Random = draw) -> CompanyIdentity:
            words = ["".join(draw.choices("ab", k=draw.randrange(1, 7))) for _ in range(draw.randrange(4))]
            name = " ".join([*words, *draw.choices(("", "7", "12"), k=1)])
            domains = draw.choices(("", "a.example", "b.example"), (8, 1, 1))
            return CompanyIdentity.of(number, name, domains, draw.choices(("", "L1", "L2"), (8, 1, 1))[0])

        everybody = [company(number) for number in range(draw.randrange(60))]
        known = KnownCompanies(everybody)
        for one in [*everybody[:10], company(99)]:
            matches = [match_of(one, other) for other in everybody if other.id != one.id]
            found = [each for each in matches if each.like_name or each.same_domain or each.same_lei]
            expected = sorted(found, key=lambda each: (not each.same_lei, not each.same_domain, -each.likeness))
            assert matches_of(one, known) == tuple(expected), (seed, one)
