"""A chart on its way to paper: the sections are chosen, the pages are seen, then printed or saved."""

from __future__ import annotations

from datetime import date, timedelta

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from app.documents.chart import ChartSection, chart_paper, rows_of, section_title
from app.documents.heads import Made
from app.documents.model import Document
from app.kernel.i18n import t
from app.queries.chart_record import ChartRecord, chart_record
from app.queries.core import Page
from app.queries.papers import PaperHead, paper_head
from app.queries.weekly import WeekRow, weekly_summaries
from app.ui.parts.link_state import LinkState
from app.ui.parts.paper_out import PaperOut
from app.ui.parts.paper_view import PaperView
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.form import FormField
from app.ui.widgets.inputs import Combo
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.toggles import Checkbox
from app.ui.work import Lane, PanelPage, ShellApi

_SPANS = {"90": 90, "365": 365, "": 0}


class ChartPrintPanel(PanelPage):
    """Looks at the record once; choosing sections only lays it out anew.

    The access log keeps that the chart was opened, and what leaves it here: a print, a file.
    """

    export_wanted = Signal()

    wide = True

    def __init__(self, api: ShellApi, patient_id: str, name: str) -> None:
        super().__init__()
        self._api, self._patient, self._name = api, patient_id, name
        self._load, self._heads, self._weeks = (Lane(self, api.workspace) for _ in range(3))
        self._make = Lane(self, api.workspace)
        self._head: PaperHead | None = None
        self._record: ChartRecord | None = None
        self._found: tuple[WeekRow, ...] | None = None
        self.span = Combo([("365", t("last 12 months")), ("90", t("last 3 months")), ("", t("all"))],
                          name=t("Measurements"))  # fmt: skip
        self.span.set_current("365")
        self.boxes = {one: Checkbox(section_title(one), checked=True) for one in ChartSection}
        boxes = QGridLayout()
        boxes.setVerticalSpacing(0)
        for number, box in enumerate(self.boxes.values()):
            boxes.addWidget(box, number // 2, number % 2)
            box.toggled.connect(self._lay_out)
        self.view = PaperView(api, t("Chart"))
        column(FormField(t("Measurements"), self.span), boxes, self.view, gap=12, parent=self).addStretch(1)
        self.print = Button(t("Print"), kind=ButtonKind.PRIMARY, icon="print")
        self.save = Button(t("Save as PDF"), icon="export")
        self.export = Button(t("Export…"), kind=ButtonKind.QUIET)
        self.export.clicked.connect(self.export_wanted)
        self.print.clicked.connect(lambda: self._out(to_file=False))
        self.save.clicked.connect(lambda: self._out(to_file=True))
        self.span.changed.connect(lambda _key: self._ask_record())
        self._ask_record()
        self._heads.ask(paper_head, patient_id=patient_id, on_result=self._take_head, on_error=api.problem)
        self._weeks.ask(weekly_summaries, patient_id=patient_id, on_result=self._take_weeks, on_error=api.problem)

    def title(self) -> str:
        """Return whose chart it is."""
        return t("Print the chart of {name}", name=self._name)

    def first_focus(self) -> QWidget | None:
        """Begin with the sections."""
        return self.boxes[ChartSection.PROBLEMS]

    def foot(self) -> QWidget | None:
        """Return the two ways out."""
        holder = QWidget()
        row(self.print, self.save, STRETCH, self.export, gap=8, parent=holder)
        return holder

    @property
    def sections(self) -> tuple[ChartSection, ...]:
        """What is chosen."""
        return tuple(one for one, box in self.boxes.items() if box.isChecked())

    def _ask_record(self) -> None:
        days = _SPANS[self.span.current]
        since: date | None = self._api.workspace.reader().today - timedelta(days=days) if days else None
        self._load.ask(chart_record, patient_id=self._patient, kind=None, since=since,
                       on_result=self._take_record, on_error=self._api.problem)  # fmt: skip

    def _take_record(self, record: ChartRecord) -> None:
        self._record = record
        self._lay_out()

    def _take_head(self, head: PaperHead) -> None:
        self._head = head
        self._lay_out()

    def _take_weeks(self, page: Page[WeekRow]) -> None:
        self._found = page.items
        self._lay_out()

    def _lay_out(self) -> None:
        """Make the document anew beside the event loop: its small charts are drawn."""
        head, record, weeks = self._head, self._record, self._found
        if head is None or record is None or weeks is None:
            return
        sections, waiting = self.sections, LinkState.of(self._api.sync).waiting
        at, by = self._api.now(), self._api.workspace.actor.name

        def make(_progress: object) -> Document:
            own = rows_of(record)
            made = Made(at, by, confirmed=not any(key in own for _, key in waiting))
            return chart_paper(head, record, weeks, sections, made)

        self._make.run(make, on_result=self.view.show_document, on_error=self._api.problem)

    def _out(self, *, to_file: bool) -> None:
        document = self.view.document
        if document is None:
            return
        out = PaperOut(self._api, self, (self._patient,))
        if to_file:
            out.ask_file(document, t("chart"))
        else:
            out.ask_printer(document)
