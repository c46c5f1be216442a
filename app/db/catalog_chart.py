"""The catalog's entries of the chart, of requests, conversations and rules."""

from __future__ import annotations

from functools import partial
from types import MappingProxyType

from app.db.catalog_entry import ADMINS, CARE, NOBODY, PROVIDERS, STAFF, Scope, TableEntry, columns
from app.domain.enums import Role

_staffs = partial(TableEntry, scope=Scope.CLINIC, synced=True, inserts=STAFF, updates=STAFF)
# A provider's words are the provider's; a trigger keeps what is signed as it was.
_author = partial(TableEntry, scope=Scope.CLINIC, synced=True, inserts=PROVIDERS, updates=PROVIDERS)
_signed = partial(TableEntry, scope=Scope.CLINIC, synced=True, inserts=PROVIDERS)
CHART = (
    _author(
        table="visit_note",
        deletes=PROVIDERS,
        fixed=columns("clinic_id patient_id author_id created_at"),
    ),
    _signed(table="visit_note_addendum"),
    _staffs(
        table="task",
        fixed=columns("clinic_id kind created_by created_at"),
    ),
    # It carries no values, so the desk may read where results stand.
    _author(table="lab_review", fixed=columns("clinic_id patient_id")),
    _signed(table="lab_signature"),
    _signed(table="lab_result_history", restricted=MappingProxyType({"item": PROVIDERS | ADMINS})),
    _author(
        table="lab_order_detail",
        updates=CARE,
        limited=MappingProxyType({Role.MEDICAL_ASSISTANT: columns("collected_at updated_at")}),
        fixed=columns("clinic_id"),
    ),
    # What a laboratory sent is read and matched at the server.
    TableEntry(
        table="lab_message",
        scope=Scope.CLINIC,
        server_only=True,
        reads=PROVIDERS | ADMINS,
        inserts=PROVIDERS | ADMINS,
        updates=PROVIDERS | ADMINS,
        fixed=columns("clinic_id received_at source content_hash kind sender control_id person body"),
    ),
    TableEntry(
        table="order_set",
        scope=Scope.CLINIC,
        synced=True,
        inserts=ADMINS,
        updates=ADMINS,
        fixed=columns("clinic_id"),
    ),
    _author(
        table="referral_detail",
        updates=CARE,
        limited=MappingProxyType(
            {Role.MEDICAL_ASSISTANT: columns("attachments accepted_at appointment_on answer updated_at")}
        ),
        fixed=columns("clinic_id"),
    ),
    TableEntry(
        table="excuse_note_detail",
        scope=Scope.CLINIC,
        synced=True,
        inserts=CARE,
        updates=CARE,
        limited=MappingProxyType({Role.MEDICAL_ASSISTANT: columns("show_reason updated_at")}),
        fixed=columns("clinic_id code corrects drafted_by"),
    ),
    _staffs(table="cover", fixed=columns("clinic_id for_user by_user created_by created_at")),
    TableEntry(
        table="care_plan_template",
        scope=Scope.CLINIC,
        synced=True,
        inserts=PROVIDERS | ADMINS,
        updates=PROVIDERS | ADMINS,
        fixed=columns("clinic_id"),
    ),
    _author(table="care_task_mark", fixed=columns("clinic_id patient_id plan_id plan_task day")),
    TableEntry(
        table="alert_detail",
        scope=Scope.CLINIC,
        synced=True,
        inserts=CARE,
        updates=CARE,
        fixed=columns("clinic_id"),
    ),
)

# Rules, their runs and the messages that they hold back are looked after at the server, by definer functions.
_ruled = partial(TableEntry, scope=Scope.CLINIC, server_only=True)
REACH = (
    _staffs(table="request_detail", fixed=columns("clinic_id")),
    _staffs(table="thread_detail", fixed=columns("clinic_id")),
    TableEntry(
        table="message_template",
        scope=Scope.CLINIC,
        synced=True,
        inserts=ADMINS,
        updates=ADMINS,
        fixed=columns("clinic_id"),
    ),
    _ruled(table="rule_version", inserts=ADMINS),
    _ruled(table="rule_run"),
    _ruled(table="rule_run_rule"),
    _ruled(table="held_message"),
    # Kept by triggers and read by the inboxes' definer functions alone.
    TableEntry(table="unread_message", scope=Scope.BY_THREAD, audited=False, reads=NOBODY, server_only=True),
)
