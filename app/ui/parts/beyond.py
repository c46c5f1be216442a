"""What a workstation doesn't keep is never silently missing: the note under lists and boards while it is offline."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from PySide6.QtWidgets import QWidget

from app.domain.mirror_scope import Kept, MirrorWindow, kept
from app.kernel.i18n import t
from app.ui.theme.tokens import StatusKind
from app.ui.widgets.panel import Note
from app.ui.work import ShellApi, SyncView

_EVER = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


def kept_since(sync: SyncView, table: str) -> date | None:
    """Return the day from which on a table's rows are on the workstation; None while nothing is missing."""
    as_of, how = sync.as_of, kept(table)
    if as_of is None or how is Kept.WHOLE:
        return None
    window = MirrorWindow.on(as_of.astimezone(UTC).date())
    return window.readings if how is Kept.READINGS else window.first


class BeyondNote(Note):
    """Says that older or later rows of its tables need the server; hidden where all that is asked for is here."""

    def __init__(self, api: ShellApi, *tables: str, parent: QWidget | None = None) -> None:
        super().__init__("", kind=StatusKind.HELD, parent=parent)
        self._api, self._tables = api, tables
        self._span: tuple[datetime, datetime] | None = None
        self.hide()
        api.sync.changed.connect(self._look)

    def set_tables(self, *tables: str) -> None:
        """Look at the rows of other tables."""
        self._tables = tables
        self._look()

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
        text = self._text()
        if text:
            self.show_text(text)
        self.setVisible(bool(text))

    def _text(self) -> str:
        as_of = self._api.sync.as_of
        if as_of is None or self._span is None:
            return ""
        window = MirrorWindow.on(as_of.astimezone(UTC).date())
        notes = [found.note(one) for one in self._tables if (found := window.missing(one, *self._span)) is not None]
        return t("Older visits and readings need the server.") if len(notes) > 1 else "".join(notes)
