"""Several people together: the household is offered, times for all, all or nothing, undone in one go."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from sqlalchemy import insert, select

from app.commands.booking import BookVisit
from app.commands.booking_together import BookTogether, OneOfSeveral
from app.db.models import Household, HouseholdMember, Visit
from app.domain.enums import VisitMode, VisitStatus
from app.ui.work.places import BookSeveral
from tests.support.desk import CLINIC, DAY, NOW, Desk
from tests.support.front_desk import Window, elsewhere, names
from tests.ui.areas.schedule.test_booking import slot_at

CTRL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


def household(clinic: Desk) -> None:
    """Zygmunt Lis lives with Katalin Horváth."""
    clinic.write(
        insert(Household).values(id="home", clinic_id=CLINIC, name="Lis", updated_at=NOW),
        *(
            insert(HouseholdMember).values(
                id=f"home-{one}", household_id="home", patient_id=f"pat-{one}", relation="", guardian=False,
                updated_at=NOW,
            )
            for one in ("lis", "horvath")
        ),
    )  # fmt: skip


def begin(desk: Window) -> None:
    """Open the panel by its key and add Zygmunt Lis by typing."""
    desk.schedule.calendar.setFocus()
    desk.sit_down()
    QTest.keyClick(desk.schedule.calendar, Qt.Key.Key_F, CTRL_SHIFT)
    desk.wait(lambda: desk.panel is not None and desk.panel.pick.search.hasFocus())
    QTest.keyClicks(desk.panel.pick.search, "zygmunt lis")
    desk.wait(desk.panel.pick.results.isVisible)
    QTest.keyClick(desk.panel.pick.search, Qt.Key.Key_Return)
    desk.wait(lambda: [line.who.name for line in desk.panel.people.lines] == ["Zygmunt Lis", "Katalin Horváth"])


def live(clinic: Desk) -> int:
    return len(clinic.rows(select(Visit.id).where(Visit.status == VisitStatus.PLANNED)))


def test_a_family_is_booked_by_keyboard_and_undone_in_one_go(clinic: Desk, window: Callable[..., Window]) -> None:
    household(clinic)
    desk = window("desk")
    begin(desk)
    panel = desk.panel
    assert [line.coming.isChecked() for line in panel.people.lines] == [True, False]
    assert not panel.book.isEnabled()
    panel.people.lines[1].coming.setFocus()
    QTest.keyClick(panel.people.lines[1].coming, Qt.Key.Key_Space)
    desk.wait(panel.times.items)
    assert panel.times.items()[0].title == "11:00–11:40"
    QTest.keyClick(panel, Qt.Key.Key_2, Qt.KeyboardModifier.AltModifier)
    desk.wait(lambda: panel.times.current_key == "1")
    QTest.keyClick(panel, Qt.Key.Key_1, Qt.KeyboardModifier.AltModifier)
    QTest.keyClick(panel, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    desk.wait(lambda: len(names(desk.schedule.calendar)) == 2)
    shown = names(desk.schedule.calendar)
    assert shown["Zygmunt Lis"][1] == "11:00"
    assert shown["Katalin Horváth"] == (shown["Zygmunt Lis"][0], "11:20")
    desk.wait(lambda: desk.panel is None)
    desk.undo()
    desk.wait(lambda: not names(desk.schedule.calendar))
    assert live(clinic) == 0


def test_a_family_is_looked_for_from_the_day_that_is_looked_at(clinic: Desk, window: Callable[..., Window]) -> None:
    """It was looked for from now on, whatever day was shown, and no other could be asked for."""
    household(clinic)
    later = DAY + timedelta(days=30)
    slot = clinic.slot("09:00", day=later)
    clinic.slot("09:20", day=later)
    desk = window("desk")
    desk.schedule.presenter.show_day(later)
    desk.wait(lambda: desk.schedule.presenter.looked_at and desk.schedule.presenter.find_slot(slot) is not None)
    begin(desk)
    panel = desk.panel
    panel.people.lines[1].coming.click()
    desk.wait(lambda: [one.title for one in panel.times.items()] == ["09:00–09:40"])
    panel.day.set_value(DAY)
    panel.day.changed.emit(DAY)
    desk.wait(lambda: panel.times.items() and panel.times.items()[0].title == "11:00–11:40")


def test_side_by_side_takes_two_providers(clinic: Desk, window: Callable[..., Window]) -> None:
    household(clinic)
    desk = window("desk")
    begin(desk)
    panel = desk.panel
    panel.people.lines[1].coming.click()
    panel.order.set_current("beside")
    desk.wait(lambda: panel.times.items() and "Whitfield" not in panel.times.items()[0].subtitle)
    desk.wait(lambda: panel.book.isEnabled() and panel.times.items()[0].title == "11:00–11:20")
    panel.book.click()
    desk.wait(lambda: len(names(desk.schedule.calendar)) == 2)
    assert set(names(desk.schedule.calendar).values()) == {("p-okafor", "11:00"), ("p-chen", "11:00")}


def test_somebody_who_is_elsewhere_then_is_named_at_their_line(clinic: Desk, window: Callable[..., Window]) -> None:
    household(clinic)
    slot = slot_at(clinic, "p-chen", "11:20")
    elsewhere(clinic.desk2.run, BookVisit(slot_id=slot, patient_id="pat-horvath", visit_mode=VisitMode.IN_PERSON))
    desk = window("desk")
    begin(desk)
    panel = desk.panel
    panel.provider.set_current("p-okafor")
    panel.people.lines[1].coming.click()
    desk.wait(panel.people.lines[1].warning.isVisible)
    assert "11:20" in panel.people.lines[1].warning.text()
    assert not panel.people.lines[0].warning.isVisible()


def test_losing_one_time_books_nobody_and_says_whose_it_was(clinic: Desk, window: Callable[..., Window]) -> None:
    household(clinic)
    desk = window("desk")
    begin(desk)
    panel = desk.panel
    panel.people.lines[1].coming.click()
    desk.wait(panel.book.isEnabled)
    group = panel._group()
    taken = OneOfSeveral(slot_id=group[1].time.slot_id, patient_id="pat-roux")
    command = BookTogether(
        visits=tuple(OneOfSeveral(slot_id=one.time.slot_id, patient_id=one.patient_id) for one in group)
    )
    elsewhere(clinic.desk2.run, BookTogether(visits=(taken,)))
    panel._acts.execute(
        command, on_done=panel._done, on_refused=lambda error: panel._refused(command, error)
    )  # what was on the screen a moment ago
    desk.wait(panel.note.isVisible)
    assert "Katalin Horváth" in panel.note.lead.text()
    assert live(clinic) == 1


def test_a_household_card_leads_here(clinic: Desk, window: Callable[..., Window]) -> None:
    household(clinic)
    desk = window("desk")
    assert desk.schedule is not None
    assert desk.shell.desk is not None
    assert desk.shell.desk.navigate(BookSeveral(patient_id="pat-lis", patient_name="Zygmunt Lis"))
    desk.wait(lambda: desk.panel is not None and len(desk.panel.people.lines) == 2)
