"""Signing in where the server may be gone, and enrolling a workstation so that it may.

Online the server lets people in as ever, and the workstation's store is opened beside it. Without a server somebody
who was here within the lease works on the store alone. One process holds the store; others work with the server only.
"""

from __future__ import annotations

import logging
import platform
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from hmac import compare_digest
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy.exc import DBAPIError

from app.cluster.server import EmbeddedServer
from app.commands.stores import ServerStore
from app.db.errors import DISK_FULL, as_app_errors
from app.db.local import LocalDatabase
from app.db.server import ServerDatabase
from app.kernel.clock import Clock, SystemClock
from app.kernel.errors import AppError, Refused, Unavailable
from app.kernel.i18n import t
from app.kernel.paths import Paths
from app.security.keyring import keyring_state
from app.security.scram import saslprep
from app.security.vault import LEASE, Vault
from app.setup.kept_by_server import KeptByServer
from app.sync.contact import SHUT_OUT
from app.sync.engine import Engine
from app.sync.model import Reading, SyncStatus
from app.sync.place import Desk
from app.sync.routed import RoutedStore
from app.sync.single import SingleInstance
from app.workspace.chores import begin_chores
from app.workspace.enrolment import Place, Progress, enrol, put_aside
from app.workspace.enrolment_state import WorkstationState, is_enrolled, keep_reading, offline_folder, read_state
from app.workspace.offline import attach
from app.workspace.offline_signin import destroy, offline_sign_in, online_sign_in, recovered_sign_in, renew
from app.workspace.signin import actor_of, clinic_of, clock_of, who_is
from app.workspace.store_time import note_time
from app.workspace.versions import CLIENT_VERSION, SCHEMA_VERSION
from app.workspace.workspace import Workspace

log = logging.getLogger(__name__)
_KEYS = threading.Lock()
"""Who writes a workstation's keys reads them before: one at a time."""

Parameters = Callable[[], Mapping[str, Any]]
"""Finds libpq's parameters for the person; may start the embedded server, may raise ``Unavailable``."""


class Opened(Protocol):
    """The workstation's store, and the key that opens it."""

    @property
    def database(self) -> LocalDatabase:
        """The open store."""
        ...

    @property
    def data_key(self) -> bytes:
        """Its key."""
        ...


