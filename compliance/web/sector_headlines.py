"""Headlines that say what was found in a sector: small rules over published figures, never over what is withheld."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from compliance.benchmark.published import Group, Participation, Withheld
from compliance.benchmark.snapshot import Snapshot
from compliance.findings.headlines import APART, widest_words
from compliance.languages.formats import all_of, any_of, number
from compliance.languages.speaking import gettext as _
from compliance.languages.speaking import ngettext
from compliance.questionnaire.edition import OVERALL, Edition
from compliance.web.labels import cell_words
from compliance.web.sector_figures import Column, ShareRow, SpreadRow, stated


@dataclass(frozen=True, slots=True)
class Found:
    """The rows that the headlines of a sector's page speak of."""

    columns: Sequence[Column]
    gaps: Sequence[SpreadRow]
    levels: Sequence[SpreadRow]
    themes: Sequence[SpreadRow]
    requirements: Sequence[ShareRow]
    provisions: Sequence[ShareRow]
    regions: Sequence[SpreadRow] = ()
    sizes: Sequence[SpreadRow] = ()


def glance_headline(snapshot: Snapshot, scale: float) -> str:
    """How many sectors have a middle company past half way."""
    medians = [m for group in snapshot.sectors if (m := stated(group.figure(OVERALL).claimed.median)) is not None]
    past = sum(median > scale / 2 for median in medians)
    if not medians:
        return _("Too few companies have a score to show how sectors stand")
    if past == 0:
        return _("In no sector does the middle company get past half way")
    if past == len(medians):
        return _("In every sector shown the middle company gets past half way")
    return ngettext(
        "In one sector of %(all)s the middle company gets past half way",
        "In %(num)s sectors of %(all)s the middle company gets past half way",
        past,
        all=len(medians),
    )


def leading_sector(snapshot: Snapshot) -> str | None:
    """The sector whose middle company stands highest; None where none is shown, or several stand there."""
    medians = {g.sector: m for g in snapshot.sectors if (m := stated(g.figure(OVERALL).claimed.median)) is not None}
    best = [sector for sector, median in medians.items() if median == max(medians.values())]
    return best[0] if len(best) == 1 else None


def together_lead(snapshot: Snapshot) -> str:
    """Who takes part in the sectors that show their figures, in a sentence or two."""
    together, hidden = snapshot.together, len(snapshot.sectors) - len(snapshot.together.sectors)
    sentences = [_taking_part(together.participation)] if together.sectors else []
    if hidden:
        sentences.append(
            ngettext(
                "One more sector is too small to show how it stands, and is in none of these sums.",
                "%(num)s more sectors are too small to show how they stand, and are in none of these sums.",
                hidden,
            )
        )
    return " ".join(sentences)


def sector_lead(group: Group, scale: float) -> str:
    """Who takes part, and where the middle stands."""
    median = stated(group.figure(OVERALL).claimed.median)
    if median is None:
        too_few = _("Too few companies have a score to show how the sector stands.")
        return f"{_taking_part(group.participation)} {too_few}".strip()
    middle = _(
        "The middle company of those with a score stands at %(median)s of %(scale)s.",
        median=number(median),
        scale=number(scale),
    )
    return f"{_taking_part(group.participation)} {middle}"


def participation_headline(p: Participation) -> str:
    """How many are silent."""
    if isinstance(p.registered, Withheld):
        return _("How many take part is withheld")
    if isinstance(p.silent, Withheld):
        if isinstance(p.unscored, Withheld):
            return _("How many are silent is withheld")
        return _(
            "%(count)s of %(all)s are silent, or answered too little", count=cell_words(p.unscored), all=p.registered
        )
    if p.silent == 0:
        return _("Every registered company submitted")
    if 2 * p.silent == p.registered:
        return _("Half are silent")
    if 2 * p.silent > p.registered:
        return _("More than half are silent")
    return _("%(count)s of %(all)s are silent", count=p.silent, all=p.registered)


