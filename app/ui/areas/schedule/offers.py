"""Times that became free and that somebody waits for: notices them, and says so in a strip above the calendar."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.domain.enums import SlotStatus
from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.queries.day_board import DayBoard
from app.queries.waiting import FreedTime, freed_times
from app.ui.areas.schedule.presenter import SchedulePresenter
from app.ui.parts.words import clock, day_short
from app.ui.theme.tokens import StatusKind
from app.ui.widgets.button import Button, ButtonKind, IconButton
from app.ui.widgets.chip import Chip
from app.ui.widgets.panel import Strip
from app.ui.widgets.text import ElidedLabel
from app.ui.work import Lane, ShellApi

MOST_FREED = 40


class Offers(QObject):
    """Compares each calendar with the one before: a booked time that is free now may be somebody's.

    What visits left today is known to the database, on whatever day and at whatever desk it was. What the backend
    frees without saying so is seen here, or heard with the change itself.
    """

    changed = Signal()

    def __init__(self, api: ShellApi, presenter: SchedulePresenter, parent: QObject) -> None:
        super().__init__(parent)
        self._api = api
        self._presenter = presenter
        self._lane = Lane(self, api.workspace)
        self._before: DayBoard | None = None
        self._freed: dict[str, None] = {}
        self._dismissed: set[str] = set()
        self._all: tuple[FreedTime, ...] = ()
        presenter.state.connect(self._compare)

    @property
    def found(self) -> tuple[FreedTime, ...]:
        """The times to offer, earliest first, without those that somebody put aside here."""
        return tuple(one for one in self._all if one.time.slot_id not in self._dismissed)

    @property
    def freed(self) -> tuple[str, ...]:
        """The slots that were seen becoming free here."""
        return tuple(self._freed)

    def short(self, freed: FreedTime) -> str:
        """Return the short name of a time's provider."""
        return self._presenter.short(freed.time.provider_id, freed.time.provider_name) or freed.time.provider_name

    def look(self) -> None:
        """Ask whom the free times suit."""
        self._lane.ask(freed_times, on_result=self._take, on_error=self._failed, slot_ids=self.freed)

    def heard(self, rows: Mapping[str, Collection[str]]) -> None:
        """Rows changed, at whatever desk: slots that changed together with visits may be times that visits left."""
        slots = rows.get("visit_slots", ()) if rows.get("visits") else ()
        if slots:
            self.saw(slots)
        else:
            self.look()

    def dismiss(self) -> None:
        """Put what is offered aside, at this desk and until the window closes."""
        self._dismissed.update(one.time.slot_id for one in self._all)
        self.changed.emit()

    def _compare(self, _state: object) -> None:
        board, before = self._presenter.board, self._before
        if board is None or board is before:
            return
        self._before = board
        if before is None or before.day != board.day:
            return
        booked = {slot.id for column in before.columns for slot in column.slots if slot.visit is not None}
        free = [slot.id for column in board.columns for slot in column.slots if slot.status is SlotStatus.FREE]
        new = [slot_id for slot_id in free if slot_id in booked]
        if new:
            self.saw(new)

    def saw(self, slot_ids: Collection[str]) -> None:
        """Take note of times that became free; the latest ones are kept."""
        self._freed.update(dict.fromkeys(slot_ids))
        for slot_id in list(self._freed)[:-MOST_FREED]:
            del self._freed[slot_id]
        self.look()

    def _take(self, found: tuple[FreedTime, ...]) -> None:
        self._all = found
        self._dismissed &= {one.time.slot_id for one in found}  # taken since: free another time, it is offered anew
        self.changed.emit()

    def _failed(self, _error: AppError) -> None:
        """Nothing is offered; the calendar says itself when the server is away."""


class OfferStrip(Strip):
    """Says the first free time and who would take it best, and why."""

    def __init__(self, api: ShellApi, offers: Offers, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._api = api
        self._offers = offers
        self.chip = Chip("")
        self.text = ElidedLabel("")
        self.open = Button(t("Offer it"), kind=ButtonKind.QUIET, keys="Ctrl+Shift+O")
        self.away = IconButton("close", t("Put the offer aside"))
        self.items.addWidget(self.chip)
        self.items.addWidget(self.text, 1)
        self.items.addWidget(self.open)
        self.items.addWidget(self.away)
        self.away.clicked.connect(offers.dismiss)
        offers.changed.connect(self._show)
        self.hide()

    def _show(self) -> None:
        found = self._offers.found
        self.setVisible(bool(found))
        if not found:
            return
        count = t("For the waiting list ({n})", n=len(found))
        self.chip.show_state(count, icon="hourglass", kind=StatusKind.PLANNED)
        self.text.setText(offer_text(self._api, found[0], self._offers.short(found[0])))


def offer_text(api: ShellApi, freed: FreedTime, provider: str) -> str:
    """Return "Today 11:20 Dr Okafor · Zygmunt Lis: asked for this provider, has waited longest"."""
    time, best = freed.time, freed.offers[0]
    day = day_short(time.start.astimezone(api.zone).date(), api.workspace.reader().today)
    when = f"{day} {clock(time.start, api.zone)} {provider}"
    why = ", ".join(best.reasons)
    return f"{when} · {best.row.patient_name}" + (f": {why}" if why else "")
