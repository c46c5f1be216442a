"""A paper beside its form: its pages as they will be printed, laid out beside the event loop."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QImage, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.documents.model import Document
from app.documents.paged import Paged
from app.kernel.i18n import t
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import IconButton
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.text import Label
from app.ui.work import Lane, ShellApi

_PAUSE = 120
"""Milliseconds after the last letter before the page is drawn again."""


class PaperView(QWidget):
    """Shows a document's pages; ``show_document`` as often as it changes. Page Up and Page Down turn the leaf."""

    def __init__(self, api: ShellApi, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lane = Lane(self, api.workspace)
        self._document: Document | None = None
        self._drawn: tuple[Document, int, int] | None = None
        self._number = self.count = 0
        self._wait = QTimer(self, singleShot=True, interval=_PAUSE)
        self._wait.timeout.connect(self._draw)
        self.sheet = _Sheet(name)
        self.sheet.turned.append(self.turn)
        self.where = Label("", role=TypeRole.META, tone=Tone.MUTED)
        self.back, self.on = IconButton("left", t("Previous page")), IconButton("right", t("Next page"))
        self.back.clicked.connect(lambda: self.turn(-1))
        self.on.clicked.connect(lambda: self.turn(1))
        column(self.sheet, row(STRETCH, self.back, self.where, self.on, STRETCH, gap=8), gap=8, parent=self)
        self._say()

    @property
    def document(self) -> Document | None:
        """What is shown, or about to be."""
        return self._document

    @property
    def drawn(self) -> bool:
        """Whether the page shown is that of the present document."""
        return self._drawn is not None and self._drawn[0] is self._document and not self._wait.isActive()

    def show_document(self, document: Document | None) -> None:
        """Show another document, or a new state of the same one; the page stays where it is."""
        self._document = document
        if document is None:
            self._wait.stop()
            self._drawn, self.count = None, 0
            self.sheet.show_page(QImage())
            self._say()
            return
        self._wait.start(0 if self._drawn is None else _PAUSE)

    def turn(self, by: int) -> None:
        """Show a page further on, or back."""
        wanted = max(0, min(self.count - 1, self._number + by))
        if wanted != self._number:
            self._number = wanted
            self._draw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Draw it anew in the new size."""
        super().resizeEvent(event)
        if self._document is not None:
            self._wait.start()

    def _draw(self) -> None:
        document, number = self._document, self._number
        if document is None:
            return
        wide = round(self.sheet.page_width(document) * self.devicePixelRatioF())

        def lay(_progress: object) -> tuple[int, int, QImage]:
            paged = Paged(document)
            shown = min(number, paged.count - 1)
            return paged.count, shown, paged.image(shown, max(wide, 40))

        def show(found: tuple[int, int, QImage]) -> None:
            if document is not self._document or number != self._number:
                return  # typed on meanwhile: the next one is under way
            self.count, self._number, image = found
            self._drawn = (document, self._number, wide)
            image.setDevicePixelRatio(self.devicePixelRatioF())
            self.sheet.show_page(image)
            self._say()

        self._lane.run(lay, on_result=show)

    def _say(self) -> None:
        self.where.setText(t("Page {n} of {total}", n=self._number + 1, total=self.count) if self.count else "")
        self.back.setEnabled(self._number > 0)
        self.on.setEnabled(self._number + 1 < self.count)


class _Sheet(QWidget):
    """The page itself, on white in every theme: paper is white."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._page = QImage()
        self.turned: list[Callable[[int], object]] = []
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(QSize(240, 240))  # beneath a chart's head in a window of 720 no more is left

    def page_width(self, document: Document) -> float:
        """How wide a page may be so that all of it is seen, in device-independent pixels."""
        wide, high = document.paper.points
        return min(self.width() - 2.0, (self.height() - 2.0) * wide / high)

    def show_page(self, page: QImage) -> None:
        """Show another page; a null one shows nothing."""
        self._page = page
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Turn the leaf."""
        by = {Qt.Key.Key_PageDown: 1, Qt.Key.Key_PageUp: -1}.get(Qt.Key(event.key()))
        if by is None:
            super().keyPressEvent(event)
            return
        for turned in self.turned:
            turned(by)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint the page in the middle with a fine edge."""
        if self._page.isNull():
            return
        size = self._page.deviceIndependentSize()
        with QPainter(self) as painter:
            x, y = max(0.0, (self.width() - size.width()) / 2), 0.0
            painter.drawImage(int(x), int(y), self._page)
            painter.setPen(Theme.current().colors.line)
            painter.drawRect(int(x), int(y), int(size.width()), int(size.height()))
