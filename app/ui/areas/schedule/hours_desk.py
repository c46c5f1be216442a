"""Hours on the calendar: opens the panel, and turns ranges drawn over a column into hours or time off."""

from __future__ import annotations

from datetime import time
from functools import partial

from PySide6.QtCore import QObject, Signal

from app.domain.permissions import Permission
from app.kernel.i18n import t
from app.ui.areas.schedule.hours_form import Kind
from app.ui.areas.schedule.hours_panel import HoursPanel, may_edit
from app.ui.areas.schedule.presenter import SchedulePresenter
from app.ui.areas.schedule.sheet import Sheet
from app.ui.work import ShellApi


class HoursDesk(QObject):
    """One panel at a time; ``drawing`` tells whether ranges of the calendar are hours now."""

    drawing = Signal(bool)
    proposed = Signal(object)
    """The range that is in the form and was drawn: column id, start, end; None when it is saved or given up."""

    def __init__(self, api: ShellApi, presenter: SchedulePresenter, parent: QObject) -> None:
        super().__init__(parent)
        self.api = api
        self.presenter = presenter
        self.panel: HoursPanel | None = None

    def open(self, provider_id: str = "") -> None:
        """Show a provider's hours: the one named, one's own, or the first one's."""
        names = dict(self.presenter.providers)
        own = self.api.workspace.actor.provider_id or ""
        chosen = provider_id or (own if own in names else next(iter(names), ""))
        if not chosen:
            self.api.toast(t("No provider works here yet."))
            return
        if self.panel is None or (self.panel.dirty() and self.panel.provider_id != chosen):
            # What was entered for somebody else stays: the window parks that panel.
            self.panel = self._new_panel(chosen)
        self.api.show_panel(self.panel)
        if self.panel.provider_id != chosen:
            self.panel.show_provider(chosen)

    def _new_panel(self, provider_id: str) -> HoursPanel:
        panel = HoursPanel(self.api, self.presenter.providers, provider_id)
        panel.drawing.connect(self._draw)
        panel.left.connect(partial(self._forget, panel))
        panel.settled.connect(lambda: self.proposed.emit(None))
        return panel

    def on_day(self, column_id: str, kind: Kind) -> None:
        """Open the panel ready for an exception on the day of a column."""
        sheet = self.presenter.sheet(column_id)
        if sheet is None:
            return
        self.open(sheet.provider_id)
        if self.panel is not None and self.panel.allowed:
            self.panel.form.clear(kind, sheet.day)
            self.panel.form.start.setFocus()

    def toggle_drawing(self, provider_id: str = "") -> None:
        """Begin or end to draw hours with mouse or keyboard."""
        if self.panel is None or not self.presenter.drawing:
            self.open(provider_id)
        if self.panel is None:
            return
        if not self.panel.allowed:
            self._not_allowed(self.panel.provider_id)
            return
        self.panel.draw.setChecked(not self.presenter.drawing)

    def stop_drawing(self) -> None:
        """Ranges are times to book again."""
        if self.panel is not None:
            self.panel.draw.setChecked(False)

    def _draw(self, on: bool) -> None:
        if on != self.presenter.drawing:
            self.presenter.drawing = on
            self.presenter.emit_state()
            self.drawing.emit(on)

    def _forget(self, panel: HoursPanel) -> None:
        if self.panel is panel:
            self.panel = None
            self._draw(False)

    def _not_allowed(self, provider_id: str) -> None:
        name = dict(self.presenter.providers).get(provider_id, "")
        self.api.toast(t("Only {name} and administrators change these hours.", name=name))

    def drawn(self, column_id: str, start: int, end: int) -> None:
        """Take a range (minutes of the day): inside the hours it is time off, else extra hours."""
        sheet = self.presenter.sheet(column_id)
        if sheet is None:
            return
        if not may_edit(self.api, sheet.provider_id):
            self._not_allowed(sheet.provider_id)
            return
        if self.panel is None or self.panel.provider_id != sheet.provider_id:
            self.open(sheet.provider_id)
        self.presenter.when_hours_known(sheet, partial(self._propose, sheet, column_id, start, end))

    def _propose(self, sheet: Sheet, column_id: str, start: int, end: int) -> None:
        if self.panel is not None and self.panel.provider_id == sheet.provider_id:
            inside = self.presenter.within_hours(sheet, start, end)
            self.panel.propose(Kind.OFF if inside else Kind.EXTRA, sheet.day, _time(start), _time(end))
            self.proposed.emit((column_id, start, end))

    @property
    def can_edit_any(self) -> bool:
        """Whether the person here may change anybody's hours at all."""
        return self.api.can(Permission.ALL_AVAILABILITY) or bool(
            self.api.workspace.actor.provider_id and self.api.can(Permission.OWN_AVAILABILITY)
        )


def _time(minute: int) -> time:
    """24:00 is midnight, the start of the next day."""
    return time(minute // 60 % 24, minute % 60)
