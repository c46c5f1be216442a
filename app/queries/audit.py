"""Reading the audit: who changed what, and who opened whose chart. On the clinic's server only, for ADMINs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    case,
    cast,
    collate,
    false,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from app.db.models import (
    AccessEvent,
    AppliedCommand,
    AppointmentType,
    AuditRow,
    Login,
    Patient,
    Provider,
    Room,
    Visit,
    Workstation,
)
from app.db.types import Json
from app.domain.patients import display_name
from app.domain.permissions import Permission
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries.core import Page, Reader, instant, query, read_cursor
from app.queries.day_board import day_span

AnySelect: TypeAlias = Select[*tuple[Any, ...]]
PAGE = 100
SEAL_ROWS = 5000
VERIFY_ROWS = 20_000
MOST_NAMES = 500
ACCESS = "access_event"


class AuditKind(StrEnum):
    """What was done to a row; ACCESS: a chart was opened, printed or exported."""

    ADDED = "ADDED"
    CHANGED = "CHANGED"
    REMOVED = "REMOVED"
    EMPTIED = "EMPTIED"
    ACCESS = "ACCESS"


_OPS = {AuditKind.ADDED: "I", AuditKind.CHANGED: "U", AuditKind.REMOVED: "D", AuditKind.EMPTIED: "T"}
_KINDS = {op: kind for kind, op in _OPS.items()} | {"A": AuditKind.ACCESS}


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which entries: days are the clinic's and inclusive; ``workstation`` is any part of its name; "" is any."""

    person_id: str = ""
    patient_id: str = ""
    row_id: str = ""
    table: str = ""
    kind: AuditKind | None = None
    first: date | None = None
    last: date | None = None
    workstation: str = ""
    command_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One entry; times aware UTC.

    ``who`` is who was signed in, ``on_behalf_of`` the author of a command that somebody else sent; both are names
    where the account is known, else the login role or id. ``detail`` is the kind of an access (OPEN, PRINT, …),
    ``reason`` why. ``before`` and ``after`` are the row's columns; None where there was no row.
    """

    key: str
    at: datetime
    kind: AuditKind
    who: str
    on_behalf_of: str
    workstation: str
    command_id: str
    command: str
    done_at: datetime | None
    table: str
    row_id: str
    patient_id: str
    patient_name: str
    detail: str
    reason: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None

    @property
    def changed(self) -> tuple[str, ...]:
        """The columns that differ between before and after, in order of their names."""
        before, after = self.before or {}, self.after or {}
        return tuple(name for name in sorted(before.keys() | after.keys()) if before.get(name) != after.get(name))


@dataclass(frozen=True, slots=True)
class ChainState:
    """What checking the chain has found so far; ``done`` when there is no more to check.

    ``head`` is the hash (hex) of the last row checked, ``place`` its number on the chain; ``first_bad`` the first
    wrong row; ``anchored`` whether the row that was kept outside the database was met.
    """

    ok: bool
    checked: int
    first_bad: int | None
    problem: str
    head: str
    place: int = 0
    anchored: bool = False
    done: bool = False


def require_audit(reader: Reader) -> None:
    """Refuse whoever may not read the audit, and everybody without the server."""
    if not reader.may(Permission.AUDIT):
        raise Refused("NotAllowed", t("Your role doesn't allow this."))
    if not reader.online:
        raise Refused("NeedsServer", t("The audit is kept on the clinic's server; connect to read it."))


_ANY = AuditFilter()


@query(offline=False)
def audit_search(
    session: Session, reader: Reader, *, what: AuditFilter = _ANY, cursor: str | None = None, limit: int = PAGE
) -> Page[AuditEntry]:
    """Return entries newest first, a page at a time. One statement.

    Raises ``Refused``: "NotAllowed", "NeedsServer", "BadCursor".
    """
    require_audit(reader)
    limit = max(1, min(limit, 1000))
    after = _place(cursor)
    arms = [_cut(arm, after, limit) for arm in (_changes(reader, what), _accesses(reader, what)) if arm is not None]
    both = (union_all(*(select(*arm.subquery().c) for arm in arms)) if len(arms) > 1 else arms[0]).subquery("both")
    page = select(*both.c).order_by(both.c.at.desc(), both.c.key.desc()).limit(limit + 1).subquery("page")
    rows = session.execute(_named(page)).all()
    shown = tuple(_entry(row) for row in rows[:limit])
    more = len(rows) > limit
    return Page(shown, more=more, cursor=f"{shown[-1].at.isoformat()}|{shown[-1].key}" if more else None)


def _place(cursor: str | None) -> tuple[datetime, str] | None:
    if not cursor:
        return None
    at, key = read_cursor(cursor, instant, str)
    return at, key


def _plain(expression: Any) -> ColumnElement[str]:
    """Text in the order of its bytes, whatever the database's collation is."""
    return collate(cast(expression, Text), "C")


_DOCUMENT: ColumnElement[Any] = func.coalesce(AuditRow.after, AuditRow.before, type_=AuditRow.after.type)


