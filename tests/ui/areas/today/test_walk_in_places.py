"""Where a walk-in may be placed now, and that no message lies over the buttons that place one."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from app.commands.closing import CloseDay, ReopenDay
from app.commands.walk_ins import AddWalkIn
from app.ui.areas.today.page import TodayPage
from app.ui.theme.tokens import TypeRole
from app.ui.widgets.menu import PopupMenu
from app.ui.widgets.paint import text_width
from app.ui.widgets.text import ElidedLabel
from tests.support.desk import Desk, at
from tests.support.front_desk import Window, elsewhere
from tests.ui.areas.today.test_board import book


def offered(page: TodayPage) -> list[str]:
    """The menu that places the one who waits: with whom it could be now."""
    assert page._board_data is not None
    page._place_walk_in(page._board_data.walk_ins[0])
    menu = page.findChildren(PopupMenu)[-1]
    texts = [action.text() for action in menu.actions() if action.text().startswith("Now")]
    menu.close()
    menu.deleteLater()
    return sorted(texts)


def test_who_is_sick_is_not_offered(clinic: Desk, window: Callable[..., Window]) -> None:
    for patient, provider in (("roux", "p-okafor"), ("brandt", "p-chen")):
        book(clinic, patient, provider, "11:00")
    elsewhere(clinic.desk2.run, AddWalkIn(patient_id="pat-lis", reason="Cough"))
    sick = CloseDay(provider_id="p-okafor", start=at("08:00"), end=at("18:00"), reason="Sick")
    later = CloseDay(provider_id="p-chen", start=at("16:00"), end=at("18:00"), reason="Course")
    elsewhere(clinic.desk2.run, sick)
    elsewhere(clinic.desk2.run, later)
    desk = window("desk")
    page = desk.today
    desk.wait(lambda: page._board_data is not None and page._board_data.walk_ins and page._board_data.away)
    assert offered(page) == ["Now with Mei-Ling Chen, double-booked if need be"]
    elsewhere(clinic.desk2.run, ReopenDay(closure_id=sick.closure_id))
    desk.wait(lambda: page._board_data is not None and not page._board_data.away)
    assert len(offered(page)) == 2


def test_messages_leave_the_buttons_of_walk_ins_free(clinic: Desk, window: Callable[..., Window]) -> None:
    for patient in ("lis", "roux", "brandt"):
        elsewhere(clinic.desk2.run, AddWalkIn(patient_id=f"pat-{patient}", reason="Cough"))
    desk = window("desk")
    page = desk.today
    desk.wait(lambda: page._board_data is not None and len(page._board_data.walk_ins) == 3)
    buttons: list[QAbstractButton] = []

    def shown() -> bool:
        buttons[:] = [one for one in page.walk_ins.findChildren(QAbstractButton) if one.isVisible()]
        return len(buttons) == 7 and all(one.width() > 10 for one in buttons)

    desk.wait(shown)
    for text in ("Checked in Élodie Roux", "Walter Brandt waits"):
        desk.shell.window.toasts.show(text)
    for toast in desk.shell.window.toasts.toasts:
        assert not [one.text() for one in buttons if place(one).intersects(place(toast))]


def test_names_of_walk_ins_are_whole_in_a_small_window(clinic: Desk, window: Callable[..., Window]) -> None:
    for patient in ("lis", "roux", "brandt"):
        elsewhere(clinic.desk2.run, AddWalkIn(patient_id=f"pat-{patient}", reason="Cough"))
    desk = window("desk")
    desk.shell.window.resize(1280, 700)
    page = desk.today
    names: list[ElidedLabel] = []

    def shown() -> bool:
        labels = page.walk_ins.findChildren(ElidedLabel)
        names[:] = [one for one in labels if one.isVisible() and one.text() in {"Zygmunt Lis", "Walter Brandt"}]
        return len(names) == 2 and all(one.width() > 10 for one in names)

    desk.wait(shown)
    assert [one.text() for one in names if text_width("Rosalind Ashgrove", TypeRole.BODY, True) > one.width()] == []


def test_a_fourth_walk_in_can_be_placed_and_moves_no_focus(clinic: Desk, window: Callable[..., Window]) -> None:
    for patient in ("lis", "roux", "brandt"):
        elsewhere(clinic.desk2.run, AddWalkIn(patient_id=f"pat-{patient}", reason="Cough"))
    desk = window("desk")
    page = desk.today
    desk.wait(lambda: page._board_data is not None and len(page._board_data.walk_ins) == 3)

    def button(start: str) -> QAbstractButton | None:
        found = (one for one in page.walk_ins.findChildren(QAbstractButton) if one.isVisible())
        return next((one for one in found if (one.accessibleName() or one.text()).startswith(start)), None)

    desk.wait(lambda: button("Place") is not None)
    first = button("Place")
    assert first is not None
    name = first.accessibleName()
    first.setFocus()
    elsewhere(clinic.desk2.run, AddWalkIn(patient_id="pat-kowalska", reason="Cough"))
    desk.wait(lambda: button("1 more") is not None)
    focused = QApplication.focusWidget()
    assert focused is not None
    assert focused.accessibleName() == name, "what another desk does moves no focus"
    more = button("1 more")
    assert more is not None
    more.click()
    menu = page.window().findChild(PopupMenu)
    assert menu is not None
    place_one, left = (one.text() for one in menu.actions())
    assert place_one == f"Place {left.removesuffix(' left')}"
    menu.close()


def place(widget: QWidget) -> QRect:
    return QRect(widget.mapToGlobal(QPoint(0, 0)), widget.size())
