"""Everything that is known of one patient, for exports and the printed chart; reading it writes an access event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Integer, literal, select
from sqlalchemy.orm import Session, aliased

from app.db.models import (
    AppointmentType,
    BMIReading,
    Clinic,
    ClinicSettings,
    ExcuseNote,
    ExcuseNoteDetail,
    HRVReading,
    LabOrder,
    Login,
    Measurement,
    Message,
    MessageThread,
    Patient,
    PatientDetail,
    Provider,
    Referral,
    ReferralDetail,
    User,
    Visit,
    VisitDetail,
    VisitNote,
    VisitNoteAddendum,
    VisitSlot,
    VitalReading,
)
from app.domain.enums import Role, VisitNoteStatus
from app.domain.patients import NO_LOGIN_DOMAIN
from app.domain.vitals_ranges import VitalRanges, vital_ranges
from app.kernel.errors import Conflict, Refused
from app.kernel.i18n import t
from app.queries.access import Access, access_event
from app.queries.care_plans import CarePlanView, care_plans
from app.queries.core import Reader, query

RecordRow = Mapping[str, Any]
"""A row by its columns' names; times are aware UTC."""


@dataclass(frozen=True, slots=True)
class ChartRecord:
    """One patient's record. ``results_hidden``: the person may not see laboratory values."""

    patient: RecordRow
    clinic: RecordRow
    visits: tuple[RecordRow, ...]
    measurements: tuple[RecordRow, ...]
    readings: tuple[RecordRow, ...]
    bmi: tuple[RecordRow, ...]
    orders: tuple[RecordRow, ...]
    referrals: tuple[RecordRow, ...]
    excuses: tuple[RecordRow, ...]
    notes: tuple[RecordRow, ...]
    addenda: tuple[RecordRow, ...]
    plans: tuple[CarePlanView, ...]
    hrv: tuple[RecordRow, ...]
    messages: tuple[RecordRow, ...]
    """Each with its thread's ``subject``, whether it is ``from_patient``, and who of the staff is the ``sender``."""
    providers: Mapping[str, str]
    ranges: VitalRanges
    """The clinic's own limits."""
    results_hidden: bool
    now: datetime
    today: date


@query(offline=True)
def chart_record(
    session: Session, reader: Reader, *, patient_id: str, kind: Access | None = Access.EXPORT, since: date | None = None
) -> ChartRecord:
    """Return the record; measurements from ``since`` on.

    ``kind``: what the access log keeps; None for a look at what is about to be printed, which is kept when it is.
    Raises ``Refused`` "NoPatient", and ``Conflict`` "Merged" for one who is part of another now. A dozen statements.
    """
    person = _person(session, reader, patient_id, kind)
    results = bool(reader.roles & {Role.PROVIDER, Role.ADMIN})
    start = datetime.combine(since, datetime.min.time(), reader.zone) if since else None

    def of(table: Any, order: Any, *columns: Any) -> tuple[RecordRow, ...]:
        found = select(*columns).where(table.patient_id == patient_id)
        if start is not None and order.key == "timestamp":
            found = found.where(order >= start)
        return tuple(row._asdict() for row in session.execute(found.order_by(order, table.id)))

    order_columns = [LabOrder.id, LabOrder.visit_id, LabOrder.provider_id, LabOrder.tests, LabOrder.notes,
                     LabOrder.status, LabOrder.ordered_at, LabOrder.completed_at]  # fmt: skip
    visits = _visits(session, patient_id)
    orders = of(LabOrder, LabOrder.ordered_at, *order_columns, *([LabOrder.results] if results else []))
    referrals = _referrals(session, patient_id)
    excuses = _excuses(session, patient_id)
    notes, addenda = _notes(session, patient_id)
    named = {row["provider_id"] for rows in (visits, orders, referrals, excuses, notes) for row in rows}
    providers = session.execute(select(Provider.id, Provider.name).where(Provider.id.in_(sorted(filter(None, named)))))
    return ChartRecord(
        person[0], person[1], visits, of(Measurement, Measurement.timestamp, *_all(Measurement)),
        of(VitalReading, VitalReading.timestamp, *_all(VitalReading)),
        of(BMIReading, BMIReading.timestamp, *_all(BMIReading)), orders, referrals, excuses, notes, addenda,
        care_plans(session, reader, patient_id=patient_id), of(HRVReading, HRVReading.timestamp, *_all(HRVReading)),
        _messages(session, patient_id), {row.id: row.name for row in providers},
        person[2], not results, reader.now, reader.today,
    )  # fmt: skip


def _messages(session: Session, patient_id: str) -> tuple[RecordRow, ...]:
    writer = aliased(Patient)
    rows = session.execute(
        select(
            Message.id, Message.thread_id, Message.sender_id, Message.content, Message.attachments,
            Message.created_at, Message.read_at, MessageThread.subject,
            writer.id.is_not(None).label("from_patient"), Login.display_name.label("sender"),
        )
        .join(MessageThread, MessageThread.id == Message.thread_id)
        .outerjoin(writer, writer.user_id == Message.sender_id)
        .outerjoin(Login, Login.user_id == Message.sender_id)
        .where(MessageThread.patient_id == patient_id)
        .order_by(Message.created_at, Message.id)
    )  # fmt: skip
    return tuple(row._asdict() for row in rows)


