"""Evidence picked by its name in the library is the item of that name."""

from tests.support.sites import Site, begin
from tests.web.company.test_evidence_library import add, items, rest


def test_of_items_whose_names_differ_only_in_case_the_one_picked_is_used(site: Site) -> None:
    number = begin(site)
    for title in ("Training register", "TRAINING REGISTER"):
        add(site, title=title)
    rest(site, number, item="TRAINING REGISTER")
    used = {item.details.title: item.uses for item in items(site)}
    assert used == {"TRAINING REGISTER": 1, "Training register": 0}
    rest(site, number, item="Training register (#1)")
    assert [item.uses for item in items(site)] == [1, 1]
