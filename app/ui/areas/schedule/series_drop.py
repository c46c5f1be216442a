"""A visit of a series was dropped on another time: that one alone, or the following ones along with it?"""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPoint
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QWidget

from app.kernel.errors import AppError
from app.kernel.i18n import t, tn
from app.queries.series import SeriesMember, series_of
from app.ui.areas.schedule.presenter import SchedulePresenter
from app.ui.areas.schedule.series_change_panel import Aim, SeriesChangePanel
from app.ui.areas.schedule.sheet import Drop
from app.ui.widgets.menu import MenuItem, PopupMenu, open_menu
from app.ui.work import Lane, ShellApi


class SeriesDrops:
    """Asks in a menu where the visit was dropped; until somebody chooses it stays where it was.

    The following ones go with a look at every date first, since each of them may find its new time taken.
    """

    def __init__(self, api: ShellApi, presenter: SchedulePresenter, calendar: QWidget) -> None:
        self._api = api
        self._presenter = presenter
        self._calendar = calendar
        self._lane = Lane(calendar, api.workspace)
        self.menu: PopupMenu | None = None
        presenter.series_dropped.connect(self.ask)

    def ask(self, drop: Drop) -> None:
        """Ask, unless nothing of the series follows."""
        self._lane.ask(series_of, visit_id=drop.visit_id, on_result=partial(self._choose, drop), on_error=self._failed)

    def _failed(self, error: AppError) -> None:
        self._api.problem(error)
        self._presenter.refresh()

    def _choose(self, drop: Drop, members: tuple[SeriesMember, ...]) -> None:
        this = next((one for one in members if one.visit_id == drop.visit_id), None)
        after = [one for one in members if one.movable and this is not None and one.start > this.start]
        if not after:
            drop.move()
            return
        number = len(after)
        following = tn("This and the following visit", "This and the {n} following visits", number)
        items = [
            MenuItem(t("Only this visit"), drop.move, "calendar"),
            MenuItem(following, partial(self._following, drop), "redo"),
            None,
            MenuItem(t("Leave it where it was"), self._presenter.refresh, "undo"),
        ]
        menu = open_menu(self._calendar, t("A visit of a series"), items, self._place())
        menu.setActiveAction(menu.actions()[0])
        menu.destroyed.connect(self._forget)
        self.menu = menu

    def _forget(self) -> None:
        self.menu = None

    def _place(self) -> QPoint:
        """Where it was dropped by mouse, else in the middle of the calendar."""
        inside = self._calendar.rect().contains(self._calendar.mapFromGlobal(QCursor.pos()))
        return QCursor.pos() if inside else self._calendar.mapToGlobal(self._calendar.rect().center())

    def _following(self, drop: Drop) -> None:
        aim = Aim(drop.provider_id, drop.at)
        self._api.show_panel(SeriesChangePanel(self._api, self._presenter, drop.visit_id, aim=aim))
