"""What the catalog says of one table: who sees which rows, who may write what, what is mirrored and audited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

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


def columns(names: str) -> frozenset[str]:
    """Return the columns that a text names."""
    return frozenset(names.split())
