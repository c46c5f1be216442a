"""The summary: everything that decides, on one screen; every line opens its source."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QFrame, QScrollArea, QWidget

from app.domain.clinical_lists import EDITS, ClinicalList, ListItem, ListKind
from app.domain.permissions import Permission
from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.queries.chart_open import OpenItem, OpenKind
from app.queries.chart_summary import ChartSummary, chart_summary
from app.ui.areas.chart.summary.care_panel import CarePanel
from app.ui.areas.chart.summary.change_words import open_line, since_line
from app.ui.areas.chart.summary.panels import Columns, LinesPanel
from app.ui.areas.chart.summary.words import (
    coming_line,
    confirmed,
    list_state,
    medicine_line,
    note_line,
    problem_line,
    since_heading,
    unmeasured,
    vital_line,
)
from app.ui.areas.chart.tab import ChartTab
from app.ui.parts.beyond import kept_since
from app.ui.parts.link_state import VISIT_TABLES, LinkState
from app.ui.parts.words import clock
from app.ui.widgets.layouts import column
from app.ui.widgets.line_model import Line
from app.ui.widgets.states import Skeleton, StateStack
from app.ui.work import Lane, ShellApi
from app.ui.work.places import MEASURE_ITEM, NewBooking, OpenChart, ShowAlerts

_LEAST_LINES, _MOST_LINES, _LINE, _AROUND = 5, 8, 28, 168
"""Lines of the left and middle panels: as many as let two panels stand above each other."""


class SummaryTab(ChartTab):
    """Shows one patient's summary."""

    watches = frozenset({
        "patients", "visits", "visit_slots", "visit_detail", "lab_orders", "lab_review", "measurements",
        "vital_readings", "hrv_readings", "bmi_readings", "alerts", "alert_detail", "referrals", "excuse_notes",
        "visit_note", "task", "messages", "message_threads", "care_plans", "care_task_mark",
    })  # fmt: skip

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(api, parent)
        self._lane = Lane(self, api.workspace)
        self._patient = self._name = ""
        self.summary: ChartSummary | None = None
        self.since = LinesPanel(t("Since your last visit"))
        self.problems, self.medicines = LinesPanel(t("Problems")), LinesPanel(t("Medicines"))
        self.vitals = LinesPanel(t("Latest vitals"))
        self.open_panel = LinesPanel(t("Open items"), most=9)
        self.coming = LinesPanel(t("Coming visits"), most=3)
        self.notes = LinesPanel(t("Last notes"), most=3)
        self.care = CarePanel()
        self._lists = (self.since, self.problems, self.medicines, self.vitals, self.open_panel, self.coming, self.notes)
        self._compose()
        self._connect()

    def _compose(self) -> None:
        self.columns = Columns(
            (
                (self.since, self.problems, self.notes),
                (self.vitals, self.medicines),
                (self.open_panel, self.coming, self.care),
            )
        )
        inside = QWidget()
        column(self.columns, margins=(24, 16, 24, 16), parent=inside).addStretch(1)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidget(inside)
        self.states = StateStack(self._area, skeleton=Skeleton(rows=10), parent=self)
        column(self.states, gap=0, parent=self)

    def _connect(self) -> None:
        self.states.retry.connect(self._retry)
        self.since.opened.connect(self._open_change)
        self.since.more.connect(lambda: self._go("timeline", ""))
        self.problems.opened.connect(lambda item: self._edit("conditions", item))
        self.problems.more.connect(lambda: self._edit("conditions"))
        self.medicines.opened.connect(lambda item: self._edit("medications", item))
        self.medicines.more.connect(lambda: self._edit("medications"))
        self.vitals.opened.connect(lambda metric: self._go("vitals", metric))
        self.open_panel.opened.connect(self._open_item)
        self.coming.opened.connect(lambda visit: self._go("visits", visit))
        self.coming.more.connect(lambda: self._go("visits", ""))
        self.notes.opened.connect(lambda note: self._go("notes", note))
        self.notes.more.connect(lambda: self._go("notes", ""))
        self.api.sync.changed.connect(self._show_link)
        self._offer()

    def _offer(self) -> None:
        """Where nothing stands yet: what can be begun, for who may."""
        lists = ((self.problems, ListKind.CONDITIONS, t("Add a problem"), "Alt+D"),
                 (self.medicines, ListKind.MEDICATIONS, t("Add a medicine"), "Alt+I"))  # fmt: skip
        for panel, kind, text, keys in lists:
            if self.api.can(EDITS[kind]):
                panel.offer(text, keys)
                panel.begun.connect(partial(self._edit, kind.value))
        if self.api.can(Permission.MEASURE):
            self.vitals.offer(t("Measure"), "Alt+M")
            self.vitals.begun.connect(partial(self._go, "vitals", MEASURE_ITEM))
        if self.api.can(Permission.BOOK):
            self.coming.offer(t("Book follow-up"), "Alt+B")
            self.coming.begun.connect(self._book)
        self.care.begin.clicked.connect(lambda: self._go("care_plan", ""))

    # -- the tab -------------------------------------------------------------------------------------------------------

    def show_patient(self, patient_id: str, name: str) -> None:
        """Show another patient; what belongs to the one before is gone at once."""
        self._patient, self._name, self.summary = patient_id, name, None
        self._area.verticalScrollBar().setValue(0)
        self._retry()

    def _retry(self) -> None:
        self.states.set_blank()
        self.states.set_loading()
        self.refresh()

    def refresh(self) -> None:
        """Ask anew; what is shown stays until the answer is there."""
        if self._patient:
            self._lane.ask(chart_summary, on_result=self._show, on_error=self._failed, patient_id=self._patient)

    def first_focus(self) -> QWidget | None:
        """Begin with what is open."""
        return self.open_panel.list if self.open_panel.list.lines else self.since.list

    def open_item(self, item: str) -> None:
        """Open a list: problems, medicines or allergies by their key in the record."""
        if item in ListKind.__members__.values():
            self._edit(item)

    def as_of(self) -> datetime | None:
        """Return since when others' changes are missing."""
        return LinkState.of(self.api.sync).as_of

    def choose(self, number: int) -> bool:
        """Open the n-th open item (Alt+digit)."""
        items = self.summary.open if self.summary is not None else ()
        if not 1 <= number <= len(items):
            return False
        self._open_one(items[number - 1])
        return True

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as many lines as let two panels stand above each other."""
        super().resizeEvent(event)
        room = (self.height() - _AROUND) // (2 * _LINE)
        for panel in (self.since, self.problems, self.medicines, self.vitals):
            panel.set_most(max(_LEAST_LINES, min(_MOST_LINES, room)))

    # -- answers -------------------------------------------------------------------------------------------------------

    def _show(self, summary: ChartSummary) -> None:
        if summary.patient_id != self._patient:
            return
        first, self.summary = self.summary is None, summary
        now, zone = summary.as_of, self.api.zone
        self._show_far(summary)
        self._show_record(self.problems, summary.problems, problem_line)
        self._show_record(self.medicines, summary.medicines, medicine_line)
        self.care.show_care(summary.care, self.api.now().astimezone(self.api.zone).date())
        self.care.offer_plan(summary.care is None and self.api.can(Permission.CARE_PLANS))
        notes = [note_line(one, now, zone) for one in summary.notes]
        self.notes.show_lines(notes, state="" if notes else t("No notes yet."))
        self._show_link()
        self.states.set_ready()
        focus = QApplication.focusWidget()
        if first and focus is not None and (focus is self or self.isAncestorOf(focus)):
            (self.first_focus() or self).setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_far(self, summary: ChartSummary) -> None:
        """Changes and readings: what is older than what a workstation keeps isn't called missing."""
        now, zone, sync = summary.as_of, self.api.zone, self.api.sync
        treats = bool(self.api.workspace.actor.provider_id)
        heading, meta = since_heading(summary, zone, treats=treats, whole=kept_since(sync, "visits") is None)
        self.since.heading.setText(heading)
        changes = [since_line(number, one, now, zone) for number, one in enumerate(summary.changes)]
        self.since.show_lines(changes, meta=meta, state="" if changes else t("Nothing has changed."))
        vitals = [vital_line(one, now, zone) for one in summary.vitals]
        self.vitals.show_lines(vitals, meta=t("band = normal range") if vitals else "",
                               state="" if vitals else unmeasured(kept_since(sync, "measurements")))  # fmt: skip

    def _show_record(self, panel: LinesPanel, found: ClinicalList, line: Callable[[ListItem], Line]) -> None:
        state, tone = list_state(found, self.api.zone)
        lines = [line(item) for item in found.active]
        panel.show_lines(lines, meta=confirmed(found, self.api.now(), self.api.zone), state=state, tone=tone)

    def _show_link(self) -> None:
        """Draw what isn't confirmed yet, and say as of when the panels are."""
        summary = self.summary
        if summary is None:
            return
        link, now, zone = LinkState.of(self.api.sync), summary.as_of, self.api.zone
        text = t("as of {time}", time=clock(link.as_of, zone)) if link.as_of is not None else ""
        for panel in (*self._lists, self.care):
            panel.set_as_of(text)
        signs = self.api.can(Permission.SIGN_RESULTS)
        items = [
            open_line(number, one, now, zone, unsent=any(key == one.id for _, key in link.waiting), signs=signs)
            for number, one in enumerate(summary.open, start=1)
        ]
        self.open_panel.show_lines(items, state="" if items else t("Nothing is open."))
        self.open_panel.set_count(len(items) or None)
        coming = [coming_line(one, now, zone, unsent=link.unsent(one.id, VISIT_TABLES)) for one in summary.coming]
        self.coming.show_lines(coming, state="" if coming else t("No visit is planned."))
        self.coming.set_count(len(coming) or None)

    def _failed(self, error: AppError) -> None:
        if self.summary is None:
            self.states.set_error(error.message)
        else:
            self.api.problem(error)

    # -- where lines lead ----------------------------------------------------------------------------------------------

    def _go(self, tab: str, item: str) -> None:
        self.api.navigate(OpenChart(patient_id=self._patient, tab=tab, item=item))

    def _book(self) -> None:
        self.api.navigate(NewBooking(patient_id=self._patient, patient_name=self._name))

    def _edit(self, section: str, item: str = "") -> None:
        from app.ui.areas.chart.lists.opening import open_list_item

        open_list_item(self.api, self._patient, section, item)

    def _open_change(self, key: str) -> None:
        summary = self.summary
        if summary is None:
            return
        one = summary.changes[int(key.rpartition("/")[2])]
        if one.tab == "summary":
            self._edit("medications" if one.kind == "medicine" else "conditions")
        else:
            self._go(one.tab, one.id)

    def _open_item(self, key: str) -> None:
        kind, _, item = key.partition("/")
        for one in self.summary.open if self.summary is not None else ():
            if (one.kind, one.id) == (kind, item):
                self._open_one(one)

    def _open_one(self, one: OpenItem) -> None:
        if one.kind is not OpenKind.ALERT or not self.api.navigate(ShowAlerts(alert_id=one.id)):
            self._go(one.tab, one.id)
