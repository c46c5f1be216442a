"""Messages in passing, with Undo or Cancel. They lie where no field is, and go away by themselves."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, QPoint, QRect, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QStyle,
    QWidget,
)

from app.kernel.i18n import t
from app.ui.shell.pending import PendingBook, PendingJob
from app.ui.theme.tokens import Tone
from app.ui.widgets.button import Button
from app.ui.widgets.chip import Icon
from app.ui.widgets.layouts import row
from app.ui.widgets.text import Label
from app.ui.widgets.toast import SHOWN_MS, Bar, Toast
from app.ui.work import ToastButton, ToastTone

STAYS = 24 * 3600 * 1000
"""For a message that waits for an answer: a day, in milliseconds."""
MOST = 3
WATCH_MS = 300
"""So often it is looked whether something came up under a message."""
_MARGIN = 16
_GAP = 8
_STEP = 24
_NARROW = 340
"""So wide a message is where a line of it finds no place."""
_GLYPHS = {
    ToastTone.INFO: ("info", Tone.TEXT),
    ToastTone.GOOD: ("check", Tone.TEXT),
    ToastTone.WARNING: ("warn", Tone.WARN),
    ToastTone.CRITICAL: ("warn", Tone.CRITICAL),
}
UNDO_KEYS = "Ctrl+Z"
_INPUTS = (QLineEdit, QPlainTextEdit, QComboBox, QAbstractSpinBox)


class PendingToast(Bar):
    """What is about to leave the house: its countdown, and Cancel."""

    closed = Signal()

    def __init__(self, job: PendingJob, book: PendingBook) -> None:
        super().__init__()
        self.setObjectName("pendingToast")
        self._job = job
        self.label = Label("", strong=True)
        self.button = Button(t("Cancel"), keys=UNDO_KEYS, small=True)
        self.button.setAccessibleName(t("Cancel: {what}", what=job.action.text))
        self.button.clicked.connect(lambda: book.cancel(job))
        self.label.setAlignment(Qt.AlignmentFlag.AlignVCenter)
        row(Icon("hourglass"), self.label, self.button, gap=8, margins=(12, 6, 6, 6), parent=self)
        job.ticked.connect(self._say)
        job.ended.connect(self.dismiss)
        self._say()

    def dismiss(self) -> None:
        """Take it away; it has been sent, cancelled or put back."""
        self.hide()
        self.closed.emit()

    def _say(self) -> None:
        text = t("{what}: in {n} s", what=self._job.action.text, n=self._job.left)
        self.label.setText(text)
        self.setAccessibleName(text)


class ToastHost(QObject):
    """Shows up to three toasts over the area ``over`` of a window, never over a field, nor a button if that can be."""

    def __init__(self, window: QWidget, over: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._over = over
        self._toasts: list[Toast | PendingToast] = []
        self._offer: Toast | None = None
        self._lain: list[QRect] = []
        """The words that they lie on, where there was no other place."""
        self._watch = QTimer(self)  # what is announced lays things out anew, as soon as they have been asked for
        self._watch.setInterval(WATCH_MS)
        self._watch.timeout.connect(self._make_way)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._focus_moved)

    @Slot(QWidget, QWidget)
    def _focus_moved(self, _old: QWidget | None, now: QWidget | None) -> None:
        if self._toasts and isinstance(now, _INPUTS):
            QTimer.singleShot(0, self, self._make_way)  # once the field has its place

    @Slot()
    def _make_way(self) -> None:
        """Move when a field, a button or words have come up under a message: what was done lays things out anew."""
        if not self._toasts:
            self._watch.stop()
            return
        held = any(toast.underMouse() for toast in self._toasts)  # for a button it doesn't flee from the pointer
        below = self._seen(*_INPUTS) if held else self._seen(*_INPUTS, QAbstractButton)
        answered = not held and self._over_words() != self._lain
        if answered or any(toast.geometry().intersects(one) for toast in self._toasts for one in below):
            self.place()

    @property
    def toasts(self) -> Sequence[Toast | PendingToast]:
        """Those on the screen, oldest first."""
        return tuple(self._toasts)

    def show(
        self,
        text: str,
        tone: ToastTone = ToastTone.INFO,
        button: ToastButton | None = None,
        *,
        keys: str = "",
        shown_ms: int = SHOWN_MS,
    ) -> Toast:
        """Show a message. What is said again, such as that there is nobody next, stands there once."""
        glyph, color = _GLYPHS[tone]
        toast = Toast(
            text,
            action=button.text if button is not None else "",
            run=(lambda: _press(button)) if button is not None else None,
            keys=keys,
            icon=glyph,
            tone=color,
            shown_ms=shown_ms,
        )
        for known in self._toasts if button is None else ():
            if isinstance(known, Toast) and known.button is None and known.accessibleName() == text:
                self._remove(known)
                break
        passing = [known for known in self._toasts if isinstance(known, Toast)]
        if len(passing) >= MOST:
            self._remove(passing[0])
        self._put(toast, text)
        return toast

    def offer_undo(self, text: str, tone: ToastTone, button: ToastButton) -> Toast:
        """Show what was done with its Undo. Only the last action can be undone: what offered that before goes."""
        self.withdraw_undo()
        self._offer = self.show(text, tone, button, keys=UNDO_KEYS)
        self._tell_keys()
        self.place()  # the keys need room too
        return self._offer

    def withdraw_undo(self) -> None:
        """Take away the message that offers Undo: its action isn't the last one any more."""
        if self._offer is not None:
            self._remove(self._offer)

    def show_pending(self, job: PendingJob, book: PendingBook) -> PendingToast:
        """Show a pending action with its countdown and Cancel."""
        toast = PendingToast(job, book)
        self._put(toast, toast.accessibleName())
        return toast

    def cancel_pending(self) -> bool:
        """Cancel the pending action shown last; False without one, or when what can be undone came after it."""
        last = self._last()
        if isinstance(last, PendingToast):
            last.button.click()
        return isinstance(last, PendingToast)

    def _last(self) -> Toast | PendingToast | None:
        """Whose key Ctrl+Z is: what waits, or offers its undoing, and came last."""
        theirs = [one for one in self._toasts if isinstance(one, PendingToast) or one is self._offer]
        return theirs[-1] if theirs else None

    def _tell_keys(self) -> None:
        """Only the one that Ctrl+Z takes back says so."""
        last = self._last()
        for toast in self._toasts:
            if toast.button is not None and toast.button.keys == UNDO_KEYS:
                toast.button.show_hint(toast is last)

    def _put(self, toast: Toast | PendingToast, text: str) -> None:
        toast.setParent(self._window)
        toast.closed.connect(lambda: self._remove(toast))
        self._toasts.append(toast)
        self._tell_keys()
        toast.adjustSize()
        self.place()
        toast.show()
        toast.raise_()
        self._watch.start()
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(toast, text))

    def clear(self) -> None:
        """Take all away (lock, sign-out)."""
        for toast in list(self._toasts):
            self._remove(toast)

    def place(self) -> None:
        """Put the toasts where they cover no field, no button, and no words where there is such a place."""
        if not self._toasts:
            return
        room = self._over.width() - 2 * _MARGIN
        found = (self._seen(*_INPUTS), self._seen(QAbstractButton), self._words())
        area = self._best(room, *found)
        if room > _NARROW and any(area.intersects(one) for others in found for one in others):
            narrow = self._best(_NARROW, *found)  # on two lines there may be a place
            if _covers(narrow, *found) < _covers(area, *found):
                area, room = narrow, _NARROW
        sizes = [toast.size_within(room) for toast in self._toasts]
        top = area.top()
        for toast, size in zip(self._toasts, sizes, strict=True):
            toast.setGeometry(area.center().x() - size.width() // 2, top, size.width(), size.height())
            top += size.height() + _GAP
        self._lain = self._over_words()

    def _over_words(self) -> list[QRect]:
        return [one for one in self._words() if any(toast.geometry().intersects(one) for toast in self._toasts)]

    def _best(self, room: int, *found: Sequence[QRect]) -> QRect:
        sizes = [toast.size_within(room) for toast in self._toasts]
        total = QSize(max(s.width() for s in sizes), sum(s.height() for s in sizes) + _GAP * (len(sizes) - 1))
        return free_area(self._candidates(total), *found)

    def _candidates(self, size: QSize) -> list[QRect]:
        over = QRect(self._over.mapTo(self._window, QPoint(0, 0)), self._over.size())
        inner = over.adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        low, high = inner.bottom() - size.height() + 1, inner.top()
        middle = inner.center().x() - size.width() // 2
        right = inner.right() - size.width() + 1
        # From the foot upwards; one that is free is found soon.
        places = [(x, y) for y in range(low, high - 1, -_STEP) for x in (middle, inner.left(), right)]
        places = places or [(middle, low)]
        return [QRect(QPoint(x, y), size) for x, y in places]

    def _seen(self, *kinds: type[QWidget]) -> list[QRect]:
        """Where the widgets of these kinds lie that somebody can use."""
        found = [one for kind in kinds for one in self._over.findChildren(kind)]
        seen = [one for one in found if one.isVisible() and one.isEnabled()]
        return [QRect(one.mapTo(self._window, QPoint(0, 0)), one.size()) for one in seen]

    def _words(self) -> list[QRect]:
        """Where words stand: those of labels, and the rows of lists and tables."""
        found = []
        for label in self._over.findChildren(QLabel):
            if label.isVisible() and label.text():
                size = label.sizeHint().boundedTo(label.size())
                inside = QStyle.alignedRect(label.layoutDirection(), label.alignment(), size, label.rect())
                found.append(QRect(label.mapTo(self._window, inside.topLeft()), size))
        for view in self._over.findChildren(QAbstractItemView):
            model = view.model()
            if view.isVisible() and model.rowCount() > 0:
                rows = view.viewport().rect()
                last = view.visualRect(model.index(model.rowCount() - 1, 0))
                if last.isValid():
                    rows.setBottom(min(rows.bottom(), last.bottom()))
                found.append(QRect(view.viewport().mapTo(self._window, rows.topLeft()), rows.size()))
        return found

    def _remove(self, toast: Toast | PendingToast) -> None:
        if toast is self._offer:
            self._offer = None
        if toast in self._toasts:
            self._toasts.remove(toast)
            toast.hide()
            toast.deleteLater()
            self._tell_keys()
            self.place()


def _press(button: ToastButton) -> None:
    button.handler()


def free_area(candidates: Sequence[QRect], *found: Sequence[QRect]) -> QRect:
    """Return the first candidate that touches nothing of ``found``; else what covers least of each, the first first."""
    return min(candidates, key=lambda area: _covers(area, *found))


def _covers(area: QRect, *found: Sequence[QRect]) -> tuple[int, ...]:
    """Return how many pixels of each an area covers."""
    parts = [[area.intersected(one) for one in others] for others in found]
    return tuple(sum(part.width() * part.height() for part in some if not part.isEmpty()) for some in parts)
