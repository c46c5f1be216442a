"""Whose results a laboratory's message has: only what agrees twice matches, everything else waits for a person.

A record number alone proves nothing: other places have the same numbers, and digits get typed wrong. So the number
(or an order of ours) must come with the same name and the same birth date. Nobody is ever matched by likeness.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.domain.demographics import read_demographics
from app.domain.lab_messages import LabPerson, PersonName
from app.kernel.fold import fold
from app.kernel.i18n import t

_TITLES = frozenset(("dr", "prof", "mr", "mrs", "ms", "miss", "mx", "herr", "frau", "sr", "sra", "srta", "mme", "jr"))
_NOT_A_RECORD = frozenset({"SS", "DL", "NI", "NH", "HC", "PPN", "MA", "MC", "NPI", "BC", "TAX", "VN", "AN"})
"""Kinds of identifiers (table 0203) that no clinic gives: social security, licences, insurances, visits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Somebody here who may be meant. ``has_number``: a number of the message is theirs; ``has_order``: an order is."""

    patient_id: str
    first_name: str
    last_name: str
    born: date | None
    demographics: Mapping[str, Any] | None = None
    has_number: bool = False
    has_order: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """Whose it is, or why nobody's: ``reason`` is for people and names nobody."""

    patient_id: str | None
    reason: str = ""


def record_numbers(person: LabPerson) -> tuple[str, ...]:
    """Return the numbers that may be record numbers of a clinic."""
    return tuple(dict.fromkeys(n.value for n in person.numbers if n.kind not in _NOT_A_RECORD))


def match_person(person: LabPerson, known: Sequence[Known]) -> Match:
    """Decide whose results these are among those who have an order or a number that the message names."""
    owners = [one for one in known if one.has_order]
    numbered = [one for one in known if one.has_number]
    if len(owners) > 1:
        return Match(None, t("its order numbers belong to different patients here"))
    if len(numbered) > 1:
        return Match(None, t("several patients here have this record number"))
    if owners and numbered and owners[0].patient_id != numbered[0].patient_id:
        return Match(None, t("the order here is another patient's than the record number"))
    if owners:
        problem = disagreement(person, owners[0], needs_birth=False)
        why = t("the order here is of somebody else: {problem}", problem=problem) if problem else ""
        return Match(None, why) if problem else Match(owners[0].patient_id)
    if numbered:
        problem = disagreement(person, numbered[0], needs_birth=True)
        why = t("the record number is known here, but {problem}", problem=problem) if problem else ""
        return Match(None, why) if problem else Match(numbered[0].patient_id)
    if not record_numbers(person):
        return Match(None, t("the message gives no record number"))
    return Match(None, t("nobody here has this record number"))


def disagreement(person: LabPerson, here: Known, *, needs_birth: bool) -> str:
    """Return what keeps the person of a message from being this one; "" when name and birth date agree.

    ``needs_birth``: a birth date must be known on both sides; otherwise it must only not differ.
    """
    if not person.names:
        return t("the message names nobody")
    if not any(same_name(name, here) for name in person.names):
        return t("the name differs")
    if person.birth_date is not None and here.born is not None:
        if person.birth_date != here.born:
            return t("the birth date differs")
    elif needs_birth:
        return t("the message gives no birth date") if person.birth_date is None else t("no birth date is known here")
    sex = (read_demographics(here.demographics).sex or "").upper()[:1]
    if person.sex and sex in ("M", "F") and sex != person.sex:
        return t("the sex differs")
    return ""


def same_name(name: PersonName, here: Known) -> bool:
    """Tell whether family name and first given name are the same but for accents, case, titles and middle names."""
    family, given = _words(name.family), _words(name.given)
    if not family or not given or family != _words(here.last_name):
        return False
    firsts = {
        tuple(_words(here.first_name))[:1],
        tuple(_words(read_demographics(here.demographics).preferred_name))[:1],
    }
    return tuple(given)[:1] in firsts - {()}


def _words(text: str | None) -> list[str]:
    return [word for word in fold(text or "").split() if word not in _TITLES]


def likely(person: LabPerson, known: Iterable[Known]) -> list[Known]:
    """Order people by how much of the message is true of them: number or order, birth date, names."""

    def weight(one: Known) -> tuple[int, str]:
        born = person.birth_date is not None and one.born == person.birth_date
        named = any(same_name(name, one) for name in person.names)
        return -(4 * (one.has_number or one.has_order) + 2 * named + 2 * born), one.patient_id

    return sorted(known, key=weight)
