"""Patient search on the workstation's store: what ``desktop.search_patients`` does on the server, step for step.

Candidates come from the index that promises fewest; every one is looked at in ``patient_search``, whose text decides.
The rules and their order are written down beside the server's function (migrations/sql/60_search.sql).
"""

# ruff: noqa: S608 - conditions are made of our own texts, what was typed goes in as parameters

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from app.db.search_text import digits_of, fold_record
from app.domain.search_terms import SearchTerms
from app.kernel.fold import fold
from app.queries.store_names import LAST, any_of, similar_names

CAP = 3000
"""Where so many have what was typed, they are not all ordered: names that begin with it come first."""
FEW = 800
_LONGEST_WORD, _MOST_WORDS, _LONGEST_DIGITS = 40, 8, 30
_SHORTEST_PHONE, _WHOLE_PHONE, _SHORTEST_PART = 3, 8, 3
_EXACT, _BEGUN_NAME, _BEGUN, _PART, _MEANT, _NEAR, _FAR = 1.0, 0.9, 0.85, 0.7, 0.5, 0.55, 0.45
_SETTLED = 0.8

Values = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """SQL over the row ``s`` of patient_search, with its values."""

    sql: str
    values: Values = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """Who meets ``test`` has ``score``, in the order of ``rank``. ``words``, ``parts``: queries of the two indexes."""

    test: Condition
    score: float
    words: str = ""
    parts: str = ""
    rank: Condition = Condition("0")
    begun: tuple[str, ...] = ()
    name_begins: str = ""
    phone: str = ""
    """What the phones must hold, where that is more than what was typed."""
    walked: bool = False
    """Ordered as a walk through the names would, however few there are."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A search, folded as the index is."""

    clinic_id: str
    words: tuple[str, ...]
    digits: str
    mrn: str
    terms: SearchTerms

    @classmethod
    def of(cls, clinic_id: str, terms: SearchTerms) -> Asked:
        """Fold and cut what was typed."""
        words = [part[:_LONGEST_WORD] for word in terms.words for part in fold(word[:200]).split(" ") if part]
        digits = digits_of(terms.digits)[:_LONGEST_DIGITS]
        return cls(clinic_id, tuple(words[:_MOST_WORDS]), digits, fold_record(terms.mrn[:1000]), terms)

    @property
    def begun(self) -> tuple[str, ...]:
        """The words, longest first."""
        return tuple(sorted(self.words, key=lambda word: (-len(word), word)))

    @property
    def parts(self) -> int:
        """How many things were asked for; a whole number counts twice."""
        enough = len(self.digits) >= _WHOLE_PHONE or bool(self.mrn and not self.digits)
        return len(self.words) + self.has_birth + bool(self.digits or self.mrn) + enough

    @property
    def has_birth(self) -> bool:
        """Whether a birth date was given."""
        return (self.terms.birth_from or self.terms.birth_to) is not None


def search_store(connection: Connection, clinic_id: str, terms: SearchTerms, limit: int, offset: int) -> list[Hit]:
    """Return the patients' ids with their scores, best first: up to ``limit`` of them after ``offset``."""
    asked = Asked.of(clinic_id, terms)
    first = min(max(offset, 0), 10_000)
    search = _Search(connection, asked, first + min(max(limit, 1), 500))
    if asked.words or asked.has_birth or asked.digits or asked.mrn:
        search.run()
    return search.hits[first:]


@dataclass(frozen=True, slots=True)
class Hit:
    """One patient found; ``n`` is the number of the row."""

    n: int
    patient_id: str
    score: float


