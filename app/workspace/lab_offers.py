"""Waiting messages whose patient is certain by now: offered to a person, filed when the person says so.

Nothing is filed by itself: a message that once found nobody is somebody's decision. What is offered agrees by the
rules of taking files in (number or order, name, birth date), and is checked again when it is filed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.commands.lab_messages import AssignLabMessage
from app.domain.lab_messages import LabReport, TakenMessage
from app.kernel.errors import Conflict, Refused
from app.queries.lab_inbox import LabMessageText
from app.queries.lab_offers import lab_matches, lab_waiting_known
from app.workspace.hl7_import import report_in
from app.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True)
class LabOffer:
    """A waiting message and whose it is by now."""

    message_id: str
    patient_id: str
    patient_name: str
    report: LabReport


@dataclass(frozen=True, slots=True)
class OffersFiled:
    """What became of offers: ids of messages that were filed, and of those that weren't with the reason."""

    filed: tuple[str, ...]
    left: tuple[tuple[str, str], ...]


def lab_offers(workspace: Workspace) -> tuple[LabOffer, ...]:
    """Return the waiting messages whose patient is certain by now, in the order in which they came.

    Raises ``Unavailable`` without the server.
    """
    kept = sorted(workspace.ask(lab_waiting_known), key=_came)
    read = [taken for one in kept if (taken := _taken(one, workspace)) is not None]
    if not read:
        return ()
    matches = workspace.ask(lab_matches, messages=tuple(taken for _, taken in read))
    return tuple(
        LabOffer(message_id, match.patient_id, name, taken.report)
        for (message_id, taken), (match, name) in zip(read, matches, strict=True)
        if match.patient_id is not None and taken.report is not None
    )


def _came(kept: LabMessageText) -> tuple[datetime, list[str]]:
    """When a message came and where it stood: those of one import have one time, and message 2 is before message 10."""
    return kept.row.received_at, [
        part.rjust(12, "0") if part.isdecimal() else part for part in re.split(r"(\d+)", kept.row.source)
    ]


def _taken(kept: LabMessageText, workspace: Workspace) -> tuple[str, TakenMessage] | None:
    """Read a kept message again; None where that gives no results."""
    try:
        report = report_in(kept, workspace)
    except Refused:
        return None
    row = kept.row
    taken = TakenMessage(
        source=row.source, content_hash="", sender=row.sender, control_id=row.control_id, report=report
    )
    return row.id, taken


def file_offers(workspace: Workspace, offers: Sequence[LabOffer]) -> OffersFiled:
    """File each with its patient, one transaction each; one that is no longer certain is left where it is."""
    filed, left = [], []
    for one in offers:
        command = AssignLabMessage(
            message_id=one.message_id, patient_id=one.patient_id, report=one.report, certain=True
        )  # fmt: skip
        try:
            workspace.execute(command)
        except (Refused, Conflict) as problem:
            left.append((one.message_id, problem.message))
        else:
            filed.append(one.message_id)
    return OffersFiled(tuple(filed), tuple(left))
