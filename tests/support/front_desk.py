"""Windows on a real clinic: a PostgreSQL database of its own, people signed in, everything live."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar, cast

import pytest
from PySide6.QtCore import QEventLoop, QPoint, QPointF, QTimer
from pytestqt.qtbot import QtBot

from app.kernel.profiles import Profile
from app.queries.patients import search_patients
from app.ui.areas.schedule.page import SchedulePage
from app.ui.areas.schedule.spec import SPEC as SCHEDULE
from app.ui.areas.today.page import TodayPage
from app.ui.areas.today.spec import SPEC as TODAY
from app.ui.areas.visits.page import VisitsPage
from app.ui.areas.visits.spec import SPEC as VISITS
from app.ui.shell.shell import Shell
from app.ui.shell.window import MainWindow
from app.ui.widgets.calendar.day_calendar import DayCalendar
from app.ui.work import AreaSpec
from app.ui.work.stall import StallWatchdog
from app.ui.work.threads import threads
from app.workspace.signin import open_workspace
from app.workspace.workspace import Workspace
from tests.support.clinics import PASSWORD
from tests.support.desk import Desk, desk_template_of, login_of, server_desk
from tests.support.postgres import Server
from tests.support.stray_windows import strangers_in_front
from tests.ui.shell.fakes import OWN, FakeSessions, services
from tests.ui.shell.fakes import PASSWORD as SHELL_PASSWORD

R = TypeVar("R")
FAST_MS = 500
"""What one desk does is on the other desk's screen within this."""

Place = tuple[str, str]
"""A provider and a wall-clock time: where something stands in the calendar."""


class Window:
    """A window with the three areas of the front desk, and somebody signed in."""

    def __init__(self, shell: Shell, workspace: Workspace, qtbot: QtBot) -> None:
        self.shell = shell
        self.workspace = workspace
        self.qtbot = qtbot

    def sit_down(self) -> None:
        """Bring the window to the front: only there keys arrive."""
        self.shell.window.activateWindow()
        self.wait(self.shell.window.isActiveWindow)

    def page(self, key: str) -> Any:
        """Open an area by its key; waits until its page is there."""
        self.shell.window.stack.open_area(key)
        return self.shell.window.stack.page(key)

    @property
    def today(self) -> TodayPage:
        """The arrival board, loaded."""
        page = cast("TodayPage", self.page("today"))
        self.wait(lambda: page._board_data is not None)
        return page

    @property
    def schedule(self) -> SchedulePage:
        """The schedule, loaded."""
        page = cast("SchedulePage", self.page("schedule"))
        self.wait(lambda: bool(page.calendar.ordered_items()))
        return page

    @property
    def visits(self) -> VisitsPage:
        """The list of visits."""
        return cast("VisitsPage", self.page("visits"))

    @property
    def panel(self) -> Any:
        """The panel in front."""
        return self.shell.window.panels.current

    def wait(self, until: Callable[[], object]) -> None:
        """Run the event loop until something is so."""
        self.qtbot.waitUntil(lambda: bool(until()), timeout=5000)

    def undo(self) -> None:
        """Take back the last command, once the window knows of it: its rows are there a moment earlier."""
        self.wait(lambda: self.workspace.undo_label is not None)
        elsewhere(self.workspace.undo)


class _Sessions(FakeSessions):
    """Signs in to a workspace that is there already."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(OWN)
        self._real = workspace

    def sign_in(self, profile: Profile, email: str, password: str) -> Any:
        return self._real


def elsewhere(do: Callable[..., R], *args: Any) -> R:
    """Do something at another desk: on a thread, while this one's event loop goes on."""
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(do, *args)
        loop, look = QEventLoop(), QTimer()
        look.timeout.connect(lambda: loop.quit() if future.done() else None)
        look.start(5)
        loop.exec()  # unlike processEvents in a circle, it leaves Python to the other thread
        return future.result()


def names(calendar: DayCalendar) -> dict[str, Place]:
    """Who stands where on a calendar: column and time by name."""
    model = calendar.model
    return {event.name: (event.column_id, f"{event.start // 60:02}:{event.start % 60:02}") for event in model.events}


