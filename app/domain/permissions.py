"""Who may do what. The database enforces the same rules; this table explains and enables buttons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from app.domain.enums import Role


class Permission(StrEnum):
    """One thing that a person may be allowed to do."""

    EDIT_PATIENTS = "edit_patients"
    MERGE_PATIENTS = "merge_patients"
    BOOK = "book"
    ADVANCE_VISIT = "advance_visit"
    TREAT_OWN_VISIT = "treat_own_visit"
    MEASURE = "measure"
    TRIAGE = "triage"
    MESSAGE = "message"
    TASKS = "tasks"
    ORDER = "order"
    TRACK_ORDERS = "track_orders"
    LAB_INBOX = "lab_inbox"
    DRAFT_NOTES = "draft_notes"
    SIGN_RESULTS = "sign_results"
    RESOLVE_ALERTS = "resolve_alerts"
    DISMISS_INFO_ALERTS = "dismiss_info_alerts"
    CARE_PLANS = "care_plans"
    CARE_TEMPLATES = "care_templates"
    EDIT_LISTS = "edit_lists"
    NOTE_ALLERGIES = "note_allergies"
    EDIT_RULES = "edit_rules"
    OWN_AVAILABILITY = "own_availability"
    ALL_AVAILABILITY = "all_availability"
    CLINIC_SETTINGS = "clinic_settings"
    STAFF = "staff"
    WORKSTATIONS = "workstations"
    AUDIT = "audit"
    REPORTS = "reports"
    IMPORT_PATIENTS = "import_patients"
    IMPORT_ALL = "import_all"


_DESK = {
    Permission.EDIT_PATIENTS,
    Permission.BOOK,
    Permission.ADVANCE_VISIT,
    Permission.TRIAGE,
    Permission.MESSAGE,
    Permission.TASKS,
}

ROLE_PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.MEDICAL_ASSISTANT: frozenset(
        _DESK
        | {
            Permission.MEASURE,
            Permission.TRACK_ORDERS,
            Permission.NOTE_ALLERGIES,
            Permission.DRAFT_NOTES,
            Permission.DISMISS_INFO_ALERTS,
            Permission.IMPORT_PATIENTS,
        }
    ),
    Role.PROVIDER: frozenset(
        _DESK
        | {
            Permission.TREAT_OWN_VISIT,
            Permission.MEASURE,
            Permission.ORDER,
            Permission.TRACK_ORDERS,
            Permission.LAB_INBOX,
            Permission.DRAFT_NOTES,
            Permission.SIGN_RESULTS,
            Permission.RESOLVE_ALERTS,
            Permission.DISMISS_INFO_ALERTS,
            Permission.CARE_PLANS,
            Permission.CARE_TEMPLATES,
            Permission.EDIT_LISTS,
            Permission.NOTE_ALLERGIES,
            Permission.OWN_AVAILABILITY,
        }
    ),
    Role.ADMIN: frozenset(
        _DESK
        | {
            Permission.MERGE_PATIENTS,
            Permission.CARE_TEMPLATES,
            Permission.EDIT_RULES,
            Permission.OWN_AVAILABILITY,
            Permission.ALL_AVAILABILITY,
            Permission.CLINIC_SETTINGS,
            Permission.STAFF,
            Permission.WORKSTATIONS,
            Permission.AUDIT,
            Permission.REPORTS,
            Permission.IMPORT_PATIENTS,
            Permission.LAB_INBOX,
            Permission.IMPORT_ALL,
        }
    ),
    Role.PATIENT: frozenset(),
}


def allowed(roles: Iterable[Role], permission: Permission) -> bool:
    """Tell whether any of the person's roles carries the permission."""
    return any(permission in ROLE_PERMISSIONS[role] for role in roles)
