"""Enrolment: a workstation gets keys, a store and the clinic's data, so that it can work without the server.

It may break off anywhere and be begun again: what is there is gone on with, or made anew while nothing has been entered
yet. The recovery key is returned once, at the end, and kept nowhere.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import psycopg

from app.commands.registry import Actor
from app.db.errors import translate
from app.db.local import LocalDatabase
from app.db.server import ServerDatabase
from app.kernel.clock import Clock
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.kernel.ids import new_uuid
from app.security.vault import Vault, destroy_keys
from app.security.workstation_key import WorkstationKeys
from app.sync import meta
from app.sync.feed import ServerFeed
from app.sync.file import STORE, is_damage, open_store, quarantine
from app.sync.single import SingleInstance
from app.sync.snapshot import SnapshotProgress, take_snapshot
from app.workspace.enrolment_state import Step, WorkstationState, read_state, write_state
from app.workspace.kept_key import KeptKey
from app.workspace.store_time import note_time

log = logging.getLogger(__name__)

Progress = Callable[[SnapshotProgress], None]
Snapshot = Callable[[LocalDatabase, ServerDatabase, Actor, Progress], object]

_ENROL: Final = "SELECT server_now, generation FROM desktop.enrol_workstation(%s, %s)"
_OFFSET: Final = "SELECT clock_offset_seconds, is_demo FROM desktop.installation"


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A finished enrolment: the open store, this workstation's id, and the key for the clinic's safe, shown once."""

    database: LocalDatabase
    workstation_id: str
    recovery_key: str = field(repr=False)
    data_key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a workstation's offline data lie, and what it is called. ``clock``: this machine's own."""

    folder: Path
    profile: str
    name: str
    clock: Clock
    is_demo: bool = False

    def keys(self, workstation_id: str) -> WorkstationKeys:
        """Return where the workstation secret lies. The id is part of it: two folders never share a secret."""
        return WorkstationKeys(f"{self.profile} {workstation_id}", self.folder, self.is_demo)


def fetch_all(database: LocalDatabase, server: ServerDatabase, actor: Actor, progress: Progress) -> None:
    """Fill the mirror as this person, on a connection of its own."""
    with server.connect() as raw:
        take_snapshot(database, ServerFeed(raw, actor.roles), actor, progress)


def enrol(
    place: Place,
    single: SingleInstance,
    server: ServerDatabase,
    actor: Actor,
    password: str,
    *,
    store_clock: Clock,
    progress: Progress = lambda _: None,
    snapshot: Snapshot = fetch_all,
    kept: Callable[[str], KeptKey] | None = None,
) -> Enrolled:
    """Let this workstation keep the clinic's data, as an ADMIN who is signed in on ``server``.

    Raises Refused "AlreadyEnrolled", "NoKeyring" (with the reason), "StoreInUse", "NotAllowed"; ``Unavailable``.
    """
    single.require()
    state = _begin(place)
    secret = place.keys(state.id).make()
    server_now, generation, offset = _admit(server, state)
    state = replace(state, clock_offset_seconds=offset)
    write_state(place.folder, state)
    vault, data_key = _keys(place, state, secret, actor.email, password, server_now)
    if kept is not None:
        kept(state.id).keep(vault.seal_for_server(data_key, secret))
    database = _store(place, data_key, store_clock)
    try:
        with database.applying() as session:
            meta.put(session.connection(), meta.GENERATION, generation)
        note_time(vault, database, place.clock.now(), server_now=server_now)
        snapshot(database, server, actor, progress)
        recovery_key = vault.new_recovery_key(data_key)
        write_state(place.folder, replace(state, step=Step.COMPLETE))
    except BaseException:
        database.close()
        raise
    return Enrolled(database, state.id, recovery_key, data_key)


def put_aside(place: Place) -> Path | None:
    """Make room for another enrolment: the store and its keys are put aside together; None when there was none.

    With the recovery key its journal can still be salvaged. Nothing is deleted but the keyring's entry.
    """
    state = read_state(place.folder)
    if state is None:
        return None
    store = quarantine(place.folder, place.clock.now().astimezone(UTC))
    for file in sorted(place.folder.glob("*.json")):
        file.replace(store.parent / file.name)
    place.keys(state.id).forget()
    return store


def _begin(place: Place) -> WorkstationState:
    state = read_state(place.folder)
    if state is None or state.step is Step.REVOKED:
        if state is not None:
            destroy_keys(place.folder)
        state = WorkstationState(new_uuid(), place.name, Step.BEGUN, place.is_demo)
        place.keys(state.id).make()  # refused before anything is written
        write_state(place.folder, state)
    elif state.step is Step.COMPLETE:
        raise Refused("AlreadyEnrolled", t("This workstation is enrolled already."), field="workstation")
    return state


def _admit(server: ServerDatabase, state: WorkstationState) -> tuple[datetime, int, int]:
    """Tell the server: its time, the number of contacts to go on from, and the demo's clock."""
    try:
        with server.connect() as raw:
            raw.autocommit = True
            (row,) = raw.execute(_ENROL, (state.id, state.name)).fetchall()
            (clock,) = raw.execute(_OFFSET).fetchall()
    except psycopg.Error as error:
        raise translate(error) or error from error
    return row[0].replace(tzinfo=UTC), int(row[1]), int(clock[0])


def _keys(
    place: Place, state: WorkstationState, secret: bytes, email: str, password: str, server_now: datetime
) -> tuple[Vault, bytes]:
    """Go on with the keys of an enrolment that broke off, or make them anew: nobody has used them yet."""
    now = place.clock.now()
    try:
        vault = Vault.load(place.folder)
        data_key = vault.open(email, password, secret, now=now, vouched=True)
    except Refused as error:
        log.info("enrolment: keys are made (%s)", error.code)
        _remove_unused(place)
        vault, data_key, _ = Vault.create(place.folder, secret, now=server_now, vault_id=state.id)
    vault.add_person(email, password, data_key, secret, server_now=server_now, now=now)
    return vault, data_key


def _remove_unused(place: Place) -> None:
    """Remove keys and store of an enrolment that was never completed: they hold nothing that anybody entered."""
    for suffix in ("", "-wal", "-shm"):
        (place.folder / (STORE + suffix)).unlink(missing_ok=True)
    destroy_keys(place.folder)


def _store(place: Place, data_key: bytes, clock: Clock) -> LocalDatabase:
    path = place.folder / STORE
    try:
        return open_store(path, data_key, clock, create=True)
    except Refused as error:
        log.info("enrolment: the store is made anew (%s)", error.code)
    except Exception as error:
        if not is_damage(error):
            raise
    quarantine(place.folder, place.clock.now().astimezone(UTC))
    return open_store(path, data_key, clock, create=True)
