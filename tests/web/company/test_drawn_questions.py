"""What is drawn once and shown to many: a question in which nothing depends on the company."""

from pathlib import Path

from compliance.web.presenters.question_views import _rendered_without_own_words
from tests.support.sites import PROFILE, begin, make_site, save, settle


def test_a_question_without_law_is_drawn_once_for_companies_of_every_kind(tmp_path: Path) -> None:
    site = settle(make_site(f"sqlite:///{tmp_path / 'article34.db'}", tmp_path))
    _rendered_without_own_words.cache_clear()  # the edition is that of other tests
    drawn = []
    for who, sector in (("ana", "travel"), ("olga", "goods")):
        number = begin(site, who)
        save(site, f"/assessments/{number}/profile", PROFILE | {"profile.sector": sector}, who)
        before = _rendered_without_own_words.cache_info().misses
        assert site.client(who).get(f"/assessments/{number}/people").status_code == 200
        drawn.append(_rendered_without_own_words.cache_info().misses - before)
    site.close()
    questions, requirements = drawn
    assert 0 < requirements <= 2 < questions, "only the first question of a requirement has its law beside it"
