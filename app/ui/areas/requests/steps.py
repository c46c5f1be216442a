"""What comes next for a request: the one primary action, as words and as a command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from app.commands.core import Command
from app.commands.requests import ConvertRequest, ProposeSlot, TriageRequest
from app.domain import requests
from app.domain.enums import RequestStatus
from app.domain.requests import OPEN_REQUESTS
from app.kernel.i18n import t
from app.queries.openings import OpenTime
from app.queries.requests import ProposalState, RequestRow
from app.ui.parts.request_words import severity_word, when

AT_ONCE = 2
"""So many times that begin too soon to be proposed are shown."""


@dataclass(frozen=True, slots=True)
class Step:
    """A button's text, what it does, and what is said when it is done."""

    text: str
    command: Command
    done: str


def can_wait(one: OpenTime, now: datetime) -> bool:
    """Tell whether a time begins late enough to wait for the patient's answer."""
    return requests.can_wait(now, one.start)


def worth_offering(found: Sequence[OpenTime], now: datetime, count: int) -> tuple[OpenTime, ...]:
    """Return `count` of the times in their order: two at once for whoever can't wait, the others can be proposed."""
    later = [one for one in found if can_wait(one, now)]
    soon = [one for one in found if not can_wait(one, now)]
    return (*soon[: max(AT_ONCE, count - len(later))], *later)[:count]


def held(row: RequestRow) -> bool:
    """Tell whether a time is kept and the patient is to answer."""
    return row.proposal is not None and row.proposal.state is ProposalState.HELD


def booked(row: RequestRow) -> bool:
    """Tell whether the patient has taken the proposed time: no other one is offered."""
    return row.proposal is not None and row.proposal.state is ProposalState.BOOKED


def next_step(row: RequestRow, chosen: OpenTime | None, note: str, zone: ZoneInfo, now: datetime) -> Step | None:
    """Return what comes next; None where a time has to be chosen first, or nothing is left to do."""
    if row.status not in OPEN_REQUESTS:
        return None
    if row.status is RequestStatus.NEW:
        word = severity_word(row.severity)
        command = TriageRequest(request_id=row.request_id, severity=row.severity, note=note, expected=row.status)
        return Step(t("Triage as {word}", word=word), command,
                    t("Triaged as {word}: {name}", word=word, name=row.patient_name))  # fmt: skip
    proposal = row.proposal
    if proposal is not None and proposal.start is not None and proposal.state in (
        ProposalState.HELD, ProposalState.ENDED, ProposalState.BOOKED
    ):  # fmt: skip
        time = when(proposal.start, zone, now)
        if proposal.state is ProposalState.BOOKED:
            return Step(t("Close: booked for {time}", time=time), ConvertRequest(request_id=row.request_id),
                        t("Booked {name}, {time}", name=row.patient_name, time=time))  # fmt: skip
        if proposal.state is ProposalState.HELD:
            return Step(t("The patient agrees: book {time}", time=time),
                        ConvertRequest(request_id=row.request_id, slot_id=proposal.slot_id),
                        t("Booked {name}, {time}", name=row.patient_name, time=time))  # fmt: skip
        return _propose(row, proposal.slot_id, t("Propose {time} again", time=time), time)
    if chosen is None or row.status not in (RequestStatus.TRIAGED, RequestStatus.AWAITING_PATIENT_CONFIRMATION):
        return None
    return propose(row, chosen, zone, now) if can_wait(chosen, now) else book(row, chosen, zone, now)


def propose(row: RequestRow, chosen: OpenTime, zone: ZoneInfo, now: datetime) -> Step:
    """Offer a free time to the patient."""
    time = when(chosen.start, zone, now)
    return _propose(row, chosen.slot_id, t("Propose {time}", time=time), time)


def book(row: RequestRow, chosen: OpenTime, zone: ZoneInfo, now: datetime) -> Step:
    """Book a free time at once: the patient is on the phone, or needs no asking."""
    time = when(chosen.start, zone, now)
    return Step(t("Book {time} at once", time=time), ConvertRequest(request_id=row.request_id, slot_id=chosen.slot_id),
                t("Booked {name}, {time}", name=row.patient_name, time=time))  # fmt: skip


def _propose(row: RequestRow, slot_id: str, text: str, time: str) -> Step:
    command = ProposeSlot(request_id=row.request_id, slot_id=slot_id, expected=row.status)
    return Step(text, command, t("{time} is kept for {name}", time=time, name=row.patient_name))