def distribution_headline(columns: Sequence[Column], scale: float) -> str:
    """How many stand in the bands below half way, or which band holds most."""
    counts = [(column, stated(column.count)) for column in columns]
    known = [(column, count) for column, count in counts if count is not None]
    if len(known) < len(counts) or not known:
        return _("Some counts are withheld")
    if len(known) == 1:
        return _("Too few companies to tell the bands apart")
    total = sum(count for _column, count in known)
    lower = [(column, count) for column, count in known if column.end <= scale / 2]
    if lower and lower[-1][0].end == scale / 2:
        names = any_of(column.title for column, _count in lower)
        count = sum(count for _column, count in lower)
        return _("%(count)s of %(all)s stand in %(bands)s", count=count, all=total, bands=names)
    most, count = max(known, key=lambda pair: pair[1])
    return _("%(count)s of %(all)s stand in %(bands)s", count=count, all=total, bands=most.title)


def widest_gap(rows: Sequence[SpreadRow], scale: float) -> str:
    """Which of the three failings is the widest; several, if they are not apart."""
    known, widest = _widest(rows, scale)
    if known < 2:
        return _("Too few companies to compare the three gaps")
    if len(widest) == known:
        return _("The three gaps are about as wide as each other")
    return widest_words(widest)


def widest_across(sectors: Iterable[Sequence[SpreadRow]], scale: float) -> str:
    """Which gap is the widest, and stands apart, in more sectors than any other. `sectors`: the gaps of each."""
    compared = [widest for known, widest in (_widest(rows, scale) for rows in sectors) if known > 1]
    if not compared:
        return _("Too few companies to compare the gaps of sectors")
    first, second = [*Counter(w[0] for w in compared if len(w) == 1).most_common(2), ("", 0), ("", 0)][:2]
    if first[1] == second[1]:
        return _("No gap is the widest in more sectors than the others")
    return ngettext(
        "%(gap)s is the widest gap in one sector of %(all)s",
        "%(gap)s is the widest gap in %(num)s sectors of %(all)s",
        first[1],
        gap=first[0],
        all=len(compared),
    )


def levels_headline(rows: Sequence[SpreadRow], scale: float) -> str:
    """Which level of prevention is thinnest; several, if they are not apart."""
    known = [(row.median, row.title) for row in rows if row.median is not None]
    if len(known) < 2:
        return _("Too few companies to compare the levels")
    least, most = min(known), max(known)
    if (most[0] - least[0]) * 100 / scale < APART:
        return _("No level of prevention stands out")
    thinnest = [title for median, title in known if (median - least[0]) * 100 / scale < APART]
    if len(thinnest) > 1:
        levels = all_of((thinnest[0], *(title.lower() for title in thinnest[1:])))
        return _("%(levels)s are the thinnest levels", levels=levels)
    return _("“%(level)s” is the thinnest level", level=thinnest[0])


def themes_headline(rows: Sequence[SpreadRow], scale: float) -> str:
    """The strongest and the weakest theme; several, if they are level."""
    known = [(row.median, row.title) for row in rows if row.median is not None]
    if len(known) < 2:
        return _("Too few companies to compare the themes")
    quoted = [(median, _("“%(theme)s”", theme=title)) for median, title in known]
    best, worst = _ends(quoted)
    if (max(known)[0] - min(known)[0]) * 100 / scale < APART:
        return _("No theme stands out")
    return _("Strongest: %(best)s. Weakest: %(worst)s", best=best, worst=worst)


def regions_headline(rows: Sequence[SpreadRow], scale: float) -> str:
    """Where companies stand higher, by the region they are led from."""
    apart = _first_and_last(rows, scale)
    if isinstance(apart, str):
        return apart or _("The regions shown are about level")
    return _("Highest middle: %(first)s. Lowest: %(last)s", first=apart[0], last=apart[1])


def sizes_headline(rows: Sequence[SpreadRow], scale: float) -> str:
    """Where companies stand higher, by how many people work for them."""
    apart = _first_and_last(rows, scale)
    if isinstance(apart, str):
        return apart or _("The sizes shown are about level")
    return _("Highest middle: %(first)s people. Lowest: %(last)s", first=apart[0], last=apart[1])


def waiting_note(group: Group) -> str:
    """Why figures rest on fewer companies than have a score; "" where they do not."""
    resting = stated(group.resting)
    if not group.waiting or resting is None:
        return ""
    return _(
        "Figures rest on %(count)s of %(all)s companies with a score. The others wait, so that nobody who came or left "
        "between two years can be worked out.",
        count=resting,
        all=resting + group.waiting,
    )


