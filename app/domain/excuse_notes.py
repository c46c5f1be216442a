"""Excuse notes: their span of days, and what they are to somebody who asks today."""

from __future__ import annotations

import hashlib
import unicodedata
from datetime import date
from enum import StrEnum

from app.domain.enums import ExcuseNoteStatus, ExcuseNoteType
from app.kernel.errors import Refused
from app.kernel.i18n import t

LONGEST_DAYS = 366


class NoteStanding(StrEnum):
    """What a note is today: its status, with what follows from dates and withdrawal at once."""

    DRAFT = "DRAFT"
    VALID = "VALID"
    EXPIRED = "EXPIRED"
    WITHDRAWN = "WITHDRAWN"


def standing(status: ExcuseNoteStatus, end: date, today: date, *, withdrawn: bool) -> NoteStanding:
    """Return what a note is on a day in the clinic; ``end`` is its last day. Nobody has to have written it down."""
    if status is ExcuseNoteStatus.DRAFT:
        return NoteStanding.DRAFT
    if withdrawn:
        return NoteStanding.WITHDRAWN
    return NoteStanding.EXPIRED if status is ExcuseNoteStatus.EXPIRED or end < today else NoteStanding.VALID


def check_span(start: date, end: date) -> None:
    """Refuse days in the wrong order, and more than a year."""
    if end < start:
        raise Refused("BadValue", t("The last day comes before the first."), field="endDate")
    if (end - start).days >= LONGEST_DAYS:
        raise Refused("BadValue", t("A note covers a year at most."), field="endDate")


def draft_hash(
    kind: ExcuseNoteType, start: date, end: date, reason: str, restrictions: str, *, show_reason: bool
) -> str:
    """Return what tells two drafts apart: only what was seen is signed, or thrown away. As typed or as kept."""
    texts = (unicodedata.normalize("NFC", text).strip() for text in (reason, restrictions))
    parts = (kind.value, start.isoformat(), end.isoformat(), *texts, "shown" if show_reason else "")
    return hashlib.sha256("\x1e".join(parts).encode("utf-8")).hexdigest()


def days_covered(start: date, end: date) -> int:
    """Return how many days a note covers, both ends included."""
    return (end - start).days + 1


def kind_word(kind: ExcuseNoteType) -> str:
    """Return whom the note is for."""
    words = {
        ExcuseNoteType.WORK: t("Work"),
        ExcuseNoteType.SCHOOL: t("School"),
        ExcuseNoteType.GENERAL: t("General"),
    }
    return words[kind]


def standing_word(found: NoteStanding) -> str:
    """Return what a note is, in a word."""
    words = {
        NoteStanding.DRAFT: t("Draft"),
        NoteStanding.VALID: t("Valid"),
        NoteStanding.EXPIRED: t("Expired"),
        NoteStanding.WITHDRAWN: t("Withdrawn"),
    }
    return words[found]


def initials(name: str) -> str:
    """Return "A. R." for "Ana Ramírez": who knows the person recognises them, who doesn't learns no name."""
    return " ".join(f"{part[0].upper()}." for part in name.split() if part[0].isalpha())
