"""The timeline: everything in order of time, by kind, words and period; Enter opens what an entry comes from."""

from __future__ import annotations

from datetime import date, datetime
from functools import partial
from typing import Any

from PySide6.QtCore import QModelIndex, QTimer
from PySide6.QtWidgets import QHeaderView, QWidget

from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.queries.core import Page
from app.queries.timeline import TimelineEntry, timeline
from app.queries.timeline_sql import TimelineKind
from app.ui.areas.chart.tab import ChartTab
from app.ui.areas.chart.timeline.words import TABS, kind_word, state_kind, state_text, what_text, who_text
from app.ui.models.paged import Column, PagedTableModel
from app.ui.parts.beyond import BeyondNote
from app.ui.parts.fitted_columns import FittedColumns
from app.ui.parts.link_state import LinkState, not_yet
from app.ui.parts.patient_values import date_text
from app.ui.parts.tables import in_card, paged_table
from app.ui.parts.words import clock
from app.ui.widgets.date_fields import DateField
from app.ui.widgets.inputs import Combo, SearchField
from app.ui.widgets.layouts import column, row
from app.ui.widgets.states import StateStack
from app.ui.work import Lane, ShellApi
from app.ui.work.places import OpenChart

_TYPING_MS = 200
_SEARCHED = 600
"""Entries that are loaded at most to find the one that was asked for."""
_WHAT = 3
"""The column that takes the room that is left."""
_LEAST = 200
"""What it needs at least, in pixels: beside a panel who and at what time give way, opening an entry tells them."""
_GIVE_WAY = ("time", "who")

_BEYOND: dict[str, tuple[str, ...]] = {
    "": ("visits", "measurements"),
    TimelineKind.VISIT: ("visits",),
    TimelineKind.READINGS: ("measurements",),
}
"""Of which tables a workstation keeps a part only, by the kind that is shown."""


