"""Next available: the first free times from a day on, by provider, mode, length, days and hours."""

from __future__ import annotations

from datetime import date, time

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.domain.enums import VisitMode
from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.queries.openings import OpenTime, next_available
from app.ui.areas.schedule.from_day import FromDay
from app.ui.parts.words import clock, day_short
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.form import Form, FormField
from app.ui.widgets.inputs import Combo
from app.ui.widgets.layouts import column
from app.ui.widgets.lists import ListCard, ListItem
from app.ui.widgets.text import Label
from app.ui.widgets.toggles import Checkbox
from app.ui.work import Lane, PanelPage, ShellApi

COUNT = 10
LENGTHS = (20, 40, 60)
HOURS = (("", None, None), ("morning", time(0), time(12)), ("afternoon", time(12), time(23, 59)))


class NextPanel(PanelPage):
    """Searches as the choices change; Enter on a time holds it and opens the booking form."""

    chosen = Signal(object)
    watches = frozenset({"visit_slots", "visits"})

    def __init__(
        self, api: ShellApi, providers: tuple[tuple[str, str], ...], day: date | None = None,
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.api = api
        self._from = FromDay(api, day)
        self._found: tuple[OpenTime, ...] = ()
        self._lane = Lane(self, api.workspace)
        self._provider = Combo(name=t("Provider"))
        self._provider.set_items([("", t("Any provider")), *providers], api.workspace.actor.provider_id or "")
        self._mode = Combo(name=t("Mode"))
        self._mode.set_items([("", t("Either")), (VisitMode.IN_PERSON.value, t("In person")),
                              (VisitMode.VIRTUAL.value, t("Virtual"))], "")  # fmt: skip
        self._length = Combo(name=t("Length"))
        self._length.set_items([(str(n), t("{n} min", n=n)) for n in LENGTHS], "20")
        self._hours = Combo(name=t("Time of day"))
        self._hours.set_items([("", t("Any time")), ("morning", t("Morning")), ("afternoon", t("Afternoon"))], "")
        self._each_day = Checkbox(t("First opening of each day"), checked=False)
        self._list = ListCard(name=t("Free times"), max_rows=COUNT, by_click=True)
        self._empty = Label("", role=TypeRole.META, tone=Tone.MUTED, wrap=True)
        form = Form()
        form.add("providerId", FormField(t("Provider"), self._provider))
        form.add_row(("mode", FormField(t("Mode"), self._mode)), ("minutes", FormField(t("Length"), self._length)))
        form.add_row(("after", FormField(t("From"), self._from)), ("hours", FormField(t("Time of day"), self._hours)))
        form.body.addWidget(self._each_day)
        body = column(form, self._list, self._empty, gap=12, parent=self)
        body.addStretch(1)
        for combo in (self._provider, self._mode, self._length, self._hours):
            combo.changed.connect(self._changed)
        self._each_day.toggled.connect(self._changed)
        self._from.changed.connect(self._changed)
        self._list.chosen.connect(self._choose)
        self.refresh()

    def title(self) -> str:
        """Return the heading."""
        return t("Next available")

    def first_focus(self) -> QWidget | None:
        """Begin with the times: the first one is mostly taken."""
        return self._list

    def _changed(self, *_: object) -> None:
        self.refresh()

    def refresh(self) -> None:
        """Search anew."""
        _, first, last = next(hours for hours in HOURS if hours[0] == self._hours.current)
        provider = self._provider.current
        self._lane.ask(
            next_available, on_result=self._show, on_error=self._failed,
            provider_ids=(provider,) if provider else (), mode=VisitMode(self._mode.current) if self._mode.current
            else None, minutes=int(self._length.current or 20), time_from=first, time_to=last, count=COUNT,
            each_day=self._each_day.isChecked(), after=self._from.after,
        )  # fmt: skip

    def _show(self, found: tuple[OpenTime, ...]) -> None:
        self._found = found
        today, zone = self.api.workspace.reader().today, self.api.zone
        self._list.set_items(
            [
                ListItem(key=one.slot_id, lead=day_short(one.start.astimezone(zone).date(), today),
                         title=clock(one.start, zone), meta=one.provider_name,
                         after_icon="video" if one.mode is VisitMode.VIRTUAL else "")
                for one in found
            ]
        )  # fmt: skip
        if found and not self._list.current_key:
            self._list.set_current(found[0].slot_id)  # Enter takes the first one
        self._empty.setText("" if found else t("Nothing is free. Try another provider or another length."))

    def _failed(self, error: AppError) -> None:
        self._empty.setText(error.message)

    def _choose(self, key: str) -> None:
        self.chosen.emit(next(one for one in self._found if one.slot_id == key))
