"""One row in every table for each of two clinics, made from the database's own catalog.

Every id of a clinic begins with its mark, so that a row which crosses the border shows. A new table or column is
filled by its type and name; a column that looks like a reference and isn't known here fails the tests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

Row = dict[str, Any]

# Which table a column points at, foreign key or not; "me" is the acting person.
REFERENCES: Mapping[str, str] = {
    "clinic_id": "clinics",
    "user_id": "users",
    "patient_id": "patients",
    "provider_id": "providers",
    "slot_id": "visit_slots",
    "proposed_slot_id": "visit_slots",
    "covered_by": "visit_slots",
    "copied_from": "visit_slots",
    "visit_id": "visits",
    "request_id": "visit_requests",
    "thread_id": "message_threads",
    "rule_id": "clinical_rules",
    "household_id": "household",
    "appointment_type_id": "appointment_type",
    "merge_id": "patient_merge",
    "kept_id": "patients",
    "dropped_id": "patients",
    "merged_into": "patients",
    "sender_id": "me",
    "by_user": "me",
    "created_by": "me",
    "booked_by": "me",
    "held_by": "me",
    "merged_by": "me",
    "undone_by": "me",
    "workstation_id": "workstation",
    "enrolled_by": "me",
    "revoked_by": "me",
    "adopted_by": "me",
    "discarded_by": "me",
    "author_id": "me",
    "for_user": "me",
    "owner_user": "me",
    "signed_by": "me",
    "sent_by": "me",
    "done_by": "me",
    "closed_by": "me",
    "drafted_by": "me",
    "withdrawn_by": "me",
    "handled_by": "me",
    "triaged_by": "me",
    "proposed_by": "me",
    "decided_by": "me",
    "run_id": "rule_run",
    "note_id": "visit_note",
    "excuse_note_detail.note_id": "excuse_notes",
    "order_id": "lab_orders",
    "referral_id": "referrals",
    "plan_id": "care_plans",
    "task_id": "task",
    "alert_id": "alerts",
}
PLAIN = frozenset({
    "external_id", "room_id", "source_id", "row_id", "batch_id", "series_id", "command_id", "on_behalf_of",
    "created_by_user", "placer_id", "filler_id", "control_id",
    "message_id",
})  # fmt: skip
"""Columns that look like references and are none: their values mean nothing to other tables."""

_OWN = {("discarded_command", "user_id"),
        ("draft", "user_id"), ("saved_view", "user_id"), ("applied_command", "user_id"), ("access_event", "user_id"),
        ("sign_in_event", "user_id")}  # fmt: skip
_GUARDED = frozenset({("visit_note", "signed_by"), ("lab_review", "signed_by")})
"""References that a trigger lets nobody but the person themself stand in."""

_FIXED: Mapping[tuple[str, str], Any] = {
    ("users", "role"): "PATIENT",
    ("users", "password_hash"): "!",
    ("users", "provider_id"): None,
    ("providers", "user_id"): None,
    ("patient_detail", "merged_into"): None,
    ("slot_detail", "covered_by"): None,
    ("slot_detail", "copied_from"): None,
    ("alerts", "severity"): "INFO",
    ("alerts", "status"): "ACTIVE",
    ("referrals", "status"): "PENDING",
    ("measurements", "type"): "WEIGHT",
    ("measurements", "source"): "MANUAL",
    ("provider_availability", "date"): None,
    ("workstation", "revoked_at"): None,
    ("slot_detail", "origin"): "grid",
    ("waiting_list_entry", "status"): "WAITING",
    ("walk_in", "status"): "WAITING",
    ("visit_detail", "flow"): None,
    ("visit_note", "status"): "DRAFT",
    ("task", "kind"): "CALL_BACK",
    ("import_run", "kind"): "hl7",
    ("task", "status"): "OPEN",
    ("lab_review", "state"): "WAITING",
    ("lab_signature", "next_step"): "NOTHING",
    ("lab_message", "state"): "UNMATCHED",
    ("rule_run", "state"): "DONE",
    ("rule_run_rule", "state"): "RAISED",
    ("held_message", "state"): "WAITING",
}
PER_PERSON = frozenset({"draft", "saved_view", "cover"})
"""Tables whose rows only the person may change: each has one, ``<mark><role>~<table>``."""

_PROVIDERS = frozenset({"visit_note", "visit_note_addendum", "care_task_mark"})
_BY_TRIGGERS = frozenset({
    "slot_claim", "visit_event", "patient_search", "search_name", "change", "audit", "account_log", "login",
    "unread_message", "installation", "clinic_settings", "alembic_version",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """A column as the catalog says: its type's name, whether NULL is allowed, whether it has a default."""

    name: str
    kind: str
    nullable: bool
    generated: bool