class _Search:
    def __init__(self, connection: Connection, asked: Asked, want: int) -> None:
        self.connection = connection
        self.asked = asked
        self.want = want
        self.hits: list[Hit] = []
        self.numbers = _numbers(asked.digits, asked.mrn)
        self.base = _all(
            Condition("s.clinic_id = ?", (asked.clinic_id,)),
            *_birth(asked.terms),
            *((self.numbers,) if self.numbers else ()),
        )

    def run(self) -> None:
        settled = False
        for tier in _tiers(self.asked):
            if len(self.hits) >= self.want or (settled and (tier.score < _SETTLED or not self.asked.words)):
                break
            self.more(tier)
            settled = settled or (tier.score == _EXACT and self.asked.parts > 1 and bool(self.hits))
        if len(self.hits) < self.want and self.asked.words and not settled:
            for tier in _typo_tiers(self.connection, self.asked):
                if len(self.hits) < self.want:
                    self.more(tier)

    def more(self, tier: Tier) -> None:
        """Add who the tier finds to who was found before."""
        if tier.name_begins:
            self.walk(tier, tier.name_begins)
            return
        found = self.probe(tier)
        if found is not None:
            self.add(found, tier)
            return
        for begun in tier.begun:
            self.walk(tier, begun)
        self.walk(tier, "")

    def add(self, rows: Sequence[Any], tier: Tier) -> None:
        self.hits += [Hit(row[0], row[1], tier.score) for row in rows]

    def unseen(self, tier: Tier) -> Condition:
        if not self.hits:
            return _all(self.base, tier.test)
        seen = json.dumps([hit.n for hit in self.hits])  # in the text they would make it one that is prepared anew
        return _all(self.base, tier.test, Condition("s.n NOT IN (SELECT value FROM json_each(?))", (seen,)))

    def probe(self, tier: Tier) -> list[Any] | None:
        """Everybody whom the tier finds, in its order; None when there are too many."""
        test, sources = self.unseen(tier), self.sources(tier)
        found = sum(self.count(_all(source, test), CAP) for source in sources)
        if not 0 < found < CAP:  # counting is cheap, ordering thousands is not
            return None if found else []
        rank = _walk_rank(tier.begun) if tier.walked else tier.rank
        branches = [
            f"SELECT s.n, s.patient_id, s.sort_key, {rank.sql} AS place FROM {source.sql} AND {test.sql}"
            for source in sources
        ]
        return list(
            self.connection.exec_driver_sql(
                f"SELECT x.n, x.patient_id FROM ({' UNION ALL '.join(branches)}) x "
                f"ORDER BY x.place, x.sort_key, x.patient_id LIMIT ?",
                (
                    *(value for source in sources for value in (*rank.values, *source.values, *test.values)),
                    self.want - len(self.hits),
                ),
            ).all()
        )

    def sources(self, tier: Tier) -> list[Condition]:
        """Where candidates come from: the index with fewest of them; two where either number will do."""
        options = [[_indexed("patient_words", tier.words)]] if tier.words else []
        if tier.parts:
            options.append([_indexed("patient_parts", tier.parts)])
        if self.numbers:
            options.append(list(self._number_sources(tier.phone or _phone(self.asked.digits))))
        born = [self._table("patient_search_by_birth")] if self.asked.has_birth else None
        if born is None and len(options) == 1:
            return options[0]
        return next(filter(self.few, options), born or options[0])

    def few(self, option: list[Condition]) -> bool:
        """Tell whether an index promises a number of candidates that is quickly looked at."""
        return sum(self.count(source, FEW) for source in option) < FEW

    def count(self, source: Condition, most: int) -> int:
        """How many rows there are, at most so many."""
        counted = f"SELECT count(*) FROM (SELECT 1 FROM {source.sql} LIMIT {most})"
        return int(self.connection.exec_driver_sql(counted, source.values).scalar_one())

    def _table(self, index: str) -> Condition:
        return Condition(f"patient_search s INDEXED BY {index} WHERE s.clinic_id = ?", (self.asked.clinic_id,))

    def _number_sources(self, phone: str) -> Iterator[Condition]:
        """By phone, then by record number who hasn't been found by what came before: nobody twice."""
        others: list[Condition] = []
        if phone:
            yield _indexed("patient_parts", _trigrams([phone]))
            others.append(_holds("phones", phone))
        for beginning in dict.fromkeys(filter(None, (self.asked.digits, self.asked.mrn))):
            span = _mrn_begins(beginning)
            not_yet = [Condition(f"NOT ({other.sql})", other.values) for other in others]
            yield _all(self._table("patient_search_by_mrn"), span, *not_yet)
            others.append(span)

    def walk(self, tier: Tier, begun: str) -> None:
        """Go through the names (those that begin with ``begun``) until there are enough."""
        left = self.want - len(self.hits)
        if left <= 0:
            return
        test = self.unseen(tier)
        span = Condition("s.sort_key >= ? AND s.sort_key < ?", (begun, begun + LAST)) if begun else Condition("true")
        rows = self.connection.exec_driver_sql(
            f"SELECT s.n, s.patient_id FROM patient_search s INDEXED BY patient_search_by_name "
            f"WHERE {test.sql} AND {span.sql} ORDER BY s.sort_key, s.patient_id LIMIT ?",
            (*test.values, *span.values, left),
        ).all()
        self.add(rows, tier)


def _indexed(index: str, query: str) -> Condition:
    return Condition(f"{index} i CROSS JOIN patient_search s ON s.n = i.rowid WHERE {index} MATCH ?", (query,))


def _all(*conditions: Condition) -> Condition:
    return Condition(" AND ".join(c.sql for c in conditions), tuple(v for c in conditions for v in c.values))


def _either(conditions: Sequence[Condition]) -> Condition:
    return Condition(f"({' OR '.join(c.sql for c in conditions)})", tuple(v for c in conditions for v in c.values))


def _holds(column: str, text: str) -> Condition:
    return Condition(f"instr(s.{column}, ?) > 0", (text,))


def _birth(terms: SearchTerms) -> Iterator[Condition]:
    if terms.birth_from is not None:
        yield Condition("s.birth_date >= ?", (terms.birth_from.isoformat(),))
    if terms.birth_to is not None:
        yield Condition("s.birth_date <= ?", (terms.birth_to.isoformat(),))