class TimelineTab(ChartTab):
    """One patient's entries, the newest first, paged by scrolling."""

    watches = frozenset({
        "visits", "visit_slots", "visit_note", "measurements", "vital_readings", "hrv_readings", "bmi_readings",
        "lab_orders", "referrals", "excuse_notes", "messages", "message_threads", "alerts", "care_plans", "task",
        "device_connections",
    })  # fmt: skip

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(api, parent)
        self._lane = Lane(self, api.workspace)
        self._patient = self._wanted = ""
        self.kind = Combo(name=t("Kind"))
        self.kind.set_items([("", t("Everything")), *((kind.value, kind_word(kind)) for kind in TimelineKind)], "")
        self.words = SearchField(placeholder=t("Search in the timeline"), name=t("Search in the timeline"))
        self.first, self.last = (DateField(None, name=name, today=self._today) for name in (t("From"), t("To")))
        self.first.setPlaceholderText(t("From"))
        self.last.setPlaceholderText(t("To"))
        self.model: PagedTableModel[TimelineEntry] = PagedTableModel(
            columns=self._columns(), row_id=lambda entry: entry.key, fetch=self._fetch, parent=self
        )
        self.table = paged_table(t("Timeline"), self.model, self._columns())
        self.states = StateStack(self.table)
        self.beyond = BeyondNote(api, *_BEYOND[""])
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_TYPING_MS)
        self._build()

    def _today(self) -> date:
        return self.api.workspace.reader().today

    def _columns(self) -> tuple[Column[TimelineEntry], ...]:
        zone = self.api.zone
        return (
            Column("day", "Day", lambda one: date_text(one.at.astimezone(zone).date()), width=110),
            Column("time", "Time", lambda one: clock(one.at, zone), width=70),
            Column("kind", "Kind", lambda one: kind_word(one.kind), width=150),
            Column("what", "What", what_text, tip=what_text),
            Column("who", "Who", who_text, width=170),
            Column("state", "Status", self._state_text, width=208, tone=state_kind),
        )

    def _state_text(self, entry: TimelineEntry) -> str:
        waits = any(key == entry.id for _, key in self.api.sync.waiting)
        return " · ".join(filter(None, (state_text(entry), not_yet() if waits else "")))

    def _build(self) -> None:
        filters = row(gap=12)
        for widget, width in ((self.kind, 170), (self.first, 130), (self.last, 130)):
            widget.setFixedWidth(width)
            filters.addWidget(widget)
        filters.addWidget(self.words, 1)
        self.words.textChanged.connect(lambda _: self._later.start())
        self.words.results_wanted.connect(self.table.setFocus)
        self._later.timeout.connect(self._changed)
        self.kind.changed.connect(self._changed)
        self.first.changed.connect(self._changed)
        self.last.changed.connect(self._changed)
        self.table.chosen.connect(self._open)
        self.model.loaded.connect(self._loaded)
        self.model.failed.connect(self._failed)
        self.states.retry.connect(self.refresh)
        self.api.sync.changed.connect(self.table.viewport().update)
        header = self.table.horizontalHeader()
        header.setStretchLastSection(False)  # what it was needs the room, not how it stands
        header.setSectionResizeMode(_WHAT, QHeaderView.ResizeMode.Stretch)
        columns = self._columns()
        FittedColumns(self.table, [one.width or _LEAST for one in columns], [one.key in _GIVE_WAY for one in columns])
        body = column(filters, in_card(self.states), self.beyond, gap=12, margins=(24, 16, 24, 16), parent=self)
        body.setStretch(1, 1)

    # -- the tab -------------------------------------------------------------------------------------------------------

    def show_patient(self, patient_id: str, name: str) -> None:
        """Show another patient; filters begin anew."""
        del name
        self._patient, self._wanted = patient_id, ""
        self.model.clear()
        for field in (self.first, self.last):
            field.set_value(None)
        self.words.clear()
        self._later.stop()
        self.kind.set_current("")
        self._changed()

    def refresh(self) -> None:
        """Ask for the first page anew; the row with the keyboard keeps it."""
        if self._patient:
            self.model.reload()

    def open_item(self, item: str) -> None:
        """Put the keyboard on the entry with this id as soon as it is there."""
        self._wanted = item
        self._find()

    def first_focus(self) -> QWidget | None:
        """The table."""
        return self.table

    def as_of(self) -> datetime | None:
        """Return since when others' changes are missing."""
        return LinkState.of(self.api.sync).as_of

    # -- asking --------------------------------------------------------------------------------------------------------

    def _changed(self, *_: object) -> None:
        if not self._patient:
            return
        self.states.set_loading()
        self.beyond.set_tables(*_BEYOND.get(self.kind.current, ()))
        self.beyond.show_days(self.first.value, self.last.value)
        self.model.reload()

    def _filter(self) -> dict[str, Any]:
        kind = self.kind.current
        return {
            "kinds": (TimelineKind(kind),) if kind else (), "text": self.words.text(), "first": self.first.value,
            "last": self.last.value,
        }  # fmt: skip

    def _fetch(self, cursor: str | None, got: Any, failed: Any) -> None:
        patient = self._patient
        take = partial(self._take, patient, got)
        self._lane.ask(timeline, on_result=take, on_error=failed, patient_id=patient, cursor=cursor, **self._filter())

    def _take(self, patient: str, got: Any, page: Page[TimelineEntry]) -> None:
        if patient == self._patient:
            got(page)

    def _loaded(self) -> None:
        if self.model.rows:
            self.states.set_ready()
            self._find()
        else:
            self.states.set_empty(t("Nothing here. Try another kind, other words or another time."))

    def _failed(self, error: AppError) -> None:
        if self.model.rows:
            self.api.problem(error)
        else:
            self.states.set_error(error.message)

    def _find(self) -> None:
        """Go to the entry that was asked for; a later page is loaded until it is found."""
        if not self._wanted or not self.model.rows:
            return
        at = next((n for n, one in enumerate(self.model.rows) if one.id == self._wanted), -1)
        if at >= 0:
            self._wanted = ""
            self.table.setCurrentIndex(self.model.index(at, 0))
            self.table.scrollTo(self.model.index(at, 0))
        elif self.model.has_more and len(self.model.rows) < _SEARCHED:
            self.model.fetchMore(QModelIndex())
        else:
            self._wanted = ""

    def _open(self, index: QModelIndex) -> None:
        entry = self.model.row(index)
        if entry is None or entry.kind not in TABS:
            return
        item = "" if entry.kind is TimelineKind.READINGS else entry.id
        self.api.navigate(OpenChart(patient_id=self._patient, tab=TABS[entry.kind], item=item))
