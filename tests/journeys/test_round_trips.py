"""No page and no panel needs more than three round trips, counted on the wire, or cuts off what it shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TypeAlias

import pytest
from PySide6.QtTest import QTest
from sqlalchemy import select

from app.commands.booking import BookVisit
from app.commands.closing import CloseDay
from app.commands.walk_ins import AddWalkIn
from app.db.models import VisitSlot
from app.domain.enums import VisitMode
from app.ui.areas.chart.spec import SPEC as CHART
from app.ui.areas.patients.spec import SPEC as PATIENTS
from app.ui.areas.schedule.spec import SPEC as SCHEDULE
from app.ui.areas.settings.spec import SPEC as SETTINGS
from app.ui.areas.staff.spec import SPEC as STAFF
from app.ui.areas.today.spec import SPEC as TODAY
from app.ui.areas.visits.spec import SPEC as VISITS
from app.ui.work.places import EditDetails, FindTime, NewBooking, OpenChart, Place, ShowSettings, ShowVisit, ToMove
from app.ui.work.threads import threads
from app.workspace.signin import open_workspace
from app.workspace.workspace import Workspace
from tests.screens.cut_off import cut_off
from tests.screens.views import settle
from tests.support.clinics import PASSWORD
from tests.support.desk import Desk, at, login_of
from tests.support.front_desk import Window
from tests.support.postgres import Server
from tests.support.wire import Wire

MOST_TRIPS = 3
"""What the issue allows any screen."""
SPECS = (TODAY, SCHEDULE, VISITS, PATIENTS, STAFF, SETTINGS)
QUIET_TURNS, TURN_MS = 4, 60

Look: TypeAlias = Callable[[Window], object]


@pytest.fixture
def sign_in(server: Server, clinic: Desk, front_desk_database: str, wire: Wire) -> Iterator[Callable[..., Workspace]]:
    """Workspaces behind the recorder. Not live: the listener's own reading isn't a screen's."""
    with ExitStack() as stack:

        def enter(name: str, workstation: str = "") -> Workspace:
            url = wire.through(server.url(front_desk_database, login_of(name).login, PASSWORD))
            workspace = open_workspace({"conninfo": url}, workstation=workstation or f"ws-{name}", clock=clinic.clock)
            stack.callback(workspace.close)
            return workspace

        yield enter


def rest(wire: Wire) -> None:
    """Wait until nothing is asked any more; an answer, or a pause in typing, may lead to the next question."""
    quiet = 0
    while quiet < QUIET_TURNS:
        before = wire.trips
        settle(TURN_MS)
        working = any(pool.activeThreadCount() for pool in threads()._pools.values())
        quiet = 0 if working or wire.trips != before else quiet + 1


def go(place: Place) -> Look:
    """Go to a place."""
    return lambda window: window.shell.desk is not None and window.shell.desk.navigate(place)


def area(key: str) -> Look:
    """Open an area from the rail."""
    return lambda window: window.shell.window.stack.open_area(key)


def act(action_id: str) -> Look:
    """Do what an action of the menus does."""
    key = action_id.partition(".")[0]
    action = next(one for spec in SPECS if spec.key == key for one in spec.actions if one.id == action_id)
    return lambda window: action.handler(window.page(key))


def find_in_palette(window: Window) -> None:
    """Type a name into the palette, letter by letter as a person does."""
    window.shell.window.top.field.setFocus()
    QTest.keyClicks(window.shell.window.top.field, "kowalsk")


VISIT = "vis-of-lis"
CARD, DAY_PAGE = go(EditDetails(patient_id="pat-lis")), area("schedule")
LOOKS: dict[str, tuple[Look, ...]] = {
    "today": (area("today"), lambda window: window.today.refresh()),
    "a walk-in": (area("today"), act("today.walk_in")),
    "the schedule's day": (DAY_PAGE,),
    "booking a follow-up": (DAY_PAGE, go(NewBooking(patient_id="pat-lis", patient_name="Zygmunt Lis", at=at("10:00")))),
    "the next day": (DAY_PAGE, act("schedule.on")),
    "a week": (DAY_PAGE, act("schedule.week")),
    "a month": (DAY_PAGE, act("schedule.month")),
    "booking": (DAY_PAGE, go(NewBooking(provider_id="p-okafor"))),
    "booking somebody": (
        DAY_PAGE,
        go(NewBooking(patient_id="pat-lis", patient_name="Zygmunt Lis")),
    ),
    "the next free times": (DAY_PAGE, go(FindTime())),
    "what has to be moved": (DAY_PAGE, go(ToMove())),
    "blocking time": (DAY_PAGE, act("schedule.block")),
    "closing a day": (DAY_PAGE, act("schedule.close")),
    "the day sheet": (DAY_PAGE, act("schedule.print")),
    "saved views": (DAY_PAGE, act("schedule.views")),
    "patients": (area("patients"),),
    "a patient's card": (area("patients"), CARD),
    "a chart": (area("patients"), go(OpenChart(patient_id="pat-lis"))),
    "registering": (area("patients"), act("patients.new")),
    "editing": (CARD, act("patients.edit")),
    "flags": (CARD, act("patients.flags")),
    "a household": (CARD, act("patients.household")),
    "merging": (CARD, act("patients.merge")),
    "importing": (area("patients"), act("patients.import")),
    "visits": (area("visits"),),
    "a visit": (area("visits"), go(ShowVisit(visit_id=VISIT))),
    "staff": (area("staff"),),
    "adding staff": (area("staff"), act("staff.add")),
    **{
        f"settings: {section}": (area("visits"), go(ShowSettings(section=section)))
        for section in ("clinic", "types", "providers", "rooms", "backup")
    },
    "the palette": (area("today"), find_in_palette),
}


@pytest.fixture
def busy(clinic: Desk) -> None:
    """A day with somebody in it, one provider ill, and somebody without an appointment."""
    first, second = (row.id for row in clinic.rows(select(VisitSlot.id).order_by(VisitSlot.start_time).limit(2)))
    mode = VisitMode.IN_PERSON
    clinic.desk.run(BookVisit(slot_id=first, patient_id="pat-lis", visit_mode=mode, visit_id=VISIT))
    clinic.desk.run(BookVisit(slot_id=second, patient_id="pat-kowalska", visit_mode=mode))
    clinic.desk.run(CloseDay(provider_id="p-chen", start=at("11:00"), end=at("12:00"), reason="Ill"))
    clinic.desk.run(AddWalkIn(patient_id="pat-roux", reason="Cut hand"))


def test_no_screen_needs_more_than_three_round_trips_nor_cuts_words_off(
    window: Callable[..., Window], wire: Wire, busy: None
) -> None:
    admin = window("admin", more=(PATIENTS, CHART, STAFF, SETTINGS))
    desk = admin.shell.desk
    assert desk is not None
    found: dict[str, int] = {}
    unread: dict[str, list[str]] = {}
    for name, (*before, look) in LOOKS.items():
        for step in before:
            step(admin)
        rest(wire)
        wire.reset()
        look(admin)
        rest(wire)
        found[name] = wire.trips
        unread[name] = cut_off(admin.shell.window)
        desk.close_panel()
    assert min(found["today"], found["the schedule's day"], found["a patient's card"], found["booking"]) > 0
    assert {name: trips for name, trips in found.items() if trips > MOST_TRIPS} == {}
    assert {name: lines for name, lines in unread.items() if lines} == {}