def _phone(digits: str) -> str:
    """What the phones must hold: from eight digits on the last eight decide, whatever country's code there is."""
    if len(digits) >= _WHOLE_PHONE:
        return f"{digits[-_WHOLE_PHONE:]} "
    return digits if len(digits) >= _SHORTEST_PHONE else ""


def _numbers(digits: str, mrn: str) -> Condition | None:
    tests = [_mrn_begins(text) for text in (digits, mrn) if text]
    if phone := _phone(digits):
        tests.append(_holds("phones", phone))
    return _either(tests) if tests else None


def _mrn_begins(text: str) -> Condition:
    return Condition("s.mrn >= ? AND s.mrn < ?", (text, text + LAST))


def _trigrams(texts: Sequence[str]) -> str:
    """The FTS5 query for all parts of three letters of some texts."""
    parts = dict.fromkeys(text[i : i + 3] for text in texts for i in range(len(text) - 2))
    return " AND ".join(f'"{part}"' for part in parts)


def _walk_rank(begun: Sequence[str]) -> Condition:
    cases = " ".join(f"WHEN s.sort_key >= ? AND s.sort_key < ? THEN {place}" for place in range(len(begun)))
    return Condition(f"CASE {cases} ELSE {len(begun)} END", tuple(v for one in begun for v in (one, one + LAST)))


def _tiers(asked: Asked) -> Iterator[Tier]:
    """What to look for, best first."""
    words, begun = asked.words, asked.begun
    if not words:
        yield from _number_tiers(asked)
        return
    whole = _all(*(_holds("folded", f" {word} ") for word in words))
    yield Tier(test=whole, score=_EXACT, words=" AND ".join(f'"{w}"' for w in words), begun=begun)
    if len(words) == 1:
        yield Tier(
            test=Condition("s.sort_key >= ? AND s.sort_key < ?", (words[0], words[0] + LAST)),
            score=_BEGUN_NAME,
            name_begins=words[0],
        )
    started = _all(*(_holds("folded", f" {word}") for word in words))
    matching = " AND ".join(f'"{word}" *' for word in words)
    yield Tier(test=started, score=_BEGUN, words=matching, begun=begun, walked=len(begun[0]) == 1)
    if len(begun[0]) >= _SHORTEST_PART:
        inside = _all(*(_holds("folded", word) for word in words))
        yield Tier(test=inside, score=_PART, parts=_trigrams(words), begun=begun)


def _number_tiers(asked: Asked) -> Iterator[Tier]:
    exact = [Condition("s.mrn = ?", (text,)) for text in (asked.mrn, asked.digits) if text]
    if asked.digits:
        exact.append(_holds("phones", f" {asked.digits} "))
    if exact:
        whole = f" {asked.digits} " if len(asked.digits) >= _SHORTEST_PHONE else ""
        yield Tier(test=_either(exact), score=_EXACT, phone=whole)
    yield Tier(test=Condition("true"), score=_BEGUN_NAME)


def _typo_tiers(connection: Connection, asked: Asked) -> Iterator[Tier]:
    """The same for misspelt words: each may be what was typed or one of the names near it."""
    if len(asked.words) == 1:
        found = similar_names(connection, asked.clinic_id, asked.words[0], 12)
        for score, names in (
            (_NEAR, [name for name, distance in found if distance == 1]),
            (_FAR, [name for name, distance in found if distance > 1]),
        ):
            if names:
                test = _either([_holds("folded", f" {name} ") for name in names])
                yield Tier(test=test, score=score, words=any_of(names), begun=tuple(names))
        return
    yield from _meant(connection, asked)


def _meant(connection: Connection, asked: Asked) -> Iterator[Tier]:
    tests, queries, costs = [], [], []
    guessed = False
    for word in dict.fromkeys(asked.words):
        near = [one for one in similar_names(connection, asked.clinic_id, word, 10) if one[1] > 0]
        guessed = guessed or bool(near)
        options = [(_holds("folded", f" {word}"), 0)]
        options += [(_holds("folded", f" {name} "), distance) for name, distance in near]
        tests.append(_either([test for test, _ in options]))
        queries.append(f'("{word}" *{"".join(f" OR {one}" for one in _quoted(name for name, _ in near))})')
        cases = " ".join(f"WHEN {test.sql} THEN {distance}" for test, distance in options)
        costs.append(Condition(f"CASE {cases} END", tuple(v for test, _ in options for v in test.values)))
    if guessed:
        rank = Condition(" + ".join(c.sql for c in costs), tuple(v for c in costs for v in c.values))
        yield Tier(test=_all(*tests), score=_MEANT, words=" AND ".join(queries), rank=rank, begun=asked.words)


def _quoted(names: Iterator[str]) -> Iterator[str]:
    return (f'"{name}"' for name in names)
