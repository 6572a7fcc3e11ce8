"""Checks of a whole edition once its parts are read: rules that involve several keys.

Each check notes faults with their place and remedy.
"""

from collections.abc import Mapping

from compliance.questionnaire.edition import Band, Edition, Node, Question
from compliance.questionnaire.edition_cuts import MissingTarget, emptied_conditions, missing_targets
from compliance.questionnaire.edition_folder import RawPart
from compliance.questionnaire.faults import FaultCollector, SourceLocation, did_you_mean, one_of
from compliance.questionnaire.key_reader import ParsedKeys


def check_cap(
    found: ParsedKeys, bands: tuple[Band, ...], needed: tuple[SourceLocation, str] | None, faults: FaultCollector
) -> None:
    """Note a cap that is not a band, or that is missing. `needed`: where and why a cap is needed, or None."""
    cap, names = found.get("critical_cap"), [band.id for band in bands]
    if cap is not None and cap not in names:
        hint = did_you_mean(cap, names)
        faults.add(found.at("critical_cap"), f"`{cap}` is none of the bands ({one_of(names)}){hint}")
    if needed and "critical_cap" not in found.places:
        faults.add(needed[0], f"{needed[1]}: the highest band while it fails")


def check_joined(found: ParsedKeys, root: Node, faults: FaultCollector) -> None:
    """Note ids in `joined` that are not requirements."""
    requirements = {node.id for node in root.nodes() if node.is_requirement}
    for named in found.get("joined", ()):
        if named not in requirements:
            hint = did_you_mean(named, sorted(requirements))
            faults.add(found.at("joined"), f"`{named}` in `joined` is no requirement{hint}")


def check_form(found: ParsedKeys, edition: Edition, faults: FaultCollector) -> None:
    """Note what a quick form may not have. It asks everybody the same, with one choice for each question."""
    if edition.form != "quick":
        return
    place, why = found.at("form"), "a quick form asks everybody the same, one choice a question"
    if edition.profile:
        faults.add(place, f"{why}: it has no `profile`")
    if edition.by_choice:
        faults.add(place, f"{why}: it has no `by_choice`")
    for part in edition.root.walk():
        if part.asked_when is not None:
            faults.add(place, f"{why}: `{part.id}` has no `asked_when`")
        if isinstance(part, Question) and (part.kind != "one" or part.na != "never"):
            faults.add(place, f"{why}: `{part.id}` has `options` to choose one of, and no `na`")


def check_documents(
    found: ParsedKeys, edition: Edition, written: Mapping[str, RawPart], faults: FaultCollector
) -> None:
    """Note kinds of document that can answer nothing, and conditions that a kind leaves empty."""
    emptied: dict[MissingTarget, list[str]] = {}
    for kind in edition.documents:
        if not any(question.scored and question.is_carried_by(kind) for question in edition.questions.values()):
            message = f"`{kind}` is a kind of document without questions: let one have it in `documents`, or delete it"
            faults.add(found.at("documents"), message)
            continue
        for missing in emptied_conditions(edition, kind):
            emptied.setdefault(missing, []).append(kind)
    for missing, kinds in emptied.items():
        looks = f"`{missing.part}` can be read in {one_of(kinds)}, and `{missing.question}`, at which it looks, cannot"
        remedy = "let it look at a question that can be read there too, or give both the same `documents`"
        faults.add(written[missing.part].place(missing.key), f"{looks}: {remedy}")


def check_by_choice(
    found: ParsedKeys, edition: Edition, written: Mapping[str, RawPart], faults: FaultCollector
) -> None:
    """Note main parts that depend on questions by choice, and critical requirements without main questions."""
    if not edition.by_choice:
        return
    scored = [question for question in edition.questions.values() if question.scored]
    main = {question.id for question in scored if not edition.is_by_choice(question)}
    if not main:
        faults.add(found.at("by_choice"), "nothing is left that everybody is asked: take a value out of `by_choice`")
        return
    for missing in missing_targets(edition, main):
        looks = f"`{missing.part}` is asked of everybody and looks at `{missing.question}`, which is asked by choice"
        faults.add(written[missing.part].place(missing.key), f"{looks}: ask both alike")
    for node in edition.requirements:
        if node.critical is not None and not any(question.id in main for question in node.questions()):
            message = f"the critical requirement `{node.id}` has no scored question that everybody is asked"
            remedy = "take one out of what is by choice, or delete `critical`"
            faults.add(written[node.id].place("critical"), f"{message}: {remedy}")
