"""Hours edited beside the calendar: add, change, pause, remove, exceptions, undo and rights, on a real database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from sqlalchemy import select, update

from app.commands.availability import AddHours, RemoveAvailability
from app.commands.booking import BookVisit
from app.db.models import ClinicSettings, ProviderAvailability, VisitSlot
from app.domain.enums import VisitMode
from app.queries.hours import HoursRow
from app.ui.areas.schedule.hours_form import BOTH, Kind
from app.ui.areas.schedule.hours_panel import HoursPanel
from app.ui.widgets.toast import Toast
from tests.support.desk import DAY, ZONE, Desk
from tests.support.front_desk import Window, elsewhere

CTRL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier


@pytest.fixture(autouse=True)
def short_horizon(clinic: Desk) -> None:
    clinic.write(update(ClinicSettings).values(horizon_days=6))


def hours(clinic: Desk, start: str, end: str, **more: object) -> None:
    """Hours of Dr Okafor's Mondays that stood before."""
    values = {"days": (1,), **more}
    command = AddHours(
        provider_id="p-okafor", start_time=time.fromisoformat(start), end_time=time.fromisoformat(end),
        generate=True, **values,  # type: ignore[arg-type]
    )  # fmt: skip
    elsewhere(clinic.admin.run, command)


def starts(clinic: Desk, *, mode: VisitMode = VisitMode.IN_PERSON, day: date = DAY) -> list[str]:
    found = select(VisitSlot.start_time).where(VisitSlot.provider_id == "p-okafor", VisitSlot.visit_mode == mode)
    rows = clinic.rows(found.order_by(VisitSlot.start_time))
    local = [row.start_time.astimezone(ZONE) for row in rows]
    return [f"{one:%H:%M}" for one in local if one.date() == day]


def book(clinic: Desk, clock: str) -> None:
    rows = clinic.rows(select(VisitSlot.id).where(VisitSlot.provider_id == "p-okafor"))
    slot = next(row.id for row in rows if clinic.state(row.id)[1] == clock)
    command = BookVisit(slot_id=slot, patient_id="pat-roux", visit_mode=VisitMode.IN_PERSON)
    elsewhere(clinic.desk2.run, command)


def open_panel(desk: Window, provider: str = "p-okafor") -> HoursPanel:
    desk.schedule.hours.open(provider)
    desk.wait(lambda: isinstance(desk.panel, HoursPanel))
    panel = desk.panel
    assert isinstance(panel, HoursPanel)
    return panel


def rows_of(panel: HoursPanel) -> list[str]:
    """The rows as a screen reader says them."""
    return [item.spoken() for card in (panel.lists.week, panel.lists.dated) for item in card.items()]


def said(desk: Window) -> str:
    """What the toasts say."""
    return " | ".join(toast.label.text() for toast in desk.shell.window.findChildren(Toast) if toast.isVisible())


def type_times(panel: HoursPanel, start: str, end: str) -> None:
    for field, text in ((panel.form.start, start), (panel.form.end, end)):
        field.setFocus()
        field.selectAll()
        QTest.keyClicks(field, text)


def save(panel: HoursPanel) -> None:
    QTest.keyClick(panel.form.end, Qt.Key.Key_Return, CTRL)


def undo(desk: Window) -> None:
    """Ctrl+Z outside of any text field takes the last action back."""
    calendar = desk.schedule.calendar
    calendar.setFocus()
    QTest.keyClick(calendar, Qt.Key.Key_Z, CTRL)


def pick(panel: HoursPanel, number: int = 0) -> HoursRow:
    """Go to a row of the weekly list."""
    card = panel.lists.week
    card.setFocus()
    card.set_current(card.items()[number].key)
    row = panel.lists.current
    assert row is not None
    return row


