"""One column of the board: cards painted by hand, real buttons on the one that has the focus."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip, QWidget

from app.kernel.i18n import t
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import TypeRole
from app.ui.widgets.accessible import SpokenItem, announce_focus, install_accessible_items
from app.ui.widgets.board.card_painter import RING, paint_card
from app.ui.widgets.board.model import BoardCard, BoardLane
from app.ui.widgets.board.place import GAP, MORE, PAD_X, PAD_Y, Placed, place_cards
from app.ui.widgets.button import Button, ButtonKind, IconButton
from app.ui.widgets.paint import draw_text

_BACK = {Qt.Key.Key_Up, Qt.Key.Key_Down}


class LaneView(QAbstractScrollArea):
    """The cards of a lane. The current card is known by its id, so live updates never move it away."""

    stepped = Signal(str)
    action_triggered = Signal(str, str)
    opened = Signal(str)
    context_requested = Signal(str, QPoint)
    current_changed = Signal(str)
    sideways = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        install_accessible_items()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("ownFocus", True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.viewport().setAutoFillBackground(False)
        self._lane: BoardLane | None = None
        self._current = ""
        self._pressed = ""
        """The card that the mouse was last pressed on: it moves when it gets its buttons, the pointer doesn't."""
        self._placed: list[Placed] = []
        self._buttons: list[Button] = []
        self._buttons_of: BoardCard | None = None
        self._more: IconButton | None = None

    @property
    def current(self) -> str:
        """The id of the current card, or an empty text."""
        return self._current

    @property
    def buttons(self) -> Sequence[Button]:
        """The buttons on the focused card."""
        return self._buttons

    @property
    def more_button(self) -> IconButton | None:
        """The button for what the focused card has no room for; hidden while everything fits."""
        return self._more

    def cards(self) -> Sequence[BoardCard]:
        """Return the cards from top to bottom."""
        return self._lane.cards if self._lane is not None else ()

    def set_lane(self, lane: BoardLane) -> None:
        """Show a lane. The current card stays; when it left, the next one at its place becomes current."""
        before = [card.id for card in self.cards()]
        self._lane = lane
        self.setAccessibleName(f"{lane.title}, {lane.count}")
        ids = [card.id for card in lane.cards]
        if self._current not in ids:
            at = before.index(self._current) if self._current in before else 0
            self._current = ids[min(at, len(ids) - 1)] if ids else ""
        self._arrange()

    def set_current(self, card_id: str) -> None:
        """Make a card current and bring it into view."""
        if card_id != self._current and any(card.id == card_id for card in self.cards()):
            self._current = card_id
            self.current_changed.emit(card_id)
            numbers = [number for number, card in enumerate(self.cards()) if card.id == card_id]
            announce_focus(self, numbers[0])
        self._arrange()
        self._reveal()

    def is_active(self) -> bool:
        """Return whether the focus is on a card or on one of its buttons."""
        return self.hasFocus() or self._in_buttons()

    def _in_buttons(self) -> bool:
        return any(button.hasFocus() for button in (*self._buttons, *((self._more,) if self._more else ())))

    def _arrange(self) -> None:
        focused = self._current if self.is_active() else ""
        width = self.viewport().width() - 2 * RING
        self._placed = place_cards(self.cards(), width, focused)
        bottom = self._placed[-1].rect.bottom() if self._placed else 0
        more = MORE if self._lane is not None and self._lane.more else 0
        self.verticalScrollBar().setRange(0, max(0, round(bottom) + GAP + more - self.viewport().height()))
        self.verticalScrollBar().setPageStep(self.viewport().height())
        self.verticalScrollBar().setSingleStep(24)
        self._place_buttons()
        self.viewport().update()

    def _placed_current(self) -> Placed | None:
        return next((placed for placed in self._placed if placed.card.id == self._current), None)

    def card_rect(self, card_id: str) -> QRect:
        """Return a card's rectangle in the viewport; empty when it isn't shown."""
        found = next((placed for placed in self._placed if placed.card.id == card_id), None)
        return self._shown(found.rect).toRect() if found is not None else QRect()

    def _shown(self, rect: QRectF) -> QRectF:
        return rect.translated(RING, -self.verticalScrollBar().value())

    def _place_buttons(self) -> None:
        placed = self._placed_current() if self.is_active() else None
        card = placed.card if placed is not None else None
        if card is None or card.compact:
            if not self._in_buttons():
                self._clear_buttons()
            return
        if self._buttons_of is None or (self._buttons_of.id, self._buttons_of.actions) != (card.id, card.actions):
            self._clear_buttons()
            for number, action in enumerate(card.actions):
                kind = ButtonKind.SECONDARY if number else ButtonKind.PRIMARY
                name = f"{action.text}, {card.name}"
                keys = action.keys or ("" if number else "Return")
                button = Button(action.text, kind=kind, icon=action.icon, keys=keys, name=name, parent=self.viewport())
                button.clicked.connect(partial(self._act, card.id, action.key, number == 0))
                button.installEventFilter(self)
                QWidget.setTabOrder(self._buttons[-1] if self._buttons else self, button)
                self._buttons.append(button)
            self._add_more(card)
        self._buttons_of = card
        if placed is not None:
            self._move_buttons(self._shown(placed.rect))

    def _add_more(self, card: BoardCard) -> None:
        if len(card.actions) < 2:
            return
        more = IconButton("more", t("More for {name}", name=card.name), kind=ButtonKind.SECONDARY,
                          parent=self.viewport())  # fmt: skip
        more.clicked.connect(partial(self._ask_more, card.id, more))
        more.installEventFilter(self)
        QWidget.setTabOrder(self._buttons[-1], more)
        self._more = more

    def _ask_more(self, card_id: str, more: IconButton, _checked: bool = False) -> None:
        self.context_requested.emit(card_id, more.mapToGlobal(more.rect().bottomLeft()))

    def _move_buttons(self, area: QRectF) -> None:
        """Place the buttons that fit; for the others there is one more, which opens the card's menu.

        The next step itself comes before that one.
        """
        left, right = round(area.left()) + PAD_X, area.right() - 4
        sizes = [button.sizeHint() for button in self._buttons]
        all_fit = left + sum(size.width() for size in sizes) + GAP * (len(sizes) - 1) <= right
        kept = 0 if self._more is None or all_fit else self._more.sizeHint().width() + GAP
        for number, (button, size) in enumerate(zip(self._buttons, sizes, strict=True)):
            button.setGeometry(left, round(area.bottom()) - PAD_Y - size.height(), size.width(), size.height())
            fits = left + size.width() + (kept if number else 0) <= right
            button.setVisible(fits)
            left += size.width() + GAP if fits else 0
            right = right if fits else 0  # none after one that has no room: they keep their order
        if self._more is not None:
            size = self._more.sizeHint()
            self._more.setGeometry(left, round(area.bottom()) - PAD_Y - size.height(), size.width(), size.height())
            self._more.setVisible(kept > 0 and left + size.width() <= area.right() - 4)

    def _clear_buttons(self) -> None:
        for button in (*self._buttons, *((self._more,) if self._more else ())):
            button.hide()
            button.deleteLater()
        self._buttons = []
        self._buttons_of = self._more = None

    def _act(self, card_id: str, key: str, first: bool, _checked: bool = False) -> None:
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        if first:
            self.stepped.emit(card_id)
        else:
            self.action_triggered.emit(card_id, key)

    def _reveal(self) -> None:
        placed, bar = self._placed_current(), self.verticalScrollBar()
        if placed is None:
            return
        if placed.rect.top() - GAP < bar.value():
            bar.setValue(round(placed.rect.top()) - GAP)
        elif placed.rect.bottom() + GAP > bar.value() + self.viewport().height():
            bar.setValue(round(placed.rect.bottom()) + GAP - self.viewport().height())

    def spoken_items(self) -> Sequence[SpokenItem]:
        """Return the cards as screen readers say them."""
        corner = self.viewport().pos()
        return [
            SpokenItem(
                placed.card.spoken(),
                self._shown(placed.rect).toRect().translated(corner),
                placed.card.id == self._current and self.hasFocus(),
            )
            for placed in self._placed
        ]

    def card_at(self, point: QPoint) -> BoardCard | None:
        """Return the card under a point of the viewport."""
        return next((p.card for p in self._placed if self._shown(p.rect).contains(point.toPointF())), None)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Move the buttons with their card."""
        del dx, dy
        self._place_buttons()
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay the cards out again."""
        super().resizeEvent(event)
        self._arrange()

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """Follow the focus on the buttons; arrows there go back to the cards."""
        if event.type() in {QEvent.Type.FocusOut, QEvent.Type.FocusIn}:
            self._arrange()
        elif event.type() == QEvent.Type.MouseButtonDblClick:
            # The first click brought this button under the pointer: nobody aimed at it.
            self._open_pressed()
            return True
        elif isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in _BACK:
            self.setFocus(Qt.FocusReason.OtherFocusReason)
            self.keyPressEvent(event)
            return True
        del watched
        return False

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the buttons of the current card; after a click only once it is known on which one."""
        super().focusInEvent(event)
        if event.reason() == Qt.FocusReason.MouseFocusReason:
            return
        self._arrange()
        self._reveal()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the buttons away unless the focus went to them."""
        super().focusOutEvent(event)
        self._arrange()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move with the arrows, take the next step with Enter."""
        ids = [card.id for card in self.cards()]
        at = ids.index(self._current) if self._current in ids else 0
        key = Qt.Key(event.key())
        steps = {Qt.Key.Key_Up: at - 1, Qt.Key.Key_Down: at + 1, Qt.Key.Key_Home: 0, Qt.Key.Key_End: len(ids) - 1}
        if key in steps and ids and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.set_current(ids[min(len(ids) - 1, max(0, steps[key]))])
        elif key in {Qt.Key.Key_Left, Qt.Key.Key_Right}:
            self.sideways.emit(-1 if key == Qt.Key.Key_Left else 1)
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self._current:
            self.stepped.emit(self._current)
        else:
            super().keyPressEvent(event)
            return
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Make the card under the pointer current."""
        card = self.card_at(event.position().toPoint())
        self._pressed = card.id if card is not None else ""
        if card is not None:
            self.set_current(card.id)
        else:
            self._arrange()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open the card."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._open_pressed()

    def _open_pressed(self) -> None:
        if any(card.id == self._pressed for card in self.cards()):
            self.opened.emit(self._pressed)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the card's menu."""
        by_keyboard = event.reason() == QContextMenuEvent.Reason.Keyboard
        card_id = self._current if by_keyboard else self._pressed
        if card_id:
            self.set_current(card_id)
            at = self.viewport().mapToGlobal(self.card_rect(card_id).center()) if by_keyboard else event.globalPos()
            self.context_requested.emit(card_id, at)

    def viewportEvent(self, event: QEvent) -> bool:
        """Show a card's tooltip."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            card = self.card_at(event.pos())
            QToolTip.showText(event.globalPos(), card.tooltip.replace("<", "‹") if card is not None else "", self)
            return True
        return super().viewportEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the cards that are seen."""
        seen = QRectF(event.rect()).adjusted(0, -RING, 0, RING)
        with QPainter(self.viewport()) as painter:
            for placed in self._placed:
                area = self._shown(placed.rect)
                if area.intersects(seen):
                    active = placed.card.id == self._current and self.is_active()
                    paint_card(painter, placed, area, active=active, ringed=active and self.hasFocus())
            self._paint_more(painter)

    def _paint_more(self, painter: QPainter) -> None:
        if self._lane is None:
            return
        words = self._lane.more if self._placed else self._lane.empty or self._lane.more
        top = self._shown(self._placed[-1].rect).bottom() if self._placed else 0.0
        area = QRectF(RING + 4, top + GAP, self.viewport().width() - 2 * RING - 8, 20)
        draw_text(painter, area, words, TypeRole.META, Theme.current().colors.muted)
