"""What comes next for a request: the one primary action, as words and as a command."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from app.commands.core import Command
from app.commands.requests import ConvertRequest, ProposeSlot, TriageRequest
from app.domain.enums import RequestStatus
from app.kernel.i18n import t
from app.queries.openings import OpenTime
from app.queries.requests import ProposalState, RequestRow
from app.ui.parts.request_words import severity_word, when


@dataclass(frozen=True, slots=True)
class Step:
    """A button's text, what it does, and what is said when it is done."""

    text: str
    command: Command
    done: str


def held(row: RequestRow) -> bool:
    """Tell whether a time is kept and the patient is to answer."""
    return row.proposal is not None and row.proposal.state is ProposalState.HELD


def next_step(row: RequestRow, chosen: OpenTime | None, note: str, zone: ZoneInfo, now: datetime) -> Step | None:
    """Return what comes next; None where a time has to be chosen first, or nothing is left to do."""
    if row.status is RequestStatus.NEW:
        word = severity_word(row.severity)
        command = TriageRequest(request_id=row.request_id, severity=row.severity, note=note, expected=row.status)
        return Step(t("Triage as {word}", word=word), command,
                    t("Triaged as {word}: {name}", word=word, name=row.patient_name))  # fmt: skip
    proposal = row.proposal
    if proposal is not None and proposal.start is not None and proposal.state in (
        ProposalState.HELD, ProposalState.ENDED
    ):  # fmt: skip
        time = when(proposal.start, zone, now)
        if proposal.state is ProposalState.HELD:
            return Step(t("The patient agrees: book {time}", time=time),
                        ConvertRequest(request_id=row.request_id, slot_id=proposal.slot_id),
                        t("Booked {name}, {time}", name=row.patient_name, time=time))  # fmt: skip
        return _propose(row, proposal.slot_id, t("Propose {time} again", time=time), time)
    if chosen is None or row.status not in (RequestStatus.TRIAGED, RequestStatus.AWAITING_PATIENT_CONFIRMATION):
        return None
    return propose(row, chosen, zone, now)


def propose(row: RequestRow, chosen: OpenTime, zone: ZoneInfo, now: datetime) -> Step:
    """Offer a free time to the patient."""
    time = when(chosen.start, zone, now)
    return _propose(row, chosen.slot_id, t("Propose {time}", time=time), time)


def book(row: RequestRow, chosen: OpenTime, zone: ZoneInfo, now: datetime) -> Step:
    """Book a free time at once: the patient is on the phone, or needs no asking."""
    time = when(chosen.start, zone, now)
    return Step(t("Book {time}", time=time), ConvertRequest(request_id=row.request_id, slot_id=chosen.slot_id),
                t("Booked {name}, {time}", name=row.patient_name, time=time))  # fmt: skip


def _propose(row: RequestRow, slot_id: str, text: str, time: str) -> Step:
    command = ProposeSlot(request_id=row.request_id, slot_id=slot_id, expected=row.status)
    return Step(text, command, t("{time} is kept for {name}", time=time, name=row.patient_name))
