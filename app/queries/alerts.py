"""The inbox of alerts: the most severe first, then the oldest; one with what raised it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, case, cast, false, func, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, aliased

from app.db.models import Alert, AlertDetail, ClinicSettings, Login, Patient
from app.db.types import Json, UtcDateTime
from app.domain.enums import AlertSeverity, AlertStatus
from app.domain.lifetime import Death, death_of
from app.domain.patients import display_name
from app.domain.permissions import Permission
from app.domain.vitals_ranges import VitalRanges, vital_ranges
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries.core import Page, Reader, instant, query, read_cursor
from app.queries.cover import mine_or_covered

ESCALATES: Mapping[AlertSeverity, timedelta] = {
    AlertSeverity.CRITICAL: timedelta(hours=1),
    AlertSeverity.WARNING: timedelta(days=2),
}
"""How long an alert may wait before everybody is asked; the clinic may say otherwise (settings alerts.escalate)."""

_ORDER = (AlertSeverity.CRITICAL, AlertSeverity.WARNING, AlertSeverity.INFO)
MOST_EARLIER = 20
"""So many earlier alerts of a kind are listed with one."""
_RANK: ColumnElement[int] = case(
    *((Alert.severity == severity.value, literal(place)) for place, severity in enumerate(_ORDER)), else_=len(_ORDER)
)


class AlertBox(StrEnum):
    """Which alerts: mine, all, sleeping, or closed ones.

    Mine are those given to me or to whom I cover for, nobody's that I may close, and everybody's that waited too long.
    """

    MINE = "mine"
    ALL = "all"
    ASLEEP = "asleep"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow:
    """An alert; ``payload`` is what raised it, as its writer left it ({} when unreadable). Times aware UTC.

    ``escalates_at`` is when it has waited too long, ``escalated_at`` when all desks were told; ``repeats`` how many
    earlier ones of its kind the patient had, the first of them at ``first_at``. ``unreadable``: there is a payload, and
    it isn't an object.
    """

    alert_id: str
    patient_id: str
    patient_name: str
    born: date | None
    severity: str
    type: str
    title: str
    body: str
    status: str
    payload: Mapping[str, Any]
    created_at: datetime
    resolved_at: datetime | None
    owner_user: str | None
    owner_name: str | None
    snoozed_until: datetime | None
    closed_by: str | None
    close_reason: str | None
    escalates_at: datetime | None
    escalated_at: datetime | None
    repeats: int
    first_at: datetime | None
    unreadable: bool
    ranges: VitalRanges = field(default_factory=VitalRanges)
    """The clinic's own limits, for the drawing of what raised it."""
    death: Death | None = None
    """Set when the patient has died."""

    def escalated(self, now: datetime) -> bool:
        """Tell whether it has waited too long."""
        return self.escalates_at is not None and self.escalates_at <= now


@dataclass(frozen=True, slots=True)
class EarlierAlert:
    """An earlier alert of the same kind; times aware UTC."""

    alert_id: str
    status: str
    created_at: datetime
    resolved_at: datetime | None
    closed_by_name: str
    close_reason: str


@query(offline=True)
def alert_page(
    session: Session, reader: Reader, *, box: AlertBox = AlertBox.MINE, severity: AlertSeverity | None = None,
    patient_id: str | None = None, cursor: str | None = None, limit: int = 50,
) -> Page[AlertRow]:  # fmt: skip
    """Return a page of alerts (keyset: rank, time, id); closed ones newest first. Two statements."""
    closed = box is AlertBox.CLOSED
    settings = _settings(session, reader)
    waits, ranges = _waits(settings), vital_ranges(settings)
    order = (Alert.created_at.desc(), Alert.id.desc()) if closed else (_RANK, Alert.created_at, Alert.id)
    if reader.online and patient_id is None:
        picked = _server_page(reader, box, severity, waits, cursor, limit)
    else:
        picked = _page(reader, box, severity, waits, patient_id, cursor).order_by(*order).limit(limit + 1).subquery()
    # Names and repeats are looked up only of those that are shown.
    rows = session.execute(_select(reader).join(picked, picked.c.id == Alert.id).order_by(*order)).all()
    items = tuple(_row(row, waits, ranges) for row in rows[:limit])
    more = len(rows) > limit
    return Page(items, more, _cursor(rows[limit - 1]) if more else None)


def _page(
    reader: Reader, box: AlertBox, severity: AlertSeverity | None, waits: Mapping[str, timedelta],
    patient_id: str | None, cursor: str | None,
) -> Any:  # fmt: skip
    found = select(Alert.id).outerjoin(AlertDetail, AlertDetail.alert_id == Alert.id)
    found = found.where(_in_box(box, reader, waits))
    if severity is not None:
        found = found.where(Alert.severity == severity.value)
    if patient_id is not None:
        found = found.where(Alert.patient_id == patient_id)
    return found.where(_after(cursor, closed=box is AlertBox.CLOSED)) if cursor else found


