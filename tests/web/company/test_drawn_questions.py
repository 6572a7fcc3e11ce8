"""A question in which nothing depends on the company is rendered once and shown to many."""

from pathlib import Path

from compliance.web import caches
from tests.support.sites import PROFILE, begin, make_site, save, settle


def test_a_question_without_law_is_rendered_once_for_companies_of_every_kind(tmp_path: Path) -> None:
    site = settle(make_site(f"sqlite:///{tmp_path / 'article34.db'}", tmp_path))
    drawn: list[int] = []
    for who, sector in (("ana", "travel"), ("olga", "goods")):
        number = begin(site, who)
        save(site, f"/assessments/{number}/profile", PROFILE | {"profile.sector": sector}, who)
        assert site.client(who).get(f"/assessments/{number}/people").status_code == 200
        fragments = caches.cache_of(site.app, "fragments")._made
        drawn.append(sum("question" in key.made_from for key in fragments))
    site.close()
    questions, further = drawn[0], drawn[1] - drawn[0]
    assert 0 < further <= 2 < questions, "only the first question of a requirement has its law beside it"
