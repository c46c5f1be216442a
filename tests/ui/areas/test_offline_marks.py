"""What isn't confirmed is drawn so, everywhere; what may be old says as of when, and never alarms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import QSize
from sqlalchemy import select

from app.commands.booking import BookVisit
from app.db.models import VisitSlot
from app.documents.day_sheet import DaySheet, SheetPart, SheetRow, preview
from app.domain.enums import SlotStatus, TelemedStatus, VisitMode, VisitStatus
from app.kernel.i18n import set_language
from app.queries.day_board import BoardColumn, BoardSlot
from app.queries.today import BoardCard, Limits, TodayBoard
from app.ui.areas.schedule.day_model import DayMaker
from app.ui.areas.schedule.sheet import Sheet
from app.ui.areas.today.lanes import ARRIVED, EXPECTED, WITH, LaneMaker, Rights
from app.ui.parts.link_state import LinkState
from app.ui.theme.tokens import StatusKind, Tone, TypeRole
from app.ui.widgets.calendar.model import EventLook
from app.ui.widgets.calendar.overlay import hold_text
from app.ui.widgets.paint import text_width
from app.workspace.sync_state import SyncMode
from app.workspace.workspace import Workspace
from tests.support.desk import Desk
from tests.support.front_desk import Window, elsewhere
from tests.support.sync import FakeSync, work_with

ZONE = ZoneInfo("America/Los_Angeles")
NOW = datetime(2026, 11, 24, 19, 6, tzinfo=UTC)
NARROWEST, ICON_AND_ROOM = 180, 32
"""What a card has for its chips in a window 1280 wide, and what a chip needs beside its words."""
AS_OF = datetime(2026, 11, 24, 18, 42, tzinfo=UTC)


def card(visit: str, status: VisitStatus, minutes_ago: int) -> BoardCard:
    start = NOW - timedelta(minutes=minutes_ago)
    return BoardCard(
        visit_id=visit, patient_id="p", patient_name="Zygmunt Lis", patient_born=None, provider_id="d",
        provider_short="Dr Okafor", start=start, end=start + timedelta(minutes=20), status=status,
        mode=VisitMode.IN_PERSON, type_name="Echo", type_short="Echo", room=None, flow=None, phone="", language="en",
        confirmed=False, identity_to_confirm=False, arrived=start, started=start, ended=None, cancel_kind=None,
        follow_up=None, to_move=False,
    )  # fmt: skip


def board(*cards: BoardCard) -> TodayBoard:
    return TodayBoard(
        day=date(2026, 11, 24), now=NOW, cards=cards, walk_ins=(), requests=(),
        limits=Limits(late=10, warn=15, limit=30),
    )  # fmt: skip


def lanes(link: LinkState, *cards: BoardCard) -> LaneMaker:
    return LaneMaker(board(*cards), ZONE, NOW, Rights(advance=True, treat=True, provider_id="d"), link)


def chips(maker: LaneMaker, lane: str) -> list[tuple[str, StatusKind | None]]:
    (found,) = [one for one in maker.lanes() if one.id == lane]
    return [(chip.text, chip.kind) for shown in found.cards for chip in shown.chips]


WAITS = card("v-1", VisitStatus.CHECKED_IN, 62)
LATE = card("v-2", VisitStatus.PLANNED, 40)
INSIDE = card("v-3", VisitStatus.IN_PROGRESS, 40)


def test_only_one_s_own_visits_are_started_and_completed() -> None:
    cards = (WAITS, INSIDE)

    def keys(provider: str) -> list[list[str]]:
        maker = LaneMaker(board(*cards), ZONE, NOW, Rights(advance=True, treat=True, provider_id=provider))
        return [[step.key for step in maker.steps(card)] for card in cards]

    assert keys("d") == [["room", "start", "left"], ["complete", "check_out"]]
    assert keys("somebody-else") == [["room", "left"], ["check_out"]]


def test_who_sees_a_patient_by_video_joins_with_enter_and_sends_nobody_to_a_room() -> None:
    video = replace(WAITS, mode=VisitMode.VIRTUAL)

    def keys(provider: str) -> list[str]:
        maker = LaneMaker(board(video), ZONE, NOW, Rights(advance=True, treat=True, provider_id=provider))
        return [step.key for step in maker.steps(video)]

    assert keys("d") == ["join", "start", "left"]
    assert keys("somebody-else") == ["room", "left"]


@pytest.mark.parametrize("spoken", ["en", "es"])
@pytest.mark.parametrize("state", list(TelemedStatus))
def test_where_the_video_room_stands_fits_beside_the_wait(qapp: object, state: TelemedStatus, spoken: str) -> None:
    set_language(spoken)
    there = [replace(one, mode=VisitMode.VIRTUAL, room_state=state) for one in (WAITS, INSIDE)]
    for lane in (ARRIVED, WITH):
        (found,) = [one for one in lanes(LinkState(), *there).lanes() if one.id == lane]
        first, second = sorted(found.cards[0].chips, key=lambda chip: chip.icon)
        assert (first.icon, second.icon) == ("clock", "video")
        assert sum(text_width(chip.text, TypeRole.META) + ICON_AND_ROOM for chip in (first, second)) <= NARROWEST


def test_online_waits_are_counted_and_coloured() -> None:
    maker = lanes(LinkState(), WAITS, LATE)
    assert chips(maker, ARRIVED) == [("62 min", StatusKind.CRITICAL)]
    assert chips(maker, EXPECTED) == [("40 min late", StatusKind.ARRIVED)]
    assert maker.figures()[2].tone is Tone.CRITICAL


def test_offline_others_waits_say_since_when_and_never_alarm() -> None:
    maker = lanes(LinkState(AS_OF), WAITS, LATE, INSIDE)
    assert chips(maker, ARRIVED) == [("since 10:04", None)]
    assert chips(maker, EXPECTED) == [("Not here at 10:42", None)]
    assert chips(maker, WITH) == [("since 10:26", None)]
    longest = maker.figures()[2]
    assert (longest.value, longest.caption, longest.short) == ("38", "Longest, at 10:42", "As of 10:42")
    assert longest.tone is not Tone.CRITICAL


def test_cards_that_wait_to_be_sent_are_dashed_and_say_so() -> None:
    maker = lanes(LinkState(AS_OF, frozenset({("visit_detail", "v-1")})), WAITS, LATE)
    (arrived,) = [one for one in maker.lanes() if one.id == ARRIVED]
    assert arrived.cards[0].dashed
    assert [chip.text for chip in arrived.cards[0].chips] == ["Not yet confirmed", "62 min"]
    (expected,) = [one for one in maker.lanes() if one.id == EXPECTED]
    assert not expected.cards[0].dashed


def test_slots_kept_for_another_desk_say_for_whom() -> None:
    start = NOW + timedelta(hours=1)
    slot = BoardSlot(
        id="s", start=start, end=start + timedelta(minutes=20), mode=VisitMode.IN_PERSON, status=SlotStatus.HELD,
        origin=None, reason="", overbook=False, held_by=None, held_name="", held_until=None, workstation="ws-2",
        covered_by=None, batch_id=None, visit=None, kept_for="desk 2",
    )  # fmt: skip
    column = BoardColumn("d", "Dr Ngozi Okafor", "Dr Okafor", (), (slot,), ())
    for desk, mine, said in (("ws-1", False, "kept for desk 2 if offline"), ("ws-2", True, "kept for this desk")):
        maker = DayMaker([Sheet("d", date(2026, 11, 24), column)], ZONE, "u-1", NOW, workstation=desk)
        (hold,) = maker.model(date(2026, 11, 24)).holds
        assert (hold.mine, hold_text(hold, NOW)) == (mine, said)


def test_an_unconfirmed_line_on_paper_looks_different() -> None:
    plain = SheetRow(time="11:00–11:20", name="Zygmunt Lis", mark="Planned")

    def page(row: SheetRow) -> bytes:
        image = preview(DaySheet("Tuesday", "foot", (SheetPart("Dr Okafor", "1 visit", (row,)),)), 0, QSize(595, 842))
        return bytes(image.constBits())

    assert page(plain) != page(replace(plain, unsent="not yet confirmed"))


def test_the_calendar_the_list_and_the_sheet_mark_it(
    clinic: Desk, sign_in: Callable[..., Workspace], window: Callable[..., Window]
) -> None:
    rows = clinic.rows(select(VisitSlot.id).where(VisitSlot.provider_id == "p-okafor").order_by(VisitSlot.start_time))
    booking = BookVisit(slot_id=rows[0].id, patient_id="pat-roux", visit_mode=VisitMode.IN_PERSON)
    elsewhere(clinic.desk2.run, booking)
    workspace, sync = sign_in("desk"), FakeSync()
    work_with(workspace, sync)
    desk = window(at=workspace)
    calendar = desk.schedule.calendar
    desk.wait(lambda: calendar.model.events)
    assert calendar.model.events[0].look is EventLook.PLAIN
    sync.rows = frozenset({("visits", booking.visit_id)})
    sync.tell(SyncMode.OFFLINE, waiting=1)
    desk.wait(lambda: calendar.model.events[0].look is EventLook.UNSENT)
    assert calendar.model.events[0].spoken_status == "Planned, not yet confirmed"
    visits = desk.visits
    desk.wait(lambda: visits.model.rows)
    assert visits._status_text(visits.model.rows[0]) == "Planned · not yet confirmed"
    desk.today.print_day()
    desk.wait(lambda: desk.panel.sheet is not None)
    (printed,) = [row for part in desk.panel.sheet.parts for row in part.rows]
    assert printed.unsent == "not yet confirmed"
    assert "Others' changes as of" in desk.panel.sheet.foot
    sync.rows = frozenset()
    sync.tell(SyncMode.ONLINE)
    desk.wait(lambda: visits._status_text(visits.model.rows[0]) == "Planned")
