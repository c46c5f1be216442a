"""The arrival board: lanes side by side, each with its head; arrows go between cards and lanes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QWidget

from app.kernel.i18n import t
from app.ui.theme.icons import paint_icon
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.board.card_painter import RING
from app.ui.widgets.board.lane import LaneView
from app.ui.widgets.board.model import BoardCard, BoardLane
from app.ui.widgets.chip import StatusChip
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.paint import box, draw_text
from app.ui.widgets.text import Divider, KeyHint, Label

FOLD_BELOW = 196
FOLDED = 40
LEAST = 140


class _Head(QWidget):
    """The head of a lane: status, count, and what Enter does."""

    def __init__(self, lane: BoardLane) -> None:
        super().__init__()
        self._chip = StatusChip(lane.status, lane.title, strong=True, large=True)
        self._count = Label(str(lane.count), strong=True)
        self._key = KeyHint("Return")
        self._step = Label(lane.step, role=TypeRole.META, tone=Tone.MUTED)
        line = row(self._chip, self._count, STRETCH, self._key, self._step, gap=8, margins=(RING, 0, RING + 4, 4))
        outer = column(line, Divider(), gap=0, parent=self)
        outer.setContentsMargins(0, 0, 0, 0)
        self.show_lane(lane)

    def show_lane(self, lane: BoardLane) -> None:
        self._chip.setText(lane.title)
        self._count.setText(str(lane.count))
        self._step.setText(lane.step)
        self._fit()

    def _fit(self) -> None:
        """Leave the hint away where it doesn't fit whole."""
        shown = (self._chip, self._count, self._key, self._step)
        needed = sum(part.sizeHint().width() + 8 for part in shown) + 2 * RING
        fits = bool(self._step.text()) and needed <= self.width()
        self._key.setVisible(fits)
        self._step.setVisible(fits)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()


class _Folded(QWidget):
    """A lane folded into a strip, where the window is narrow; Enter or a click opens it."""

    opened = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._lane: BoardLane | None = None
        self.setFixedWidth(FOLDED)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("focusRadius", Theme.current().tokens.radius.panel)

    def show_lane(self, lane: BoardLane) -> None:
        self._lane = lane
        self.setAccessibleName(t("{title}, {n}, folded", title=lane.title, n=lane.count))
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}:
            self.opened.emit()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, _event: QMouseEvent) -> None:
        self.opened.emit()

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = Theme.current()
        lane = self._lane
        if lane is None:
            return
        middle = Qt.AlignmentFlag.AlignHCenter
        with QPainter(self) as painter:
            status = theme.status(lane.status)
            box(painter, QRectF(self.rect()), theme.tokens.radius.panel, theme.colors.surface, theme.colors.line)
            box(painter, QRectF(8, 8, 24, 20), theme.tokens.radius.chip, status.fill)
            paint_icon(painter, status.icon, status.text, 14, 12, 12)
            count = QRectF(0, 36, self.width(), 20)
            draw_text(painter, count, str(lane.count), TypeRole.BODY, theme.colors.text, strong=True, align=middle)
            painter.translate(self.width() / 2 + 10, 64)
            painter.rotate(90)
            draw_text(painter, QRectF(0, 0, 200, 20), lane.title, TypeRole.BODY, theme.colors.muted)


class _Lane(QWidget):
    """Head and cards of a lane, or its folded strip."""

    def __init__(self, lane: BoardLane) -> None:
        super().__init__()
        self.view = LaneView()
        self.head = _Head(lane)
        self.strip = _Folded()
        whole = QWidget()
        column(self.head, self.view, gap=0, parent=whole).setStretch(1, 1)
        self._stack = QStackedLayout(self)
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._stack.addWidget(whole)
        self._stack.addWidget(self.strip)
        self.set_folded(False)
        self.show_lane(lane)

    def show_lane(self, lane: BoardLane) -> None:
        self.head.show_lane(lane)
        self.view.set_lane(lane)
        self.strip.show_lane(lane)

    def set_folded(self, folded: bool) -> None:
        self._stack.setCurrentIndex(1 if folded else 0)
        self.setMinimumWidth(FOLDED if folded else LEAST)
        self.setMaximumWidth(FOLDED if folded else 16_777_215)

    @property
    def is_folded(self) -> bool:
        return self._stack.currentIndex() == 1


