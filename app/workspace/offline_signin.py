"""Signing in without the server, keeping that right while the server is there, and losing it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app.db.local import LocalDatabase
from app.db.models import Clinic, ClinicSettings, Login, Provider
from app.kernel.clock import Clock, OffsetClock
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.security.identity import login_role
from app.security.vault import LEASE, Vault, destroy_keys
from app.security.workstation_key import WorkstationKeys
from app.sync import meta
from app.sync.file import STORE, open_store, quarantine
from app.sync.salvage import salvage_journal
from app.workspace.enrolment_state import Step, WorkstationState, read_state, write_state
from app.workspace.kept_key import KeptKey
from app.workspace.store_check import require_sound
from app.workspace.store_time import note_time, require_time
from app.workspace.versions import CLIENT_VERSION, SCHEMA_VERSION

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OfflineSignIn:
    """Somebody who signed in without the server. ``facts`` has the same keys as at a sign-in with it."""

    database: LocalDatabase
    facts: Mapping[str, Any]
    clock: Clock
    workstation_id: str
    until: datetime
    """When the lease ends, by the server's time."""
    data_key: bytes = field(repr=False)


def offline_sign_in(
    folder: Path, email: str, password: str, workstation_secret: bytes | None, clock: Clock
) -> OfflineSignIn:
    """Open the store for somebody who has signed in online here within the lease. ``clock`` is this machine's own.

    Raises Refused "NotEnrolled", "WorkstationRevoked", "NoWorkstationSecret", "NotKnownHere", "WrongPassword",
    "LeaseEnded", "ClockSetBack", "KeysDamaged", "NoAccount" (disabled), and those of the store's file. The caller holds
    the folder (``SingleInstance``).
    """
    state = _enrolled(folder)
    vault = Vault.load(folder)
    now = clock.now()
    data_key = vault.open(email, password, workstation_secret, now=now)
    store_clock = clock_of(state, clock)
    database = open_store(folder / STORE, data_key, store_clock)
    try:
        until = _require_lease(vault, database, email, now)
        facts = _facts(database, email, state)
        note_time(vault, database, now)
    except BaseException:
        database.close()
        raise
    return OfflineSignIn(database, facts, store_clock, state.id, until, data_key)


def clock_of(state: WorkstationState, clock: Clock) -> Clock:
    """Return the clinic's clock: the demo's runs beside the machine's."""
    return OffsetClock(timedelta(seconds=state.clock_offset_seconds), clock) if state.clock_offset_seconds else clock


def renew(
    folder: Path,
    email: str,
    password: str,
    workstation_secret: bytes | None,
    *,
    server_now: datetime,
    now: datetime,
    held: bytes | None = None,
    kept: KeptKey | None = None,
    lease: timedelta = LEASE,
) -> bytes:
    """Seal the data key anew for somebody whom the server has just let in; returns it. ``now``: this machine's clock.

    The key comes from the store that is open (``held``), from the person's own seal, or from what the server keeps.
    Raises Refused "NotEnrolled", "WorkstationRevoked", "NoWorkstationSecret", and "NotKnownHere" or "WrongPassword"
    when nothing here opens it for them yet.
    """
    _enrolled(folder)
    vault = Vault.load(folder)
    data_key = held or _key_online(vault, email, password, workstation_secret, now, kept)
    vault.add_person(email, password, data_key, workstation_secret or b"", server_now=server_now, now=now, lease=lease)
    return data_key


@dataclass(frozen=True, slots=True)
class OnlineSignIn:
    """The open store of somebody whom the server has just let in, and its key, for whoever signs in next."""

    database: LocalDatabase
    workstation_id: str
    data_key: bytes = field(repr=False)


def online_sign_in(
    folder: Path,
    email: str,
    password: str,
    workstation_secret: bytes | None,
    clock: Clock,
    *,
    server_now: datetime,
    kept: KeptKey | None = None,
    lease: timedelta = LEASE,
) -> OnlineSignIn:
    """Renew somebody's seal and lease (see ``renew``), and open the store, repaired if it is damaged.

    ``clock`` is this machine's own. The server's time counts from here on, also where this clock had run ahead.
    """
    now = clock.now()
    data_key = renew(
        folder, email, password, workstation_secret, server_now=server_now, now=now, kept=kept, lease=lease
    )
    return _opened(folder, data_key, clock, now, server_now)


def _opened(folder: Path, data_key: bytes, clock: Clock, now: datetime, server_now: datetime) -> OnlineSignIn:
    state = _enrolled(folder)
    database = open_or_repair(folder, data_key, clock_of(state, clock))
    try:
        note_time(Vault.load(folder), database, now, server_now=server_now)
    except BaseException:
        database.close()
        raise
    return OnlineSignIn(database, state.id, data_key)


