"""The audit in plain words: tables, columns, commands and values as people call them.

The English is made from the names in the database, by rule, with a table of exceptions; what is made is a source
text like any other and is translated (a test holds the Spanish to every table, column and command).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.kernel.i18n import t

TABLES: Mapping[str, str] = {
    "access_event": "Opened charts",
    "alerts": "Alerts",
    "appointment_type": "Appointment types",
    "bmi_readings": "Body mass indices",
    "care_plans": "Care plans",
    "clinic_settings": "Settings of the clinic",
    "clinical_rules": "Rules",
    "clinics": "Clinic",
    "contact_attempt": "Attempts to reach somebody",
    "day_closure": "Closed days",
    "discarded_command": "Discarded offline work",
    "device_connections": "Connected devices",
    "excuse_notes": "Excuse notes",
    "household": "Households",
    "household_member": "Members of households",
    "hrv_readings": "Heart rate variability",
    "import_run": "Imports",
    "installation": "Installation",
    "lab_orders": "Lab orders",
    "login": "Accounts",
    "measurements": "Measurements",
    "message_threads": "Conversations",
    "messages": "Messages",
    "patient_detail": "Details of patients",
    "patient_merge": "Merged patients",
    "patients": "Patients",
    "provider_availability": "Hours of providers",
    "provider_settings": "Settings of providers",
    "providers": "Providers",
    "referrals": "Referrals",
    "refresh_tokens": "Web and phone sessions",
    "request_visit": "Visits made from requests",
    "room": "Rooms",
    "rule_clinic": "Whose a rule is",
    "rule_executions": "Runs of rules",
    "saved_view": "Saved views",
    "slot_detail": "Details of times",
    "slot_lease": "Times kept for offline work",
    "users": "Users",
    "virtual_visit_sessions": "Video visits",
    "visit_detail": "Details of visits",
    "visit_requests": "Visit requests",
    "visit_slots": "Times",
    "visits": "Visits",
    "vital_readings": "Vital signs",
    "waiting_list_entry": "Waiting list",
    "walk_in": "Walk-ins",
    "weekly_summaries": "Weekly summaries",
    "visit_note": "Visit notes",
    "visit_note_addendum": "Addenda",
    "task": "Tasks",
    "lab_review": "Reviews of results",
    "lab_signature": "Signed results",
    "lab_result_history": "Corrected results",
    "lab_order_detail": "Details of lab orders",
    "lab_message": "Laboratory messages",
    "order_set": "Order sets",
    "referral_detail": "Details of referrals",
    "excuse_note_detail": "Details of excuse notes",
    "cover": "Cover",
    "care_plan_template": "Care plan templates",
    "care_task_mark": "Done tasks of care plans",
    "alert_detail": "Details of alerts",
    "request_detail": "Details of requests",
    "thread_detail": "Details of conversations",
    "message_template": "Message templates",
    "rule_version": "Versions of rules",
    "rule_run": "Runs of all rules",
    "rule_run_rule": "What rules did in runs",
    "held_message": "Held messages",
    "workstation": "Workstations",
}
"""What tables are called. One that isn't here is called by its name."""

_FIELDS: Mapping[str, str] = {
    "bmi": "Body mass index",
    "by_user": "By",
    "dropped_id": "Merged patient",
    "kept_id": "Kept patient",
    "one": "Key",
    "rolname": "Login role",
    "rmssd_ms": "RMSSD (ms)",
    "sdnn_ms": "SDNN (ms)",
    "spo2": "Oxygen saturation",
    "height_cm": "Height (cm)",
    "weight_kg": "Weight (kg)",
    "slot_id": "Time",
    "user_id": "Person",
    "undone_by": "Taken back by",
    "undone_at": "Taken back at",
}
_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|_")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?")
_DATES = frozenset({"date_of_birth", "date", "start_date", "end_date", "requested_date", "earliest", "latest"})
_LONGEST = 2000


def table_source(name: str) -> str:
    """Return the English of a table."""
    return TABLES.get(name, _spoken(name))


def field_source(name: str) -> str:
    """Return the English of a column: ``slot_minutes`` is "Slot minutes", ``provider_id`` is "Provider"."""
    if name in _FIELDS:
        return _FIELDS[name]
    return _spoken(name.removesuffix("_id") if name != "id" else name)


def command_source(kind: str) -> str:
    """Return the English of a command: ``BookVisit`` is "Book visit"."""
    return _spoken(kind)


def _spoken(name: str) -> str:
    text = " ".join(word.lower() for word in _WORDS.split(name) if word)
    return text[:1].upper() + text[1:]


def table_words(name: str) -> str:
    """Return a table as people call it."""
    return t(table_source(name)) if name else ""


def field_words(name: str) -> str:
    """Return a column as people call it."""
    return t(field_source(name))


def command_words(kind: str) -> str:
    """Return a command as people call it."""
    return t(command_source(kind)) if kind else ""


def access_words(kind: str) -> str:
    """Return what somebody did with a chart."""
    known = {
        "OPEN": t("Opened the chart"),
        "PRINT": t("Printed"),
        "EXPORT": t("Exported"),
        "BREAK_GLASS": t("Opened a restricted chart"),
    }
    return known.get(kind, _spoken(kind.lower()))


def value_words(column: str, value: Any, zone: ZoneInfo, names: Mapping[str, str]) -> str:
    """Return a value of the audit for people: names for ids, instants on the clinic's wall clock, yes and no."""
    if value is None or value in ({}, []):
        return ""
    if isinstance(value, bool):
        return t("yes") if value else t("no")
    if isinstance(value, str):
        if value in names:
            return names[value]
        return _moment(column, value, zone) if _INSTANT.fullmatch(value) else value[:_LONGEST]
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ", ".join(names.get(one, one) for one in value)[:_LONGEST]
    return json.dumps(value, ensure_ascii=False, sort_keys=True)[:_LONGEST]


def _moment(column: str, text: str, zone: ZoneInfo) -> str:
    """Instants are kept in UTC without saying so; dates as midnights that no zone moves."""
    instant = datetime.fromisoformat(text)
    if column in _DATES:
        return instant.date().isoformat()
    if instant.year == 1970 and column in {"start_time", "end_time"}:
        return instant.strftime("%H:%M")
    return instant.replace(tzinfo=UTC).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def id_values(documents: list[Mapping[str, Any] | None]) -> set[str]:
    """Return the ids in rows' columns that may have a name."""
    found: set[str] = set()
    for document in documents:
        for column, value in (document or {}).items():
            if isinstance(value, str) and (column.endswith(("_id", "_by", "_into")) or column == "by_user"):
                found.add(value)
    return found
