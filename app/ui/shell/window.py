"""The window: top bar, rail, and one of its screens. It holds the parts; the shell decides what they show."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QByteArray, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMainWindow, QStackedWidget, QWidget

from app.ui.shell.actions import ActionBook
from app.ui.shell.area_stack import AreaStack
from app.ui.shell.double_click import DoubleClickGuard
from app.ui.shell.notice import ConnectionNotice
from app.ui.shell.palette import Palette
from app.ui.shell.panel_host import PanelHost
from app.ui.shell.qt_words import QtWords
from app.ui.shell.rail import Rail
from app.ui.shell.toasts import ToastHost
from app.ui.shell.topbar import BRAND, TopBar
from app.ui.widgets.layouts import column, row

_NARROW = 1100
_LEAST = (880, 600)
_SIZE = (1280, 820)
_FRAME = 40
"""What the desktop's title bar and borders take of the screen's height."""


class MainWindow(QMainWindow):
    """The program's window. Its title never names a patient."""

    closing = Signal()
    user_wanted = Signal()
    """The button with the person's name was pressed."""
    badge_wanted = Signal()
    """The connection badge was pressed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._guard = DoubleClickGuard(self)
        self.setObjectName("mainWindow")
        self.setWindowTitle(BRAND)
        self.setMinimumSize(*_LEAST)
        self.resize(_first_size())
        self.rail = Rail()
        self.stack = AreaStack()
        self.book = ActionBook(self)
        self.panels = PanelHost(book=self.book, area=self.stack)
        self.panels.focus_lost.connect(self.stack.focus_page)
        self.notice = ConnectionNotice()
        self.screens = QStackedWidget()
        self._wanted_collapsed = False
        self._front: QWidget | None = None
        self.work = QWidget()
        middle = QWidget()
        across = column(self.notice, self.stack, gap=0, parent=middle)
        across.setStretch(1, 1)
        beside: QHBoxLayout = row(middle, self.panels, gap=0, parent=self.work)
        beside.setStretch(0, 1)
        self.screens.addWidget(self.work)
        self._inside = QWidget()
        self.setCentralWidget(self._inside)
        self._across = row(self.rail, self.screens, gap=0)
        self._across.setStretch(1, 1)
        self._body = column(gap=0, parent=self._inside)
        self._qt_words = QtWords(self)
        self._qt_words.follow()
        self._make_top()
        self._body.addLayout(self._across, 1)
        self.toasts = ToastHost(self._inside, self.stack)

    def _make_top(self) -> None:
        self.top = TopBar()
        self.top.user.clicked.connect(self.user_wanted)
        self.top.badge.opened.connect(self.badge_wanted)
        self._body.insertWidget(0, self.top)
        self.palette_list = Palette(self.top.field, self._inside)

    def retranslate(self) -> None:
        """Make the parts anew that carry fixed texts, in the language of now."""
        for part in (self.palette_list, self.top):
            part.hide()
            part.setParent(None)
            part.deleteLater()
        self._qt_words.follow()
        self._make_top()
        self._body.activate()

    def show_front(self, page: QWidget) -> None:
        """Show a page in place of the work: sign-in, lock, set-up. The one before is destroyed."""
        before, self._front = self._front, page
        self.screens.addWidget(page)
        self.screens.setCurrentWidget(page)
        self._drop(before)

    def show_work(self) -> None:
        """Show the areas."""
        before, self._front = self._front, None
        self.screens.setCurrentWidget(self.work)
        self._drop(before)

    @property
    def front(self) -> QWidget | None:
        """The page shown in place of the work, if any."""
        return self._front

    def collapse_rail(self, collapsed: bool) -> None:
        """Remember what the person wants; a narrow window collapses it anyway."""
        self._wanted_collapsed = collapsed
        self.rail.set_collapsed(collapsed or self.width() < _NARROW)

    @property
    def rail_wanted_collapsed(self) -> bool:
        """What the person wants, whatever the width."""
        return self._wanted_collapsed

    def place_text(self) -> str:
        """Return the window's place as text, for the preferences."""
        return bytes(self.saveGeometry().toBase64().data()).decode("ascii")

    def restore_place(self, text: str) -> None:
        """Go where the window was; nonsense is passed over."""
        if text:
            self.restoreGeometry(QByteArray.fromBase64(text.encode("ascii", "ignore")))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc leaves the side panel when nobody nearer wanted it."""
        if self._front is None and event.key() == Qt.Key.Key_Escape and self.panels.leave():
            event.accept()
            return
        super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        """From now on there are clicks."""
        super().showEvent(event)
        self._guard.watch()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep rail and toasts fitting."""
        super().resizeEvent(event)
        self.rail.set_collapsed(self._wanted_collapsed or self.width() < _NARROW)
        self.toasts.place()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Say so before it is too late to keep drafts."""
        self.closing.emit()
        event.accept()

    def come_forward(self) -> None:
        """Be seen: another window of this computer asked for it."""
        if self.isMinimized():
            self.showNormal()
        self.raise_()
        self.activateWindow()

    def summon_palette(self) -> None:
        """Ctrl+K: go to the palette."""
        self.palette_list.summon()

    def next_pane(self) -> None:
        """F6: from rail to page to side panel and round."""
        panes: list[tuple[QWidget, Callable[[], object]]] = [
            (self.rail, self._focus_rail),
            (self.stack, self.stack.focus_page),
            (self.panels, self._focus_panel),
        ]
        seen = [pane for pane in panes if pane[0].isVisible()]
        now = QApplication.focusWidget()
        inside = [n for n, (pane, _) in enumerate(seen) if now is not None and pane.isAncestorOf(now)]
        if seen:
            seen[(inside[0] + 1) % len(seen) if inside else 0][1]()

    def _focus_rail(self) -> None:
        key = self.stack.line_of(self.stack.current)
        if key in self.rail.keys:
            self.rail.item(key).setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _focus_panel(self) -> None:
        panel = self.panels.current
        if panel is not None:
            (panel.first_focus() or panel).setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _drop(self, page: QWidget | None) -> None:
        if page is not None:
            self.screens.removeWidget(page)
            page.hide()
            page.deleteLater()


def _first_size() -> QSize:
    """Fit into the screen: on 1280 by 720, or at 200 %, the tray and the walk-ins would lie below its edge."""
    room, wanted = QGuiApplication.primaryScreen().availableSize(), QSize(*_SIZE)
    if room.width() < _LEAST[0] or room.height() < _LEAST[1]:
        return wanted
    return wanted.boundedTo(QSize(room.width(), room.height() - _FRAME))
