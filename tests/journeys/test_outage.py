"""A morning on which the server goes away: work goes on, nothing is lost, and what clashes is decided on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from sqlalchemy import select

from app.commands.booking import BookVisit
from app.db.models import Patient, Visit, VisitSlot
from app.domain.enums import VisitMode, VisitStatus
from app.kernel.paths import Paths
from app.setup.offline import OfflineWork
from app.sync.desk_sync import DeskSync
from app.ui.areas.attention.page import AttentionPage
from app.ui.areas.attention.spec import SPEC as ATTENTION
from app.ui.areas.patients.spec import SPEC as PATIENTS
from app.ui.areas.today.lanes import ARRIVED
from app.ui.widgets.calendar.day_calendar import DayCalendar
from app.ui.widgets.calendar.model import EventLook
from app.ui.work.stall import StallWatchdog
from app.workspace.workspace import Workspace
from tests.support.clinics import PASSWORD
from tests.support.desk import Desk, login_of
from tests.support.front_desk import Window, elsewhere, names, pixel
from tests.support.postgres import Server
from tests.ui.widgets import mouse

CTRL = Qt.KeyboardModifier.ControlModifier
SLOW = 60_000
"""Two cores, other tests beside this one, and a connection that has to be noticed and made again."""


@pytest.fixture
def enrolled(
    server: Server, clinic: Desk, front_desk_database: str, home: object, stall_watchdog: StallWatchdog
) -> Iterator[Workspace]:
    """Dana at a workstation that an ADMIN has let work offline."""
    work = OfflineWork(
        Paths.from_environment(), "harbor", is_demo=True, clock=clinic.clock, workspace_clock=clinic.clock
    )

    def sign_in(person: str, *, live: bool) -> Workspace:
        url = server.url(front_desk_database, login_of(person).login, PASSWORD)
        return work.sign_in(lambda: {"conninfo": url}, login_of(person).email, PASSWORD, live=live)

    def let_in() -> None:
        with sign_in("admin", live=False) as admin:
            work.enrol(admin, PASSWORD)

    elsewhere(let_in)
    workspace = elsewhere(partial(sign_in, "desk", live=True))
    yield workspace
    stall_watchdog.stop()  # hanging up waits for the server, which the window does on a thread of its own
    workspace.close()


def slot_at(clinic: Desk, provider: str, clock: str) -> str:
    rows = clinic.rows(select(VisitSlot.id).where(VisitSlot.provider_id == provider))
    return str(next(row.id for row in rows if clinic.state(row.id)[1] == clock))


def booking(clinic: Desk, patient: str, provider: str, clock: str) -> BookVisit:
    slot = slot_at(clinic, provider, clock)
    return BookVisit(slot_id=slot, patient_id=f"pat-{patient}", visit_mode=VisitMode.IN_PERSON)


def unsent(calendar: DayCalendar, name: str) -> bool | None:
    """Whether somebody's visit is drawn as not confirmed; None when it isn't on the calendar."""
    return next((one.look is EventLook.UNSENT for one in calendar.model.events if one.name == name), None)


class Outage:
    """What the test waits for and does, in words."""

    def __init__(self, desk: Window, other: Window, clinic: Desk) -> None:
        self.desk, self.other, self.clinic = desk, other, clinic
        sync = desk.workspace.sync
        assert sync is not None
        self.sync: DeskSync = sync

    def until(self, done: Callable[[], object]) -> None:
        self.desk.qtbot.waitUntil(lambda: bool(done()), timeout=SLOW)

    @property
    def badge(self) -> str:
        return self.desk.shell.window.top.badge.text()

    def open_booking(self, provider: str, clock: str, typed: str) -> None:
        """Click a free time, type a name, choose it: all but the last key."""
        calendar = self.desk.schedule.calendar
        QTest.mouseClick(calendar.viewport(), mouse.LEFT, mouse.PLAIN, pixel(calendar, provider, clock))
        self.until(lambda: self.desk.panel is not None and self.desk.panel.form.search.hasFocus())
        panel = self.desk.panel
        self.until(lambda: panel.state.until is not None)
        QTest.keyClicks(panel.form.search, typed)
        self.until(lambda: panel._hits)
        QTest.keyClick(panel.form.search, Qt.Key.Key_Return)
        self.until(panel._book.isEnabled)

    def book(self) -> None:
        QTest.keyClick(self.desk.panel, Qt.Key.Key_Return, CTRL)
        self.until(lambda: self.desk.panel is None)

    def register(self, first: str, last: str) -> None:
        self.desk.page("patients").openers.register("")
        self.until(lambda: self.desk.panel is not None)
        panel = self.desk.panel
        panel.form.fill({"firstName": first, "lastName": last, "dateOfBirth": "1984-03-02"})
        panel._edited()
        self.until(panel.save_button.isEnabled)
        panel.save()
        self.until(lambda: self.desk.panel is not panel)

    def patients(self) -> set[str]:
        return {row.last_name for row in elsewhere(self.clinic.rows, select(Patient.last_name))}


def test_an_outage_in_the_middle_of_a_booking(clinic: Desk, enrolled: Workspace, window: Callable[..., Window]) -> None:
    early = booking(clinic, "brandt", "p-chen", "11:00")
    elsewhere(clinic.desk2.run, early)
    desk = window(at=enrolled, more=(PATIENTS, ATTENTION))
    other = window("desk2")
    this = Outage(desk, other, clinic)
    this.until(lambda: this.badge == "Online")
    calendar, theirs = desk.schedule.calendar, other.schedule.calendar
    this.until(lambda: "Walter Brandt" in names(calendar))
    desk.sit_down()

    # The cable breaks while Dana has the form open; she books all the same.
    this.open_booking("p-okafor", "11:20", "zigmunt liss")
    elsewhere(this.sync.cut, True)
    this.book()
    this.until(lambda: this.badge.startswith("Offline since 10:42,"))
    this.until(lambda: unsent(calendar, "Zygmunt Lis"))
    assert names(calendar)["Zygmunt Lis"] == ("p-okafor", "11:20")
    assert unsent(calendar, "Walter Brandt") is False
    assert "Zygmunt Lis" not in names(theirs)
    assert desk.shell.window.notice.isVisible()

    # Work goes on: somebody arrives, somebody new comes, somebody gets a time that is gone elsewhere.
    board = desk.today
    this.until(lambda: board._card(early.visit_id) is not None)
    board._action(early.visit_id, "check_in")
    this.until(lambda: early.visit_id in [card.id for card in board.board.lane_view(ARRIVED).cards()])
    this.until(lambda: board.board.lane_view(ARRIVED).cards()[0].dashed)
    this.register("Rosalind", "Achebe")
    lost = booking(clinic, "roux", "p-okafor", "11:40")
    elsewhere(clinic.desk2.run, lost)
    calendar = desk.schedule.calendar
    this.open_booking("p-okafor", "11:40", "kattalin horvat")
    this.book()
    this.until(lambda: "Katalin Horváth" in names(calendar))
    assert clinic.visit(early.visit_id).status is VisitStatus.PLANNED
    assert "Achebe" not in this.patients()

    # The server is back: all of it arrives, the other window shows it; one thing needs a decision.
    elsewhere(this.sync.cut, False)
    this.until(lambda: this.badge == "1 needs attention")
    this.until(lambda: names(theirs).get("Zygmunt Lis") == ("p-okafor", "11:20"))
    assert clinic.visit(early.visit_id).status is VisitStatus.CHECKED_IN
    assert "Achebe" in this.patients()
    assert names(theirs)["Élodie Roux"] == ("p-okafor", "11:40")
    assert "Katalin Horváth" not in names(theirs)
    this.until(lambda: unsent(calendar, "Zygmunt Lis") is False)
    this.until(lambda: desk.shell.window.rail.item("attention").count == 1)

    # It says whom to call; one key books the nearest other time.
    page = cast("AttentionPage", desk.page("attention"))
    this.until(lambda: page.item is not None and page._others)
    assert page.detail.whom.text() == "Katalin Horváth"
    desk.sit_down()
    QTest.keyClick(desk.shell.window, Qt.Key.Key_1, Qt.KeyboardModifier.AltModifier)
    this.until(lambda: this.badge == "Online" and not page._items)
    this.until(lambda: "Katalin Horváth" in names(theirs))
    visits = clinic.rows(select(Visit.id).where(Visit.patient_id == "pat-horvath"))
    assert len(visits) == 1, "booked once"
