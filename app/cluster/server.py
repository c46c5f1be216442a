"""The embedded server as the rest of the program sees it: start, stop, status, and how to connect."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from time import monotonic
from urllib.parse import quote, urlencode

from app.cluster.access import accepts
from app.cluster.account import root_folder, server_account
from app.cluster.binaries import Binaries, wheel_binaries
from app.cluster.initialise import DATABASE, OWNER, ensure_initialised
from app.cluster.keeper import notes, retire, spawn, supervisor
from app.cluster.layout import Layout, check_profile, find_layout, make_layout
from app.cluster.locks import locked
from app.cluster.postmaster import START_SECONDS, Postmaster, running
from app.cluster.problems import from_os_error, problem
from app.cluster.supervisor import IDLE_SECONDS, Order, stop_server
from app.kernel.errors import Unavailable
from app.kernel.i18n import t
from app.kernel.paths import Paths

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class ClusterInfo:
    """A running embedded server: where it listens, and how to connect to its database."""

    profile: str
    host: str
    port: int
    data: Path
    pid: int
    owner_password: str = field(repr=False)
    database: str = DATABASE

    @property
    def conninfo(self) -> dict[str, str]:
        """Host, port and database as libpq parameters, without a person's name or password."""
        return {"host": self.host, "port": str(self.port), "dbname": self.database}

    @property
    def owner_url(self) -> str:
        """The owner's complete libpq URL, password included: for migrations and set-up."""
        return self.url(OWNER, self.owner_password)

    def url(self, user: str = "", password: str | None = None) -> str:
        """Return a libpq URL that any client can use at once (once a missing password is given)."""
        who = quote(user, safe="") + ("" if password is None else f":{quote(password, safe='')}")
        where = urlencode({"host": self.host, "port": self.port}, quote_via=quote, safe="/")
        return f"postgresql://{who}{'@' if who else ''}/{self.database}?{where}"


@dataclass(frozen=True, slots=True)
class Status:
    """What ``doctor`` tells about an embedded server."""

    set_up: bool
    running: bool
    supervised: bool
    data: Path | None
    version: str
    problem: str = ""


