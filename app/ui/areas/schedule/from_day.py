"""The day from which free times are looked for: the one that is looked at, never before today."""

from __future__ import annotations

from datetime import date, datetime, time

from app.kernel.i18n import t
from app.ui.widgets.date_fields import DateField
from app.ui.work import ShellApi


class FromDay(DateField):
    """A day of the clinic; without one, and today, the search begins now."""

    def __init__(self, api: ShellApi, day: date | None = None) -> None:
        today = api.workspace.reader().today
        super().__init__(max(day or today, today), name=t("From"), today=lambda: api.workspace.reader().today)
        self._api = api

    @property
    def after(self) -> datetime | None:
        """The beginning of the day in the clinic's zone; None for now."""
        return beginning(self._api, self.value)


def beginning(api: ShellApi, day: date | None) -> datetime | None:
    """Return the instant at which a later day of the clinic begins; None for today, before it, and no day."""
    later = day is not None and day > api.workspace.reader().today
    return datetime.combine(day, time(), api.zone) if day is not None and later else None