def spot(calendar: DayCalendar, column_id: str, clock: str, *, into: int = 8) -> QPointF:
    """The point some minutes into a time of a column, scrolled into view."""
    minute = int(clock[:2]) * 60 + int(clock[3:]) + into
    calendar.scroll_to_minute(minute)
    number = next(i for i, column in enumerate(calendar.model.columns) if column.id == column_id)
    geometry = calendar.geometry_now
    return QPointF(geometry.x(number) + geometry.column_width / 2, geometry.y(minute))


def pixel(calendar: DayCalendar, column_id: str, clock: str) -> QPoint:
    """Like ``spot``, for Qt's test functions."""
    return spot(calendar, column_id, clock).toPoint()


@pytest.fixture(scope="session")
def front_desk_template(server: Server) -> str:
    """A migrated database with the small clinic."""
    return desk_template_of(server)


@pytest.fixture
def front_desk_database(server: Server, front_desk_template: str) -> Iterator[str]:
    """The name of a fresh copy of the small clinic."""
    name = server.create("front_desk", template=front_desk_template)
    yield name
    server.drop(name)


@pytest.fixture
def clinic(server: Server, front_desk_database: str) -> Iterator[Desk]:
    """The clinic on a Monday at 10:42, both providers free from 11 to 13 o'clock."""
    desk = server_desk(server, front_desk_database)
    for provider in ("p-okafor", "p-chen"):
        desk.slots("11:00", 6, provider)
    yield desk
    desk.close()


@pytest.fixture
def sign_in(
    server: Server, clinic: Desk, front_desk_database: str, stall_watchdog: StallWatchdog
) -> Iterator[Callable[..., Workspace]]:
    """Workspaces of the clinic's people, live: ``sign_in("desk")``."""
    with ExitStack() as stack:

        def enter(name: str, workstation: str = "") -> Workspace:
            url = server.url(front_desk_database, login_of(name).login, PASSWORD)
            workspace = open_workspace(
                {"conninfo": url}, workstation=workstation or f"ws-{name}", clock=clinic.clock, live=True
            )
            stack.callback(workspace.close)
            return workspace

        yield enter
        stall_watchdog.stop()  # hanging up waits for the server, which the window does on a thread of its own


@pytest.fixture
def window(
    qtbot: QtBot, sign_in: Callable[..., Workspace], tmp_path: Path, stall_watchdog: StallWatchdog
) -> Iterator[Callable[..., Window]]:
    """Windows with somebody signed in: ``window("desk")``; ``more`` are further areas, ``at`` another workspace."""
    shells: list[Shell] = []

    def make(
        name: str = "desk", workstation: str = "", *, more: tuple[AreaSpec, ...] = (), at: Workspace | None = None
    ) -> Window:
        workspace = at or sign_in(name, workstation)
        sessions = _Sessions(workspace)
        main = MainWindow()
        qtbot.addWidget(main)
        folder = tmp_path / f"window-{len(shells)}"
        folder.mkdir()
        wired = replace(
            services(sessions, folder), clock=workspace.clock, search_patients=lambda: search_patients, counts=None,
            count_tables=frozenset(),
        )  # fmt: skip
        shell = Shell(main, wired, (TODAY, SCHEDULE, VISITS, *more))
        shells.append(shell)
        shell.start()
        main.resize(1280, 820)
        with qtbot.waitExposed(main):
            pass  # shown by the shell; an exposure that never comes is an error here, not in the test
        qtbot.waitUntil(lambda: shell.entry.ready)
        shell.entry.sign_in("dana@example.org", SHELL_PASSWORD)
        qtbot.waitUntil(lambda: shell.working, timeout=10_000)
        return Window(shell, workspace, qtbot)

    with strangers_in_front() as strangers:
        yield make
    for shell in shells:
        shell.window.close()
    assert strangers == [], "what is shown without a place takes the keyboard from the window"
    stall_watchdog.stop()  # what is still under way may wait for the server now
    assert threads().finish(5000), "a worker thread still runs"
