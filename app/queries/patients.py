"""Finding patients: search as you type, likely duplicates, the browsing list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import Text, bindparam, literal, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from app.db.models import Patient, PatientDetail
from app.db.search_text import digits_of
from app.domain.demographics import Demographics, read_demographics
from app.domain.lifetime import Death, death_of
from app.domain.patients import (
    SHORTEST_PHONE,
    Person,
    display_name,
    name_likeness,
    same_person,
    share_phone,
    similar_names,
)
from app.domain.search_terms import SearchTerms, month_first, parse_search
from app.kernel.fold import fold
from app.queries.core import Page, Reader, always_near, query
from app.queries.identity import identity_open
from app.queries.store_search import search_store

MAX_LIMIT = 200
DUPLICATES_SHOWN = 8


@dataclass(frozen=True, slots=True)
class PatientHit:
    """One patient found. ``score`` 0..1, best first; ``born`` None when unknown."""

    id: str
    first_name: str
    last_name: str
    name: str
    born: date | None
    phone: str
    mrn: str
    flags: tuple[str, ...]
    identity_to_confirm: bool
    score: float
    phone_digits: tuple[str, ...] = ()
    sex: str = ""
    death: Death | None = None
    """Set when the patient has died."""


class Shared(StrEnum):
    """What two records have in common."""

    NAME = "NAME"
    BIRTH_DATE = "BIRTH_DATE"
    PHONE = "PHONE"


@dataclass(frozen=True, slots=True)
class Likeness:
    """A patient who may be the one being registered (the same person), or of the same household; and why."""

    patient: PatientHit
    same_person: bool
    shared: frozenset[Shared]


@query(offline=True, near=always_near)
def search_patients(
    session: Session, reader: Reader, *, text: str, limit: int = 20, offset: int = 0
) -> Page[PatientHit]:
    """Find patients by any mix of name parts, birth date, phone digits and MRN; best match first.

    Dates like 3/4/1962 are read month first in an English-speaking North American zone. One statement; a second one
    only where nobody was born in "June 1985", so that June may be a name, where nobody has a number: it may be the
    one of a record that became part of another, and where letters and digits may be a record number, such as AB-17.
    """
    first = month_first(str(reader.zone))
    terms = parse_search(text, reader.today, month_first=first)
    if terms.number:
        numbered = find(session, reader, SearchTerms(mrn=terms.number), limit=limit, offset=offset)
        if numbered.items:
            return numbered
    page = find(session, reader, terms, limit=limit, offset=offset)
    if not page.items and not offset and (number := _only_number(terms)):
        return Page(_by_old_number(session, reader, number), more=False)
    if page.items or not terms.month_word:
        return page
    terms = parse_search(text, reader.today, month_first=first, months=False)
    return find(session, reader, terms, limit=limit, offset=offset)


def find(session: Session, reader: Reader, terms: SearchTerms, *, limit: int, offset: int = 0) -> Page[PatientHit]:
    """Run a parsed search on this database."""
    limit = max(1, min(limit, MAX_LIMIT))
    if terms.empty:
        return Page((), more=False)
    found = _server_rows if reader.online else _store_rows
    rows = found(session, reader, terms, limit + 1, offset)
    hits = tuple(_hit(row) for row in rows[:limit])
    more = len(rows) > limit
    return Page(hits, more=more, cursor=str(offset + limit) if more else None)


def _only_number(terms: SearchTerms) -> str:
    """The number that was typed, when nothing else was."""
    return terms.number or ("" if terms.words or terms.birth_from else terms.mrn or terms.digits)


def _by_old_number(session: Session, reader: Reader, number: str) -> tuple[PatientHit, ...]:
    """Who a merged record with this MRN is part of now; both numbers are theirs. Two statements."""
    merged = select(PatientDetail.patient_id, PatientDetail.merged_into, Patient.demographics).join(
        Patient, Patient.id == PatientDetail.patient_id
    )
    rows = session.execute(
        merged.where(Patient.clinic_id == reader.clinic_id, PatientDetail.merged_into.is_not(None))
    ).all()
    into = {row.patient_id: row.merged_into for row in rows}
    numbers = {row.patient_id: read_demographics(row.demographics).mrn for row in rows}
    living: dict[str, str] = {}
    for old in (one for one, mrn in numbers.items() if mrn and fold(mrn) == fold(number)):
        found = old
        for _ in into:  # over several merges
            found = into.get(found, found)
        living[found] = numbers[old]
    shown = _shown(literal(1.0).label("score")).where(Patient.id.in_(list(living)[:MAX_LIMIT]))
    hits = [_hit(row) for row in session.execute(shown).all()] if living else []
    return tuple(replace(hit, mrn=", ".join(filter(None, (hit.mrn, living[hit.id])))) for hit in hits)


_SERVER = text(
    """
    SELECT p.id, p.first_name, p.last_name, p.date_of_birth::date AS born, p.demographics, p.flags,
           coalesce(d.identity_to_confirm, p.date_of_birth IS NULL
               OR coalesce(p.first_name, '') = '' OR coalesce(p.last_name, '') = '') AS identity_to_confirm, s.score
    FROM desktop.search_patients(:words, CAST(:birth_from AS date), CAST(:birth_to AS date), :digits, :mrn,
                                 CAST(:limit AS integer), CAST(:offset AS integer))
         WITH ORDINALITY AS s
    JOIN public.patients p ON p.id = s.patient_id
    LEFT JOIN desktop.patient_detail d ON d.patient_id = p.id
    ORDER BY s.ordinality
    """
).bindparams(bindparam("words", type_=ARRAY(Text)))


def _server_rows(session: Session, _reader: Reader, terms: SearchTerms, limit: int, offset: int) -> list[Any]:
    values = {
        "words": list(terms.words), "birth_from": terms.birth_from, "birth_to": terms.birth_to,
        "digits": terms.digits, "mrn": terms.mrn, "limit": limit, "offset": offset,
    }  # fmt: skip
    return list(session.execute(_SERVER, values).all())


def _store_rows(session: Session, reader: Reader, terms: SearchTerms, limit: int, offset: int) -> list[Any]:
    """The store's variant of the server's function, and what is shown of whom it finds."""
    hits = search_store(session.connection(), reader.clinic_id, terms, limit, offset)
    rows = session.execute(_shown().where(Patient.id.in_([hit.patient_id for hit in hits]))).all() if hits else ()
    by_id = {row.id: row for row in rows}
    return [_Scored(by_id[hit.patient_id], hit.score) for hit in hits]


def _shown(*more: Any) -> Any:
    """What is shown of a patient who was found."""
    return select(
        Patient.id, Patient.first_name, Patient.last_name, Patient.date_of_birth.label("born"),
        Patient.demographics, Patient.flags, identity_open(), *more,
    ).outerjoin(PatientDetail, PatientDetail.patient_id == Patient.id)  # fmt: skip


class _Scored:
    """A row with its score beside it."""

    def __init__(self, row: Any, score: float) -> None:
        self._row = row
        self.score = score

    def __getattr__(self, name: str) -> Any:
        return getattr(self._row, name)


def _hit(row: Any) -> PatientHit:
    details: Demographics = read_demographics(row.demographics)
    return PatientHit(
        id=row.id,
        first_name=row.first_name or "",
        last_name=row.last_name or "",
        name=display_name(row.first_name, row.last_name, details.preferred_name),
        born=row.born,
        phone=details.phone,
        mrn=details.mrn,
        flags=tuple(row.flags or ()),
        identity_to_confirm=bool(row.identity_to_confirm),
        score=round(float(row.score), 3),
        phone_digits=tuple(digits_of(phone.value) for phone in details.phones),
        sex=details.sex,
        death=death_of(details, row.flags),
    )


@query(offline=True)
def likely_duplicates(
    session: Session,
    reader: Reader,
    *,
    first_name: str,
    last_name: str,
    born: date | None,
    phone: str = "",
    sex: str = "",
    besides: str | None = None,
) -> tuple[Likeness, ...]:
    """Return who may be meant already: similar name and birth date or phone, or a shared phone alone.

    Twins (same birth date, other first name) are never called duplicates, but share a household.
    """
    digits = digits_of(phone)
    phones = frozenset({digits} if len(digits) >= SHORTEST_PHONE else ())
    person = Person(first_name, last_name, born, phones, sex)
    found: dict[str, Likeness] = {}
    for hit in _candidates(session, reader, person):
        likeness = _compare(person, hit)
        if likeness and hit.id != besides:
            found.setdefault(hit.id, likeness)
    mine = Person(first_name, last_name, born, frozenset())
    ranked = sorted(found.values(), key=lambda one: (not one.same_person, -name_likeness(mine, _person(one.patient))))
    return tuple(ranked[:DUPLICATES_SHOWN])


def _candidates(session: Session, reader: Reader, person: Person) -> Iterator[PatientHit]:
    """Who was born that day, and who has that phone: two statements.

    Many share the first of January: where one page doesn't hold them all, the names choose among them.
    """
    words = fold(f"{person.first} {person.last}").split()
    if person.born and words:
        page = find(session, reader, SearchTerms(birth_from=person.born, birth_to=person.born), limit=MAX_LIMIT)
        yield from page.items
        for word in words[:4] if page.more else ():
            terms = SearchTerms(words=(word,), birth_from=person.born, birth_to=person.born)
            yield from find(session, reader, terms, limit=MAX_LIMIT).items
    for digits in person.phones:
        yield from find(session, reader, SearchTerms(digits=digits[-_PHONE_TAIL:]), limit=MAX_LIMIT).items


_PHONE_TAIL = 9
"""So many last digits are looked for, so that a country's code before them doesn't matter."""


def _person(hit: PatientHit) -> Person:
    return Person(hit.first_name, hit.last_name, hit.born, frozenset(hit.phone_digits), hit.sex)


def _compare(person: Person, hit: PatientHit) -> Likeness | None:
    other = _person(hit)
    shared = {
        Shared.NAME: similar_names(person, other),
        Shared.BIRTH_DATE: person.born is not None and person.born == other.born,
        Shared.PHONE: share_phone(person, other),
    }
    reasons = frozenset(reason for reason, holds in shared.items() if holds)
    if same_person(person, other):
        return Likeness(hit, same_person=True, shared=reasons)
    return Likeness(hit, same_person=False, shared=reasons) if Shared.PHONE in reasons else None
