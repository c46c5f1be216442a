"""The tab "Visits": all of a patient's visits at the left, one of them with everything done in it at the right."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from app.domain.enums import VisitNoteStatus, VisitStatus
from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.queries.core import Page
from app.queries.visit_notes import VisitLine, visits_of_patient
from app.ui.areas.chart.tab import ChartTab
from app.ui.areas.chart.visits.visit_page import VisitPage
from app.ui.parts.beyond import BeyondNote
from app.ui.parts.link_state import VISIT_TABLES, LinkState, not_yet
from app.ui.parts.notes.note_words import moment
from app.ui.parts.status import STATUS, status_word
from app.ui.theme.theme import Theme
from app.ui.widgets.button import Button
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.lists import ChipSpec, ListCard, ListItem
from app.ui.widgets.states import StateStack
from app.ui.work import Lane, ShellApi

LIST_WIDTH = 320
_LEAST, _VISIT = 152, 424


class VisitsTab(ChartTab):
    """Follows the patient of the chart; the visit chosen stays chosen while others change."""

    watches = frozenset({"visits", "visit_detail", "visit_slots", "visit_note", "visit_note_addendum", "lab_orders",
                         "virtual_visit_sessions", "referrals", "excuse_notes", "measurements", "task"})  # fmt: skip

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(api, parent)
        self._patient, self._wanted = "", ""
        self._visits: dict[str, VisitLine] = {}
        self._cursor: str | None = None
        self._list, self._more = Lane(self, api.workspace), Lane(self, api.workspace)
        self.list = ListCard(name=t("Visits"), fit=False)
        self.list.setFixedWidth(LIST_WIDTH)
        self.more = Button(t("Older visits"), icon="down", small=True)
        self.more.hide()
        self.page = VisitPage(api)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidget(self.page)
        inside = QWidget()
        left = column(self.list, row(self.more, STRETCH), gap=8)
        beside = row(gap=16, margins=(24, 16, 24, 16), parent=inside)
        beside.addLayout(left)
        beside.addWidget(self._area, 1)
        self.states = StateStack(inside, parent=self)
        self.beyond = BeyondNote(api, "visits")
        column(self.states, self.beyond, gap=0, parent=self)
        self.states.retry.connect(self.refresh)
        self.list.current_changed.connect(self._choose)
        self.list.chosen.connect(self._open)
        self.more.clicked.connect(self._ask_more)
        api.sync.changed.connect(self._show_lines)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Beside a panel the list leaves the visit what it needs."""
        super().resizeEvent(event)
        self.list.setFixedWidth(max(_LEAST, min(LIST_WIDTH, event.size().width() - _VISIT)))

    def show_patient(self, patient_id: str, name: str) -> None:
        """Show another patient's visits; the one before is gone at once."""
        del name
        self._more.drop()  # older visits of the one before, still on their way, are never added here
        self._patient, self._visits, self._cursor = patient_id, {}, None
        self.list.set_items(())
        self.page.forget()
        self.states.set_blank()
        self.states.set_loading()
        self.refresh()

    def refresh(self) -> None:
        """Ask for as many visits as are shown anew."""
        if self._patient:
            limit = max(50, len(self._visits))
            self._list.ask(visits_of_patient, patient_id=self._patient, limit=limit, on_result=self._show,
                           on_error=self._failed)  # fmt: skip

    def open_item(self, item: str) -> None:
        """Show a visit once it is there."""
        self._wanted = item
        if item in self._visits:
            self.list.set_current(item)

    def first_focus(self) -> QWidget | None:
        """The list has the keyboard."""
        return self.list

    def as_of(self) -> datetime | None:
        """Return since when it isn't live."""
        return self.api.sync.as_of

    def _failed(self, error: AppError) -> None:
        if self._visits:
            self.api.problem(error)
        else:
            self.states.set_error(error.message)

    def _show(self, page: Page[VisitLine]) -> None:
        self.beyond.show_ever()
        self._visits = {visit.id: visit for visit in page.items}
        self._take_page(page)
        if not self._visits:
            self.states.set_empty(t("No visits yet."))
            self.page.forget()
            return
        self.states.set_ready()
        chosen = self._wanted or self.list.current_key
        key = chosen if chosen in self._visits else self._present()
        self._wanted = ""
        self.list.set_current(key)
        self._choose(key)

    def _present(self) -> str:
        """The visit that goes on, else the latest that has begun, else the first of the list."""
        now = self.api.now()
        going_on = [one.id for one in self._visits.values() if one.status is VisitStatus.IN_PROGRESS]
        begun = [
            one.id for one in self._visits.values() if one.start <= now and one.status is not VisitStatus.CANCELLED
        ]
        return next(iter([*going_on, *begun, *self._visits]))

    def _take_page(self, page: Page[VisitLine]) -> None:
        self._cursor = page.cursor if page.more else None
        self.more.setVisible(self._cursor is not None)
        self._show_lines()

    def _show_lines(self) -> None:
        self.list.set_items([self._line(visit) for visit in self._visits.values()])

    def _line(self, visit: VisitLine) -> ListItem:
        unsent = LinkState.of(self.api.sync).unsent(visit.id, VISIT_TABLES)
        notes = {VisitNoteStatus.SIGNED: t("note signed"), VisitNoteStatus.DRAFT: t("note is a draft")}
        note = notes[visit.note] if visit.note is not None else ""
        today = self.api.workspace.reader().today
        word = status_word(visit.status)
        return ListItem(
            key=visit.id, title=moment(visit.start, self.api.zone, today),
            subtitle=" · ".join(filter(None, (visit.provider, visit.type_name, not_yet() if unsent else note))),
            chip=ChipSpec(word, icon=Theme.current().status(STATUS[visit.status]).icon, kind=STATUS[visit.status],
                          outlined=unsent),
            dashed=unsent,
        )  # fmt: skip

    def _ask_more(self) -> None:
        self._more.ask(visits_of_patient, patient_id=self._patient, cursor=self._cursor, on_result=self._append,
                       on_error=self.api.problem)  # fmt: skip

    def _append(self, page: Page[VisitLine]) -> None:
        self._visits |= {visit.id: visit for visit in page.items}
        self._take_page(page)

    def _choose(self, key: str) -> None:
        visit = self._visits.get(key)
        if visit is not None:
            self.page.show_visit(visit, self._patient)

    def _open(self, key: str) -> None:
        self._choose(key)
        self.page.focus_first()
