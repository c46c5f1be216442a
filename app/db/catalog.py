"""The table of tables: for each one, who sees which rows, who may write what, what is mirrored and audited.

Policies, grants and triggers are generated from or checked against it; a table without an entry fails a test.
Roles are those of the person; the owner, the backend and definer functions are not bound by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from types import MappingProxyType

from app.domain.enums import Role


class Scope(StrEnum):
    """Which rows of a table belong to a person's clinic."""

    CLINIC_ID = "CLINIC_ID"
    """``id`` is the person's clinic."""
    CLINIC = "CLINIC"
    """``clinic_id`` is the person's clinic; NULL is nobody's."""
    CLINIC_OR_NULL = "CLINIC_OR_NULL"
    """``clinic_id`` is the person's clinic or NULL (tombstones of the feed whose clinic is unknown)."""
    BY_PATIENT = "BY_PATIENT"
    """``patient_id`` is a patient of the clinic."""
    BY_PROVIDER = "BY_PROVIDER"
    """``provider_id`` is a provider of the clinic."""
    BY_BOOKING = "BY_BOOKING"
    """``patient_id``, ``provider_id`` and ``slot_id`` all are the clinic's (visits)."""
    BY_SLOT = "BY_SLOT"
    """``slot_id`` is a slot of the clinic."""
    BY_VISIT = "BY_VISIT"
    """``visit_id`` is a visit of the clinic."""
    BY_REQUEST = "BY_REQUEST"
    """``request_id`` is a visit request of the clinic (and so is ``visit_id``)."""
    BY_THREAD = "BY_THREAD"
    """``thread_id`` is a thread about a patient of the clinic."""
    BY_HOUSEHOLD = "BY_HOUSEHOLD"
    """``household_id`` is a household and ``patient_id`` a patient of the clinic."""
    BY_RULE = "BY_RULE"
    """``desktop.rule_clinic`` says the clinic, or has no row: shared, read-only."""
    BY_USER = "BY_USER"
    """``user_id`` is a user of the clinic."""
    OWN_USER = "OWN_USER"
    """``user_id`` is the person."""
    OWN_OR_SHARED = "OWN_OR_SHARED"
    """``clinic_id`` is the clinic, and ``user_id`` the person or NULL; the shared ones an ADMIN writes."""
    OWN_OR_ADMIN = "OWN_OR_ADMIN"
    """``user_id`` is the person; an ADMIN sees those of the clinic."""
    INSTALLATION = "INSTALLATION"
    """One row for all."""


NOBODY: frozenset[Role] = frozenset()
STAFF = frozenset({Role.MEDICAL_ASSISTANT, Role.PROVIDER, Role.ADMIN})
CARE = frozenset({Role.MEDICAL_ASSISTANT, Role.PROVIDER})
PROVIDERS = frozenset({Role.PROVIDER})
ADMINS = frozenset({Role.ADMIN})
IMPORTERS = frozenset({Role.MEDICAL_ASSISTANT, Role.ADMIN})


@dataclass(frozen=True, slots=True, kw_only=True)
class TableEntry:
    """What holds for one table.

    ``inserts``, ``updates``, ``deletes``: staff roles with that privilege in plain SQL; what goes through a
    definer function instead has none. Columns go by their names in the database. ``fixed``: columns that staff
    set when inserting and never change (the primary key always is one). ``locked``: columns that staff write in
    no way. ``secret_columns``: columns that nobody reads, and that neither mirror nor audit keep. ``restricted``:
    columns that only the named roles read. ``limited``: roles that update these columns only.
    ``server_only``: the offline store has no such table.
    """

    table: str
    scope: Scope
    schema: str = "desktop"
    synced: bool = False
    audited: bool = True
    reads: frozenset[Role] = STAFF
    inserts: frozenset[Role] = NOBODY
    updates: frozenset[Role] = NOBODY
    deletes: frozenset[Role] = NOBODY
    fixed: frozenset[str] = frozenset()
    locked: frozenset[str] = frozenset()
    secret_columns: frozenset[str] = frozenset()
    restricted: Mapping[str, frozenset[Role]] = field(default_factory=dict)
    limited: Mapping[Role, frozenset[str]] = field(default_factory=dict)
    server_only: bool = False

    @property
    def writes(self) -> frozenset[Role]:
        """Return the roles that may write the table in any way."""
        return self.inserts | self.updates | self.deletes

    @property
    def qualified(self) -> str:
        """Return ``schema.table``."""
        return f"{self.schema}.{self.table}"


