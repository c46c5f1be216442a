"""Laboratories' messages need the server: the inbox is the clinic's, and no workstation keeps it."""

from __future__ import annotations

from app.commands.core import Command
from app.commands.lab_messages import AssignLabMessage, RefuseLabMessage, ReopenLabMessage, TakeLabMessages
from app.commands.lab_take_back import TakeBackLabMessage
from app.domain.lab_messages import LabPerson, LabReport, TakenMessage

HL7_SERVER_ONLY: tuple[Command, ...] = (
    TakeLabMessages(messages=(TakenMessage(source="a.hl7", content_hash="0", refusal="empty"),)),
    AssignLabMessage(message_id="m", patient_id="pat-lis", report=LabReport(person=LabPerson(), orders=())),
    RefuseLabMessage(message_id="m", reason="not ours"),
    ReopenLabMessage(message_id="m"),
    TakeBackLabMessage(message_id="m", reason="somebody else's", report=LabReport(person=LabPerson(), orders=())),
)
