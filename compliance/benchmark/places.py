"""Where each company was counted in what was published of a period: kept for the next closing, never shown."""

import json
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where one company was counted."""

    sector: str  # "" if it was named, and so is known anyway
    region: str  # "" if its region was not shown
    size: str
    score: float  # claimed overall, as a share of full marks

    @property
    def is_named(self) -> bool:
        """It stood there by its name."""
        return not self.sector


def places_to_json(places: Mapping[str, Place]) -> str:
    """Each cell once, then every company with the number of its cell; sorted, so that equal places are equal texts."""
    cells = sorted({(place.sector, place.region, place.size) for place in places.values()})
    number = {cell: position for position, cell in enumerate(cells)}
    companies = {
        company: [number[place.sector, place.region, place.size], place.score] for company, place in places.items()
    }
    data = {"cells": cells, "companies": companies}
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def places_from_json(text: str) -> dict[str, Place]:
    """The places that the text holds, by company."""
    data = json.loads(text)
    cells = [(str(sector), str(region), str(size)) for sector, region, size in data["cells"]]
    return {company: Place(*cells[int(cell)], float(score)) for company, (cell, score) in data["companies"].items()}