@dataclass(frozen=True, slots=True)
class OfflineWork:
    """Offline work of one profile on this computer. ``clock`` is the machine's own; tests give another."""

    paths: Paths
    profile: str
    is_demo: bool = False
    clock: Clock | None = None
    workspace_clock: Clock | None = None

    @property
    def folder(self) -> Path:
        """Where store and keys lie."""
        return offline_folder(self.paths, self.profile)

    @property
    def enrolled(self) -> bool:
        """Whether this workstation can work offline."""
        return is_enrolled(self.folder)

    def was_called(self) -> bool:
        """Whether another window asked the one that has the store to come forward; cheap."""
        return SingleInstance(self.folder).was_called()

    def ask_forward(self) -> None:
        """Ask the window that has the store to come forward."""
        SingleInstance(self.folder).ask_forward()

    def sign_in(self, parameters: Parameters, email: str, password: str, *, live: bool = False) -> Workspace:
        """Sign in on the server, or without one on the store.

        Raises what ``open_workspace`` and ``offline_sign_in`` raise; "StoreInUse" when another window works offline;
        Refused "DiskFull" without the server: with it the store stays closed, and nobody is kept out.
        """
        single = SingleInstance(self.folder) if self.enrolled else None
        holds = single is not None and single.acquire()
        try:
            workspace = self._sign_in(parameters, email, password, single if holds else None)
        except BaseException:
            if single is not None:
                single.release()
            raise
        if live:
            begin_chores(workspace)
        return workspace

    def _sign_in(self, find: Parameters, email: str, password: str, single: SingleInstance | None) -> Workspace:
        try:
            server = ServerStore(ServerDatabase(find(), revive=self._revive))
        except Unavailable as error:
            if single is None:
                raise
            later = ServerStore(ServerDatabase(find, revive=self._revive))
            return self._without_server(later, email, password, single, error)
        try:
            row = who_is(server)
        except Unavailable as error:
            if single is not None:
                return self._without_server(server, email, password, single, error)
            server.close()
            raise
        except BaseException:
            server.close()
            raise
        return self._with_server(server, row, email, password, single)

    def _revive(self) -> bool:
        """Bring the clinic's own server on this computer back where it was killed with its supervisor."""
        here = self.paths.embedded(self.profile).exists()
        return here and EmbeddedServer(self.profile, self.paths).revive()

    def _with_server(
        self, server: ServerStore, row: Mapping[str, Any], email: str, password: str, single: SingleInstance | None
    ) -> Workspace:
        clock = self.workspace_clock or clock_of(row)
        workspace = Workspace(server, actor_of(row), clinic_of(row), clock, platform.node() or "desk")
        workspace.must_change_password, workspace.feed_from = row["must_change_password"], row["feed_from"]
        if single is None:
            workspace.store_busy = self.enrolled
            return workspace
        now, kept = row["server_now"].replace(tzinfo=UTC), KeptByServer(server.database, self._state().id)
        try:
            with _KEYS, as_app_errors():
                if kept.revoked():
                    destroy(self.folder, self._place().keys(kept.workstation), self._machine.now())
                opened = online_sign_in(
                    self.folder, email, password, self._secret(), self._machine, server_now=now, kept=kept
                )
        except AppError as error:  # the store stays closed with the reason; the server is there
            log.warning("the workstation's store stays closed: %s", error.code)
            workspace.store_problem = error
            single.release()
            return workspace
        workspace.at_close.append(single.release)
        self._attach(workspace, server, opened, single).let_in()
        return workspace

    def _keep_again(self, kept: KeptByServer, data_key: bytes) -> None:
        """The server was put back to before it had this workstation's key: colleagues who come later need it."""
        try:
            with _KEYS:
                kept.keep(Vault.load(self.folder).seal_for_server(data_key, self._secret() or b""))
        except AppError as error:
            log.warning("the server has no key of this workstation: %s", error.code)

    def _without_server(
        self, server: ServerStore, email: str, password: str, single: SingleInstance, gone: Unavailable
    ) -> Workspace:
        try:
            with as_app_errors():
                opened = offline_sign_in(self.folder, email, password, self._secret(), self._machine)
        except BaseException as error:
            server.close()
            if isinstance(error, Unavailable):  # a full disk: nothing that waiting for the server would mend
                raise Refused(error.code, error.message) from error
            raise
        facts, clock = opened.facts, self.workspace_clock or opened.clock
        workspace = Workspace(server, actor_of(facts), clinic_of(facts), clock, opened.workstation_id)
        engine = self._attach(workspace, server, opened, single)
        engine.lost(gone)  # known before the thread's own first try, which may take its time
        engine.cover()
        workspace.at_close.append(single.release)
        return workspace

    def enrol(self, workspace: Workspace, password: str, progress: Progress = lambda _: None) -> str:
        """Let this workstation work offline, as the ADMIN signed in; returns the recovery key, to be shown once.

        From then on the workspace works with the store. Raises Refused "WrongPassword" and what ``enrolment.enrol``
        raises.
        """
        if not isinstance(workspace.store, ServerStore):
            raise Refused("AlreadyEnrolled", t("This workstation is enrolled already."), field="workstation")
        server = workspace.store
        _require_password(server.database, password)
        single = SingleInstance(self.folder)
        try:
            made = enrol(
                self._place(demo=workspace.clinic.is_demo), single,
                server.database, workspace.actor, password, store_clock=workspace.clock, progress=progress,
                kept=lambda workstation: KeptByServer(server.database, workstation),
            )  # fmt: skip
        except BaseException:
            single.release()
            raise
        workspace.at_close.append(single.release)
        self._attach(workspace, server, made, single).let_in()
        return made.recovery_key

    def recover(self, workspace: Workspace, recovery_key: str, password: str) -> None:
        """Open the store that stayed closed (keyring or passwords lost) with the recovery key, and work with it.

        What was not sent is sent then. Raises Refused "WrongPassword", "WrongRecoveryKey" (field
        ``recoveryKey``), "NoKeyring", "StoreInUse", "StoreOpen", "NotEnrolled"; ``Unavailable``.
        """
        if not isinstance(workspace.store, ServerStore):
            raise Refused("StoreOpen", t("The offline data of this workstation are open."), field="store")
        server, state, email = workspace.store, self._state(), workspace.actor.email
        _require_password(server.database, password)
        single = SingleInstance(self.folder)
        single.require()
        try:
            server_now = who_is(server)["server_now"].replace(tzinfo=UTC)
            with _KEYS:
                opened = recovered_sign_in(
                    self.folder, recovery_key, self._place().keys(state.id), email, password, self._machine,
                    server_now=server_now,
                )  # fmt: skip
        except BaseException:
            single.release()
            raise
        workspace.at_close.append(single.release)
        workspace.store_problem = None
        self._keep_again(KeptByServer(server.database, state.id), opened.data_key)
        self._attach(workspace, server, opened, single).let_in()

    def put_aside(self, workspace: Workspace) -> None:
        """Put a store that stays closed aside, with its keys: this workstation can be enrolled anew.

        What was not sent can be read only with its recovery key. Raises Refused "StoreOpen", "StoreInUse"; "DiskFull".
        """
        if not isinstance(workspace.store, ServerStore):
            raise Refused("StoreOpen", t("The offline data of this workstation are open."), field="store")
        if (problem := workspace.store_problem) is not None and problem.code == DISK_FULL:
            raise problem
        single = SingleInstance(self.folder)
        single.require()
        try:
            put_aside(self._place())
        finally:
            single.release()
        workspace.store_problem = None

    def password_changed(self, workspace: Workspace, password: str) -> None:
        """Seal the store's key with somebody's new password, so that it opens the store from now on."""
        store, now = workspace.store, self._machine.now()
        if self.enrolled and isinstance(store, RoutedStore):
            kept = KeptByServer(store.server.database, self._state().id)
            with _KEYS:
                renew(self.folder, workspace.actor.email, password, self._secret(), server_now=now, now=now, kept=kept)

    def _attach(self, workspace: Workspace, server: ServerStore, opened: Opened, single: SingleInstance) -> Engine:
        store, kept = opened.database, KeptByServer(server.database, self._state().id)
        engine = attach(workspace, server, store, self._desk(), self._revoked(store, single))
        engine.beat = self._keeps_time(store)
        engine.reading_chosen = self._keep_reading
        engine.changed.append(self._takes_seal(engine, workspace.actor.email))
        engine.let_in_again = partial(self._keep_again, kept, opened.data_key)
        return engine

    def _keeps_time(self, store: LocalDatabase) -> Callable[[], None]:
        """What remembers the present now and then, so that no clock set back makes a lease longer."""

        def note() -> None:
            try:
                with _KEYS:
                    note_time(Vault.load(self.folder), store, self._machine.now())
            except (AppError, OSError, DBAPIError) as error:  # the keys were destroyed, the disk is full
                log.warning("the present can't be kept: %s", type(error).__name__)

        return note

    def _keep_reading(self, reading: Reading) -> None:
        try:
            with _KEYS:
                keep_reading(self.folder, reading.value)
        except (AppError, OSError) as error:  # the store has it; only one made anew wouldn't know
            log.warning("what was chosen can't be kept beside the store: %s", type(error).__name__)

    def _takes_seal(self, engine: Engine, email: str) -> Callable[[SyncStatus], None]:
        """What takes somebody's way in away whom the server lets in no more: with the cable pulled they would go on.

        Let in again, they get it back with their next sign-in (the server keeps the key, sealed).
        """

        def look(_: SyncStatus) -> None:
            why = engine.shut_out
            if why is None or why.code not in SHUT_OUT:
                return
            with suppress(Refused, OSError), _KEYS:  # the keys are gone, or the disk is full
                vault = Vault.load(self.folder)
                if vault.lease_until(email) is not None:
                    vault.remove_person(email)

        return look

    def _revoked(self, store: LocalDatabase, single: SingleInstance) -> Callable[[], None]:
        def end() -> None:
            state = self._state()
            store.close()
            destroy(self.folder, self._place().keys(state.id), self._machine.now())
            single.release()

        return end

    @property
    def _machine(self) -> Clock:
        return self.clock or SystemClock()

    def _place(self, *, demo: bool = False) -> Place:
        state = read_state(self.folder)
        demo = demo or self.is_demo if state is None else state.is_demo
        return Place(self.folder, self.profile, platform.node() or "desk", self._machine, demo)

    def _state(self) -> WorkstationState:
        state = read_state(self.folder)
        if state is None:
            raise Refused("NotEnrolled", t("This workstation isn't set up for working offline."), field="workstation")
        return state

    def has_secret(self) -> bool:
        """Whether the keyring still has what opens the store of this enrolled workstation."""
        try:
            return self._secret() is not None
        except Refused:
            return False

    def _secret(self) -> bytes | None:
        return self._place().keys(self._state().id).find()

    def _desk(self) -> Desk:
        state = self._state()
        return Desk(state.id, state.name, (SCHEMA_VERSION, CLIENT_VERSION))


