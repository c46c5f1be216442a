"""The part that blocking and closing share: a provider, a day, from, to and a reason."""

from __future__ import annotations

from datetime import date, datetime, time

from PySide6.QtWidgets import QWidget

from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.ui.areas.schedule.day_model import instant
from app.ui.widgets.calendar.model import minute_of
from app.ui.widgets.date_fields import DateField, TimeField
from app.ui.widgets.form import Form, FormField
from app.ui.widgets.inputs import Combo, LineEdit
from app.ui.work import ShellApi

END_OF_DAY = 24 * 60


class RangeForm(Form):
    """Asks for a provider's time range on the clinic's wall clock."""

    def __init__(
        self, api: ShellApi, providers: tuple[tuple[str, str], ...], day: date, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._api = api
        self.provider = Combo(name=t("Provider"))
        own = api.workspace.actor.provider_id
        self.provider.set_items(list(providers), own or (providers[0][0] if providers else ""))
        self.day = DateField(day, name=t("Day"), today=lambda: api.workspace.reader().today)
        self.start = TimeField(time(12), name=t("From"))
        self.end = TimeField(time(13), name=t("To"))
        self.reason = LineEdit(name=t("Reason"))
        self.add("providerId", FormField(t("Provider"), self.provider))
        self.add("day", FormField(t("Day"), self.day))
        self.times = (FormField(t("From"), self.start), FormField(t("To"), self.end))
        self.add_row(("start", self.times[0]), ("end", self.times[1]))
        self.add("reason", FormField(t("Reason"), self.reason, required=True))

    def whole_day(self, on: bool) -> None:
        """Leave the times out: the range is the whole day."""
        for field in self.times:
            field.setVisible(not on)

    def preset(self, provider_id: str, start: datetime, end: datetime) -> None:
        """Fill in a range."""
        zone = self._api.zone
        self.provider.set_current(provider_id)
        self.day.set_value(start.astimezone(zone).date())
        self.start.set_value(start.astimezone(zone).time())
        self.end.set_value(end.astimezone(zone).time())

    def span(self) -> tuple[datetime, datetime]:
        """Return the range as aware instants; refuses a missing or reversed one, naming the field."""
        day = self.day.value
        if day is None:
            raise Refused("BadValue", t("Enter a day."), field="day")
        if not self.times[0].isVisibleTo(self):
            return instant(day, 0, self._api.zone), instant(day, END_OF_DAY, self._api.zone)
        start, end = self.start.value, self.end.value
        if start is None:
            raise Refused("BadValue", t("Enter a time."), field="start")
        if end is None or end <= start:
            raise Refused("BadValue", t("The end comes after the start."), field="end")
        return instant(day, minute_of(start), self._api.zone), instant(day, minute_of(end), self._api.zone)