def _all(table: Any) -> list[Any]:
    """The columns of a table by the names of its attributes."""
    return [getattr(table, attribute.key).label(attribute.key) for attribute in table.__mapper__.column_attrs]


def _person(
    session: Session, reader: Reader, patient_id: str, kind: Access | None
) -> tuple[RecordRow, RecordRow, VitalRanges]:
    event: Any = access_event(reader, (patient_id,), kind) if reader.online and kind else literal(0, type_=Integer)
    row = session.execute(
        select(
            event.label("noted"), Patient.id, Patient.first_name, Patient.last_name, Patient.date_of_birth,
            Patient.height_cm, Patient.flags, Patient.demographics, Patient.updated_at, User.email,
            Clinic.id.label("clinic_id"), Clinic.name.label("clinic_name"), Clinic.branding_config,
            ClinicSettings.settings, PatientDetail.merged_into,
        )
        .join(User, User.id == Patient.user_id)
        .join(Clinic, Clinic.id == Patient.clinic_id)
        .outerjoin(ClinicSettings, ClinicSettings.clinic_id == Patient.clinic_id)
        .outerjoin(PatientDetail, PatientDetail.patient_id == Patient.id)
        .where(Patient.id == patient_id)
    ).first()  # fmt: skip
    if row is None:
        raise Refused("NoPatient", t("There is no such patient here."), field="patient")
    if row.merged_into is not None:  # its rows have moved: what is left would be an empty chart under a person's name
        message = t("This patient was merged into another one.")
        raise Conflict("Merged", message, into=row.merged_into, field="patient")
    whole = {key: value for key, value in row._asdict().items() if key not in ("noted", "settings", "merged_into")}
    if whole["email"].endswith("@" + NO_LOGIN_DOMAIN):
        whole["email"] = ""
    clinic = {"id": row.clinic_id, "name": row.clinic_name, "branding": row.branding_config}
    return whole, clinic, vital_ranges(row.settings)


def _visits(session: Session, patient_id: str) -> tuple[RecordRow, ...]:
    rows = session.execute(
        select(
            Visit.id, Visit.provider_id, Visit.visit_type, Visit.visit_mode, Visit.reason_text, Visit.status,
            VisitSlot.start_time, VisitSlot.end_time, AppointmentType.name.label("type_name"),
        )
        .join(VisitSlot, VisitSlot.id == Visit.slot_id)
        .outerjoin(VisitDetail, VisitDetail.visit_id == Visit.id)
        .outerjoin(AppointmentType, AppointmentType.id == VisitDetail.appointment_type_id)
        .where(Visit.patient_id == patient_id)
        .order_by(VisitSlot.start_time, Visit.id)
    )  # fmt: skip
    return tuple(row._asdict() for row in rows)


def _notes(session: Session, patient_id: str) -> tuple[tuple[RecordRow, ...], tuple[RecordRow, ...]]:
    """Signed notes and their addenda: a draft is nobody's but its author's."""
    signed = (VisitNote.patient_id == patient_id) & (VisitNote.status == VisitNoteStatus.SIGNED)
    notes = session.execute(
        select(*_all(VisitNote), Login.display_name.label("signer"))
        .outerjoin(Login, Login.user_id == VisitNote.signed_by)
        .where(signed).order_by(VisitNote.signed_at, VisitNote.id)
    )  # fmt: skip
    own = VisitNoteAddendum
    addenda = session.execute(
        select(own.id, own.note_id, own.body, own.at, own.by_user, Login.display_name.label("writer"))
        .join(VisitNote, VisitNote.id == own.note_id).outerjoin(Login, Login.user_id == own.by_user)
        .where(signed).order_by(own.at, own.id)
    )  # fmt: skip
    return tuple(row._asdict() for row in notes), tuple(row._asdict() for row in addenda)


def _referrals(session: Session, patient_id: str) -> tuple[RecordRow, ...]:
    """Referrals with their letter, whom it goes to, and what came back."""
    own = ReferralDetail
    kept = (own.letter, own.recipient, own.accepted_at, own.appointment_on, own.answer, own.cancel_reason)
    rows = session.execute(
        select(*_all(Referral), *kept)
        .outerjoin(own, own.referral_id == Referral.id)
        .where(Referral.patient_id == patient_id)
        .order_by(Referral.created_at, Referral.id)
    )
    return tuple(row._asdict() for row in rows)


def _excuses(session: Session, patient_id: str) -> tuple[RecordRow, ...]:
    """Excuse notes with what is kept beside them, and the names of who wrote, signed and withdrew them."""
    names = {key: aliased(Login) for key in ("drafted_by", "signed_by", "withdrawn_by")}
    own = ExcuseNoteDetail
    kept = (own.code, own.show_reason, own.corrects, own.signed_at, own.withdrawn_at, own.withdrawn_reason)
    who = [column for key, login in names.items()
           for column in (getattr(own, key), login.display_name.label(f"{key}_name"))]  # fmt: skip
    found = select(*_all(ExcuseNote), *kept, *who).outerjoin(own, own.note_id == ExcuseNote.id)
    for key, login in names.items():
        found = found.outerjoin(login, login.user_id == getattr(own, key))
    rows = session.execute(
        found.where(ExcuseNote.patient_id == patient_id).order_by(ExcuseNote.created_at, ExcuseNote.id)
    )
    return tuple(row._asdict() for row in rows)
