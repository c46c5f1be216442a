"""Beside the board: open requests, most severe first, and the next free times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from app.domain.enums import VisitMode
from app.kernel.i18n import t
from app.kernel.wall_clock import wall_clock
from app.queries.openings import OpenTime, next_available
from app.queries.today import RequestCard
from app.ui.parts.request_words import ago, severity_chip
from app.ui.parts.words import day_plain
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.layouts import STRETCH, column
from app.ui.widgets.lists import ListCard, ListItem
from app.ui.widgets.panel import Panel
from app.ui.work import Lane, ShellApi
from app.ui.work.places import ShowRequests

WIDTH = 280
GAP = 16
TIMES, FEWEST = 8, 3


class SideColumn(QWidget):
    """Two panels; a chosen free time is emitted."""

    chosen = Signal(object)
    more = Signal()

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._api = api
        self._found: tuple[OpenTime, ...] = ()
        self._lane = Lane(self, api.workspace)
        self._requests = ListCard(name=t("Requests"), max_rows=4, framed=False, by_click=True)
        self._times = ListCard(name=t("Next free"), max_rows=TIMES, framed=False, by_click=True)
        self._short: Mapping[str, str] = {}
        self._request_panel, self._time_panel = Panel(t("Requests"), flush=True), Panel(t("Next free"), flush=True)
        self._request_panel.add(self._requests)
        self._more = Button(t("Other times"), icon="search", kind=ButtonKind.QUIET, keys="Ctrl+J", small=True)
        self._more.clicked.connect(self.more)
        self._time_panel.add(self._times, self._more)
        self._requests.chosen.connect(lambda key: api.navigate(ShowRequests(request_id=key)))
        self._times.chosen.connect(lambda key: self.chosen.emit(self._found[int(key)]))
        self.setFixedWidth(WIDTH)
        column(self._request_panel, self._time_panel, STRETCH, gap=GAP, parent=self)

    def refresh(self) -> None:
        """Ask for the next free times: with the board no more than three trips, so fewer will do."""
        self._lane.ask(next_available, on_result=self._show_times, count=TIMES, least=1)

    @property
    def found(self) -> tuple[OpenTime, ...]:
        """The next free times."""
        return self._found

    def name_providers(self, short: Mapping[str, str]) -> None:
        """Take the short names of providers by id."""
        if short != self._short:
            self._short = short
            self._show_times(self._found)

    def _show_times(self, found: tuple[OpenTime, ...]) -> None:
        self._found = found
        today, zone = self._api.workspace.reader().today, self._api.zone
        rows = []
        for index, one in enumerate(found):
            local = one.start.astimezone(zone)
            lead = "" if local.date() == today else day_plain(local.date())
            minutes = int((one.end - one.start).total_seconds() // 60)
            name = self._short.get(one.provider_id, one.provider_name)
            lead = f"{lead} {wall_clock(one.start, zone)}".strip()
            rows.append(ListItem(key=str(index), lead=lead, title=name, title_strong=False,
                                 meta=t("{n} min", n=minutes),
                                 after_icon="video" if one.mode is VisitMode.VIRTUAL else ""))  # fmt: skip
        self._times.set_items(rows)
        self._time_panel.set_meta(t("Enter: hold and book") if rows else t("Nothing free"))

    def show_requests(self, requests: Sequence[RequestCard], now: datetime) -> None:
        """Show who asked for a visit."""
        self._request_panel.set_count(len(requests))
        oldest = min((one.created for one in requests), default=None)
        self._request_panel.set_meta(t("oldest {time}", time=ago(oldest, now)) if oldest else "")
        rows = [
            ListItem(key=one.id, title=one.patient_name, subtitle=one.reason, meta=ago(one.created, now),
                     chip=severity_chip(one.severity))
            for one in requests[:8]
        ]  # fmt: skip
        self._requests.set_items(rows)

    def event(self, event: QEvent) -> bool:
        """Share the room anew when a panel has become longer or shorter."""
        handled = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return handled

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A low window shows fewer times at once."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Give the list of times the rows for which there is room, at least three."""
        frame = self._time_panel.sizeHint().height() - self._times.height()
        room = self.height() - self._request_panel.sizeHint().height() - GAP - frame
        self._times.set_max_rows(max(FEWEST, min(TIMES, room // self._times.row_height())))