class Shape:
    """All tables with their columns, keys and foreign keys, and the enums' labels."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection

    @cached_property
    def columns(self) -> dict[str, list[Column]]:
        """Return the columns of every table by ``schema.table``."""
        found: dict[str, list[Column]] = {}
        for table, *rest in self._connection.execute(_COLUMNS):
            found.setdefault(table, []).append(Column(*rest))
        return found

    @cached_property
    def keys(self) -> dict[str, tuple[str, ...]]:
        """Return the primary key of every table."""
        return {table: tuple(columns) for table, columns in self._connection.execute(_KEYS)}

    @cached_property
    def labels(self) -> dict[str, str]:
        """Return the first label of every enum type."""
        return dict(self._connection.execute(_LABELS).fetchall())

    @cached_property
    def foreign_keys(self) -> set[tuple[str, str]]:
        """Return (table, column) of every foreign key."""
        return {(table, column) for table, column in self._connection.execute(_FOREIGN_KEYS)}

    def references(self, table: str) -> dict[str, str]:
        """Return which columns of a table point where; an unknown reference is an error."""
        bare = table.partition(".")[2]
        found = {}
        for column in self.columns[table]:
            looks = column.name.endswith(("_id", "_by")) or (table, column.name) in self.foreign_keys
            if not looks and column.name not in REFERENCES:
                continue
            if column.name in PLAIN or (bare, column.name) in _GUARDED:
                continue
            assert column.name in REFERENCES, f"{table}.{column.name}: a reference that two_clinics.py doesn't know"
            named = REFERENCES.get(f"{bare}.{column.name}", REFERENCES[column.name])
            found[column.name] = "me" if (bare, column.name) in _OWN else named
        return found


_COLUMNS = """
SELECT n.nspname || '.' || c.relname, a.attname::text, format_type(a.atttypid, NULL), NOT a.attnotnull,
       a.attidentity <> '' OR a.attgenerated <> ''
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname IN ('public', 'desktop') AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY 1, a.attnum
"""
_KEYS = """
SELECT n.nspname || '.' || c.relname, array_agg(a.attname::text ORDER BY a.attnum)
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
WHERE i.indisprimary AND n.nspname IN ('public', 'desktop') GROUP BY 1
"""
_LABELS = """
SELECT format_type(t.oid, NULL), (SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = t.oid
                                  ORDER BY e.enumsortorder LIMIT 1)