def _server_page(
    reader: Reader, box: AlertBox, severity: AlertSeverity | None, waits: Mapping[str, timedelta], cursor: str | None,
    limit: int,
) -> Any:  # fmt: skip
    """The same, by the server's function: row-level security would look every alert's patient up."""
    after: list[Any] = []
    if cursor:
        rank, at, key = read_cursor(cursor, int, instant, str)
        after = [rank, literal(at, UtcDateTime()), key]
    seconds = {one: wait.total_seconds() for one, wait in waits.items()}
    call = func.desktop.alert_ids(
        box.value, severity.value if severity else None, _nobodys(reader), literal(seconds, Json()),
        literal(reader.now, UtcDateTime()), limit + 1, *after,
    )  # fmt: skip
    return call.table_valued("id")


def _nobodys(reader: Reader) -> Any:
    """Of which severities the reader may take alerts that are nobody's, for the server; NULL: of all."""
    if reader.may(Permission.RESOLVE_ALERTS):
        return cast(None, ARRAY(Text))
    may = (AlertSeverity.INFO.value,) if reader.may(Permission.DISMISS_INFO_ALERTS) else ()
    return cast(list(may), ARRAY(Text))


@query(offline=True)
def alert_detail(session: Session, reader: Reader, *, alert_id: str) -> AlertRow:
    """Return one alert. Refused "NoAlert"."""
    row = session.execute(_select(reader).where(Alert.id == alert_id)).first()
    if row is None:
        raise Refused("NoAlert", t("This alert is not known."), field="alertId")
    settings = _settings(session, reader)
    return _row(row, _waits(settings), vital_ranges(settings))


@query(offline=False)
def escalate_alerts(session: Session, _reader: Reader) -> int:
    """Note at the clinic's alerts that waited too long that they are everybody's; return how many. One statement.

    For everybody of the staff: the database decides which, once for each wait.
    """
    return int(session.scalar(select(func.desktop.escalate_alerts())) or 0)


@query(offline=True)
def earlier_alerts(session: Session, reader: Reader, *, alert_id: str) -> tuple[EarlierAlert, ...]:
    """Return the patient's earlier alerts of the same kind, the newest first. One statement."""
    this, closer = aliased(Alert), aliased(Login)
    rows = session.execute(
        select(
            Alert.id, Alert.status, Alert.created_at, Alert.resolved_at, closer.display_name, AlertDetail.close_reason
        )
        .join(this, and_(this.patient_id == Alert.patient_id, this.type == Alert.type))
        .join(Patient, Patient.id == Alert.patient_id)
        .outerjoin(AlertDetail, AlertDetail.alert_id == Alert.id)
        .outerjoin(closer, closer.user_id == AlertDetail.closed_by)
        .where(this.id == alert_id, Patient.clinic_id == reader.clinic_id, Alert.created_at < this.created_at)
        .order_by(Alert.created_at.desc(), Alert.id.desc())
        .limit(MOST_EARLIER)
    )
    return tuple(
        EarlierAlert(row.id, row.status, row.created_at, row.resolved_at, row.display_name or "",
                     row.close_reason or "")
        for row in rows
    )  # fmt: skip


def waiting_alerts(reader: Reader) -> Any:
    """Return a subquery: how many active alerts that don't sleep are mine, or everybody's; the number in the rail."""
    if reader.online:
        return func.desktop.alerts_waiting(_nobodys(reader), literal(reader.now, UtcDateTime()))
    found = select(func.count()).select_from(Alert).outerjoin(AlertDetail, AlertDetail.alert_id == Alert.id)
    return found.where(or_(_mine(reader), and_(_awake(reader), _escalated()))).scalar_subquery()


def _select(reader: Reader) -> Any:
    earlier = Alert.__table__.alias("earlier")
    before = (
        earlier.c.patient_id == Alert.patient_id, earlier.c.type == Alert.type,
        earlier.c.created_at < Alert.created_at,
    )  # fmt: skip
    repeats = select(func.count()).where(*before).scalar_subquery()
    first = select(func.min(earlier.c.created_at)).where(*before).scalar_subquery()
    return (
        select(
            Alert.id, Alert.patient_id, Alert.severity, Alert.type, Alert.title, Alert.body, Alert.status,
            Alert.payload, Alert.created_at, Alert.resolved_at, Patient.first_name, Patient.last_name,
            Patient.date_of_birth, Patient.demographics, Patient.flags,
            AlertDetail.owner_user, AlertDetail.snoozed_until, AlertDetail.escalated_at,
            AlertDetail.closed_by,
            AlertDetail.close_reason, Login.display_name.label("owner_name"), repeats.label("repeats"),
            first.label("first_at"), _RANK.label("rank"),
        )
        .join(Patient, Patient.id == Alert.patient_id)
        .outerjoin(AlertDetail, AlertDetail.alert_id == Alert.id)
        .outerjoin(Login, Login.user_id == AlertDetail.owner_user)
        .where(Patient.clinic_id == reader.clinic_id)
    )  # fmt: skip


