"""The table of tables: for each one, who sees which rows, who may write what, what is mirrored and audited.

Policies, grants and triggers are generated from or checked against it; a table without an entry fails a test.
Roles are those of the person; the owner, the backend and definer functions are not bound by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from app.db.catalog_chart import CHART, REACH
from app.db.catalog_entry import (
    ADMINS,
    CARE,
    IMPORTERS,
    NOBODY,
    PROVIDERS,
    STAFF,
    Scope,
    TableEntry,
    columns,
)
from app.domain.enums import Role

__all__ = ["ADMINS", "CARE", "IMPORTERS", "NOBODY", "PROVIDERS", "STAFF", "TABLES", "Scope", "TableEntry", "columns"]


_public = partial(TableEntry, schema="public")
_staffs = partial(TableEntry, scope=Scope.CLINIC, synced=True, inserts=STAFF, updates=STAFF)
_TRACKED = MappingProxyType({Role.MEDICAL_ASSISTANT: columns("status completed_at updated_at")})
_SEEN = columns("last_seen_at")
_PUBLIC = (
    _public(table="clinics", scope=Scope.CLINIC_ID, synced=True, updates=ADMINS, fixed=columns("created_at")),
    # Staff insert PATIENT rows with an unusable hash only; staff accounts go through desktop.create_staff.
    _public(
        table="users",
        scope=Scope.CLINIC,
        synced=True,
        inserts=STAFF,
        updates=STAFF,
        fixed=columns("password_hash role clinic_id patient_id provider_id created_at"),
        secret_columns=columns("password_hash"),
    ),
    _public(
        table="patients",
        scope=Scope.CLINIC,
        synced=True,
        inserts=STAFF,
        updates=STAFF,
        fixed=columns("user_id clinic_id created_at"),
    ),
    _public(
        table="providers",
        scope=Scope.CLINIC,
        synced=True,
        inserts=ADMINS,
        updates=ADMINS,
        fixed=columns("user_id clinic_id created_at"),
    ),
    # An ADMIN enters none but what an import brings (source DEVICE; the body mass index beside such a weight).
    # What was entered in error says so in its metadata; nothing else of a measurement ever changes.
    _public(
        table="measurements",
        scope=Scope.BY_PATIENT,
        synced=True,
        inserts=STAFF,
        updates=CARE,
        fixed=columns("patient_id type value timestamp source created_at"),
    ),
    _public(
        table="care_plans",
        scope=Scope.BY_PATIENT,
        synced=True,
        inserts=PROVIDERS,
        updates=PROVIDERS,
        fixed=columns("patient_id created_at"),
    ),
    # Raised by providers and by the rules' definer function; an assistant may dismiss INFO ones.
    _public(
        table="alerts",
        scope=Scope.BY_PATIENT,
        synced=True,
        inserts=PROVIDERS,
        updates=CARE,
        fixed=columns("patient_id severity type title body payload created_at"),
    ),
    _public(
        table="visit_requests",
        scope=Scope.BY_PATIENT,
        synced=True,
        inserts=STAFF,
        updates=STAFF,
        fixed=columns("patient_id created_at"),
    ),
    # Free slots vanish through desktop.remove_free_slots: deleting a booked one would take its visit along.
    _public(
        table="visit_slots",
        scope=Scope.BY_PROVIDER,
        synced=True,
        inserts=STAFF,
        updates=STAFF,
        fixed=columns("provider_id created_at"),
    ),
    _public(
        table="visits",
        scope=Scope.BY_BOOKING,
        synced=True,
        inserts=STAFF,
        updates=STAFF,
        fixed=columns("patient_id created_at"),
    ),
    _public(
        table="virtual_visit_sessions",
        scope=Scope.BY_VISIT,
        synced=True,
        inserts=STAFF,
        updates=STAFF,
        fixed=columns("visit_id created_at"),
    ),
    _public(
        table="device_connections",
        scope=Scope.BY_PATIENT,
        synced=True,
        secret_columns=columns("access_token refresh_token"),
    ),
    _public(table="vital_readings", scope=Scope.BY_PATIENT, synced=True),
    _public(table="hrv_readings", scope=Scope.BY_PATIENT, synced=True),
    _public(table="bmi_readings", scope=Scope.BY_PATIENT, synced=True, inserts=STAFF),
    # The desk tracks orders but never sees the values.
    _public(
        table="lab_orders",
        scope=Scope.BY_PATIENT,
        synced=True,
        inserts=PROVIDERS,
        updates=CARE,
        limited=_TRACKED,
        fixed=columns("patient_id created_at"),
        restricted=MappingProxyType({"results": PROVIDERS | ADMINS}),
    ),
    _public(
        table="referrals",
        scope=Scope.BY_PATIENT,
        synced=True,
        inserts=PROVIDERS,
        updates=CARE,
        limited=_TRACKED,
        fixed=columns("patient_id created_at"),
    ),
    _public(
        table="excuse_notes",
        scope=Scope.BY_PATIENT,
        synced=True,
        inserts=CARE,
        updates=CARE,
        fixed=columns("patient_id created_at"),
    ),
    _public(
        table="message_threads",
        scope=Scope.BY_PATIENT,
        synced=True,
        inserts=STAFF,
        updates=STAFF,
        fixed=columns("patient_id clinic_id created_at"),
    ),
    _public(
        table="messages",
        scope=Scope.BY_THREAD,
        synced=True,
        inserts=STAFF,
        updates=STAFF,
        fixed=columns("thread_id sender_id content attachments created_at"),
    ),
    _public(
        table="clinical_rules",
        scope=Scope.BY_RULE,
        synced=True,
        inserts=ADMINS,
        updates=ADMINS,
        fixed=columns("created_at"),
    ),
    # Written by the rules' definer function: one row per rule and patient, far too many to mirror or to audit (the run
    # is audited, and what it raised).
    _public(table="rule_executions", scope=Scope.BY_PATIENT, audited=False),
    # A provider's own, an ADMIN's all.
    _public(
        table="provider_availability",
        scope=Scope.BY_PROVIDER,
        synced=True,
        inserts=PROVIDERS | ADMINS,
        updates=PROVIDERS | ADMINS,
        deletes=PROVIDERS | ADMINS,
        fixed=columns("provider_id created_at"),
    ),
    _public(table="weekly_summaries", scope=Scope.BY_PATIENT, synced=True),
    # Ended by desktop.end_sessions.
    _public(table="refresh_tokens", scope=Scope.BY_USER, reads=ADMINS, secret_columns=columns("token")),
)

_DESKTOP = (
    TableEntry(table="installation", scope=Scope.INSTALLATION),
    TableEntry(table="clinic_settings", scope=Scope.CLINIC, synced=True, updates=ADMINS),
    TableEntry(table="login", scope=Scope.CLINIC, synced=True),
    TableEntry(table="sign_in_event", scope=Scope.CLINIC, audited=False, reads=ADMINS),
    # Naming one is an ADMIN's. Enrolling, revoking and the count of contacts go through functions.
    TableEntry(
        table="workstation",
        scope=Scope.CLINIC,
        synced=True,
        inserts=STAFF,
        updates=STAFF,
        limited=MappingProxyType({Role.MEDICAL_ASSISTANT: _SEEN, Role.PROVIDER: _SEEN}),
        fixed=columns("clinic_id created_at"),
        secret_columns=columns("kept_key"),
        locked=columns("enrolled_at enrolled_by generation old_copy_at revoked_at revoked_by kept_key"),
    ),
    TableEntry(
        table="appointment_type",
        scope=Scope.CLINIC,
        synced=True,
        inserts=ADMINS,
        updates=ADMINS,
        fixed=columns("clinic_id"),
    ),
    TableEntry(table="provider_settings", scope=Scope.BY_PROVIDER, synced=True, inserts=ADMINS, updates=ADMINS),
    TableEntry(
        table="room", scope=Scope.CLINIC, synced=True, inserts=ADMINS, updates=ADMINS, fixed=columns("clinic_id")
    ),
    # Overbooking goes through desktop.choose_overbook.
    TableEntry(
        table="slot_detail", scope=Scope.BY_SLOT, synced=True, inserts=STAFF, updates=STAFF, locked=columns("overbook")
    ),
    TableEntry(table="slot_claim", scope=Scope.BY_SLOT, audited=False, server_only=True),
    # Taken, returned and released through functions; booking the slot ends one.
    TableEntry(table="slot_lease", scope=Scope.CLINIC, synced=True),
    TableEntry(table="visit_detail", scope=Scope.BY_VISIT, synced=True, inserts=STAFF, updates=STAFF),
    TableEntry(table="visit_event", scope=Scope.BY_VISIT, synced=True, audited=False),
    _staffs(
        table="day_closure",
        fixed=columns("clinic_id provider_id created_by created_at"),
    ),
    TableEntry(table="contact_attempt", scope=Scope.CLINIC, synced=True, inserts=STAFF),
    _staffs(
        table="waiting_list_entry",
        fixed=columns("clinic_id patient_id created_by created_at"),
    ),
    _staffs(
        table="walk_in",
        fixed=columns("clinic_id patient_id created_by"),
    ),
    TableEntry(
        table="household", scope=Scope.CLINIC, synced=True, inserts=STAFF, updates=STAFF, fixed=columns("clinic_id")
    ),
    TableEntry(
        table="household_member",
        scope=Scope.BY_HOUSEHOLD,
        synced=True,
        inserts=STAFF,
        updates=STAFF,
        fixed=columns("household_id patient_id"),
    ),
    # Merging goes through its definer function.
    TableEntry(
        table="patient_detail",
        scope=Scope.BY_PATIENT,
        synced=True,
        inserts=STAFF,
        updates=STAFF,
        locked=columns("merged_into merged_at"),
    ),
    # Merging and its undo go through definer functions, for an ADMIN; everybody sees patient_detail.merged_into.
    TableEntry(table="patient_merge", scope=Scope.CLINIC, reads=ADMINS),
    TableEntry(table="patient_merge_row", scope=Scope.CLINIC, audited=False, reads=ADMINS),
    TableEntry(table="patient_search", scope=Scope.CLINIC, audited=False),
    TableEntry(table="search_name", scope=Scope.CLINIC, audited=False),
    TableEntry(table="applied_command", scope=Scope.OWN_OR_ADMIN, audited=False),
    # desktop.discard_command.
    TableEntry(table="discarded_command", scope=Scope.OWN_OR_ADMIN, server_only=True),
    TableEntry(table="change", scope=Scope.CLINIC_OR_NULL, audited=False, server_only=True),
    TableEntry(table="audit", scope=Scope.CLINIC, audited=False, reads=ADMINS, server_only=True),
    TableEntry(table="access_event", scope=Scope.CLINIC, audited=False, reads=ADMINS),
    # Not audited: half-written clinical text is the author's alone.
    TableEntry(
        table="draft",
        scope=Scope.OWN_USER,
        synced=True,
        audited=False,
        inserts=STAFF,
        updates=STAFF,
        deletes=STAFF,
        fixed=columns("user_id clinic_id"),
    ),
    TableEntry(
        table="saved_view",
        scope=Scope.OWN_OR_SHARED,
        synced=True,
        inserts=STAFF,
        updates=STAFF,
        deletes=STAFF,
        fixed=columns("clinic_id user_id"),
    ),
    TableEntry(
        table="import_run",
        scope=Scope.CLINIC,
        inserts=STAFF,
        updates=STAFF,
        fixed=columns("clinic_id kind started_at by_user"),
    ),
    TableEntry(
        table="import_link",
        scope=Scope.CLINIC,
        audited=False,
        inserts=IMPORTERS,
        updates=IMPORTERS,
        fixed=columns("clinic_id system type source_id table_name"),
    ),
    # A trigger makes a new rule its ADMIN's clinic's.
    TableEntry(table="rule_clinic", scope=Scope.CLINIC, synced=True),
    TableEntry(table="request_visit", scope=Scope.BY_REQUEST, synced=True, inserts=STAFF),
    TableEntry(table="account_log", scope=Scope.CLINIC, audited=False, reads=ADMINS, server_only=True),
)

TABLES: Mapping[str, TableEntry] = MappingProxyType(
    {entry.table: entry for entry in _PUBLIC + _DESKTOP + CHART + REACH}
)
"""Every table of both schemas by its bare name, which is unique across them."""