class EmbeddedServer:
    """One profile's embedded server. Any number of processes may use it at once."""

    def __init__(
        self,
        profile: str,
        paths: Paths | None = None,
        *,
        idle_seconds: float = IDLE_SECONDS,
        tcp: bool = sys.platform == "win32",
        binaries: Binaries | None = None,
    ) -> None:
        self.profile = check_profile(profile)
        self.home = (paths or Paths.from_environment()).embedded(profile)
        self._idle_seconds = idle_seconds
        self._tcp = tcp
        self._binaries = binaries

    def start(self, progress: Progress | None = None) -> ClusterInfo:
        """Return the running server, starting it, and making it the first time.

        ``progress`` gets a sentence for a person at each step. Raises ``Unavailable`` or ``Refused`` with the codes
        of ``app.cluster.problems``, EmbeddedServerMissing, ServerAccountMissing, ServerBusy.
        """
        layout = self._layout()
        if layout is not None and (info := self._reachable(layout)) is not None:
            return info
        tell = progress or (lambda _step: None)
        account = server_account()
        try:
            layout = layout or make_layout(self.home, account)
            with locked(layout.start_lock):
                layout = self._layout() or layout
                if (info := self._await(layout)) is not None:
                    return info
                if not layout.record.initialised:
                    tell(t("Preparing the embedded database"))
                programs = self._programs()
                layout = ensure_initialised(layout, programs, account)
                tell(t("Starting the embedded database"))
                return self._start(layout, programs)
        except OSError as error:
            raise from_os_error(error, self.home) from error

    def stop(self) -> bool:
        """End the server and its supervisor, closing all sessions; False when it wasn't running."""
        layout = self._layout()
        if layout is None:
            return False
        with locked(layout.start_lock):
            server = running(layout.data)
            if server is not None and not stop_server(server, layout.data):
                raise Unavailable("ServerBusy", t("The embedded database doesn't end. Try again in a minute."))
            retire(layout)
            return server is not None

    def revive(self) -> bool:
        """Start a server again that was killed together with its supervisor; True when it was started.

        One that was stopped, or that its supervisor has given up, stays as it is. Raises what ``start`` raises.
        """
        layout = self._layout()
        if layout is None or not layout.record.initialised:
            return False
        if not notes(layout).get("pid") or supervisor(layout) is not None:
            return False  # who leaves in order notes that nobody looks after it
        self.start()
        return True

    def status(self) -> Status:
        """Look, without starting anything."""
        layout = self._layout()
        if layout is None:
            return Status(set_up=False, running=False, supervised=False, data=None, version="")
        server = running(layout.data)
        version = ""
        with suppress(OSError):
            version = (layout.data / "PG_VERSION").read_text(encoding="ascii").strip()
        up = server is not None and accepts(server)
        return Status(
            set_up=layout.record.initialised,
            running=up,
            supervised=supervisor(layout) is not None,
            data=layout.data,
            version=version,
            problem="" if up else str(notes(layout).get("problem", "")),
        )

    def require(self) -> tuple[Layout, ClusterInfo, Postmaster]:
        """Return the started server with its files, for the rooms of backup and restore."""
        info = self.start()
        layout = self._layout()
        server = running(layout.data) if layout else None
        if layout is None or server is None:
            raise problem("ServerStartFailed", self.home)
        return layout, info, server

    def set_aside(self) -> Path | None:
        """Move data that can't be used out of the way, never deleting it; returns where it is now.

        The next start makes an empty server: only a restore, which fills it at once, may ask for that.
        """
        layout = self._layout()
        if layout is None:
            return None
        with locked(layout.start_lock):
            retire(layout)
            if running(layout.data) is not None:
                raise Unavailable("ServerBusy", t("The embedded database is still running."))
            kept = layout.data.with_name(f"data-set-aside-{datetime.now(UTC):%Y%m%d-%H%M%S}")
            there = layout.data.exists()
            if there:
                layout.data.rename(kept)
            layout.save(replace(layout.record, initialised=False))
            return kept if there else None

    def programs(self) -> Binaries:
        """Return PostgreSQL's programs as this process reaches them."""
        return self._binaries or wheel_binaries()

    def _layout(self) -> Layout | None:
        return find_layout(self.home)

    def _programs(self) -> Binaries:
        """Return the programs as the server's OS user reaches them."""
        programs = self.programs()
        if programs.readable_by_all() and server_account().reaches(programs.folder):
            return programs
        return programs.readable_copy(root_folder() / f"programs-{programs.version}")

    def _reachable(self, layout: Layout) -> ClusterInfo | None:
        server = running(layout.data)
        if server is None or not server.ready or supervisor(layout) is None or not accepts(server):
            return None
        password = layout.owner_password.read_text(encoding="utf-8")
        return ClusterInfo(self.profile, server.host, server.port, layout.data, server.pid, password)

    def _await(self, layout: Layout) -> ClusterInfo | None:
        """Return the server once it answers; None when there is none, or nobody looks after it."""
        deadline = monotonic() + START_SECONDS
        pause = Event()
        while monotonic() < deadline:
            if (info := self._reachable(layout)) is not None:
                return info
            if running(layout.data) is None or supervisor(layout) is None:
                return None
            pause.wait(0.02)
        return None

    def _start(self, layout: Layout, programs: Binaries) -> ClusterInfo:
        retire(layout)
        order = Order(str(layout.home), str(programs.folder), self._tcp, self._idle_seconds)
        answer = spawn(layout, order)
        if not answer.get("ok"):
            code = str(answer.get("code", "ServerStartFailed"))
            raise problem(code, layout.data, str(answer.get("detail", "")))
        if (info := self._await(layout)) is None:
            raise problem("ServerStartFailed", layout.data)
        return info
