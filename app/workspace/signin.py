"""Sign-in: a person's e-mail and password become a workspace on the server."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from app.commands.core import Actor
from app.commands.stores import ServerStore
from app.db.errors import sqlstate
from app.db.server import ServerDatabase
from app.domain.enums import Role
from app.kernel.clock import Clock, OffsetClock, SystemClock
from app.kernel.errors import AppError, Refused
from app.kernel.i18n import t
from app.workspace.chores import begin_chores
from app.workspace.versions import require_compatible
from app.workspace.workspace import ClinicProfile, Workspace

_WHO = text(
    """
    SELECT l.user_id, l.clinic_id, l.email, l.display_name, l.roles, l.must_change_password, p.id AS provider_id,
           c.name AS clinic_name, s.timezone, s.locale, s.auto_lock_minutes, s.hold_minutes, s.phone_region,
           i.schema_version, i.min_client, i.clock_offset_seconds, i.is_demo, desktop.db_now() AS server_now,
           pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS feed_from
    FROM desktop.login l
    JOIN public.clinics c ON c.id = l.clinic_id
    LEFT JOIN desktop.clinic_settings s ON s.clinic_id = l.clinic_id
    LEFT JOIN public.providers p ON p.user_id = l.user_id
    CROSS JOIN desktop.installation i
    WHERE l.user_id = desktop.my_user()
    """
)


_NOT_OURS = frozenset({"3F000", "42P01", "42501"})
"""No such schema or table, or none for this person: whoever has a sign-in reaches the server's other databases too."""


def open_workspace(
    conninfo: Mapping[str, Any], *, workstation: str, clock: Clock | None = None, live: bool = False
) -> Workspace:
    """Connect with the given libpq parameters and say who signed in.

    Raises ``Refused`` "WrongPassword", "NoAccount", "NoClinic", "SchemaTooNew", "SchemaTooOld"; ``Unavailable``.
    ``clock`` replaces the machine's clock (tests, screenshots); a demo clinic's own offset applies otherwise.
    """
    store = ServerStore(ServerDatabase(conninfo))
    try:
        row = who_is(store)
        workspace = Workspace(store, actor_of(row), clinic_of(row), clock or clock_of(row), workstation)
        workspace.must_change_password, workspace.feed_from = row["must_change_password"], row["feed_from"]
    except BaseException:
        store.close()
        raise
    if live:
        begin_chores(workspace)
    return workspace


def who_is(store: ServerStore) -> dict[str, Any]:
    """Ask the server who signed in, at which clinic, and whether this program fits its database."""
    try:
        row = store.read(_who)
    except (ProgrammingError, AppError) as error:
        if sqlstate(error.__cause__ or error) in _NOT_OURS:
            raise Refused("NoClinic", t("There is no clinic in this database."), field="database") from error
        raise
    require_compatible(row["schema_version"], row["min_client"])
    return row


def _who(session: Session) -> dict[str, Any]:
    row = session.execute(_WHO).mappings().first()
    if row is None:
        raise Refused("NoAccount", t("This account has no access to the clinic any more."))
    return dict(row)


def actor_of(row: Mapping[str, Any]) -> Actor:
    """The person that the facts of a sign-in tell of."""
    return Actor(
        user_id=row["user_id"],
        clinic_id=row["clinic_id"],
        name=row["display_name"],
        email=row["email"],
        roles=frozenset(Role(role) for role in row["roles"]),
        provider_id=row["provider_id"],
    )


def clinic_of(row: Mapping[str, Any]) -> ClinicProfile:
    """What a workspace knows of its clinic."""
    return ClinicProfile(
        clinic_id=row["clinic_id"],
        name=row["clinic_name"],
        zone=ZoneInfo(row["timezone"] or "UTC"),
        locale=row["locale"] or "en",
        is_demo=row["is_demo"],
        auto_lock_minutes=row["auto_lock_minutes"] or 5,
        hold_minutes=row["hold_minutes"] or 5,
        phone_region=row["phone_region"] or "US",
    )


def clock_of(row: Mapping[str, Any]) -> Clock:
    """The clinic's clock: the demo's runs beside the machine's."""
    offset = row["clock_offset_seconds"]
    return OffsetClock(timedelta(seconds=offset)) if offset else SystemClock()