def _columns(names: str) -> frozenset[str]:
    return frozenset(names.split())


_public = partial(TableEntry, schema="public")
_staffs = partial(TableEntry, scope=Scope.CLINIC, synced=True, inserts=STAFF, updates=STAFF)
_TRACKED = MappingProxyType({Role.MEDICAL_ASSISTANT: _columns("status completed_at updated_at")})
_SEEN = _columns("last_seen_at")
_PUBLIC = (
    _public(table="clinics", scope=Scope.CLINIC_ID, synced=True, updates=ADMINS, fixed=_columns("created_at")),
    # Staff insert PATIENT rows with an unusable hash only; staff accounts go through desktop.create_staff.
    _public(
        table="users",
        scope=Scope.CLINIC,
        synced=True,
        inserts=STAFF,
        updates=STAFF,
        fixed=_columns("password_hash role clinic_id patient_id provider_id created_at"),
        secret_columns=_columns("password_hash"),
    ),
    _public(
        table="patients",
        scope=Scope.CLINIC,
        synced=True,
        inserts=STAFF,
        updates=STAFF,
        fixed=_columns("user_id clinic_id created_at"),
    ),
    _public(
        table="providers",
        scope=Scope.CLINIC,
        synced=True,
        inserts=ADMINS,
        updates=ADMINS,
        fixed=_columns("user_id clinic_id created_at"),
    ),
    # An ADMIN enters none but what an import brings (source DEVICE; the body mass index beside such a weight).
    # What was entered in error says so in its metadata; nothing else of a measurement ever changes.
    _public(
        table="measurements",
        scope=Scope.BY_PATIENT,
        synced=True,
        inserts=STAFF,
        updates=CARE,
        fixed=_columns("patient_id type value timestamp source created_at"),
    ),
    _public(
        table="care_plans",
        scope=Scope.BY_PATIENT,
        synced=True,
        inserts=PROVIDERS,
        updates=PROVIDERS,
        fixed=_columns("patient_id created_at"),
    ),
    # Raised by providers and by the rules' definer function; an assistant may dismiss INFO ones.
    _public(
        table="alerts",
        scope=Scope.BY_PATIENT,
        synced=True,
        inserts=PROVIDERS,
        updates=CARE,
        fixed=_columns("patient_id severity type title body payload created_at"),
    ),
    _public(
        table="visit_requests",
        scope=Scope.BY_PATIENT,
        synced=True,
        inserts=STAFF,
        updates=STAFF,
        fixed=_columns("patient_id created_at"),
    ),
    # Free slots vanish through desktop.remove_free_slots: deleting a booked one would take its visit along.
    _public(
        table="visit_slots",
        scope=Scope.BY_PROVIDER,
        synced=True,
        inserts=STAFF,
        updates=STAFF,
        fixed=_columns("provider_id created_at"),
    ),
    _public(
        table="visits",
        scope=Scope.BY_BOOKING,
        synced=True,
        inserts=STAFF,
        updates=STAFF,
        fixed=_columns("patient_id created_at"),
    ),
    _public(
        table="virtual_visit_sessions",
        scope=Scope.BY_VISIT,
        synced=True,
        inserts=STAFF,
        updates=STAFF,
        fixed=_columns("visit_id created_at"),
    ),
    _public(
        table="device_connections",
        scope=Scope.BY_PATIENT,
        synced=True,
        secret_columns=_columns("access_token refresh_token"),
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
        fixed=_columns("patient_id created_at"),
        restricted=MappingProxyType({"results": PROVIDERS | ADMINS}),
    ),
    _public(
        table="referrals",
        scope=Scope.BY_PATIENT,
        synced=True,
        inserts=PROVIDERS,
        updates=CARE,
        limited=_TRACKED,
        fixed=_columns("patient_id created_at"),
    ),
    _public(
        table="excuse_notes",
        scope=Scope.BY_PATIENT,
        synced=True,
        inserts=CARE,
        updates=CARE,
        fixed=_columns("patient_id created_at"),
    ),
    _public(
        table="message_threads",
        scope=Scope.BY_PATIENT,
        synced=True,
        inserts=STAFF,
        updates=STAFF,
        fixed=_columns("patient_id clinic_id created_at"),
    ),
    _public(
        table="messages",
        scope=Scope.BY_THREAD,
        synced=True,
        inserts=STAFF,
        updates=STAFF,
        fixed=_columns("thread_id sender_id content attachments created_at"),
    ),
    _public(
        table="clinical_rules",
        scope=Scope.BY_RULE,
        synced=True,
        inserts=ADMINS,
        updates=ADMINS,
        fixed=_columns("created_at"),
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
        fixed=_columns("provider_id created_at"),
    ),
    _public(table="weekly_summaries", scope=Scope.BY_PATIENT, synced=True),
    # Ended by desktop.end_sessions.
    _public(table="refresh_tokens", scope=Scope.BY_USER, reads=ADMINS, secret_columns=_columns("token")),
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
        fixed=_columns("clinic_id created_at"),
        secret_columns=_columns("kept_key"),
        locked=_columns("enrolled_at enrolled_by generation old_copy_at revoked_at revoked_by kept_key"),
    ),
    TableEntry(
        table="appointment_type",
        scope=Scope.CLINIC,
        synced=True,
        inserts=ADMINS,
        updates=ADMINS,
        fixed=_columns("clinic_id"),
    ),
    TableEntry(table="provider_settings", scope=Scope.BY_PROVIDER, synced=True, inserts=ADMINS, updates=ADMINS),
    TableEntry(
        table="room", scope=Scope.CLINIC, synced=True, inserts=ADMINS, updates=ADMINS, fixed=_columns("clinic_id")
    ),
    # Overbooking goes through desktop.choose_overbook.
    TableEntry(
        table="slot_detail", scope=Scope.BY_SLOT, synced=True, inserts=STAFF, updates=STAFF, locked=_columns("overbook")
    ),
    TableEntry(table="slot_claim", scope=Scope.BY_SLOT, audited=False, server_only=True),
    # Taken, returned and released through functions; booking the slot ends one.
    TableEntry(table="slot_lease", scope=Scope.CLINIC, synced=True),
    TableEntry(table="visit_detail", scope=Scope.BY_VISIT, synced=True, inserts=STAFF, updates=STAFF),
    TableEntry(table="visit_event", scope=Scope.BY_VISIT, synced=True, audited=False),
    _staffs(
        table="day_closure",
        fixed=_columns("clinic_id provider_id created_by created_at"),
    ),
    TableEntry(table="contact_attempt", scope=Scope.CLINIC, synced=True, inserts=STAFF),
    _staffs(
        table="waiting_list_entry",
        fixed=_columns("clinic_id patient_id created_by created_at"),
    ),
    _staffs(
        table="walk_in",
        fixed=_columns("clinic_id patient_id created_by"),
    ),
    TableEntry(
        table="household", scope=Scope.CLINIC, synced=True, inserts=STAFF, updates=STAFF, fixed=_columns("clinic_id")
    ),
    TableEntry(
        table="household_member",
        scope=Scope.BY_HOUSEHOLD,
        synced=True,
        inserts=STAFF,
        updates=STAFF,
        fixed=_columns("household_id patient_id"),
    ),
    # Merging goes through its definer function.
    TableEntry(
        table="patient_detail",
        scope=Scope.BY_PATIENT,
        synced=True,
        inserts=STAFF,
        updates=STAFF,
        locked=_columns("merged_into merged_at"),
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
        fixed=_columns("user_id clinic_id"),
    ),
    TableEntry(
        table="saved_view",
        scope=Scope.OWN_OR_SHARED,
        synced=True,
        inserts=STAFF,
        updates=STAFF,
        deletes=STAFF,
        fixed=_columns("clinic_id user_id"),
    ),
    TableEntry(
        table="import_run",
        scope=Scope.CLINIC,
        inserts=IMPORTERS,
        updates=IMPORTERS,
        fixed=_columns("clinic_id kind started_at by_user"),
    ),
    TableEntry(
        table="import_link",
        scope=Scope.CLINIC,
        audited=False,
        inserts=IMPORTERS,
        updates=IMPORTERS,
        fixed=_columns("clinic_id system type source_id table_name"),
    ),
    # A trigger makes a new rule its ADMIN's clinic's.
    TableEntry(table="rule_clinic", scope=Scope.CLINIC, synced=True),
    TableEntry(table="request_visit", scope=Scope.BY_REQUEST, synced=True, inserts=STAFF),
    TableEntry(table="account_log", scope=Scope.CLINIC, audited=False, reads=ADMINS, server_only=True),
)

