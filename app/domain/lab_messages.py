"""What a laboratory's message says, read and in our words: whose results, of which orders, and which results.

Pure values: a reader makes them from a file (``app.interop.hl7``), commands carry them. Whom a message is about is
only what it claims; who it is here, ``lab_matching`` decides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from app.domain.labs import LabResult

MOST_NAMED = 50
"""Order numbers of a message that are kept beside it."""
HISTORY_AFTER = timedelta(days=14)
"""Results observed longer ago than this before their import are history: no alert, one batch to review."""


_HEAD = 400
_SENT = re.compile(r"(\d{8})(\d{6}(?:\.\d+|\d\d\d?)?|\d{4})?\s*([+-]\d{4})?")


def sent_stamp(body: str) -> tuple[bool, str] | None:
    """Return what tells which of two messages was sent later: whether MSH-7 names its zone, and the time (sortable).

    Only two that both name theirs, or both don't, can be compared. None for a message that doesn't say.
    """
    fields = body[:_HEAD].split(body[3:4] or "|")
    found = _SENT.fullmatch(fields[6].strip()) if len(fields) > 6 else None
    if found is None:
        return None
    digits = f"{found[1]}{found[2] or ''}".ljust(14, "0")[:14]
    if found[3] is None:
        return False, digits
    try:
        at = datetime.strptime(digits + found[3], "%Y%m%d%H%M%S%z")
        return True, at.astimezone(UTC).strftime("%Y%m%d%H%M%S")
    except (ValueError, OverflowError):
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonNumber:
    """An identifier of the person in the message: the number, who assigned it, its kind (MR, PI, SS …)."""

    value: str
    assigner: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonName:
    """One of the person's names as written."""

    family: str = ""
    given: str = ""

    @property
    def text(self) -> str:
        """Given names and family name as one line."""
        return f"{self.given} {self.family}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class LabPerson:
    """Whom a message is about. ``birth_date`` is a complete day or None; ``sex`` M, F, or ""."""

    names: tuple[PersonName, ...] = ()
    numbers: tuple[PersonNumber, ...] = ()
    birth_date: date | None = None
    sex: str = ""

    @property
    def name(self) -> str:
        """The first name given, for people to read; "" without any."""
        return self.names[0].text if self.names else ""

    def to_json(self) -> dict[str, Any]:
        """Return what a message says of a person."""
        return {
            "name": self.name,
            "birthDate": self.birth_date.isoformat() if self.birth_date else None,
            "sex": self.sex or None,
            "ids": [{"value": n.value, "assigner": n.assigner, "kind": n.kind} for n in self.numbers],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedOrder:
    """The results of one order. ``placer_ids`` are the numbers of who ordered, ``filler_id`` the laboratory's.

    ``final``: the laboratory has no more to come. Times are aware UTC.
    """

    placer_ids: tuple[str, ...] = ()
    filler_id: str = ""
    tests: tuple[str, ...] = ()
    items: tuple[LabResult, ...] = ()
    ordered_by: str = ""
    specimen: str = ""
    collected_at: datetime | None = None
    reported_at: datetime | None = None
    final: bool = True

    @property
    def number(self) -> str:
        """By what the laboratory's next message about the order will be known: its number, else the placer's."""
        return self.filler_id or (self.placer_ids[0] if self.placer_ids else "")

    @property
    def observed_at(self) -> datetime | None:
        """When the newest of its results was observed, else collected, else reported."""
        times = [item.observed_at for item in self.items if item.observed_at is not None]
        return max(times) if times else self.collected_at or self.reported_at

    def is_history(self, now: datetime) -> bool:
        """Whether all of it was observed longer ago than an alert makes sense for."""
        observed = self.observed_at
        return observed is not None and now - observed > HISTORY_AFTER


@dataclass(frozen=True, slots=True, kw_only=True)
class LabReport:
    """What one message says of one person. ``held`` is why it never goes to a chart by itself ("" when it may)."""

    person: LabPerson
    orders: tuple[ReportedOrder, ...]
    held: str = ""

    def claims(self) -> dict[str, Any]:
        """Return the shape of ``lab_message.person``: whom it is about, and the orders of ours that it names."""
        named = tuple(dict.fromkeys(number for order in self.orders for number in order.placer_ids))
        return {**self.person.to_json(), **({"orders": list(named[:MOST_NAMED])} if named else {})}

    @property
    def results(self) -> int:
        """How many results there are."""
        return sum(len(order.items) for order in self.orders)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenMessage:
    """A message of a file, one person's part of it, as it is kept.

    ``source`` says where it stood; ``content_hash`` recognises it word for word; ``body`` is its text. Without a
    ``report`` it was refused for ``refusal``. ``sent_at`` is aware UTC. ``remarks`` are things to know about it.
    """

    source: str
    content_hash: str
    kind: str = ""
    sender: str = ""
    control_id: str = ""
    sent_at: datetime | None = None
    body: str = ""
    report: LabReport | None = None
    refusal: str = ""
    remarks: tuple[str, ...] = field(default=())
