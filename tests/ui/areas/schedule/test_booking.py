"""Booking in the schedule: by mouse and keyboard, holds and what becomes of them, races, similar names."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from sqlalchemy import select, text

from app.commands.booking import BookVisit
from app.commands.cancelling import CancelVisit
from app.db.models import Visit, VisitSlot, WaitingListEntry
from app.domain.enums import SlotStatus, VisitMode, WaitingStatus
from app.ui.work.places import NewBooking
from tests.database.offline.test_lease_commands import keep
from tests.support.desk import DAY, Desk
from tests.support.front_desk import Window, elsewhere, names, pixel
from tests.ui.areas.schedule.test_hours import said
from tests.ui.widgets import mouse


def click(window: Window, column: str, clock: str) -> None:
    calendar = window.schedule.calendar
    QTest.mouseClick(calendar.viewport(), mouse.LEFT, mouse.PLAIN, pixel(calendar, column, clock))


def hold(window: Window, column: str, clock: str) -> None:
    click(window, column, clock)
    window.wait(lambda: window.panel is not None and window.panel.state.until is not None)


def choose(window: Window, typed: str) -> None:
    """Type into the patient field and take the first match with Enter."""
    panel = window.panel
    window.wait(panel.form.search.hasFocus)
    QTest.keyClicks(panel.form.search, typed)
    window.wait(lambda: panel.form.results.isVisible() and panel._hits)
    QTest.keyClick(panel.form.search, Qt.Key.Key_Return)
    window.wait(lambda: panel._patient is not None)


def slot_at(clinic: Desk, provider: str, clock: str) -> str:
    rows = clinic.rows(select(VisitSlot.id).where(VisitSlot.provider_id == provider))
    return str(next(row.id for row in rows if clinic.state(row.id)[1] == clock))


def slot_start(clinic: Desk, provider: str, clock: str) -> datetime:
    rows = clinic.rows(select(VisitSlot.start_time).where(VisitSlot.id == slot_at(clinic, provider, clock)))
    assert isinstance(rows[0].start_time, datetime)
    return rows[0].start_time


def test_a_click_holds_and_ctrl_enter_books(clinic: Desk, window: Callable[..., Window]) -> None:
    desk = window("desk")
    hold(desk, "p-okafor", "11:20")
    assert clinic.status(slot_at(clinic, "p-okafor", "11:20")) is SlotStatus.HELD
    choose(desk, "zygmund lis")
    QTest.keyClick(desk.panel, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    desk.wait(lambda: names(desk.schedule.calendar).get("Zygmunt Lis") == ("p-okafor", "11:20"))
    assert clinic.status(slot_at(clinic, "p-okafor", "11:20")) is SlotStatus.BOOKED


def test_a_time_kept_for_this_desk_is_booked_with_a_click_and_anothers_is_not(
    clinic: Desk, window: Callable[..., Window]
) -> None:
    desk = window("desk")
    here = desk.workspace.reader().workstation
    slot, other = (slot_at(clinic, "p-okafor", clock) for clock in ("11:20", "11:40"))
    keep(clinic, here, slot)
    keep(clinic, "ws-elsewhere", other)
    desk.wait(lambda: {hold.note for hold in desk.schedule.calendar.model.holds} >= {"kept for this desk"})
    calendar = desk.schedule.calendar
    QTest.mouseDClick(calendar.viewport(), mouse.LEFT, mouse.PLAIN, pixel(calendar, "p-okafor", "11:40"))
    desk.wait(lambda: "Kept for Desk of ws-elsewhere" in said(desk))
    assert desk.shell.window.panels.current is None
    hold(desk, "p-okafor", "11:20")
    assert desk.panel._banner.detail.text() == "Kept for this desk: sure to be accepted"
    choose(desk, "zygmund lis")
    QTest.keyClick(desk.panel, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    desk.wait(lambda: names(desk.schedule.calendar).get("Zygmunt Lis") == ("p-okafor", "11:20"))


def test_one_click_on_a_patient_found_chooses_them(window: Callable[..., Window]) -> None:
    desk = window("desk")
    hold(desk, "p-okafor", "11:20")
    panel = desk.panel
    desk.wait(panel.form.search.hasFocus)
    QTest.keyClicks(panel.form.search, "zygmund lis")
    results = panel.form.results
    desk.wait(lambda: results.isVisible() and panel._hits)
    place = results.visualRect(results.model().index(0, 0)).center()
    QTest.mouseClick(results.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    desk.wait(lambda: panel._patient is not None and panel._patient.name == "Zygmunt Lis")
    assert panel._book.isEnabled()


def test_another_desk_sees_who_holds_the_time_and_for_how_long(window: Callable[..., Window]) -> None:
    first, second = window("desk"), window("desk2")
    other = second.schedule.calendar
    hold(first, "p-okafor", "11:20")
    second.wait(lambda: other.model.holds)
    shown = other.model.holds[0]
    assert (shown.holder, shown.mine) == ("D. Whitfield", False)
    assert shown.expires is not None
    assert (shown.expires - second.workspace.clock.now()).total_seconds() > 200


def test_closing_the_panel_gives_the_time_back(clinic: Desk, window: Callable[..., Window]) -> None:
    desk = window("desk")
    hold(desk, "p-okafor", "11:20")
    QTest.keyClick(desk.panel.form.search, Qt.Key.Key_Escape)
    desk.wait(lambda: clinic.status(slot_at(clinic, "p-okafor", "11:20")) is SlotStatus.FREE)


def test_closing_the_window_gives_the_time_back(clinic: Desk, window: Callable[..., Window]) -> None:
    desk = window("desk")
    hold(desk, "p-okafor", "11:20")
    desk.shell.window.close()
    desk.wait(lambda: clinic.status(slot_at(clinic, "p-okafor", "11:20")) is SlotStatus.FREE)


def test_another_time_gives_the_first_one_back_even_while_it_is_on_its_way(
    clinic: Desk, window: Callable[..., Window]
) -> None:
    desk = window("desk")
    click(desk, "p-okafor", "11:20")
    click(desk, "p-chen", "11:40")
    desk.wait(lambda: clinic.status(slot_at(clinic, "p-chen", "11:40")) is SlotStatus.HELD)
    desk.wait(lambda: clinic.status(slot_at(clinic, "p-okafor", "11:20")) is SlotStatus.FREE)
    assert desk.panel.state.provider_id == "p-chen"


def test_a_form_out_of_sight_renews_nothing(window: Callable[..., Window]) -> None:
    desk = window("desk")
    hold(desk, "p-okafor", "11:20")
    panel = desk.panel
    assert panel.state._timer.isActive()
    QTest.keyClicks(panel.form.reason, "dizzy")
    QTest.keyClick(panel.form.reason, Qt.Key.Key_Escape)  # typed in: it is put aside
    desk.wait(lambda: desk.panel is None)
    assert not panel.state._timer.isActive()


def test_losing_the_race_says_so_and_offers_other_times(clinic: Desk, window: Callable[..., Window]) -> None:
    desk = window("desk")
    calendar = desk.schedule.calendar
    taken = slot_at(clinic, "p-okafor", "11:20")
    where = pixel(calendar, "p-okafor", "11:20")
    elsewhere(clinic.desk2.run, BookVisit(slot_id=taken, patient_id="pat-roux", visit_mode=VisitMode.IN_PERSON))
    QTest.mouseClick(calendar.viewport(), mouse.LEFT, mouse.PLAIN, where)
    desk.wait(lambda: desk.panel is not None and desk.panel.form.note.isVisible())
    desk.wait(lambda: len(desk.panel._others) == 3)
    assert desk.panel.state.until is None
    QTest.keyClick(desk.panel, Qt.Key.Key_1, Qt.KeyboardModifier.AltModifier)
    desk.wait(lambda: desk.panel.state.until is not None)


def test_other_times_are_in_the_mode_that_is_wanted(clinic: Desk, window: Callable[..., Window]) -> None:
    clinic.slot("14:00", mode=VisitMode.VIRTUAL)
    virtual = clinic.slot("15:00", mode=VisitMode.VIRTUAL)
    desk = window("desk")
    hold(desk, "p-okafor", "11:20")
    desk.wait(lambda: len(desk.panel._others) == 3)
    assert {one.mode for one in desk.panel._others} == {VisitMode.IN_PERSON}
    desk.panel.form.mode.set_current(VisitMode.VIRTUAL.value)
    desk.wait(lambda: {one.mode for one in desk.panel._others} == {VisitMode.VIRTUAL})
    desk.panel._take_other(virtual)
    desk.wait(lambda: clinic.status(virtual) is SlotStatus.HELD)
    assert desk.panel.form.visit_mode() is VisitMode.VIRTUAL


def test_a_virtual_time_stays_virtual_whatever_the_first_kind_is(clinic: Desk, window: Callable[..., Window]) -> None:
    clinic.slot("14:00", mode=VisitMode.VIRTUAL)
    desk = window("desk")
    hold(desk, "p-okafor", "14:00")
    desk.wait(lambda: desk.panel.form.types)
    assert desk.panel.form.visit_mode() is VisitMode.VIRTUAL
    choose(desk, "zygmund lis")
    QTest.keyClick(desk.panel, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    desk.wait(lambda: clinic.rows(select(Visit.visit_mode).where(Visit.patient_id == "pat-lis")))
    assert clinic.rows(select(Visit.visit_mode).where(Visit.patient_id == "pat-lis"))[0][0] is VisitMode.VIRTUAL


def test_similar_names_of_the_day_are_named_before_booking(clinic: Desk, window: Callable[..., Window]) -> None:
    slot = slot_at(clinic, "p-chen", "12:20")
    elsewhere(clinic.desk2.run, BookVisit(slot_id=slot, patient_id="pat-kowalski", visit_mode=VisitMode.IN_PERSON))
    desk = window("desk")
    hold(desk, "p-okafor", "11:20")
    choose(desk, "kowalska")
    assert desk.panel.form.notes.alike.isVisible()
    assert "Anna Kowalski" in desk.panel.form.notes.alike.text.text()
    assert "12:20" in desk.panel.form.notes.alike.text.text()
    assert not desk.panel.form.notes.own.isVisible()
    desk.panel.form.search.setFocus()
    desk.panel.form.search.clear()
    choose(desk, "kowalski")
    assert not desk.panel.form.notes.alike.isVisible()
    assert desk.panel.form.notes.own.text.text() == "12:20 with Mei-Ling Chen", "what this one has that day is said too"


def test_what_the_form_has_shown_is_not_said_again(clinic: Desk, window: Callable[..., Window]) -> None:
    slot = slot_at(clinic, "p-chen", "12:20")
    elsewhere(clinic.desk2.run, BookVisit(slot_id=slot, patient_id="pat-kowalski", visit_mode=VisitMode.IN_PERSON))
    desk = window("desk")
    hold(desk, "p-okafor", "11:20")
    choose(desk, "kowalska")
    said: list[tuple[str, ...]] = []
    desk.panel.state.booked.connect(lambda outcome: said.append(outcome.warnings))
    QTest.keyClick(desk.panel, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    desk.wait(lambda: said)
    assert said == [()]


def test_other_times_follow_what_other_desks_take_and_leave(clinic: Desk, window: Callable[..., Window]) -> None:
    desk = window("desk")
    hold(desk, "p-okafor", "11:20")
    desk.wait(lambda: len(desk.panel._others) == 3)
    first = desk.panel._others[0].slot_id
    booked = BookVisit(slot_id=first, patient_id="pat-roux", visit_mode=VisitMode.IN_PERSON)
    elsewhere(clinic.desk2.run, booked)
    desk.wait(lambda: first not in {one.slot_id for one in desk.panel._others})
    elsewhere(clinic.desk2.run, CancelVisit(visit_id=booked.visit_id))
    desk.wait(lambda: desk.panel._others[0].slot_id == first)


def test_the_time_that_is_chosen_stays_chosen_when_an_earlier_one_goes(
    clinic: Desk, window: Callable[..., Window]
) -> None:
    desk = window("desk")
    desk.schedule.find_time()
    desk.wait(lambda: desk.panel is not None and desk.panel._list.current_key)
    first, second = (one.key for one in desk.panel._list.items()[:2])
    QTest.keyClick(desk.panel._list, Qt.Key.Key_Down)
    assert desk.panel._list.current_key == second
    elsewhere(clinic.desk2.run, BookVisit(slot_id=first, patient_id="pat-roux", visit_mode=VisitMode.IN_PERSON))
    desk.wait(lambda: first not in {one.key for one in desk.panel._list.items()})
    QTest.keyClick(desk.panel._list, Qt.Key.Key_Return)
    desk.wait(lambda: clinic.status(second) is SlotStatus.HELD)


def test_enter_takes_the_next_available_time(clinic: Desk, window: Callable[..., Window]) -> None:
    desk = window("desk")
    desk.schedule.find_time()
    desk.wait(lambda: desk.panel is not None and desk.panel._list.current_key)
    QTest.keyClick(desk.panel._list, Qt.Key.Key_Return)
    desk.wait(lambda: clinic.status(slot_at(clinic, "p-chen", "11:00")) is SlotStatus.HELD)


def test_the_search_begins_at_the_day_that_is_looked_at(clinic: Desk, window: Callable[..., Window]) -> None:
    """It looked from today on even with another day before one; whoever comes from another area means now."""
    later = DAY + timedelta(days=3)
    slot = clinic.slot("09:00", provider="p-chen", day=later)
    desk = window("desk")
    desk.schedule.presenter.show_day(later)
    desk.wait(lambda: desk.schedule.presenter.looked_at and desk.schedule.presenter.find_slot(slot) is not None)
    desk.schedule.find_time()
    desk.wait(lambda: desk.panel is not None and desk.panel._list.current_key == slot)
    assert desk.panel._from.value == later
    desk.panel._from.set_value(None)
    desk.panel._from.changed.emit(None)
    desk.wait(lambda: desk.panel._list.current_key == slot_at(clinic, "p-chen", "11:00"))
    desk.schedule.hide()
    desk.schedule.show()
    desk.schedule.find_time()
    assert desk.panel._from.value == DAY


def test_a_length_that_reaches_into_a_visit_needs_a_choice(clinic: Desk, window: Callable[..., Window]) -> None:
    slot = slot_at(clinic, "p-okafor", "11:40")
    elsewhere(clinic.desk2.run, BookVisit(slot_id=slot, patient_id="pat-roux", visit_mode=VisitMode.IN_PERSON))
    desk = window("desk")
    hold(desk, "p-okafor", "11:20")
    choose(desk, "lis")
    form = desk.panel.form
    desk.wait(lambda: form.types)
    form.length.set_current("40")
    desk.panel._length_changed()
    assert form.over.isVisible()
    assert "Élodie Roux" in form.note.lead.text()
    assert not desk.panel._book.isEnabled()
    form.over.click()
    assert desk.panel._book.isEnabled()


def test_the_waiting_list_is_written_with_the_booking(clinic: Desk, window: Callable[..., Window]) -> None:
    desk = window("desk")
    hold(desk, "p-okafor", "11:20")
    choose(desk, "lis")
    desk.panel.form.waiting.click()
    QTest.keyClick(desk.panel, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    statement = select(WaitingListEntry.patient_id, WaitingListEntry.status, WaitingListEntry.provider_id)
    desk.wait(lambda: clinic.rows(statement))
    assert tuple(clinic.rows(statement)[0]) == ("pat-lis", WaitingStatus.WAITING, "p-okafor")


def test_an_unfinished_booking_is_kept_and_taken_up_again(window: Callable[..., Window]) -> None:
    desk = window("desk")
    hold(desk, "p-okafor", "11:20")
    choose(desk, "roux")
    QTest.keyClicks(desk.panel.form.reason, "dizzy")
    desk.panel.follow_up_of = "visit-before"
    kept = desk.panel.draft()
    assert kept is not None
    desk.shell.window.panels.close_panel()
    desk.schedule.openers.restore(kept)
    desk.wait(lambda: desk.panel is not None)
    assert desk.panel._patient.name == "Élodie Roux"
    assert desk.panel.form.reason.text() == "dizzy"
    assert desk.panel.follow_up_of == "visit-before"
    assert desk.panel.state.until is None  # the time has to be chosen anew


def test_a_form_opened_with_a_name_only_learns_the_birth_date_and_names_no_time_yet(
    clinic: Desk, window: Callable[..., Window]
) -> None:
    clinic.write(text("UPDATE patients SET date_of_birth = '1984-07-09' WHERE id = 'pat-lis'"))
    desk = window("desk")
    desk.schedule.open(NewBooking(patient_id="pat-lis", patient_name="Zygmunt Lis"))
    desk.wait(lambda: desk.panel is not None and desk.panel._patient is not None and desk.panel._patient.born)
    assert "1984" in desk.panel.form.search.accessibleDescription()
    if desk.panel.state.slot_id is None:
        assert desk.panel._book.text() == "Book"


def test_a_patient_brought_to_a_held_time_is_told_that_time(clinic: Desk, window: Callable[..., Window]) -> None:
    """Registering somebody from the form and coming back with them said the present time."""
    desk = window("desk")
    hold(desk, "p-chen", "11:40")
    held = desk.panel
    QTest.keyClicks(held.form.search, "Zygmunt")
    desk.shell.window.panels.park(held)
    desk.schedule.open(NewBooking(patient_id="pat-lis", patient_name="Zygmunt Lis"))
    desk.wait(lambda: desk.panel is held and held._book.isEnabled())
    assert (held.state.provider_id, held._book.text()) == ("p-chen", "Book for Zygmunt Lis 11:40")
    assert held.state.start == slot_start(clinic, "p-chen", "11:40")
    QTest.keyClick(held, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    desk.wait(lambda: names(desk.schedule.calendar).get("Zygmunt Lis") == ("p-chen", "11:40"))
    desk.wait(lambda: "Booked Zygmunt Lis at 11:40" in said(desk))


def test_a_booking_that_is_put_aside_stays_its_patients(clinic: Desk, window: Callable[..., Window]) -> None:
    desk = window("desk")
    hold(desk, "p-okafor", "11:20")
    choose(desk, "zygmunt lis")
    first = desk.panel
    desk.shell.window.panels.park(first)
    desk.schedule.open(NewBooking(patient_id="pat-roux", patient_name="Élodie Roux"))
    desk.wait(lambda: desk.panel is not None and desk.panel is not first and desk.panel._patient is not None)
    assert (first.patient_id, desk.panel.patient_id) == ("pat-lis", "pat-roux")
    assert first.state.slot_id == slot_at(clinic, "p-okafor", "11:20")
    assert desk.panel.state.slot_id is None