FROM pg_type t WHERE t.typtype = 'e'
"""
_FOREIGN_KEYS = """
SELECT n.nspname || '.' || c.relname, a.attname::text
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1] WHERE k.contype = 'f'
"""
_ORDER = (
    "clinics", "users", "patients", "providers", "visit_slots", "visits", "visit_requests", "message_threads",
    "clinical_rules", "household", "appointment_type", "workstation", "lab_orders", "referrals", "excuse_notes",
    "care_plans", "alerts", "task", "visit_note",
    "rule_run",
)  # fmt: skip


@dataclass(frozen=True)
class Clinic:
    """The rows of one clinic. ``mark`` begins every id; ``people`` are its staff's user ids by role."""

    mark: str
    people: Mapping[str, str]
    provider: str
    hour: int

    def target(self, parent: str, me: str, set_: str = "spare") -> str:
        """Return the id of the clinic's row that a reference to ``parent`` takes."""
        if parent == "clinics":
            return f"{self.mark}clinic"
        if parent == "me":
            return me
        return f"{self.mark}{set_}~{parent}"

    def row(self, shape: Shape, table: str, set_: str, me: str) -> Row:
        """Return a row of the table whose references are the clinic's ``set_`` (``main`` or ``spare``)."""
        bare = table.partition(".")[2]
        references = shape.references(table)
        made: Row = {}
        for column in shape.columns[table]:
            if column.generated:
                continue
            if column.name in ("first_name", "last_name", "email") and bare in ("users", "patients"):
                made[column.name] = f"{self.mark}{set_}.{column.name}"
            elif (bare, column.name) in _FIXED:
                made[column.name] = _FIXED[bare, column.name]
            elif column.name in references and column.name != "id":
                made[column.name] = self.target(references[column.name], me, set_)
            elif column.name == "id":
                made["id"] = f"{self.mark}{set_}~{bare}"
            elif column.nullable:
                made[column.name] = None
            else:
                made[column.name] = self._value(shape, column, f"{self.mark}{set_}~{bare}~{column.name}")
        return made

    def _value(self, shape: Shape, column: Column, text: str) -> Any:
        day = date(2031, 3, 3)
        values: Mapping[str, Any] = {
            "text": text,
            "character varying": "x",
            "boolean": False,
            "integer": 1,
            "bigint": 1,
            "double precision": 1.0,
            "jsonb": Jsonb({}),
            "text[]": [],
            "date": day,
            "timestamp without time zone": datetime.combine(day, time(self.hour)),
            "time without time zone": time(self.hour),
            "bytea": None,
        }
        return shape.labels.get(column.kind) or values.get(column.kind)

    def main_rows(self, shape: Shape) -> Iterator[tuple[str, Row]]:
        """Yield a row for every table that people write to, parents first; the staff's own for personal tables."""
        me = self.people["MEDICAL_ASSISTANT"]
        names = {table.partition(".")[2]: table for table in shape.columns}
        for bare in [*_ORDER[1:], *(name for name in sorted(names) if name not in _ORDER)]:
            if bare in _BY_TRIGGERS:
                continue
            if bare in ("patient_merge_row",) and "patient_merge" in names:
                yield names["patient_merge"], self.row(shape, names["patient_merge"], "main", me)
            if bare == "patient_merge":
                continue
            if bare in PER_PERSON:
                for role, person in self.people.items():
                    row = self.row(shape, names[bare], "main", person)
                    yield names[bare], {**row, "id": f"{self.mark}{role}~{bare}"}
                continue
            author = self.people["PROVIDER"] if bare in _PROVIDERS else me
            yield names[bare], self._main(shape, names[bare], bare, author)

    def _main(self, shape: Shape, table: str, bare: str, me: str) -> Row:
        row = self.row(shape, table, "main", me)
        if bare == "visit_note":
            row["signed_by"] = None
        if bare == "visit_slots":
            row |= {"status": "BOOKED", "end_time": row["end_time"].replace(minute=20)}
        if bare == "referrals":
            row["status"] = "SENT"
        if bare == "users":
            row["patient_id"] = f"{self.mark}main~patients"
        if bare == "provider_availability":
            row["provider_id"] = self.provider
        return row

    def spare_rows(self, shape: Shape) -> Iterator[tuple[str, Row]]:
        """Yield parents without children: what new rows refer to, and what the other clinic must not refer to."""
        me = self.people["MEDICAL_ASSISTANT"]
        for bare in _ORDER[1:]:
            table = next(name for name in shape.columns if name.endswith(f".{bare}"))
            row = self.row(shape, table, "spare", me)
            if bare == "visit_slots":
                later = {"start_time": row["start_time"].replace(minute=30)}
                later["end_time"] = row["end_time"].replace(minute=50)
                taken = {**row, **later, "id": f"{self.mark}spare~visit_slots~taken", "status": "BOOKED"}
                yield table, taken
                row["end_time"] = row["end_time"].replace(minute=20)
            if bare == "visits":
                row["slot_id"] = f"{self.mark}spare~visit_slots~taken"
            if bare == "users":
                row["patient_id"] = f"{self.mark}spare~patients"
            if bare == "visit_note":
                row |= {"status": "SIGNED", "signed_at": row["created_at"]}
            yield table, row

    def new_row(self, shape: Shape, table: str, role: str) -> Row:
        """Return a row that a person of this role may insert where the catalog says so."""
        bare = table.partition(".")[2]
        me = self.people[role]
        row = self.row(shape, table, "spare", me)
        if "id" in row:
            row["id"] = f"{self.mark}new~{bare}"
        if bare == "users":
            row |= {"patient_id": f"{self.mark}new~patients", "email": f"{self.mark}new.email"}
        if bare == "patients":
            row["user_id"] = f"{self.mark}new~users"
        if bare == "visit_slots":
            row["end_time"] = row["end_time"].replace(minute=20)
            row |= {"start_time": row["start_time"].replace(day=9), "end_time": row["end_time"].replace(day=9)}
        if bare == "provider_availability":
            row["provider_id"] = self.provider
        if bare == "workstation":
            row["id"] = f"{self.mark}new~workstation"
        if bare == "visit_note":
            row["signed_by"] = None
        if role == "ADMIN" and bare == "measurements":
            row["source"] = "DEVICE"
        return row

    def before(self, shape: Shape, table: str, role: str) -> list[tuple[str, Row]]:
        """Return the rows that have to be inserted before ``new_row``, by the same person."""
        if table == "public.patients":
            return [("public.users", self.new_row(shape, "public.users", role))]
        if table == "public.bmi_readings" and role == "ADMIN":
            return [("public.measurements", self.new_row(shape, "public.measurements", role))]
        return []