def _require_password(server: ServerDatabase, password: str) -> None:
    """Refuse "WrongPassword": the store must not be sealed with a password that nobody has."""
    used = server.password
    if used is not None and not compare_digest(saslprep(used).encode(), saslprep(password).encode()):
        raise Refused("WrongPassword", t("This isn't the password that you signed in with."), field="password")


def standing(work: OfflineWork) -> dict[str, Any]:
    """How this computer stands: enrolled or not, as what, and where its secret is kept or why it can't be."""
    kept = read_state(work.folder) if work.enrolled else None
    keyring = keyring_state()
    possible = keyring.usable or work.is_demo
    return {
        "enrolled": kept is not None,
        "workstation_id": kept.id if kept is not None else "",
        "name": kept.name if kept is not None else "",
        "computer": kept.name if kept is not None else platform.node() or "desk",
        "keyring": keyring.title if keyring.usable else "",
        "no_keyring": "" if possible else keyring.reason,
        "knows_password": work.is_demo,
    }


def door_of(work: OfflineWork, email: str) -> tuple[datetime | None, bool] | None:
    """Whether people may sign in without the server: when that person last did with it, and whether another process
    has the store; None where the computer isn't enrolled. Raises Refused "KeysDamaged".
    """
    if not work.enrolled:
        return None
    until = Vault.load(work.folder).lease_until(email) if email else None
    single = SingleInstance(work.folder)
    free = single.acquire()
    single.release()
    return (until - LEASE if until is not None else None), not free


def profile_of_address(address: Mapping[str, Any]) -> str:
    """The name under which a server without a profile (MHA_DATABASE_URL) is known here."""
    named = "|".join(str(address.get(key, "")) for key in ("host", "port", "dbname"))
    return f"server-{sha256(named.encode()).hexdigest()[:12]}"
