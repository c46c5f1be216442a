"""The schedule's calendar: move, undo, resize, tray, week, month, blocks and closures, all on a real database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from sqlalchemy import select

from app.commands.blocking import BlockTime
from app.commands.booking import BookVisit
from app.commands.closing import CloseDay
from app.db.models import AccessEvent, VisitSlot
from app.domain.enums import SlotStatus, VisitMode
from app.domain.visits import ContactResult
from app.ui.areas.schedule.presenter import View
from app.ui.widgets.calendar.model import EventLook
from tests.support.desk import DAY, Desk, at
from tests.support.front_desk import Window, elsewhere, names, spot
from tests.ui.widgets import mouse

CTRL = Qt.KeyboardModifier.ControlModifier


def slot_at(clinic: Desk, provider: str, clock: str) -> str:
    rows = clinic.rows(select(VisitSlot.id).where(VisitSlot.provider_id == provider))
    return str(next(row.id for row in rows if clinic.state(row.id)[1] == clock))


def book(clinic: Desk, patient: str, provider: str, clock: str, minutes: int | None = None) -> str:
    command = BookVisit(
        slot_id=slot_at(clinic, provider, clock), patient_id=f"pat-{patient}", visit_mode=VisitMode.IN_PERSON,
        minutes=minutes,
    )  # fmt: skip
    elsewhere(clinic.desk2.run, command)
    return command.visit_id


def test_a_drag_moves_to_another_provider_and_ctrl_z_moves_back(clinic: Desk, window: Callable[..., Window]) -> None:
    book(clinic, "roux", "p-okafor", "11:00")
    desk = window("desk")
    calendar = desk.schedule.calendar
    desk.wait(lambda: "Élodie Roux" in names(calendar))
    mouse.drag(
        calendar.viewport(), spot(calendar, "p-okafor", "11:00", into=2), spot(calendar, "p-chen", "11:40", into=2)
    )
    desk.wait(lambda: names(calendar).get("Élodie Roux") == ("p-chen", "11:40"))
    QTest.keyClick(calendar, Qt.Key.Key_Z, CTRL)
    desk.wait(lambda: names(calendar).get("Élodie Roux") == ("p-okafor", "11:00"))


def test_m_arrows_and_enter_move_by_keyboard(clinic: Desk, window: Callable[..., Window]) -> None:
    visit = book(clinic, "roux", "p-okafor", "11:00")
    desk = window("desk")
    calendar = desk.schedule.calendar
    desk.wait(lambda: calendar.focus_id(visit))
    for key in (Qt.Key.Key_M, Qt.Key.Key_Down, Qt.Key.Key_Return):
        QTest.keyClick(calendar, key)
    desk.wait(lambda: names(calendar).get("Élodie Roux") == ("p-okafor", "11:20"))


def test_a_live_update_leaves_the_cursor_and_the_tray(clinic: Desk, window: Callable[..., Window]) -> None:
    visit = book(clinic, "roux", "p-okafor", "11:00")
    desk = window("desk")
    calendar, tray = desk.schedule.calendar, desk.schedule.tray
    desk.wait(lambda: calendar.focus_id(visit))
    QTest.keyClick(calendar, Qt.Key.Key_T)
    desk.wait(lambda: len(tray.cards()) == 1)
    before, card = calendar.cursor_item, tray.cards()[0]
    book(clinic, "brandt", "p-chen", "12:00")
    desk.wait(lambda: "Walter Brandt" in names(calendar))
    assert calendar.cursor_item == before
    assert tray.cards() == [card]  # the very card: it may be on its way under the pointer
    QTest.keyClick(calendar, Qt.Key.Key_T)
    assert tray.cards() == [], "T again takes it out"
    QTest.keyClick(calendar, Qt.Key.Key_T)
    QTest.keyClick(tray.cards()[0], Qt.Key.Key_Delete)
    assert tray.cards() == []
    assert calendar.hasFocus()
    assert calendar.cursor_item == before


def test_double_booking_is_warned_of_and_done(clinic: Desk, window: Callable[..., Window]) -> None:
    book(clinic, "roux", "p-okafor", "11:00")
    book(clinic, "brandt", "p-chen", "11:00")
    desk = window("desk")
    page = desk.schedule
    desk.wait(lambda: len(names(page.calendar)) == 2)
    event = next(event for event in page.calendar.model.events if event.name == "Élodie Roux")
    verdict = page.presenter.check_drop(event, "p-chen", 660, 680)
    assert verdict.kind == "warn"
    assert "Walter Brandt" in verdict.text
    page.presenter.move(event.id, "p-chen", 660)
    desk.wait(lambda: names(page.calendar).get("Élodie Roux") == ("p-chen", "11:00"))
    glyphs = {one.name: one.glyphs for one in page.calendar.model.events}
    assert "warn" in glyphs["Élodie Roux"]


def test_blocked_time_is_named_and_one_unblock_frees_all_of_it(clinic: Desk, window: Callable[..., Window]) -> None:
    command = BlockTime(provider_id="p-okafor", start=at("12:00"), end=at("13:00"), reason="Lunch")
    elsewhere(clinic.desk2.run, command)
    desk = window("desk")
    page = desk.schedule
    desk.wait(lambda: page.calendar.model.blocks)
    assert [(b.text, b.start, b.end) for b in page.calendar.model.blocks] == [("Lunch", 720, 780)]
    page.openers.unblock(page.calendar.model.blocks[0].id)
    desk.wait(lambda: not page.calendar.model.blocks)
    assert clinic.status(slot_at(clinic, "p-okafor", "12:20")) is SlotStatus.FREE


def test_a_closed_day_lists_its_visits_and_alt_1_moves_one(clinic: Desk, window: Callable[..., Window]) -> None:
    book(clinic, "roux", "p-okafor", "11:00")
    start = at("00:00")
    elsewhere(
        clinic.desk2.run,
        CloseDay(provider_id="p-okafor", start=start, end=start + timedelta(days=1), reason="Off sick"),
    )
    desk = window("desk")
    page = desk.schedule
    desk.wait(lambda: any(event.look is EventLook.TO_MOVE for event in page.calendar.model.events))
    assert page.calendar.model.columns[1].closed or page.calendar.model.columns[0].closed
    page.work_list()
    desk.wait(lambda: desk.panel is not None and len(desk.panel._waiting) == 1)
    assert desk.panel._phone.text() == "(415) 555-0163"
    desk.wait(lambda: len(desk.panel._others) == 3)
    desk.panel._called(ContactResult.NO_ANSWER)
    desk.wait(lambda: desk.panel._waiting[0].attempts == 1)
    desk.wait(lambda: len(desk.panel._others) == 3)
    QTest.keyClick(desk.panel, Qt.Key.Key_1, Qt.KeyboardModifier.AltModifier)
    desk.wait(lambda: names(page.calendar).get("Élodie Roux", ("", ""))[0] == "p-chen")
    desk.wait(lambda: desk.panel._waiting == ())


def test_the_week_of_a_provider_has_days_as_columns(clinic: Desk, window: Callable[..., Window]) -> None:
    clinic.slot("09:00", provider="p-chen", day=DAY + timedelta(days=2))
    book(clinic, "roux", "p-chen", "11:00")
    desk = window("desk")
    page = desk.schedule
    page.presenter.show_week_of("p-chen")
    monday, wednesday = DAY.isoformat(), (DAY + timedelta(days=2)).isoformat()
    desk.wait(lambda: len(page.calendar.model.columns) == 5)
    assert names(page.calendar)["Élodie Roux"] == (monday, "11:00")
    event = page.calendar.model.events[0]
    page.presenter.move(event.id, wednesday, 540)
    desk.wait(lambda: names(page.calendar).get("Élodie Roux") == (wednesday, "09:00"))


def test_the_month_counts_what_is_free_and_enter_opens_the_day(clinic: Desk, window: Callable[..., Window]) -> None:
    book(clinic, "roux", "p-chen", "11:00")
    desk = window("desk")
    page = desk.schedule
    page.presenter.show_view(View.MONTH)
    desk.wait(page.month.isVisible)
    day = page.month._days[DAY]
    assert (day.free, day.total) == (11, 12)
    QTest.keyClick(page.month, Qt.Key.Key_Return)
    desk.wait(page.calendar.isVisible)
    assert page.presenter.view is View.DAY


def test_a_saved_view_comes_back_with_its_key(window: Callable[..., Window]) -> None:
    desk = window("desk")
    page = desk.schedule
    page.tools.views.open_panel()
    desk.wait(lambda: desk.panel is not None)
    desk.panel._boxes["p-okafor"].click()
    desk.wait(lambda: [column.id for column in page.calendar.model.columns] == ["p-chen"])
    QTest.keyClicks(desk.panel._name, "Children")
    QTest.keyClick(desk.panel._name, Qt.Key.Key_Return)
    desk.wait(lambda: [view.name for view in page.tools.views.rows] == ["Children"])
    page.tools.views.choose(frozenset())
    desk.wait(lambda: len(page.calendar.model.columns) == 2)
    QTest.keyClick(page.calendar, Qt.Key.Key_F2)
    desk.wait(lambda: [column.id for column in page.calendar.model.columns] == ["p-chen"])
    assert page.tools.filter.text() == "Children"


def test_a_week_is_called_its_providers_while_whom_to_show_is_chosen(window: Callable[..., Window]) -> None:
    desk = window("desk")
    page = desk.schedule
    page.presenter.show_view(View.WEEK)
    desk.wait(lambda: len(page.calendar.model.columns) == 5)
    whose = page.tools.filter.text()
    assert whose != "All providers"
    page.tools.views.tell_name()
    assert page.tools.filter.text() == whose


def test_the_toolbar_never_clips(window: Callable[..., Window]) -> None:
    desk = window("desk")
    page = desk.schedule
    page.openers.block()
    desk.wait(lambda: desk.panel is not None)
    for width, height in ((1280, 820), (1440, 900), (1100, 700)):
        desk.shell.window.resize(width, height)
        desk.wait(lambda: desk.shell.window.width() == width)  # noqa: B023 - waited for at once
        title, tools = page.tools.title, page.tools
        desk.wait(lambda: title.width() >= title.sizeHint().width())  # noqa: B023 - waited for at once
        shown = [w for w in tools.findChildren(QWidget) if w.parent() is tools and w.isVisible()]
        assert max(w.geometry().right() for w in shown) <= tools.width()


def test_the_day_sheet_becomes_a_pdf(clinic: Desk, window: Callable[..., Window], tmp_path: Path) -> None:
    book(clinic, "roux", "p-okafor", "11:00")
    desk = window("desk")
    page = desk.schedule
    page.openers.print_day()
    desk.wait(lambda: desk.panel is not None and desk.panel.sheet is not None)
    assert [row.name for part in desk.panel.sheet.parts for row in part.rows] == ["Élodie Roux"]
    assert not desk.panel._picture.pixmap().isNull()
    file = tmp_path / "day.pdf"
    desk.panel.save(str(file))
    desk.wait(lambda: file.exists() and file.read_bytes()[-6:].strip() == b"%%EOF")
    kept = select(AccessEvent.kind, AccessEvent.patient_id)
    desk.wait(lambda: [tuple(row) for row in clinic.rows(kept)] == [("EXPORT", "pat-roux")])