# A provider's words are the provider's; a trigger keeps what is signed as it was.
_author = partial(TableEntry, scope=Scope.CLINIC, synced=True, inserts=PROVIDERS, updates=PROVIDERS)
_signed = partial(TableEntry, scope=Scope.CLINIC, synced=True, inserts=PROVIDERS)
_CHART = (
    _author(
        table="visit_note",
        deletes=PROVIDERS,
        fixed=_columns("clinic_id patient_id author_id created_at"),
    ),
    _signed(table="visit_note_addendum"),
    _staffs(
        table="task",
        fixed=_columns("clinic_id kind created_by created_at"),
    ),
    # It carries no values, so the desk may read where results stand.
    _author(table="lab_review", fixed=_columns("clinic_id patient_id")),
    _signed(table="lab_signature"),
    _signed(table="lab_result_history", restricted=MappingProxyType({"item": PROVIDERS | ADMINS})),
    _author(
        table="lab_order_detail",
        updates=CARE,
        limited=MappingProxyType({Role.MEDICAL_ASSISTANT: _columns("collected_at updated_at")}),
        fixed=_columns("clinic_id"),
    ),
    # What a laboratory sent is read and matched at the server.
    TableEntry(
        table="lab_message",
        scope=Scope.CLINIC,
        server_only=True,
        reads=PROVIDERS | ADMINS,
        inserts=PROVIDERS | ADMINS,
        updates=PROVIDERS | ADMINS,
        fixed=_columns("clinic_id received_at source content_hash kind sender control_id person body"),
    ),
    TableEntry(
        table="order_set",
        scope=Scope.CLINIC,
        synced=True,
        inserts=ADMINS,
        updates=ADMINS,
        fixed=_columns("clinic_id"),
    ),
    _author(
        table="referral_detail",
        updates=CARE,
        limited=MappingProxyType(
            {Role.MEDICAL_ASSISTANT: _columns("attachments accepted_at appointment_on answer updated_at")}
        ),
        fixed=_columns("clinic_id"),
    ),
    TableEntry(
        table="excuse_note_detail",
        scope=Scope.CLINIC,
        synced=True,
        inserts=CARE,
        updates=CARE,
        limited=MappingProxyType({Role.MEDICAL_ASSISTANT: _columns("show_reason updated_at")}),
        fixed=_columns("clinic_id code corrects drafted_by"),
    ),
    _staffs(table="cover", fixed=_columns("clinic_id for_user by_user created_by created_at")),
    TableEntry(
        table="care_plan_template",
        scope=Scope.CLINIC,
        synced=True,
        inserts=PROVIDERS | ADMINS,
        updates=PROVIDERS | ADMINS,
        fixed=_columns("clinic_id"),
    ),
    _author(table="care_task_mark", fixed=_columns("clinic_id patient_id plan_id plan_task day")),
    TableEntry(
        table="alert_detail",
        scope=Scope.CLINIC,
        synced=True,
        inserts=CARE,
        updates=CARE,
        fixed=_columns("clinic_id"),
    ),
)

# Rules, their runs and the messages that they hold back are looked after at the server, by definer functions.
_ruled = partial(TableEntry, scope=Scope.CLINIC, server_only=True)
_REACH = (
    _staffs(table="request_detail", fixed=_columns("clinic_id")),
    _staffs(table="thread_detail", fixed=_columns("clinic_id")),
    TableEntry(
        table="message_template",
        scope=Scope.CLINIC,
        synced=True,
        inserts=ADMINS,
        updates=ADMINS,
        fixed=_columns("clinic_id"),
    ),
    _ruled(table="rule_version", inserts=ADMINS),
    _ruled(table="rule_run"),
    _ruled(table="rule_run_rule"),
    _ruled(table="held_message"),
)

TABLES: Mapping[str, TableEntry] = MappingProxyType(
    {entry.table: entry for entry in _PUBLIC + _DESKTOP + _CHART + _REACH}
)
"""Every table of both schemas by its bare name, which is unique across them."""