def test_weekly_hours_on_two_days_are_added_by_keyboard_and_undone(clinic: Desk, window: Callable[..., Window]) -> None:
    desk = window("okafor")
    page = desk.schedule
    page.calendar.setFocus()
    QTest.keyClick(page.calendar, Qt.Key.Key_O, ALT)
    desk.wait(lambda: isinstance(desk.panel, HoursPanel))
    panel = desk.panel
    assert panel.title() == "Hours of Dr Ngozi Okafor"
    panel.form.boxes[1].click()
    panel.form.boxes[3].click()
    type_times(panel, "14:00", "15:00")
    save(panel)
    desk.wait(lambda: len(rows_of(panel)) == 2)
    assert rows_of(panel) == ["Monday, 14:00–15:00, In person", "Wednesday, 14:00–15:00, In person"]
    assert starts(clinic)[-3:] == ["14:00", "14:20", "14:40"]
    desk.wait(lambda: "Hours added: Mon, Wed 14:00–15:00 · 6 free times added" in said(desk))
    assert not panel.dirty()
    undo(desk)
    desk.wait(lambda: rows_of(panel) == [])
    assert "14:00" not in starts(clinic)


def test_a_change_says_what_became_of_slots_and_visits(clinic: Desk, window: Callable[..., Window]) -> None:
    hours(clinic, "14:00", "16:00")
    book(clinic, "14:20")
    desk = window("admin")
    panel = open_panel(desk)
    desk.wait(lambda: rows_of(panel))
    pick(panel)
    QTest.keyClick(panel.lists.week, Qt.Key.Key_Return)
    desk.wait(lambda: panel.editing is not None)
    assert panel.form.start.value == time(14)
    type_times(panel, "15:00", "17:00")
    save(panel)
    desk.wait(lambda: "Hours changed" in said(desk))
    assert "3 free times added" in said(desk)
    # The slots that the fixture made lie outside all hours: they go with it.
    assert "1 booked visit is now outside the hours and was kept" in said(desk)
    assert starts(clinic) == ["14:20", "15:00", "15:20", "15:40", "16:00", "16:20", "16:40"]
    calendar = desk.schedule.calendar
    desk.wait(lambda: any(c.column_id == "p-okafor" and c.start <= 860 < c.end for c in calendar.model.closed))
    undo(desk)
    desk.wait(lambda: "14:00" in starts(clinic) and "16:00" not in starts(clinic))


def test_hours_are_paused_taken_up_again_and_removed(clinic: Desk, window: Callable[..., Window]) -> None:
    hours(clinic, "14:00", "15:00")
    desk = window("okafor")
    panel = open_panel(desk)
    desk.wait(lambda: rows_of(panel))
    pick(panel)
    panel.lists.switch_button.click()
    desk.wait(lambda: rows_of(panel) == ["Paused, Monday, 14:00–15:00, In person"])
    assert "14:00" not in starts(clinic)
    pick(panel)
    assert panel.lists.switch_button.text() == "Take up again"
    panel.lists.switch_button.click()
    desk.wait(lambda: rows_of(panel) == ["Monday, 14:00–15:00, In person"])
    assert "14:00" in starts(clinic)
    pick(panel)
    QTest.keyClick(panel.lists.week, Qt.Key.Key_Delete)
    desk.wait(lambda: rows_of(panel) == [])
    assert "14:00" not in starts(clinic)
    undo(desk)
    desk.wait(lambda: rows_of(panel) == ["Monday, 14:00–15:00, In person"])


def test_time_off_takes_both_modes_out_of_one_day(clinic: Desk, window: Callable[..., Window]) -> None:
    hours(clinic, "14:00", "16:00", modes=tuple(VisitMode))
    desk = window("okafor")
    panel = open_panel(desk)
    panel.form.kind.set_current(Kind.OFF.value)
    assert panel.form.mode.current == BOTH
    panel.form.day.set_value(DAY)
    type_times(panel, "15:00", "17:00")
    save(panel)
    desk.wait(lambda: len(panel.lists.dated.items()) == 2)
    assert "15:00" not in starts(clinic)
    assert starts(clinic, mode=VisitMode.VIRTUAL) == ["14:00", "14:20", "14:40"]
    assert panel.lists.dated.items()[0].spoken().startswith("Time off, Mon 4 May, 15:00–17:00")
    undo(desk)
    desk.wait(lambda: not panel.lists.dated.items())
    assert "15:00" in starts(clinic)


def test_extra_hours_on_one_day_past_midnight_say_so(clinic: Desk, window: Callable[..., Window]) -> None:
    desk = window("okafor")
    panel = open_panel(desk)
    panel.form.kind.set_current(Kind.EXTRA.value)
    panel.form.day.set_value(DAY)
    type_times(panel, "23:00", "00:40")
    assert panel.form.note.isVisible()
    assert "ends on Tue 5 May at 00:40, after 1 h 40 min" in panel.form.note.text()
    save(panel)
    desk.wait(lambda: rows_of(panel) == ["Extra, Mon 4 May, 23:00–00:40 (next day), In person"])
    assert starts(clinic)[-3:] == ["23:00", "23:20", "23:40"]


