"""A patient's card: head, notices, and panels in one, two or three columns as there is room."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from app.kernel.i18n import t
from app.queries.merges import PastMerge
from app.queries.patient_card import PatientCard
from app.ui.areas.patients.card_header import CardHeader
from app.ui.areas.patients.card_panels import CodedPanel, DetailsPanel, HouseholdPanel, VisitsPanel
from app.ui.areas.patients.notices import IdentityNotice, MergedIntoNotice, PastMerges
from app.ui.widgets.layouts import column
from app.ui.widgets.states import Skeleton, StateStack
from app.ui.work import ShellApi

_THREE, _TWO = 1060, 660


class CardView(QWidget):
    """Shows one patient. Signals say what is wanted; the page does it."""

    list_edit = Signal(str)
    """A list of the record to edit: allergies, conditions or medications."""
    retry = Signal()

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.header = CardHeader(api)
        self.identity = IdentityNotice()
        self.merged = MergedIntoNotice(api)
        self.past = PastMerges(api)
        self.details = DetailsPanel()
        self.lists = {
            "allergies": CodedPanel(t("Allergies")),
            "conditions": CodedPanel(t("Conditions")),
            "medications": CodedPanel(t("Medications")),
        }
        self.visits = VisitsPanel(api)
        self.household = HouseholdPanel(api)
        for key, panel in self.lists.items():
            panel.edit.connect(lambda key=key: self.list_edit.emit(key))
        self._columns = _Columns(
            (
                (self.details, self.past),
                tuple(self.lists.values()),
                (self.visits, self.household),
            )
        )
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = QWidget()
        notices = column(self.identity, self.merged, gap=8)
        body = column(notices, self._columns, gap=16, margins=(24, 16, 24, 24), parent=inside)
        body.addStretch(1)
        self._area.setWidget(inside)
        whole = QWidget()
        column(self.header, self._area, gap=0, parent=whole).setStretch(1, 1)
        self.states = StateStack(whole, skeleton=Skeleton(rows=8))
        self.states.retry.connect(self.retry)
        column(self.states, gap=0, parent=self)

    def show_card(self, card: PatientCard, *, may_edit: bool) -> None:
        """Show a patient; widgets stay, so that the focus and the place in the lists do too."""
        living = card.merged_into is None
        editable = living and may_edit
        self.header.show_card(card, living=living)
        self.identity.setVisible(card.identity_to_confirm and editable)
        self.merged.show_merge(card)
        self.details.show_card(card)
        details = card.demographics
        for key, panel in self.lists.items():
            panel.show_list(getattr(details, key), editable=editable)
        self.visits.show_visits(card.visits)
        self.household.show_households(card, editable=editable)
        self.states.set_ready()

    def show_past_merges(self, merges: Sequence[PastMerge]) -> None:
        """Show which other records are part of this one."""
        self.past.show_merges(merges)

    def to_top(self) -> None:
        """Begin another patient at the top."""
        self._area.verticalScrollBar().setValue(0)


class _Columns(QWidget):
    """Groups of panels: side by side with room for three, the first two under each other with less, all with little."""

    def __init__(self, groups: Sequence[Sequence[QWidget]]) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(16)
        self._holders: list[QWidget] = []
        for group in groups:
            holder = QWidget()
            lines: QVBoxLayout = column(*group, gap=16, parent=holder)
            lines.addStretch(1)
            self._holders.append(holder)
        self._count = 0
        self._arrange(3)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose the number of columns."""
        super().resizeEvent(event)
        width = self.width()
        self._arrange(3 if width >= _THREE else 2 if width >= _TWO else 1)

    def minimumSizeHint(self) -> QSize:
        """Return the width of one column: more only when there is room."""
        return QSize(300, super().minimumSizeHint().height())

    def _arrange(self, count: int) -> None:
        if count == self._count:
            return
        self._count = count
        for holder in self._holders:
            self._grid.removeWidget(holder)
        first, second, third = self._holders
        places = {
            3: ((first, 0, 0, 2), (second, 0, 1, 2), (third, 0, 2, 2)),
            2: ((first, 0, 0, 1), (second, 1, 0, 1), (third, 0, 1, 2)),
            1: ((first, 0, 0, 1), (third, 1, 0, 1), (second, 2, 0, 1)),
        }[count]
        for holder, line, place, lines in places:
            self._grid.addWidget(holder, line, place, lines, 1)
        for number in range(3):
            self._grid.setColumnStretch(number, 1 if number < count else 0)
        self._grid.setRowStretch(2, 1)
