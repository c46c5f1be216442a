"""Names that a misspelt word may mean, on the store: what ``desktop.similar_names`` does on the server."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein
from sqlalchemy import Connection

from app.db.search_text import typo_keys

SHORTEST, SHORTEST_SAME_LETTER, SHORTEST_OTHER_LETTER = 3, 5, 6
"""From so many letters on a word is compared: with what differs in one letter, with all names of the same first
letter, with all that are made of similar parts."""
LEAST_ALIKE = 0.3
LAST = "\U0010ffff"
"""Sorts behind everything that begins alike."""

_SHARING = """SELECT DISTINCT n.name, n.uses FROM search_typo t JOIN search_name n USING (clinic_id, name)
    WHERE t.clinic_id = ? AND t.key IN (SELECT value FROM json_each(?))"""
_SAME_LETTER = """SELECT name, uses FROM search_name
    WHERE clinic_id = ? AND name >= ? AND name < ? AND length(name) >= ?"""
_PARTS = """SELECT n.name, n.uses FROM search_name_parts p JOIN search_name n USING (clinic_id, name)
    WHERE search_name_parts MATCH ? AND p.clinic_id = ? AND length(p.name) BETWEEN ? AND ?"""

Named = tuple[str, int]
"""A name and how often it occurs."""


def similar_names(connection: Connection, clinic_id: str, word: str, limit: int) -> list[tuple[str, int]]:
    """Return names of the clinic near a folded word with their distance, nearest first.

    One edit for 3 to 5 letters, two up to 11, three beyond; neighbours that changed places count as one. A word still
    being typed may also begin a longer name. For a word that is a name already only one edit is looked at.
    """
    if len(word) < SHORTEST:
        return []
    found: dict[str, tuple[int, int]] = {}
    for name, uses, edits in _measured(connection, clinic_id, word):
        if name not in found or edits < found[name][0]:
            found[name] = (edits, -uses)
    ranked = sorted((edits, uses, name) for name, (edits, uses) in found.items())
    return [(name, edits) for edits, _, name in ranked[:limit]]


def _measured(connection: Connection, clinic_id: str, word: str) -> Iterator[tuple[str, int, int]]:
    most = allowed_edits(word)
    ask = connection.exec_driver_sql
    keys = json.dumps(typo_keys(word), ensure_ascii=False)
    sharing: list[Any] = list(ask(_SHARING, (clinic_id, keys)).all())
    yield from _near(word, sharing, most)
    known = any(name == word for name, _ in sharing)
    if known or len(word) < SHORTEST_SAME_LETTER:
        return
    alike: list[Any] = list(ask(_SAME_LETTER, (clinic_id, word[0], word[0] + LAST, len(word) - most)).all())
    whole = [one for one in alike if len(one[0]) <= len(word) + most]
    yield from _near(word, _within(word, whole, [one[0] for one in whole], most + 1), most)
    yield from _begun(word, alike)
    if len(word) >= SHORTEST_OTHER_LETTER:
        others = [one for one in _with_parts(connection, clinic_id, word, most) if one[0][0] != word[0]]
        letters = sorted(word)
        same = [one for one in whole if len(one[0]) == len(word) and sorted(one[0]) == letters]
        near = _near(word, [*others, *same], most)
        yield from (one for one in near if likeness(one[0], word) >= LEAST_ALIKE)


def allowed_edits(word: str) -> int:
    """Return how many typing errors a word may hold."""
    return 1 if len(word) < 6 else 2 if len(word) < 12 else 3


def _near(word: str, names: Iterable[Named], most: int) -> Iterator[tuple[str, int, int]]:
    for name, uses in names:
        edits = _edits(name, word, most)
        if edits <= most:
            yield name, uses, edits


def _begun(word: str, alike: list[Named]) -> Iterator[tuple[str, int, int]]:
    """Longer names whose beginning the word misspells: one error, and one more because they are longer."""
    longer = [one for one in alike if len(one[0]) > len(word) and not one[0].startswith(word)]
    for name, uses in _within(word, longer, [one[0][: len(word)] for one in longer], 2):
        edits = _edits(name[: len(word)], word, 1)
        if edits <= 1:
            yield name, uses, edits + 1


def _within(word: str, names: list[Named], compared: list[str], most: int) -> list[Named]:
    """The names of which what is compared is within so many edits: thousands are looked at in one call."""
    found = process.extract(word, compared, scorer=Levenshtein.distance, score_cutoff=most, limit=None)
    return [names[at] for _, _, at in found]


def _edits(name: str, word: str, most: int) -> int:
    """Edits between two words; letters that only changed places count half."""
    if len(name) == len(word) and sorted(name) == sorted(word):
        return _distance(name, word, most * 2) // 2
    return _distance(name, word, most)


def _distance(one: str, other: str, most: int) -> int:
    return int(Levenshtein.distance(one, other, score_cutoff=most))


def _with_parts(connection: Connection, clinic_id: str, word: str, most: int) -> list[Any]:
    parts = sorted({word[i : i + 3] for i in range(len(word) - 2)})
    return list(
        connection.exec_driver_sql(_PARTS, (any_of(parts), clinic_id, len(word) - most, len(word) + most)).all()
    )


def any_of(texts: Iterable[str]) -> str:
    """Return the FTS5 query for one of some texts, which hold no quotes."""
    return " OR ".join(f'"{one}"' for one in texts)


def likeness(one: str, other: str) -> float:
    """Return what pg_trgm calls similarity: the share of all their parts of three letters that both have."""
    mine, yours = _parts(one), _parts(other)
    return len(mine & yours) / len(mine | yours)


def _parts(word: str) -> set[str]:
    padded = f"  {word} "
    return {padded[i : i + 3] for i in range(len(padded) - 2)}