@pytest.mark.parametrize(
    ("day", "start", "end", "field", "text"),
    [
        (date(2027, 3, 28), "02:30", "05:00", "startTime", "there is no 02:30"),
        (date(2027, 3, 27), "23:00", "02:30", "endTime", "there is no 02:30"),
        (DAY, "14:00", "25:00", "endTime", "no time: 25:00"),
        (DAY, "", "15:00", "startTime", "Enter a time"),
        (date(2026, 5, 3), "14:00", "15:00", "date", "This day is over"),
        (None, "14:00", "15:00", "date", "Enter a day"),
    ],
)
def test_bad_input_is_named_at_its_field(
    clinic: Desk, window: Callable[..., Window], day: date | None, start: str, end: str, field: str, text: str
) -> None:
    desk = window("okafor")
    panel = open_panel(desk)
    panel.form.kind.set_current(Kind.EXTRA.value)
    panel.form.day.set_value(day)
    type_times(panel, start, end)
    save(panel)
    assert text in panel.form.field(field).error
    assert clinic.rows(select(ProviderAvailability.id)) == []


def test_no_weekday_is_named_and_goes_when_one_is_ticked(window: Callable[..., Window]) -> None:
    desk = window("okafor")
    panel = open_panel(desk)
    type_times(panel, "14:00", "15:00")
    save(panel)
    assert "Choose at least one day" in panel.form.field("dayOfWeek").error
    panel.form.boxes[2].click()
    assert panel.form.field("dayOfWeek").error == ""


def test_others_see_hours_and_change_nothing(clinic: Desk, window: Callable[..., Window]) -> None:
    hours(clinic, "14:00", "15:00")
    for name in ("desk", "chen"):
        desk = window(name)
        panel = open_panel(desk)
        desk.wait(lambda: rows_of(panel))  # noqa: B023 - waited for at once
        assert panel.notice.isVisible()
        assert not panel.form.isVisible()
        assert not panel.lists.change_button.isVisible()
        pick(panel)
        for key in (Qt.Key.Key_Return, Qt.Key.Key_Delete):
            QTest.keyClick(panel.lists.week, key)
        assert panel.editing is None
        desk.schedule.openers.column_menu(desk.schedule.calendar, "p-okafor")
        menu = desk.shell.window.findChild(QMenu)
        assert menu is not None
        texts = [action.text() for action in menu.actions()]
        assert "Weekly hours…" in texts
        assert "Draw hours" not in texts
        menu.close()
        desk.shell.window.close()
    assert len(clinic.rows(select(ProviderAvailability.id))) == 1


def test_another_desks_change_is_shown_and_a_stale_one_is_told(clinic: Desk, window: Callable[..., Window]) -> None:
    hours(clinic, "14:00", "15:00")
    desk = window("okafor")
    panel = open_panel(desk)
    desk.wait(lambda: rows_of(panel))
    row = pick(panel)
    panel.edit(row)
    hours(clinic, "16:00", "17:00")
    desk.wait(lambda: len(rows_of(panel)) == 2)
    assert panel.editing is not None, "what is being changed stays in the form"
    calendar = desk.schedule.calendar
    desk.wait(lambda: any(s.column_id == "p-okafor" and s.start == 960 for s in calendar.model.slots))
    elsewhere(clinic.admin.run, RemoveAvailability(availability_id=row.id, generate=True))
    desk.wait(lambda: panel.editing is None)
    assert "Someone removed these hours" in said(desk)


def test_what_was_entered_for_one_provider_waits_while_another_is_shown(window: Callable[..., Window]) -> None:
    desk = window("admin")
    first = open_panel(desk)
    type_times(first, "14:00", "")
    assert first.dirty()
    assert not first.provider.isEnabled(), "another provider's hours are another form"
    second = open_panel(desk, "p-chen")
    assert second is not first
    assert first in desk.shell.window.panels.parked
    assert first.form.start.value == time(14)
    desk.shell.window.panels.show_panel(first)
    first._stop.click()
    assert not first.dirty()
    assert first.provider.isEnabled()