def _in(document: Any, name: str) -> ColumnElement[str]:
    return func.jsonb_extract_path_text(document, name)


def _cut(arm: AnySelect, after: tuple[datetime, str] | None, limit: int) -> AnySelect:
    """The newest rows of one arm beyond a place; ``at`` is bounded alone too, so that its index is entered there."""
    at, key = arm.selected_columns["at"], arm.selected_columns["key"]
    if after is not None:
        instant, last = after
        arm = arm.where(at <= instant, or_(at < instant, key < last))
    return arm.order_by(at.desc(), key.desc()).limit(limit + 1)


def _changes(reader: Reader, what: AuditFilter) -> AnySelect | None:
    """What was written, by the filter; None when it asks for accesses only."""
    if what.kind is AuditKind.ACCESS or what.table == ACCESS:
        return None
    key = _plain(literal("c").op("||")(func.lpad(cast(AuditRow.seq, Text), 20, "0"))).label("key")
    statement: AnySelect = select(
        key, AuditRow.at, AuditRow.op.label("op"), AuditRow.who, AuditRow.user_id, AuditRow.on_behalf_of,
        AuditRow.workstation, AuditRow.command_id, AuditRow.table_name, AuditRow.row_id,
        case((AuditRow.table_name == "patients", AuditRow.row_id), else_=_in(_DOCUMENT, "patient_id")).label("patient"),
        _in(_DOCUMENT, "visit_id").label("visit"), cast(null(), Text).label("reason"),
        AuditRow.before, AuditRow.after,
    ).where(AuditRow.clinic_id == reader.clinic_id)  # fmt: skip
    if what.kind is not None:
        statement = statement.where(AuditRow.op == _OPS[what.kind])
    if what.person_id:
        statement = statement.where(or_(AuditRow.user_id == what.person_id, AuditRow.on_behalf_of == what.person_id))
    for column, wanted in (
        (AuditRow.table_name, what.table), (AuditRow.row_id, what.row_id), (AuditRow.command_id, what.command_id)
    ):  # fmt: skip
        if wanted:
            statement = statement.where(column == wanted)
    if what.patient_id:
        statement = statement.where(_of_patient(what.patient_id))
    return _common(statement, reader, what, AuditRow.at, AuditRow.workstation)


def _of_patient(patient_id: str) -> ColumnElement[bool]:
    """The patient's own row, rows that name the patient now or did before, and what hangs on the patient's visits.

    They are found by a function of the database; as an array, which is entered by number whatever else is asked for.
    """
    found = func.desktop.audit_of_patient(patient_id).table_valued("seq", name="mine").render_derived()
    return AuditRow.seq == func.any(func.array(select(found.c.seq).scalar_subquery()))


def _accesses(reader: Reader, what: AuditFilter) -> AnySelect | None:
    """Who opened what, by the filter; None when it asks for something that an access has not."""
    if what.kind not in (None, AuditKind.ACCESS) or what.table not in ("", ACCESS) or what.command_id:
        return None
    statement: AnySelect = select(
        _plain(literal("a").op("||")(AccessEvent.id)).label("key"), AccessEvent.at, literal("A").label("op"),
        AccessEvent.kind.label("who"), AccessEvent.user_id, cast(null(), Text).label("on_behalf_of"),
        AccessEvent.workstation, cast(null(), Text).label("command_id"), literal(ACCESS).label("table_name"),
        AccessEvent.patient_id.label("row_id"), AccessEvent.patient_id.label("patient"),
        cast(null(), Text).label("visit"), AccessEvent.reason, cast(null(), Json).label("before"),
        cast(null(), Json).label("after"),
    ).where(AccessEvent.clinic_id == reader.clinic_id)  # fmt: skip
    if what.person_id:
        statement = statement.where(AccessEvent.user_id == what.person_id)
    for wanted in (what.patient_id, what.row_id):
        if wanted:
            statement = statement.where(AccessEvent.patient_id == wanted)
    return _common(statement, reader, what, AccessEvent.at, AccessEvent.workstation)


def _common(statement: AnySelect, reader: Reader, what: AuditFilter, at: Any, workstation: Any) -> AnySelect:
    if what.first is not None:
        statement = statement.where(at >= day_span(reader, what.first)[0])
    if what.last is not None:
        statement = statement.where(at < day_span(reader, what.last)[1])
    if what.workstation:
        part = what.workstation.lower()
        named = select(Workstation.id).where(
            Workstation.clinic_id == reader.clinic_id, func.lower(Workstation.name).contains(part, autoescape=True)
        )
        here = func.lower(workstation).contains(part, autoescape=True)
        statement = statement.where(or_(here, workstation.in_(named)))
    return statement


