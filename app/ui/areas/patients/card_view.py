"""A patient's card: head, notices, and panels in one, two or three columns as there is room."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from app.kernel.i18n import t
from app.queries.merges import PastMerge
from app.queries.patient_card import PatientCard
from app.ui.areas.patients.card_header import CardHeader
from app.ui.areas.patients.card_panels import CodedPanel, DetailsPanel, HouseholdPanel, VisitsPanel
from app.ui.areas.patients.notices import IdentityNotice, MergedIntoNotice, PastMerges
from app.ui.widgets.layouts import STRETCH, column, row
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
        self._api = api
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
                (self.details, self.household, self.past),
                tuple(self.lists.values()),
                (self.visits,),
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
        self.states = StateStack(whole, skeleton=Skeleton(rows=8), parent=self)
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
            panel.show_list(getattr(details, key), self._api.zone, editable=editable)
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
        self._groups: list[QWidget] = []
        for group in groups:
            holder = QWidget()
            column(*group, gap=16, parent=holder)
            self._groups.append(holder)
        self._columns: list[QVBoxLayout] = [column(STRETCH, gap=16) for _ in groups]
        side_by_side = row(gap=16, parent=self)
        for lines in self._columns:
            side_by_side.addLayout(lines, 1)
        self._row = side_by_side
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
        for lines in self._columns:
            for group in self._groups:  # not takeAt: an item that outlives this keeps the next one from growing
                lines.removeWidget(group)
        first, second, third = self._groups
        places = {
            3: ([first], [second], [third]),
            2: ([first, second], [third], []),
            1: ([first, third, second], [], []),
        }
        for number, (lines, groups) in enumerate(zip(self._columns, places[count], strict=True)):
            for group in groups:
                lines.insertWidget(lines.count() - 1, group)
            self._row.setStretch(number, 1 if groups else 0)
        self._row.setSpacing(16 if count > 1 else 0)