def _key_online(
    vault: Vault, email: str, password: str, workstation_secret: bytes | None, now: datetime, kept: KeptKey | None
) -> bytes:
    try:
        return vault.open(email, password, workstation_secret, now=now, vouched=True)
    except Refused as error:
        sealed = kept.fetch() if kept is not None and error.code in {"NotKnownHere", "WrongPassword"} else None
        if sealed is None and kept is not None and error.code == "NotKnownHere":
            said = t("The clinic's server has no key to this workstation's offline data. "
                     "It has one again once an administrator has signed in here.")  # fmt: skip
            raise Refused(error.code, said, field=error.field) from error
        if sealed is None:
            raise
    return vault.open_from_server(sealed, workstation_secret)


def open_or_repair(folder: Path, data_key: bytes, clock: Clock) -> LocalDatabase:
    """Open the store; a damaged one is put aside and its journal saved into a new one, whose mirror is still empty."""
    path = folder / STORE
    try:
        require_sound(folder, data_key, clock.now())
        return open_store(path, data_key, clock)
    except Refused as error:
        if error.code not in {"StoreDamaged", "StoreMissing"}:
            raise
    damaged = quarantine(folder, clock.now().astimezone(UTC))
    database = open_store(path, data_key, clock, create=True)
    if damaged.exists():
        count = salvage_journal(damaged, data_key, database)
        log.warning("the store was damaged and has been put aside: %d journal entries saved", count)
    _choose_again(folder, database)
    return database


def _choose_again(folder: Path, database: LocalDatabase) -> None:
    """Let a store that was made anew know what was chosen for the workstation."""
    state = read_state(folder)
    if state is not None and state.reading:
        with database.applying() as session:
            meta.put(session.connection(), meta.READING, state.reading)


def recovered_sign_in(
    folder: Path,
    recovery_key: str,
    keys: WorkstationKeys,
    email: str,
    password: str,
    clock: Clock,
    *,
    server_now: datetime,
) -> OnlineSignIn:
    """Let somebody whom the server has let in back to the store, with the recovery key; a damaged store is repaired.

    A lost workstation secret is made anew, and then everybody's former seal is of no more use: they sign in online.
    Raises Refused "WrongRecoveryKey", "NoKeyring", "NotEnrolled", and those of the store's file.
    """
    _enrolled(folder)
    now = clock.now()
    vault = Vault.load(folder)
    data_key = vault.open_with_recovery(recovery_key)
    secret = keys.make()
    if not vault.knows_secret(secret):
        vault.new_workstation_secret(data_key, secret)
    vault.add_person(email, password, data_key, secret, server_now=server_now, now=now)
    return _opened(folder, data_key, clock, now, server_now)


def destroy(folder: Path, keys: WorkstationKeys, now: datetime) -> None:
    """An ADMIN revoked this workstation: destroy its keys for good, and say so to whoever comes. Safe to repeat.

    The store stays, put aside, and nothing opens it any more, the recovery key neither. Close it before.
    """
    state = read_state(folder)
    destroy_keys(folder)
    keys.forget()
    if state is not None:
        write_state(folder, replace(state, step=Step.REVOKED))
    if (folder / STORE).exists():
        quarantine(folder, now.astimezone(UTC))


def _enrolled(folder: Path) -> WorkstationState:
    state = read_state(folder)
    if state is not None and state.step is Step.REVOKED:
        message = t("An administrator has withdrawn this computer's access.")
        raise Refused("WorkstationRevoked", message, field="workstation")
    if state is None or state.step is not Step.COMPLETE:
        raise Refused("NotEnrolled", t("This workstation isn't set up for working offline."), field="workstation")
    return state


def _require_lease(vault: Vault, database: LocalDatabase, email: str, now: datetime) -> datetime:
    until = vault.lease_until(email)
    if until is None or require_time(vault, database, now) >= until:
        message = t("It is too long since you last signed in with the server. Sign in online once.")
        raise Refused("LeaseEnded", message, field="email")
    return until


def _facts(database: LocalDatabase, email: str, state: WorkstationState) -> dict[str, Any]:
    statement = (
        select(
            Login.user_id,
            Login.clinic_id,
            Login.email,
            Login.display_name,
            Login.roles,
            Login.must_change_password,
            Provider.id.label("provider_id"),
            Clinic.name.label("clinic_name"),
            ClinicSettings.timezone,
            ClinicSettings.locale,
            ClinicSettings.auto_lock_minutes,
            ClinicSettings.hold_minutes,
            ClinicSettings.phone_region,
        )
        .join(Clinic, Clinic.id == Login.clinic_id)
        .outerjoin(ClinicSettings, ClinicSettings.clinic_id == Login.clinic_id)
        .outerjoin(Provider, Provider.user_id == Login.user_id)
        .where(Login.rolname == login_role(email), Login.disabled_at.is_(None))
    )
    with database.reading() as session:
        row = session.execute(statement).mappings().first()
    if row is None:
        raise Refused("NoAccount", t("This account has no access to the clinic any more."))
    clock = {"clock_offset_seconds": state.clock_offset_seconds, "is_demo": state.is_demo}
    return {**row, **clock, "schema_version": SCHEMA_VERSION, "min_client": CLIENT_VERSION}
