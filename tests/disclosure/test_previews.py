"""Before a company agrees to be named, it is shown what would be published about it."""

from random import Random

import pytest

from compliance.disclosure.closing import preview_named_company, verified_record
from compliance.disclosure.company_table import published_scores
from compliance.narrative.score_wording import scorecards_by_basis
from compliance.questionnaire.edition import OVERALL
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.serialisation import score_records
from tests.scoring.test_kept_scorecards import judged
from tests.support.examples import tries
from tests.support.random_editions import random_edition, random_sheet


@pytest.mark.parametrize("seed", range(tries(60)))
def test_a_preview_equals_what_would_be_published(seed: int) -> None:
    rng = Random(seed)
    made = random_edition(rng)
    compiled, sheet = compile_edition(made), random_sheet(rng, made, not_applicable=0.1)
    sheet = judged(rng, sheet) if seed % 2 else sheet
    (record,) = score_records(compiled, [sheet])
    has_score = record["claimed"]["standings"][OVERALL]["score"] is not None
    published = published_scores(made, sheet.company, record, verified_record(compiled, sheet)) if has_score else None
    for gaps in (True, False):
        assert preview_named_company(sheet.company, *scorecards_by_basis(compiled, sheet, gaps=gaps).each) == published
