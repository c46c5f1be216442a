"""What two people made of the same fields, in words: for each kind of edit the names of its fields and its values."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from app.commands.care_plans import ChangeCarePlan
from app.commands.clinical_lists import ChangeListItem
from app.commands.excuse_notes import EditExcuseNote
from app.commands.referrals import AcceptReferral, CompleteReferral, EditReferral, TrackReferral
from app.commands.registry import Command
from app.commands.visit_notes import WriteVisitNote
from app.domain import clinical_list_words, patients
from app.domain.enums import ReferralPriority
from app.domain.referrals import priority_word
from app.domain.visit_notes import part_title
from app.kernel.i18n import t
from app.ui.parts.command_facts import Facts
from app.ui.parts.papers.note_fields import in_words
from app.ui.parts.patient_values import date_text, show_value

TitleOf = Callable[[str], str]
Show = Callable[[str, Any], str]


def words_of(command: Command | None, facts: Facts) -> tuple[TitleOf, Show]:
    """Return how the fields of an edit are called and how their values are written."""
    if isinstance(command, WriteVisitNote):
        return part_title, _text
    if isinstance(command, ChangeListItem):
        return clinical_list_words.field_title, list_value
    if isinstance(command, ChangeCarePlan):
        return plan_field, plan_value
    if isinstance(command, EditReferral):
        return _referral_field, referral_value
    if isinstance(command, EditExcuseNote):
        return _note_field, lambda name, value: _note_value(name, value, facts)
    if isinstance(command, TrackReferral | AcceptReferral | CompleteReferral):
        return heard_field, _heard_value
    return patients.field_title, show_value


def list_value(field: str, value: Any) -> str:
    """Return a value of a problem, medicine or allergy as its form says it."""
    text = str(value or "")
    if field == "severity":
        return clinical_list_words.severity_text(text)
    return clinical_list_words.status_text(text) if field == "status" else text


def plan_field(field: str) -> str:
    """Return what a field of a care plan's phase or task is called."""
    return {
        "name": t("Name"), "weeks": t("Weeks"), "title": t("Name"), "description": t("Description"),
        "frequency": t("How often"), "completed": t("Completed"),
    }.get(field, field)  # fmt: skip


def plan_value(_field: str, value: Any) -> str:
    """Return a value of a care plan as people read it."""
    if isinstance(value, bool):
        return t("yes") if value else t("no")
    return "" if value is None else str(value)


def referral_value(field: str, value: Any) -> str:
    """Return a value of a referral as people read it."""
    if field == "recipient":
        return "\n".join(str(text) for text in (value or {}).values() if text)
    return priority_word(ReferralPriority(value)) if field == "priority" and value else str(value or "")


def heard_field(field: str) -> str:
    """Return what a field is called of what is heard of a referral."""
    return {"appointmentOn": t("Appointment"), "answer": t("Answer"), "attachments": t("Attached")}[field]


def _referral_field(field: str) -> str:
    return {
        "specialty": t("Specialty"), "referredTo": t("Refer to"), "priority": t("Priority"), "reason": t("Reason"),
        "letter": t("Letter"), "notes": t("Notes"), "recipient": t("Address"),
    }[field]  # fmt: skip


def _note_field(field: str) -> str:
    return {
        "type": t("For"), "providerId": t("Signed by"), "startDate": t("From"), "endDate": t("Until"),
        "reason": t("Medical reason"), "restrictions": t("Restrictions"), "showReason": t("Print the medical reason"),
    }.get(field, field)  # fmt: skip


def _note_value(field: str, value: Any, facts: Facts) -> str:
    return facts.provider(str(value)) if field == "providerId" and value else in_words(field, value, {})


def _heard_value(field: str, value: Any) -> str:
    if field == "appointmentOn":
        return date_text(date.fromisoformat(value)) if value else ""
    if field == "attachments":
        return str(len(value)) if value else ""
    return str(value or "")


def _text(_field: str, value: Any) -> str:
    return str(value or "")