def evidence_headline(group: Group) -> str:
    """How far the middle score falls when only evidence counts."""
    figure = group.figure(OVERALL)
    claimed, evidenced = stated(figure.claimed.median), stated(figure.evidenced.median)
    if claimed is None or evidenced is None:
        return _("How much is shown is withheld")
    if claimed == evidenced:
        return _("The middle company shows all that it claims")
    return _(
        "The middle falls from %(claimed)s to %(shown)s on evidence", claimed=number(claimed), shown=number(evidenced)
    )


def sector_headlines(edition: Edition, group: Group, found: Found) -> Mapping[str, str]:
    """Every headline of a sector's page, by topic."""
    scale = edition.scale
    named = len(group.named)
    return {
        "lead": sector_lead(group, scale),
        "participation": participation_headline(group.participation),
        "distribution": distribution_headline(found.columns, scale),
        "gap": widest_gap(found.gaps, scale),
        "prevention": levels_headline(found.levels, scale),
        "themes": themes_headline(found.themes, scale),
        "evidence": evidence_headline(group),
        "regions": regions_headline(found.regions, scale),
        "sizes": sizes_headline(found.sizes, scale),
        "waiting": waiting_note(group),
        "requirements": least_met(found.requirements),
        "provisions": most_ignored(found.provisions),
        "named": ngettext("One company agreed to be named", "%(num)s companies agreed to be named", named),
    }


def _first_and_last(rows: Sequence[SpreadRow], scale: float) -> tuple[str, str] | str:
    """The groups whose middle stands highest and lowest, several if they are level; else what to say instead.

    That is "" if they are not apart.
    """
    known = [(row.median, row.title) for row in rows if row.median is not None]
    if not known:
        return _("Too few companies to tell apart")
    if len(known) == 1:
        return _("Only one group is large enough to show: %(group)s", group=known[0][1])
    is_level = (max(known)[0] - min(known)[0]) * 100 / scale < APART
    return "" if is_level else _ends(known)


def _ends(known: Sequence[tuple[int, str]]) -> tuple[str, str]:
    """The names of all that stand highest, and of all that stand lowest."""
    medians = [median for median, _title in known]
    first, last = ([title for median, title in known if median == end] for end in (max(medians), min(medians)))
    return all_of(first), all_of(last)


def _widest(rows: Sequence[SpreadRow], scale: float) -> tuple[int, list[str]]:
    """How many gaps are shown, and the widest of them; several, if they are not apart."""
    known = [(row.median, row.title) for row in rows if row.median is not None]
    least = min((median for median, _title in known), default=0)
    return len(known), [title for median, title in known if (median - least) * 100 / scale < APART]


def _taking_part(p: Participation) -> str:
    sentences = []
    if not isinstance(p.registered, Withheld):
        sentences.append(ngettext("One company is registered.", "%(num)s companies are registered.", p.registered))
    if not isinstance(p.silent, Withheld):
        sentences.append(
            _("None is silent.") if p.silent == 0 else ngettext("One is silent.", "%(num)s are silent.", p.silent)
        )
    if not isinstance(p.scored, Withheld):
        sentences.append(ngettext("One has a score.", "%(num)s have a score.", p.scored))
    return " ".join(sentences)


def least_met(rows: Sequence[ShareRow]) -> str:
    """The requirement that fewest companies meet; none where several may be that."""
    if not rows:
        return _("Too few companies to show")
    if _first_are_few(rows):
        return _("Too few companies to tell apart")
    if _first_are_level(rows):
        return _("No requirement stands out")
    return _("Met least: %(requirement)s", requirement=rows[0].title[:1].lower() + rows[0].title[1:])


def most_ignored(rows: Sequence[ShareRow]) -> str:
    """The provision that fewest companies meet; none where several may be that."""
    if not rows:
        return _("Too few companies to show")
    if _first_are_few(rows):
        return _("Too few companies to tell apart")
    if _first_are_level(rows):
        return _("No provision stands out")
    return _("Most ignored: %(provision)s", provision=rows[0].title)


def _first_are_few(rows: Sequence[ShareRow]) -> bool:
    """Whether several rows read "fewer than 5": which of them has fewest is not told, nor may a headline name one."""
    return [row.count for row in rows[:2]] == [Withheld.FEW] * 2


def _first_are_level(rows: Sequence[ShareRow]) -> bool:
    """Whether the same part of companies meets the first two."""
    shares = [row.count / row.total for row in rows[:2] if isinstance(row.count, int) and isinstance(row.total, int)]
    return len(shares) == 2 and shares[0] == shares[1]
