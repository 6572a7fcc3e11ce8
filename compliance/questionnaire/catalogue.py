"""The law catalogue, read from a folder with one file per instrument."""

from pathlib import Path

from compliance.questionnaire.applies import read_rules
from compliance.questionnaire.faults import Ledger, Place
from compliance.questionnaire.fields import read_fields
from compliance.questionnaire.law import Instrument, Provision
from compliance.questionnaire.reading import Item, Listing, read_yaml


def load_law(folder: Path) -> tuple[Instrument, ...]:
    """Every instrument of a folder, by file name. Raise EditionFaults with every fault."""
    ledger = Ledger()
    instruments = read_law(folder, ledger)
    ledger.raise_if_any()
    return instruments


def read_law(folder: Path, ledger: Ledger) -> tuple[Instrument, ...]:
    """Every instrument of a folder; faults are noted."""
    known: dict[str, Place] = {}
    read = (_read_instrument(path, known, ledger) for path in yaml_files(folder))
    return tuple(instrument for instrument in read if instrument is not None)


def yaml_files(folder: Path) -> list[Path]:
    """The YAML files that lie directly in a folder, in order of name."""
    return sorted(path for path in folder.glob("*") if path.suffix in (".yaml", ".yml") and path.is_file())


def _read_instrument(path: Path, known: dict[str, Place], ledger: Ledger) -> Instrument | None:
    item = read_yaml(path, ledger)
    found = read_fields("instrument", item, ledger) if item is not None else None
    if found is None:
        return None
    instrument_id = found.get("id", "")
    if instrument_id and instrument_id != path.stem:
        ledger.add(found.at("id"), f"the file of `{instrument_id}` must be called {instrument_id}.yaml")
    title = found.get("title", instrument_id)
    provisions = _read_provisions(instrument_id, found.get("provisions"), known, ledger)
    return Instrument(
        id=instrument_id,
        title=title,
        short=found.get("short", title),
        adopter=found.get("adopter", ""),
        year=found.get("year", 0),
        status=found.get("status", ""),
        as_of=found.get("as_of", ""),
        url=found.get("url", ""),
        body=found.get("body", "standards"),
        provisions=provisions,
        reach=found.get("reach", ""),
        rules=read_rules(found.get("applies"), provisions, ledger),
    )


def _read_provisions(
    instrument_id: str, item: Item | None, known: dict[str, Place], ledger: Ledger
) -> tuple[Provision, ...]:
    if item is None:
        return ()
    if not isinstance(item, Listing) or not item.items:
        ledger.add(item, "`provisions` takes a list of provisions, at least one")
        return ()
    provisions = []
    for part in item.items:
        found = read_fields("provision", part, ledger)
        if found is None:
            continue
        provision_id = found.get("id", "")
        if provision_id in known:
            first = known[provision_id]
            ledger.add(part, f"the provision `{provision_id}` exists already ({first.file}:{first.line}): rename one")
        elif provision_id:
            known[provision_id] = part
        provisions.append(
            Provision(
                id=provision_id,
                instrument=instrument_id,
                provision=found.get("provision", ""),
                authority=found.get("authority", "states"),
                paraphrase=found.get("paraphrase", ""),
                mark=found.get("mark", "M-med"),
                source=found.get("source", ""),
                reach=found.get("reach", ""),
            )
        )
    return tuple(provisions)
