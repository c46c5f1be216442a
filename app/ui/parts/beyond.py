"""What a workstation doesn't keep is never silently missing: the note under lists and boards while it is offline."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from PySide6.QtWidgets import QWidget

from app.domain.mirror_scope import MirrorWindow
from app.ui.theme.tokens import StatusKind
from app.ui.widgets.panel import Note
from app.ui.work import ShellApi

_EVER = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


class BeyondNote(Note):
    """Says that older or later rows of a table need the server; hidden where all that is asked for is here."""

    def __init__(self, api: ShellApi, table: str, parent: QWidget | None = None) -> None:
        super().__init__("", kind=StatusKind.HELD, parent=parent)
        self._api, self._table = api, table
        self._span: tuple[datetime, datetime] | None = None
        self.hide()
        api.sync.changed.connect(self._look)

    def show_days(self, first: date | None, last: date | None) -> None:
        """Look at the days shown, by the clinic's clock, both included; None has no limit."""
        start, end = (self._midnight(day) for day in (first, last + timedelta(days=1) if last is not None else None))
        self._show(start or _EVER[0], end or _EVER[1])

    def show_ever(self) -> None:
        """Look at a list of everything that there ever was or will be."""
        self._show(*_EVER)

    def _midnight(self, day: date | None) -> datetime | None:
        return datetime.combine(day, time(), tzinfo=self._api.zone) if day is not None else None

    def _show(self, start: datetime, end: datetime) -> None:
        self._span = (start, end)
        self._look()

    def _look(self) -> None:
        as_of = self._api.sync.as_of
        kept = MirrorWindow.on(as_of.astimezone(UTC).date()) if as_of is not None else None
        missing = kept.missing(self._table, *self._span) if kept is not None and self._span is not None else None
        if missing is not None:
            self.show_text(missing.note(self._table))
        self.setVisible(missing is not None)