def _in_box(box: AlertBox, reader: Reader, waits: Mapping[str, timedelta]) -> ColumnElement[bool]:
    active = Alert.status == AlertStatus.ACTIVE.value
    if box is AlertBox.CLOSED:
        return ~active
    if box is AlertBox.ASLEEP:
        return and_(active, AlertDetail.snoozed_until.is_not(None), AlertDetail.snoozed_until > reader.now)
    if box is AlertBox.ALL:
        return _awake(reader)
    late = (and_(Alert.severity == severity, _since() <= reader.now - wait) for severity, wait in waits.items())
    return or_(_mine(reader), and_(_awake(reader), or_(false(), *late)))


def _awake(reader: Reader) -> ColumnElement[bool]:
    wakes = or_(AlertDetail.snoozed_until.is_(None), AlertDetail.snoozed_until <= reader.now)
    return and_(Alert.status == AlertStatus.ACTIVE.value, wakes)


def _mine(reader: Reader) -> ColumnElement[bool]:
    nobodys: ColumnElement[bool] = AlertDetail.owner_user.is_(None)
    if not reader.may(Permission.RESOLVE_ALERTS):
        may = reader.may(Permission.DISMISS_INFO_ALERTS)
        nobodys = and_(nobodys, Alert.severity == AlertSeverity.INFO.value) if may else false()
    return and_(_awake(reader), or_(nobodys, mine_or_covered(AlertDetail.owner_user, reader)))


def _escalated() -> ColumnElement[bool]:
    """Whether the escalation clock has struck for an alert, since it was raised or woke."""
    return AlertDetail.escalated_at >= func.coalesce(AlertDetail.snoozed_until, AlertDetail.escalated_at)


def _since() -> ColumnElement[datetime]:
    """From when on an alert waits: since it was raised, or since it woke."""
    return case((AlertDetail.snoozed_until > Alert.created_at, AlertDetail.snoozed_until), else_=Alert.created_at)


def _after(cursor: str, *, closed: bool) -> ColumnElement[bool]:
    rank, when, key = read_cursor(cursor, int, instant, str)
    if closed:
        return or_(Alert.created_at < when, and_(Alert.created_at == when, Alert.id < key))
    later = or_(Alert.created_at > when, and_(Alert.created_at == when, Alert.id > key))
    place = literal(rank)
    return or_(place < _RANK, and_(place == _RANK, later))


def _cursor(row: Any) -> str:
    return f"{row.rank}|{row.created_at.isoformat()}|{row.id}"


def _settings(session: Session, reader: Reader) -> Any:
    """The clinic's settings as they are kept."""
    return session.execute(select(ClinicSettings.settings).where(ClinicSettings.clinic_id == reader.clinic_id)).scalar()


def _waits(settings: Any) -> Mapping[str, timedelta]:
    """How long alerts may wait by severity, with what the clinic said instead (minutes)."""
    said = settings.get("alerts", {}) if isinstance(settings, dict) else {}
    minutes = said.get("escalate", {}) if isinstance(said, dict) else {}
    found = {severity.value: wait for severity, wait in ESCALATES.items()}
    for severity, value in minutes.items() if isinstance(minutes, dict) else ():
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1_000_000:
            found[severity] = timedelta(minutes=value)
    return found


def _row(row: Any, waits: Mapping[str, timedelta], ranges: VitalRanges) -> AlertRow:
    wait = waits.get(row.severity)
    since = max(row.created_at, row.snoozed_until or row.created_at)
    return AlertRow(
        alert_id=row.id, patient_id=row.patient_id, patient_name=display_name(row.first_name, row.last_name),
        born=row.date_of_birth, death=death_of(row.demographics, row.flags),
        severity=row.severity, type=row.type, title=row.title, body=row.body, status=row.status,
        payload=row.payload if isinstance(row.payload, dict) else {}, created_at=row.created_at,
        resolved_at=row.resolved_at, owner_user=row.owner_user, owner_name=row.owner_name,
        snoozed_until=row.snoozed_until, closed_by=row.closed_by, close_reason=row.close_reason,
        escalates_at=since + wait if wait is not None and row.status == AlertStatus.ACTIVE.value else None,
        escalated_at=row.escalated_at, repeats=row.repeats, first_at=row.first_at,
        unreadable=row.payload is not None and not isinstance(row.payload, dict), ranges=ranges,
    )  # fmt: skip
