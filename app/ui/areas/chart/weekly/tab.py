"""The tab "Weekly": the weeks at the left, the chosen one's figures, courses and recommendations at the right."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from app.documents.heads import Made
from app.documents.week_message import summary_message
from app.documents.week_words import because, with_unit
from app.documents.weekly import weekly_paper
from app.domain.permissions import Permission
from app.domain.weekly import FIGURES
from app.domain.weekly_advice import advice_text
from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.queries.core import Page
from app.queries.papers import PaperHead, paper_head
from app.queries.weekly import WeekRow, weekly_summaries
from app.ui.areas.chart.tab import ChartTab
from app.ui.areas.chart.weekly.charts import WeekCharts
from app.ui.parts.paper_out import PaperOut
from app.ui.parts.words import week_title
from app.ui.theme.tokens import Tone
from app.ui.widgets.button import Button
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.line_list import LineList
from app.ui.widgets.line_model import Line
from app.ui.widgets.lists import ListCard, ListItem
from app.ui.widgets.panel import Panel
from app.ui.widgets.states import StateStack
from app.ui.widgets.text import Label
from app.ui.work import Lane, ShellApi
from app.ui.work.places import NewMessage

LIST_WIDTH = 260


class WeeklyTab(ChartTab):
    """Half a year of weeks. The week chosen stays chosen while others are made."""

    watches: ClassVar[frozenset[str]] = frozenset({"weekly_summaries"})

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(api, parent)
        self._patient, self._wanted = "", ""
        self.weeks: tuple[WeekRow, ...] = ()
        self._load, self._paper = Lane(self, api.workspace), Lane(self, api.workspace)
        self.list = ListCard(name=t("Weeks"), fit=False)
        self.list.setFixedWidth(LIST_WIDTH)
        self.charts = WeekCharts()
        self.advice = LineList(t("Recommendations"), opens=False)
        self.none = Label("", tone=Tone.MUTED, wrap=True)
        self.none.setContentsMargins(16, 0, 16, 8)
        self._advice_panel = Panel(t("Recommendations"), flush=True)
        self._advice_panel.add(self.advice, self.none)
        self.heading = Label("", strong=True)
        self.print = Button(t("Print"), icon="print")
        self.save = Button(t("Save as PDF"), icon="export")
        self.send = Button(t("Send to the patient"), icon="message")
        self.states = StateStack(self._whole(), parent=self)
        column(self.states, gap=0, parent=self)
        self.send.setVisible(api.can(Permission.MESSAGE))  # not before it has a parent: it would be a window
        self.states.retry.connect(self.refresh)
        self.list.current_changed.connect(self._choose)
        self.print.clicked.connect(lambda: self._ask_head(to_file=False))
        self.save.clicked.connect(lambda: self._ask_head(to_file=True))
        self.send.clicked.connect(self._write)

    def _whole(self) -> QWidget:
        inside = QWidget()
        head = row(self.heading, STRETCH, self.send, self.print, self.save, gap=8)
        column(head, self.charts, self._advice_panel, gap=12, parent=inside).addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        whole = QWidget()
        row(self.list, area, gap=16, margins=(24, 16, 24, 16), parent=whole).setStretch(1, 1)
        return whole

    # -- the tab -------------------------------------------------------------------------------------------------------

    def show_patient(self, patient_id: str, name: str) -> None:
        """Show another patient's weeks; the one before is gone at once."""
        del name
        self._patient, self.weeks = patient_id, ()
        self.list.set_items(())
        self._paint(None)
        self.states.set_blank()
        self.states.set_loading()
        self.refresh()

    def refresh(self) -> None:
        """Ask anew."""
        if self._patient:
            self._load.ask(weekly_summaries, patient_id=self._patient, on_result=self._show, on_error=self._failed)

    def open_item(self, item: str) -> None:
        """Show a week, once it is there."""
        self._wanted = item
        if any(week.id == item for week in self.weeks):
            self.list.set_current(item)

    def first_focus(self) -> QWidget | None:
        """The weeks have the keyboard."""
        return self.list

    def as_of(self) -> datetime | None:
        """Return since when it isn't live."""
        return self.api.sync.as_of

    def _failed(self, error: AppError) -> None:
        if self.weeks:
            self.api.problem(error)
        else:
            self.states.set_error(error.message)

    def _show(self, page: Page[WeekRow]) -> None:
        self.weeks = page.items
        self.list.set_items([_item(week) for week in self.weeks])
        if not self.weeks:
            self.states.set_empty(t("No weekly summaries yet."))
            return
        self.states.set_ready()
        keys = [week.id for week in self.weeks]
        wanted, self._wanted = self._wanted or self.list.current_key, ""
        key = wanted if wanted in keys else keys[0]
        self.list.set_current(key)
        self._choose(key)

    @property
    def week(self) -> WeekRow | None:
        """The week that is shown."""
        return next((week for week in self.weeks if week.id == self.list.current_key), None)

    def _choose(self, _key: str) -> None:
        self._paint(self.week)

    def _paint(self, week: WeekRow | None) -> None:
        self.charts.show_weeks(self.weeks, week)
        self.heading.setText(week_title(week.first, week.last) if week else "")
        advice = week.figures.recommendations if week else ()
        lines = [_advice(week, n, text) for n, text in enumerate(advice)] if week else []
        self.advice.show_lines(lines)
        self.advice.setVisible(bool(lines))
        self.none.setText("" if lines else t("None for this week."))
        self.none.setVisible(not lines)

    def _write(self) -> None:
        """Begin a message that says what the week was like; it is read over and sent by a person."""
        if self.week is not None:
            text, subject = summary_message(self.week), t("Your week")
            self.api.navigate(NewMessage(patient_id=self._patient, patient_name=self.patient_name, text=text,
                                         subject=subject))  # fmt: skip

    # -- paper ---------------------------------------------------------------------------------------------------------

    def _ask_head(self, *, to_file: bool) -> None:
        week, weeks, patient = self.week, self.weeks, self._patient
        if week is None:
            return

        def made(head: PaperHead) -> None:
            if patient != self._patient:
                return
            by = Made(self.api.now(), self.api.workspace.actor.name)
            document = weekly_paper(head, weeks, week, by)
            out = PaperOut(self.api, self, (patient,))
            if to_file:
                out.ask_file(document, f"weekly-{week.first.isoformat()}")
            else:
                out.ask_printer(document)

        self._paper.ask(paper_head, patient_id=patient, on_result=made, on_error=self.api.problem)


def _item(week: WeekRow) -> ListItem:
    found = week.figures.figures
    words = [with_unit(key, found.get(key)) for key in FIGURES if key in found]
    strange = t("Not all can be read") if week.figures.unreadable else ""
    merged = t("of the merged record") if week.merged else ""
    subtitle = " · ".join(filter(None, (*words[:2], strange, merged))) or t("Nothing was measured.")
    return ListItem(week.id, week_title(week.first, week.last), subtitle, title_strong=False,
                    icon="warn" if strange else "")  # fmt: skip


def _advice(week: WeekRow, number: int, text: str) -> Line:
    why = because(week, text)
    unknown = t("No figure of this week is known to have led to it.")
    return Line(str(number), advice_text(text), subtitle=why or unknown, icon="info" if why else "help")
