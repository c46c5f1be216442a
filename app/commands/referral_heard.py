"""What is heard of a referral, merged by field: somebody else's answer isn't replaced by one who didn't see it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.commands.paper_edits import Cleaner, apply_changes, same
from app.commands.patients import FieldChange
from app.domain.referrals import Attachment, read_attachments


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What stood there as the person saw it; the appointment is a day at the other side."""

    appointment_on: date | None = None
    answer: str = ""
    attachments: tuple[Attachment, ...] = ()


def heard_of(row: Any) -> Heard:
    """Read what stands in a referral's row (``appointment_on``, ``answer``, ``attachments``)."""
    return Heard(appointment_on=row.appointment_on, answer=row.answer or "",
                 attachments=read_attachments(row.attachments))  # fmt: skip


def changed_fields(now: Heard, mine: Heard, seen: Heard) -> frozenset[str]:
    """Return the names of ``Heard`` that are to be set: what the person changed, and isn't so already.

    Raises ``Conflict`` "FieldChanged" with all sides where somebody else changed one of them since it was seen.
    """
    stands, wanted, was = as_json(now), as_json(mine), as_json(seen)
    changes = [FieldChange(name, was[name], value) for name, value in wanted.items() if not same(value, was[name])]
    applied, _ = apply_changes(changes, stands, _CLEANERS)
    return frozenset(_COLUMNS[name] for name in applied)


def as_json(heard: Heard) -> dict[str, Any]:
    """Return the fields by their names in JSON; attachments in an order that doesn't depend on who ticked first."""
    day = heard.appointment_on
    return {"appointmentOn": day.isoformat() if day else None, "answer": heard.answer,
            "attachments": _sorted(heard.attachments)}  # fmt: skip


def over(seen: Heard, fields: Mapping[str, Mapping[str, Any]]) -> Heard:
    """Return what was seen with the server's side of the fields that clashed: mine replaces them knowingly."""
    known = as_json(seen) | {name: sides.get("server") for name, sides in fields.items() if name in _COLUMNS}
    day = known["appointmentOn"]
    return Heard(appointment_on=date.fromisoformat(day) if day else None, answer=known["answer"] or "",
                 attachments=read_attachments(known["attachments"]))  # fmt: skip


def _sorted(found: Iterable[Attachment]) -> list[dict[str, str]]:
    return [{"table": one.table, "id": one.id} for one in sorted(set(found), key=lambda one: (one.table, one.id))]


def _as_given(value: Any, _name: str) -> Any:
    return value


_COLUMNS = {"appointmentOn": "appointment_on", "answer": "answer", "attachments": "attachments"}
_CLEANERS: Mapping[str, Cleaner] = dict.fromkeys(_COLUMNS, _as_given)
