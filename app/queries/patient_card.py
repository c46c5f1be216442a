"""One patient at the desk: details, household, last and coming visits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import cast, literal, null, select, tuple_, union_all
from sqlalchemy.orm import Session, aliased

from app.db.models import (
    AppointmentType,
    Household,
    HouseholdMember,
    Patient,
    PatientDetail,
    PatientSearch,
    Provider,
    User,
    Visit,
    VisitDetail,
    VisitSlot,
)
from app.domain.demographics import Demographics, read_demographics
from app.domain.enums import VisitMode, VisitStatus
from app.domain.lifetime import Death, age_reached, death_of
from app.domain.patients import NO_LOGIN_DOMAIN, display_name
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries.access import Access, access_event
from app.queries.core import Page, Reader, query
from app.queries.identity import identity_open

PAGE = 100
VISITS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class HouseholdPerson:
    """Somebody of the same household."""

    patient_id: str
    name: str
    born: date | None
    relation: str
    guardian: bool
    death: Death | None = None
    """Set when that person has died."""


@dataclass(frozen=True, slots=True)
class HouseholdCard:
    """A household and its members, the patient included."""

    id: str
    name: str
    members: tuple[HouseholdPerson, ...]


@dataclass(frozen=True, slots=True)
class PatientVisit:
    """A visit in a patient's list; times aware UTC."""

    id: str
    start: datetime
    end: datetime
    status: VisitStatus
    mode: VisitMode
    provider_name: str
    type_name: str
    reason: str


@dataclass(frozen=True, slots=True)
class PatientCard:
    """Everything the desk sees of a patient.

    ``login_email`` is None for an account without sign-in; ``contact_email`` is the address of one whose e-mail
    belongs to another account.
    """

    id: str
    first_name: str
    last_name: str
    name: str
    born: date | None
    age: int | None
    height_cm: float | None
    flags: tuple[str, ...]
    demographics: Demographics
    raw_demographics: Any
    login_email: str | None
    contact_email: str | None
    identity_to_confirm: bool
    merged_into: str | None
    households: tuple[HouseholdCard, ...]
    visits: tuple[PatientVisit, ...]
    updated_at: datetime

    def upcoming(self, now: datetime) -> PatientVisit | None:
        """The next visit that is still to come."""
        coming = [v for v in self.visits if v.start >= now and v.status is VisitStatus.PLANNED]
        return min(coming, key=lambda v: v.start, default=None)


@dataclass(frozen=True, slots=True)
class PatientRow:
    """A row of the browsing list."""

    id: str
    name: str
    born: date | None
    phone: str
    mrn: str
    flags: tuple[str, ...]
    identity_to_confirm: bool


@query(offline=True)
def patient_card(session: Session, reader: Reader, *, patient_id: str, opening: bool = False) -> PatientCard:
    """Return one patient; two statements. Raises ``Refused`` "NoPatient".

    ``opening``: a person opens the chart, which is kept in the audit (on the server; without it nothing is kept).
    """
    kept = (access_event(reader, (patient_id,), Access.OPEN),) if opening and reader.online else ()
    row = session.execute(
        select(
            *kept, Patient.first_name, Patient.last_name, Patient.date_of_birth, Patient.height_cm, Patient.flags,
            Patient.demographics, Patient.updated_at, User.email, identity_open(),
            PatientDetail.merged_into, PatientDetail.contact_email,
        )
        .join(User, User.id == Patient.user_id)
        .outerjoin(PatientDetail, PatientDetail.patient_id == Patient.id)
        .where(Patient.id == patient_id)
    ).first()  # fmt: skip
    if row is None:
        raise Refused("NoPatient", t("There is no such patient here."), field="patientId")
    details = read_demographics(row.demographics)
    households, visits = _around(session, patient_id)
    return PatientCard(
        id=patient_id,
        first_name=row.first_name or "",
        last_name=row.last_name or "",
        name=display_name(row.first_name, row.last_name, details.preferred_name),
        born=row.date_of_birth,
        age=age_reached(row.date_of_birth, reader.today, death_of(details, row.flags)),
        height_cm=row.height_cm,
        flags=tuple(row.flags or ()),
        demographics=details,
        raw_demographics=row.demographics,
        login_email=None if row.email.endswith("@" + NO_LOGIN_DOMAIN) else row.email,
        contact_email=row.contact_email,
        identity_to_confirm=bool(row.identity_to_confirm),
        merged_into=row.merged_into,
        households=households,
        visits=visits,
        updated_at=row.updated_at,
    )


_VISIT, _MEMBER = range(2)


def _around(session: Session, patient_id: str) -> tuple[tuple[HouseholdCard, ...], tuple[PatientVisit, ...]]:
    """A patient's households and visits, the latest first. One statement."""
    rows = session.execute(union_all(_visits(patient_id), _members(patient_id))).all()
    visits = sorted((row for row in rows if row.part == _VISIT), key=lambda row: row.id)
    visits.sort(key=lambda row: row.start_time, reverse=True)
    return _households([row for row in rows if row.part == _MEMBER]), tuple(
        PatientVisit(r.id, r.start_time, r.end_time, r.status, r.visit_mode, r.name, r.word or "", r.reason_text)
        for r in visits
    )


