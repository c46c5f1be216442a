"""Who on a day could be mistaken for whom: a quick look at many names, a careful one at the few that are left."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import combinations

from rapidfuzz import fuzz

from app.domain.patients import Person, similar_names
from app.kernel.text import fold

_WORTH_A_LOOK = 55.0
"""Percent of likeness, accents and all, below which no two names are similar once they are folded."""


def is_alike(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """True when two people, each (first name, last name), could be mixed up at the desk."""
    first, second = sorted((one, other))
    return _alike(first, second)


@lru_cache(maxsize=100_000)
def _alike(one: tuple[str, str], other: tuple[str, str]) -> bool:
    joined = " ".join(one).casefold(), " ".join(other).casefold()
    if fuzz.token_sort_ratio(*joined, score_cutoff=_WORTH_A_LOOK) < _WORTH_A_LOOK:
        return False
    return similar_names(Person(*one, None, frozenset()), Person(*other, None, frozenset()))


def namesakes(people: Iterable[tuple[str, tuple[str, str]]]) -> dict[str, tuple[str, ...]]:
    """For each patient id those of the others whose names are alike; people without any are left out.

    Only names that share an initial are compared: a slip rarely hits the first letter of first and last name both.
    """
    names = dict(people)
    groups: dict[str, set[str]] = {}
    for patient_id, name in names.items():
        for initial in {word[0] for part in name for word in fold(part).split()}:
            groups.setdefault(initial, set()).add(patient_id)
    pairs = {pair for group in groups.values() for pair in combinations(sorted(group), 2)}
    found: dict[str, set[str]] = {}
    for one, other in pairs:
        if is_alike(names[one], names[other]):
            found.setdefault(one, set()).add(other)
            found.setdefault(other, set()).add(one)
    return {patient_id: tuple(sorted(others)) for patient_id, others in found.items()}