class Board(QWidget):
    """Lanes of cards.

    ``stepped`` (card id): the next step, by Enter or the card's first button. ``action_triggered`` (card id, action
    key): another of its buttons. ``opened``: a double click. ``context_requested`` (card id, point of the screen).
    """

    stepped = Signal(str)
    action_triggered = Signal(str, str)
    opened = Signal(str)
    context_requested = Signal(str, QPoint)
    current_changed = Signal(str)

    def __init__(self, *, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._lanes: dict[str, _Lane] = {}
        self._opened_by_hand = False
        self._layout: QHBoxLayout = row(gap=4, parent=self)

    def set_lanes(self, lanes: Sequence[BoardLane]) -> None:
        """Show lanes. The focus stays on its card; where the card left its lane, on the next one at its place."""
        if [lane.id for lane in lanes] != list(self._lanes):
            self._rebuild(lanes)
        for lane in lanes:
            self._lanes[lane.id].show_lane(lane)
        self._fold()

    def _rebuild(self, lanes: Sequence[BoardLane]) -> None:
        for old in self._lanes.values():
            self._layout.removeWidget(old)
            old.deleteLater()
        self._lanes = {}
        for number, lane in enumerate(lanes):
            made = _Lane(lane)
            made.view.stepped.connect(self.stepped)
            made.view.action_triggered.connect(self.action_triggered)
            made.view.opened.connect(self.opened)
            made.view.context_requested.connect(self.context_requested)
            made.view.current_changed.connect(self.current_changed)
            made.view.sideways.connect(lambda step, here=number: self._go(here, step))
            made.strip.opened.connect(lambda here=lane.id: self.unfold(here))
            self._layout.addWidget(made, 1)
            self._lanes[lane.id] = made

    def lane_view(self, lane_id: str) -> LaneView:
        """Return the cards' view of a lane; an unknown id raises ``KeyError``."""
        return self._lanes[lane_id].view

    def folded(self) -> tuple[str, ...]:
        """Return the ids of the lanes that are folded now."""
        return tuple(lane_id for lane_id, lane in self._lanes.items() if lane.is_folded)

    def unfold(self, lane_id: str) -> None:
        """Open a folded lane and go there."""
        self._opened_by_hand = True
        self._lanes[lane_id].set_folded(False)
        self._lanes[lane_id].view.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def current_card(self) -> BoardCard | None:
        """The card that has the focus, if any."""
        for lane in self._lanes.values():
            if lane.view.is_active():
                return next((card for card in lane.view.cards() if card.id == lane.view.current), None)
        return None

    def focus_card(self, card_id: str) -> bool:
        """Go to a card, wherever it is; returns whether it is shown."""
        for lane in self._lanes.values():
            if any(card.id == card_id for card in lane.view.cards()):
                lane.set_folded(False)
                lane.view.setFocus(Qt.FocusReason.OtherFocusReason)
                lane.view.set_current(card_id)
                return True
        return False

    def _go(self, here: int, step: int) -> None:
        lanes = list(self._lanes.values())
        at = here + step
        while 0 <= at < len(lanes):
            if not lanes[at].is_folded and lanes[at].view.cards():
                lanes[at].view.setFocus(Qt.FocusReason.OtherFocusReason)
                return
            at += step

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fold the last lane where the lanes get narrow."""
        super().resizeEvent(event)
        self._fold()

    def _fold(self) -> None:
        lanes = list(self._lanes.values())
        if len(lanes) < 2:
            return
        tight = self.width() / len(lanes) < FOLD_BELOW
        if not tight:
            self._opened_by_hand = False
        lanes[-1].set_folded(tight and not self._opened_by_hand)
