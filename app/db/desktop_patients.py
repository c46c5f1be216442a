"""Ours, schema ``desktop``: households, details of patients, and what search reads."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import DESKTOP, Base, Id, parent, unique_index
from app.db.types import Json

_BY_CODE_POINT = Text(collation="C").with_variant(Text(), "sqlite")  # the same order on every machine


def _trigram_index(name: str, column: str) -> Index:
    """Return an index that finds any part of a text; the store on SQLite has its own (FTS5)."""
    index = Index(name, column, postgresql_using="gin", postgresql_ops={column: "gin_trgm_ops"})
    return index.ddl_if(dialect="postgresql")


class Household(Base):
    """People who live together."""

    __tablename__ = "household"
    __table_args__ = (Index(None, "clinic_id"), {"schema": DESKTOP})

    id: Mapped[Id]
    clinic_id: Mapped[str] = mapped_column(parent("clinics.id"))
    name: Mapped[str]
    updated_at: Mapped[datetime]


class HouseholdMember(Base):
    """A patient in a household; a guardian speaks for the minors in it."""

    __tablename__ = "household_member"
    __table_args__ = (
        unique_index("household_member", "household_id", "patient_id"),
        Index(None, "patient_id"),
        {"schema": DESKTOP},
    )

    id: Mapped[Id]
    household_id: Mapped[str] = mapped_column(parent("desktop.household.id"))
    patient_id: Mapped[str] = mapped_column(parent("patients.id"))
    relation: Mapped[str]
    guardian: Mapped[bool] = mapped_column(server_default=text("false"))
    left_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]


class PatientDetail(Base):
    """What a patient has beside the shared row; ``merged_into`` is the surviving patient's id."""

    __tablename__ = "patient_detail"
    __table_args__ = (Index(None, "merged_into"), {"schema": DESKTOP})

    patient_id: Mapped[str] = mapped_column(parent("patients.id"), primary_key=True)
    identity_to_confirm: Mapped[bool] = mapped_column(server_default=text("false"))
    contact_email: Mapped[str | None]
    merged_into: Mapped[str | None]
    merged_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]


class PatientMerge(Base):
    """One patient merged into another, until it is undone. ``details``: the fields and flags that the survivor took.

    ``details`` is ``{"fields": [{"field", "old", "new"}], "flags": [...]}`` in the shape of the command that did it.
    """

    __tablename__ = "patient_merge"
    __table_args__ = (
        Index(None, "clinic_id", "merged_at"),
        Index(None, "kept_id"),
        Index(None, "dropped_id"),
        {"schema": DESKTOP},
    )

    id: Mapped[Id]
    clinic_id: Mapped[str] = mapped_column(parent("clinics.id"))
    kept_id: Mapped[str] = mapped_column(parent("patients.id"))
    dropped_id: Mapped[str] = mapped_column(parent("patients.id"))
    merged_at: Mapped[datetime]
    merged_by: Mapped[str]
    details: Mapped[Any] = mapped_column(Json, nullable=False, server_default=text("'{}'"))
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None]


class PatientMergeRow(Base):
    """A row that a merge moved; ``followed`` when it was written to the dropped patient only afterwards."""

    __tablename__ = "patient_merge_row"
    __table_args__ = (Index(None, "clinic_id"), {"schema": DESKTOP})

    merge_id: Mapped[str] = mapped_column(parent("desktop.patient_merge.id"), primary_key=True)
    table_name: Mapped[str] = mapped_column(primary_key=True)
    row_id: Mapped[str] = mapped_column(primary_key=True)
    clinic_id: Mapped[str] = mapped_column(parent("clinics.id"))
    followed: Mapped[bool] = mapped_column(server_default=text("false"))


class PatientSearch(Base):
    """One folded text per patient, kept by triggers on both databases.

    ``sort_key`` orders names alike on every machine; ``phones`` are digits separated by spaces; ``mrn`` is folded.
    """

    __tablename__ = "patient_search"
    __table_args__ = (
        _trigram_index("patient_search_folded_idx", "folded"),
        _trigram_index("patient_search_phones_idx", "phones"),
        Index(None, "clinic_id", "sort_key", "patient_id"),
        Index(None, "clinic_id", "birth_date"),
        Index(None, "clinic_id", "mrn"),
        {"schema": DESKTOP},
    )

    patient_id: Mapped[str] = mapped_column(parent("patients.id"), primary_key=True)
    clinic_id: Mapped[str]
    folded: Mapped[str] = mapped_column(_BY_CODE_POINT)
    sort_key: Mapped[str] = mapped_column(_BY_CODE_POINT)
    birth_date: Mapped[date | None]
    phones: Mapped[str] = mapped_column(_BY_CODE_POINT, server_default=text("''"))
    mrn: Mapped[str] = mapped_column(_BY_CODE_POINT, server_default=text("''"))


class SearchName(Base):
    """A folded word that occurs in names, and how often: where a misspelt one looks for its neighbours."""

    __tablename__ = "search_name"
    __table_args__ = (_trigram_index("search_name_name_idx", "name"), {"schema": DESKTOP})

    clinic_id: Mapped[str] = mapped_column(parent("clinics.id"), primary_key=True)
    name: Mapped[str] = mapped_column(_BY_CODE_POINT, primary_key=True)
    uses: Mapped[int]
