"""The waiting list in the window: entries, calls, offers of freed times, one key books."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from sqlalchemy import select

from app.commands.booking import BookVisit
from app.commands.cancelling import CancelVisit
from app.commands.moving import MoveVisit
from app.commands.waiting_list import AddToWaitingList
from app.db.models import ContactAttempt, WaitingListEntry
from app.domain.enums import VisitMode, WaitingStatus
from app.domain.visits import ContactResult
from tests.support.desk import DAY, Desk
from tests.support.front_desk import Window, elsewhere, names
from tests.ui.areas.schedule.test_booking import choose, hold, slot_at

CTRL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier


def press(desk: Window, key: Qt.Key) -> None:
    desk.schedule.calendar.setFocus()
    desk.sit_down()
    QTest.keyClick(desk.schedule.calendar, key, CTRL_SHIFT)


def entries(clinic: Desk) -> list[tuple[str, WaitingStatus]]:
    rows = clinic.rows(select(WaitingListEntry.patient_id, WaitingListEntry.status))
    return sorted((row.patient_id, row.status) for row in rows)


def wait_for(clinic: Desk, patient: str, provider: str | None = None) -> None:
    """Put somebody on the list, a little after whoever was put there before."""
    clinic.pass_time(timedelta(seconds=5))
    entry = AddToWaitingList(
        patient_id=f"pat-{patient}", minutes=20, earliest=DAY, latest=DAY + timedelta(days=3), provider_id=provider
    )
    elsewhere(clinic.desk2.run, entry)


def test_an_entry_is_added_changed_and_removed_by_keyboard(clinic: Desk, window: Callable[..., Window]) -> None:
    desk = window("desk")
    press(desk, Qt.Key.Key_W)
    desk.wait(lambda: desk.panel is not None and desk.panel.empty.isVisible())
    QTest.keyClick(desk.panel, Qt.Key.Key_A, ALT)
    desk.wait(lambda: hasattr(desk.panel, "pick") and desk.panel.pick.search.hasFocus())
    QTest.keyClicks(desk.panel.pick.search, "zygmunt lis")
    desk.wait(desk.panel.pick.results.isVisible)
    QTest.keyClick(desk.panel.pick.search, Qt.Key.Key_Return)
    desk.wait(desk.panel.save.isEnabled)
    QTest.keyClick(desk.panel, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    desk.wait(lambda: entries(clinic) == [("pat-lis", WaitingStatus.WAITING)])
    press(desk, Qt.Key.Key_W)
    desk.wait(lambda: desk.panel is not None and hasattr(desk.panel, "list") and len(desk.panel.rows) == 1)
    QTest.keyClick(desk.panel, Qt.Key.Key_C, ALT)
    desk.wait(lambda: hasattr(desk.panel, "length"))
    desk.panel.length.set_current("40")
    desk.panel.save.click()
    desk.wait(lambda: clinic.rows(select(WaitingListEntry.minutes))[0].minutes == 40)
    press(desk, Qt.Key.Key_W)
    desk.wait(lambda: hasattr(desk.panel, "list") and len(desk.panel.rows) == 1)
    QTest.keyClick(desk.panel, Qt.Key.Key_R, ALT)
    desk.wait(lambda: entries(clinic) == [("pat-lis", WaitingStatus.REMOVED)])


def test_a_time_that_suits_is_booked_from_the_list(clinic: Desk, window: Callable[..., Window]) -> None:
    wait_for(clinic, "lis", "p-okafor")
    desk = window("desk")
    press(desk, Qt.Key.Key_W)
    desk.wait(lambda: desk.panel is not None and desk.panel.times.items())
    QTest.keyClick(desk.panel, Qt.Key.Key_2, ALT)
    desk.wait(lambda: names(desk.schedule.calendar).get("Zygmunt Lis") == ("p-okafor", "11:20"))
    assert entries(clinic) == [("pat-lis", WaitingStatus.BOOKED)]
    desk.undo()
    desk.wait(lambda: entries(clinic) == [("pat-lis", WaitingStatus.WAITING)])


def test_a_cancelled_visit_offers_its_time_with_the_reason_and_one_key_books_it(
    clinic: Desk, window: Callable[..., Window]
) -> None:
    slot = slot_at(clinic, "p-okafor", "11:20")
    booked = BookVisit(slot_id=slot, patient_id="pat-roux", visit_mode=VisitMode.IN_PERSON)
    elsewhere(clinic.desk2.run, booked)
    wait_for(clinic, "brandt")
    wait_for(clinic, "lis", "p-okafor")
    desk = window("desk")
    strip = desk.schedule._offers
    desk.wait(lambda: "Élodie Roux" in names(desk.schedule.calendar))
    assert not strip.isVisible()
    elsewhere(clinic.desk2.run, CancelVisit(visit_id=booked.visit_id))
    desk.wait(strip.isVisible)
    assert "Zygmunt Lis: asked for this provider" in strip.text.text()
    press(desk, Qt.Key.Key_O)
    desk.wait(lambda: desk.panel is not None and len(desk.panel.people.items()) == 2)
    assert "asked for this provider" in desk.panel.people.items()[0].subtitle
    assert "has waited longest" in desk.panel.people.items()[1].subtitle
    QTest.keyClick(desk.panel, Qt.Key.Key_1, ALT)
    desk.wait(lambda: names(desk.schedule.calendar).get("Zygmunt Lis") == ("p-okafor", "11:20"))
    desk.wait(lambda: not strip.isVisible())
    assert ("pat-lis", WaitingStatus.BOOKED) in entries(clinic)


def test_a_moved_visit_frees_a_time_too(clinic: Desk, window: Callable[..., Window]) -> None:
    slot = slot_at(clinic, "p-okafor", "11:20")
    booked = BookVisit(slot_id=slot, patient_id="pat-roux", visit_mode=VisitMode.IN_PERSON)
    elsewhere(clinic.desk2.run, booked)
    wait_for(clinic, "lis", "p-okafor")
    desk = window("desk")
    desk.wait(lambda: "Élodie Roux" in names(desk.schedule.calendar))
    desk.schedule.presenter.move(booked.visit_id, "p-chen", 12 * 60)
    desk.wait(desk.schedule._offers.isVisible)
    assert "Zygmunt Lis" in desk.schedule._offers.text.text()
    desk.schedule._offers.away.click()
    assert not desk.schedule._offers.isVisible()
    tomorrow = DAY + timedelta(days=1)
    first, second = (clinic.slot(at, day=tomorrow) for at in ("06:00", "06:20"))
    there = BookVisit(slot_id=first, patient_id="pat-roux", visit_mode=VisitMode.IN_PERSON)
    elsewhere(clinic.desk2.run, there)
    elsewhere(clinic.desk2.run, MoveVisit(visit_id=there.visit_id, slot_id=second))  # on a day that isn't shown
    desk.wait(lambda: desk.schedule._offers.isVisible() and "06:00" in desk.schedule._offers.text.text())


def test_who_is_being_called_stays_chosen_when_another_desk_changes_the_order(
    clinic: Desk, window: Callable[..., Window]
) -> None:
    slot = slot_at(clinic, "p-okafor", "11:20")
    wait_for(clinic, "lis")
    wait_for(clinic, "brandt")
    desk = window("desk")
    desk.schedule.joint.offers.saw([slot])
    desk.wait(desk.schedule._offers.isVisible)
    press(desk, Qt.Key.Key_O)
    desk.wait(lambda: desk.panel is not None and len(desk.panel.people.items()) == 2)
    assert desk.panel.people.current_key == desk.panel.people.items()[0].key
    wait_for(clinic, "roux", "p-okafor")  # asked for this provider: goes first
    desk.wait(lambda: desk.panel.people.items()[0].title == "Élodie Roux")
    desk.panel.calls.called.emit(ContactResult.DECLINED)
    desk.wait(lambda: bool(clinic.rows(select(ContactAttempt.patient_id))))
    assert [row.patient_id for row in clinic.rows(select(ContactAttempt.patient_id))] == ["pat-lis"]
    desk.wait(lambda: desk.panel.people.items()[-1].title == "Zygmunt Lis")
    assert desk.panel._person().row.patient_id == "pat-brandt", "who declined leaves the place to the next one"


def test_a_call_is_logged_and_who_declined_goes_last(clinic: Desk, window: Callable[..., Window]) -> None:
    slot = slot_at(clinic, "p-okafor", "11:20")
    wait_for(clinic, "lis", "p-okafor")
    wait_for(clinic, "brandt")
    desk = window("desk")
    desk.schedule.joint.offers.saw([slot])
    desk.wait(desk.schedule._offers.isVisible)
    press(desk, Qt.Key.Key_O)
    desk.wait(lambda: desk.panel is not None and len(desk.panel.people.items()) == 2)
    assert desk.panel.people.items()[0].title == "Zygmunt Lis"
    declined = next(one for one in desk.panel.calls.buttons if one.text().startswith("Declined"))
    declined.click()
    desk.wait(lambda: desk.panel.people.items()[0].title == "Walter Brandt")
    assert "declined a time today" in desk.panel.people.items()[1].subtitle
    assert [row.outcome for row in clinic.rows(select(ContactAttempt.outcome))] == ["declined"]


def test_the_booking_form_leads_to_the_list_and_gives_its_time_back(
    clinic: Desk, window: Callable[..., Window]
) -> None:
    desk = window("desk")
    hold(desk, "p-okafor", "11:20")
    choose(desk, "zygmunt lis")
    desk.panel.form.wait_only.click()
    desk.wait(lambda: hasattr(desk.panel, "pick") and desk.panel.pick.who is not None)
    assert desk.panel.provider.current == "p-okafor"
    desk.wait(lambda: clinic.status(slot_at(clinic, "p-okafor", "11:20")) == "FREE")
    desk.panel.save.click()
    desk.wait(lambda: entries(clinic) == [("pat-lis", WaitingStatus.WAITING)])
