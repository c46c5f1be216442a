"""Visit notes: their parts, their templates, what a note needs to be signed. Pure text, no clinical reasoning."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import NAMESPACE_OID, uuid5

from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.kernel.text import clean_text

NOTE_FIELDS = ("reason", "history", "findings", "assessment", "plan")
"""The parts of a note in the order in which they are written and read."""
MOST_IN_FIELD = 20_000
"""Characters in one part: some ten pages; more belongs into an attached document."""
MOST_IN_ADDENDUM = 20_000


def note_id_for(visit_id: str) -> str:
    """Return the id that the note of a visit always has."""
    return str(uuid5(NAMESPACE_OID, f"visit-note\0{visit_id}"))


def part_title(field: str) -> str:
    """Return the heading of a part of the note."""
    titles = {
        "reason": t("Reason for the visit"),
        "history": t("History"),
        "findings": t("Findings"),
        "assessment": t("Assessment"),
        "plan": t("Plan"),
    }
    return titles[field]


def clean_part(field: str, value: str) -> str:
    """Return a part of the note as it is kept; raises ``Refused`` naming the part when it can't be."""
    if field not in NOTE_FIELDS:
        raise Refused("BadValue", t("A note has no such part."), field=field)
    return clean_text(value, field, MOST_IN_FIELD)


def note_hash(parts: Mapping[str, str]) -> str:
    """Return what tells two contents of a note apart: signed is what the person saw, or nothing.

    A part that is missing is an empty one.
    """
    text = "\x1e".join(parts.get(field) or "" for field in NOTE_FIELDS)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def missing_for_signature(parts: Mapping[str, str]) -> str | None:
    """Return the first part without which a note isn't signed: it must say what was thought or what is to be done."""
    if not (parts.get("reason") or "").strip():
        return "reason"
    if not any((parts.get(field) or "").strip() for field in ("findings", "assessment", "plan")):
        return "assessment"
    return None


@dataclass(frozen=True, slots=True)
class NoteTemplate:
    """Headings to begin with; ``parts`` are texts that go only into empty parts."""

    key: str
    title: str
    parts: Mapping[str, str]


def note_templates() -> tuple[NoteTemplate, ...]:
    """Return the templates every clinic has, in the person's language. They ask, they never assert a finding."""
    return (
        NoteTemplate(
            "problem",
            t("New problem"),
            {
                "history": t("Since when:\nCourse:\nWhat helps, what makes it worse:\nTried so far:"),
                "findings": t("General:\nExamined:"),
                "plan": t("Today:\nWatch for:\nBack if:"),
            },
        ),
        NoteTemplate(
            "chronic",
            t("Long-term condition, check"),
            {
                "history": t("Since the last visit:\nReadings at home:\nTaking the medicines:\nDifficulties:"),
                "findings": t("Measured today:\nExamined:"),
                "assessment": t("Compared with the goal:"),
                "plan": t("Medicines:\nTests:\nNext check:"),
            },
        ),
        NoteTemplate(
            "results",
            t("Talk about results"),
            {"history": t("Results discussed:"), "plan": t("Agreed:\nRepeat:")},
        ),
        NoteTemplate(
            "virtual",
            t("Virtual visit"),
            {
                "history": t("Identity checked by:\nWhere the patient is:\nSince when:"),
                "findings": t("Seen and heard on screen:"),
                "plan": t("Advice given:\nTo be seen in person if:"),
            },
        ),
    )


def fill_empty(parts: Mapping[str, str], filler: Mapping[str, str]) -> dict[str, str]:
    """Return the note with ``filler`` in the parts that are empty; what somebody wrote is never replaced."""
    return {
        field: parts.get(field, "") if (parts.get(field) or "").strip() else filler.get(field, "")
        for field in NOTE_FIELDS
    }


def identity_hash(patient_id: str, first: str | None, last: str | None, born: date | None) -> str:
    """Return what tells who was on the screen: the row, the name and the birth date (a date of the clinic, no zone)."""
    text = "\x1e".join((patient_id, first or "", last or "", born.isoformat() if born else ""))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
