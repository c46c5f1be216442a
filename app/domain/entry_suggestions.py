"""What is offered while a problem, medicine or allergy is typed: what was used here, then what is common.

The common ones are read once from ``resources/codes`` (sources in its README). Anything else can be typed.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from app.domain.clinical_lists import ClinicalList, ListKind
from app.kernel.fold import fold
from app.kernel.resources import resource

ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
_FILES = {
    ListKind.CONDITIONS: "problems.csv", ListKind.MEDICATIONS: "medicines.csv", ListKind.ALLERGIES: "allergies.csv",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An entry to take over; ``used``: in how many lists it was found here."""

    name: str
    code: str = ""
    system: str = ""
    words: str = ""
    used: int = 0

    @property
    def found_by(self) -> str:
        """Name, code and other words, folded: what is typed is looked for in it."""
        return f" {fold(f'{self.name} {self.code} {self.words}')}"


@cache
def common(kind: ListKind, language: str) -> tuple[Suggestion, ...]:
    """Return the common entries of a list in a language; the English name is found too."""
    with resource("codes", _FILES[kind]).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return tuple(
        Suggestion(
            row.get(language) or row["name"], row.get("code") or "", ICD_10_CM if row.get("code") else "",
            f"{row['name']} {row.get('words') or ''}",
        )
        for row in rows
    )  # fmt: skip


def used_in(lists: Iterable[ClinicalList]) -> tuple[Suggestion, ...]:
    """Return what stands in patients' lists, most used first; withdrawn entries don't count."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for found in lists:
        counts.update({(one.name, one.code, one.system) for one in found.items if not one.withdrawn})
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], fold(pair[0][0]), pair[0]))
    return tuple(Suggestion(name, code, system, used=n) for (name, code, system), n in ranked)


def matching(text: str, offers: Iterable[Suggestion], limit: int = 8) -> tuple[Suggestion, ...]:
    """Return what fits: every word typed begins a word of it, in any order; what is used comes before the rest."""
    wanted = fold(text).split()
    if not wanted:
        return ()
    found = [one for one in offers if all(f" {word}" in one.found_by for word in wanted)]
    return tuple(sorted(found, key=lambda one: -one.used)[:limit])


def together(used: Iterable[Suggestion], usual: Iterable[Suggestion]) -> tuple[Suggestion, ...]:
    """Return both without what stands in the first already, by code or by name."""
    first = tuple(used)
    known = {one.code for one in first if one.code} | {fold(one.name) for one in first}
    return (*first, *(one for one in usual if one.code not in known and fold(one.name) not in known))