def _households(rows: Sequence[Any]) -> tuple[HouseholdCard, ...]:
    """By name; in each the oldest first, those without a date of birth last."""
    members: dict[tuple[str, str], list[HouseholdPerson]] = {}
    for row in sorted(rows, key=lambda r: (r.name or "", r.id, r.born is None, r.born or date.max, r.patient_id)):
        person = HouseholdPerson(
            row.patient_id,
            display_name(row.first_name, row.last_name),
            row.born,
            row.word or "",
            row.guardian,
            death_of(row.demographics, row.flags),
        )
        members.setdefault((row.id, row.name), []).append(person)
    return tuple(HouseholdCard(key[0], key[1], tuple(people)) for key, people in members.items())


def _visits(patient_id: str) -> Any:
    """The latest visits. Its columns are those of the whole union."""
    nobody = (HouseholdMember.patient_id, HouseholdMember.guardian, Patient.first_name, Patient.last_name)
    found = (
        select(
            literal(_VISIT).label("part"), Visit.id, Provider.name, AppointmentType.name.label("word"), Visit.status,
            Visit.visit_mode, Visit.reason_text, VisitSlot.start_time, VisitSlot.end_time,
            *(cast(null(), column.type).label(column.key) for column in nobody),
            cast(null(), Patient.date_of_birth.type).label("born"),
            cast(null(), Patient.demographics.type).label("demographics"),
            cast(null(), Patient.flags.type).label("flags"),
        )
        .join(VisitSlot, VisitSlot.id == Visit.slot_id)
        .join(Provider, Provider.id == Visit.provider_id)
        .outerjoin(VisitDetail, VisitDetail.visit_id == Visit.id)
        .outerjoin(AppointmentType, AppointmentType.id == VisitDetail.appointment_type_id)
        .where(Visit.patient_id == patient_id)
        .order_by(VisitSlot.start_time.desc(), Visit.id)
        .limit(VISITS_SHOWN)
        .subquery()
    )  # fmt: skip
    return select(*found.c)


def _members(patient_id: str) -> Any:
    """Everybody of the patient's households, in the columns of `_visits`."""
    mine = aliased(HouseholdMember)
    return (
        select(
            literal(_MEMBER), Household.id, Household.name, HouseholdMember.relation, *(null() for _ in range(5)),
            HouseholdMember.patient_id, HouseholdMember.guardian, Patient.first_name, Patient.last_name,
            Patient.date_of_birth, Patient.demographics, Patient.flags,
        )
        .join(mine, (mine.household_id == Household.id) & (mine.patient_id == patient_id) & mine.left_at.is_(None))
        .join(HouseholdMember, HouseholdMember.household_id == Household.id)
        .join(Patient, Patient.id == HouseholdMember.patient_id)
        .where(HouseholdMember.left_at.is_(None))
    )  # fmt: skip


_ROW_COLUMNS = (
    Patient.id, Patient.first_name, Patient.last_name, Patient.date_of_birth, Patient.demographics, Patient.flags,
    identity_open(), PatientSearch.sort_key,
)  # fmt: skip


@query(offline=True)
def patient_rows(session: Session, _reader: Reader, *, ids: Sequence[str]) -> tuple[PatientRow, ...]:
    """Return rows of the browsing list by id, in the list's order, without those that aren't in the list any more."""
    rows = session.execute(
        select(*_ROW_COLUMNS)
        .join(PatientSearch, PatientSearch.patient_id == Patient.id)
        .outerjoin(PatientDetail, PatientDetail.patient_id == Patient.id)
        .where(Patient.id.in_(list(ids)))
        .order_by(PatientSearch.sort_key, PatientSearch.patient_id)
    ).all()
    return tuple(_row(row) for row in rows)


@query(offline=True)
def patient_list(session: Session, reader: Reader, *, cursor: str | None = None, limit: int = PAGE) -> Page[PatientRow]:
    """Return all patients of the clinic by name, a page at a time (keyset over the folded sort key)."""
    statement = (
        select(*_ROW_COLUMNS)
        .join(PatientSearch, PatientSearch.patient_id == Patient.id)
        .outerjoin(PatientDetail, PatientDetail.patient_id == Patient.id)
        .where(PatientSearch.clinic_id == reader.clinic_id, PatientDetail.merged_into.is_(None))
        .order_by(PatientSearch.sort_key, PatientSearch.patient_id)
        .limit(limit + 1)
    )
    if cursor:
        key, _, last_id = cursor.rpartition("\n")
        here = tuple_(PatientSearch.sort_key, PatientSearch.patient_id)  # compared as one: the index walks on from it
        statement = statement.where(here > tuple_(literal(key), literal(last_id)))
    rows = session.execute(statement).all()
    more = len(rows) > limit
    shown = rows[:limit]
    return Page(
        tuple(_row(r) for r in shown), more=more, cursor=f"{shown[-1].sort_key}\n{shown[-1].id}" if more else None
    )


def _row(row: Any) -> PatientRow:
    details = read_demographics(row.demographics)
    name = display_name(row.first_name, row.last_name, details.preferred_name)
    identity = bool(row.identity_to_confirm)
    return PatientRow(row.id, name, row.date_of_birth, details.phone, details.mrn, tuple(row.flags or ()), identity)