def _named(page: Any) -> AnySelect:
    """The rows of a page with the names of people, desks and commands beside them."""
    person, author = aliased(Login), aliased(Login)
    owner = func.coalesce(page.c.patient, Visit.patient_id)
    return (
        select(
            *page.c, person.display_name.label("person"), author.display_name.label("author"),
            Workstation.name.label("desk"), AppliedCommand.kind.label("command"), AppliedCommand.occurred_at,
            owner.label("owner"), Patient.first_name, Patient.last_name,
        )
        .select_from(page)
        .outerjoin(person, person.user_id == page.c.user_id)
        .outerjoin(author, author.user_id == page.c.on_behalf_of)
        .outerjoin(Workstation, Workstation.id == page.c.workstation)
        .outerjoin(AppliedCommand, AppliedCommand.id == page.c.command_id)
        .outerjoin(Visit, Visit.id == page.c.visit)
        .outerjoin(Patient, Patient.id == owner)
        .order_by(page.c.at.desc(), page.c.key.desc())
    )  # fmt: skip


def _entry(row: Any) -> AuditEntry:
    kind = _KINDS[row.op]
    access = kind is AuditKind.ACCESS
    return AuditEntry(
        key=row.key,
        at=row.at,
        kind=kind,
        who=row.person or (row.user_id if access else row.who) or "",
        on_behalf_of=row.author or row.on_behalf_of or "",
        workstation=row.desk or row.workstation or "",
        command_id=row.command_id or "",
        command=row.command or "",
        done_at=row.occurred_at,
        table=row.table_name,
        row_id=row.row_id,
        patient_id=row.owner or "",
        patient_name=display_name(row.first_name, row.last_name, "") if row.first_name or row.last_name else "",
        detail=row.who if access else "",
        reason=row.reason or "",
        before=row.before,
        after=row.after,
    )


@query(offline=False)
def audit_names(session: Session, reader: Reader, *, ids: Collection[str]) -> Mapping[str, str]:
    """Return the names of people, providers, rooms and kinds of appointment that ids stand for. One statement."""
    require_audit(reader)
    wanted = sorted(ids)[:MOST_NAMES]
    if not wanted:
        return {}
    whole = func.concat_ws(" ", Patient.first_name, Patient.last_name)
    arms = (
        select(Login.user_id.label("id"), Login.display_name.label("name")).where(
            Login.user_id.in_(wanted), Login.clinic_id == reader.clinic_id
        ),
        select(Patient.id, whole).where(Patient.id.in_(wanted), Patient.clinic_id == reader.clinic_id),
        select(Provider.id, Provider.name).where(Provider.id.in_(wanted), Provider.clinic_id == reader.clinic_id),
        select(Room.id, Room.name).where(Room.id.in_(wanted), Room.clinic_id == reader.clinic_id),
        select(AppointmentType.id, AppointmentType.name).where(
            AppointmentType.id.in_(wanted), AppointmentType.clinic_id == reader.clinic_id
        ),
        select(Workstation.id, Workstation.name).where(
            Workstation.id.in_(wanted), Workstation.clinic_id == reader.clinic_id
        ),
    )
    return {row.id: row.name for row in session.execute(union_all(*arms)) if row.name}


@query(offline=False)
def audit_seal(session: Session, reader: Reader) -> int:
    """Put settled rows on the chain; returns how many (``SEAL_ROWS``: there may be more)."""
    require_audit(reader)
    return int(session.execute(select(func.desktop.audit_seal(SEAL_ROWS))).scalar_one())


@query(offline=False)
def audit_verify(
    session: Session, reader: Reader, *, before: ChainState | None = None, anchor: str | None = None
) -> ChainState:
    """Check the next ``VERIFY_ROWS`` rows of the chain after what ``before`` found, from the beginning without it.

    ``anchor`` is a head that was kept outside the database. Go on until it is ``done``. One statement, so that no
    chain is too long for the time that a statement may take.
    """
    require_audit(reader)
    was = before or ChainState(ok=True, checked=0, first_bad=None, problem="", head="")
    found = func.desktop.audit_verify_part(was.place, was.head or None, VERIFY_ROWS, anchor)
    columns = found.table_valued("checked", "last", "first_bad", "problem", "head", "anchored")
    row = session.execute(select(*columns.c)).one()
    done, anchored = bool(row.problem) or row.checked < VERIFY_ROWS, was.anchored or row.anchored
    problem = row.problem or ("the anchored row is missing" if done and anchor is not None and not anchored else "")
    return ChainState(not problem, was.checked + row.checked, row.first_bad, problem, row.head or "", row.last,
                      anchored=anchored, done=done)  # fmt: skip


@query(offline=False)
def audit_entry(session: Session, reader: Reader, *, seq: int) -> AuditEntry | None:
    """Return one written row's entry by its number; None when it isn't here or is another clinic's."""
    require_audit(reader)
    arm = _changes(reader, _ANY)
    chosen = (arm.where(AuditRow.seq == seq) if arm is not None else select(false())).subquery("page")
    row = session.execute(_named(chosen)).first()
    return None if row is None else _entry(row)


def days_back(reader: Reader, days: int) -> date:
    """Return the clinic's day so many days ago."""
    return reader.today - timedelta(days=days)
