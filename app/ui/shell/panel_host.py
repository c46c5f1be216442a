"""The side panel: shows one panel, parks what holds unsaved work, brings it back."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QStackedLayout, QWidget
from shiboken6 import isValid

from app.kernel.i18n import t
from app.ui.shell.actions import ActionBook
from app.ui.shell.panel_keys import SharedKeys
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.side_panel import SidePanel
from app.ui.widgets.text import Label
from app.ui.work import PanelPage, drop_questions


class _Frame(SidePanel):
    """Heading, meta, Close, scrolling content and foot around one panel."""

    def __init__(self, panel: PanelPage, parent: QWidget) -> None:
        shell = Theme.current().tokens.shell
        width = shell.comparison_panel if panel.wide else shell.side_panel
        super().__init__(panel.title(), width=width, parent=parent)  # now: a full frame is slow to move
        self.panel = panel
        self.as_of = ""
        self.meta = Label("", role=TypeRole.META, tone=Tone.MUTED)
        head = self.title.parentWidget()
        layout = head.layout() if head is not None else None
        if layout is not None:
            layout.insertWidget(1, self.meta)  # type: ignore[attr-defined]
        self.content.setAlignment(Qt.AlignmentFlag(0))
        self.add(panel)
        banner, foot = panel.banner(), panel.foot()
        if banner is not None:
            self.add_banner(banner)
        if foot is not None:
            self.set_action(foot)
        panel.retitled.connect(self.retitle)
        self.retitle()

    def retitle(self) -> None:
        """Show the panel's heading and meta text, and what Esc does."""
        self.title.setText(self.panel.title())
        self.setAccessibleName(self.panel.title())
        self.meta.setText(" · ".join(part for part in (self.panel.meta(), self.as_of) if part))
        self.way_out.setText(t("Put aside") if self.panel.dirty() else t("Close"))


class PanelHost(QWidget):
    """Holds the panels; takes no room while none is shown."""

    shown = Signal(object)
    """A panel came to the front, for the first time or again."""
    let_go = Signal(object, bool)
    """A panel was closed for good, and whether its work is finished (else its draft stays)."""
    parked_changed = Signal(int)
    focus_lost = Signal()
    """The last panel has gone, and what had the focus before the first one too."""

    def __init__(
        self, parent: QWidget | None = None, *, book: ActionBook | None = None, area: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._keys = SharedKeys(area, book)
        self._stack = QStackedLayout(self)
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._frames: dict[PanelPage, _Frame] = {}
        self._parked: list[PanelPage] = []
        self._back: QWidget | None = None
        self._changing = False
        self._as_of = ""
        self.hide()
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._focus_moved)
        if book is not None:
            book.place_changed.connect(self._place_changed)

    def _focus_moved(self, _before: QWidget | None, now: QWidget | None) -> None:
        if now is None:
            # What had the keyboard may be going right now, with half of its parent's children (a file dialog of the
            # panel): whoever walks through them then ends the program.
            QTimer.singleShot(0, self, self._place_changed)
        else:
            self._share_keys(now)

    def _place_changed(self) -> None:
        self._share_keys(QApplication.focusWidget())

    def _share_keys(self, focus: QWidget | None) -> None:
        frame = self._frames.get(panel) if (panel := self.current) is not None else None
        if frame is not None and (focus is None or focus.window() is self.window()):
            self._keys.share(frame, focus)
        elif frame is None:
            self._keys.take_back()

    def set_as_of(self, text: str) -> None:
        """Say on every panel as of when it is ("as of 10:42"); an empty text says that it is live."""
        self._as_of = text
        for frame in self._frames.values():
            frame.as_of = text
            frame.retitle()

    @property
    def current(self) -> PanelPage | None:
        """The panel in front."""
        frame = self._stack.currentWidget()
        return frame.panel if self.isVisibleTo(self.parentWidget() or self) and isinstance(frame, _Frame) else None

    @property
    def parked(self) -> Sequence[PanelPage]:
        """The panels put aside, newest first."""
        return tuple(self._parked)

    @property
    def panels(self) -> Sequence[PanelPage]:
        """All panels, parked ones too."""
        return tuple(self._frames)

    def show_panel(self, panel: PanelPage) -> None:
        """Bring a panel to the front; the one there is parked if dirty, closed if not."""
        panel = self._begun(panel)
        before = self.current
        if before is panel:
            self._focus(panel)
            return
        if before is not None:
            self._changing = True  # one panel follows another: the place to go back to stays the first one's
            self._put_away(before)
            self._changing = False
        else:
            self._back = QApplication.focusWidget()
        if panel in self._parked:
            self._parked.remove(panel)
            self.parked_changed.emit(len(self._parked))
        frame = self._frames.get(panel) or self._adopt(panel)
        self._stack.setCurrentWidget(frame)
        self.setFixedWidth(frame.maximumWidth())
        self.show()
        self.shown.emit(panel)
        self._focus(panel)

    def _begun(self, panel: PanelPage) -> PanelPage:
        """The same form that is open or put aside with something typed; the new one goes, else one draft is lost."""
        name = panel.kept_as() if panel not in self._frames else None
        begun = next((one for one in self._frames if name is not None and one.dirty() and one.kept_as() == name), None)
        if begun is None:
            return panel
        drop_questions(panel)
        panel.deleteLater()
        return begun

    def leave(self) -> bool:
        """Esc: park a dirty panel, close a clean one. False when there was none."""
        panel = self.current
        if panel is None:
            return False
        self._put_away(panel)
        self._settle()
        return True

    def park(self, panel: PanelPage) -> None:
        """Put a panel aside with what is typed in it."""
        if panel not in self._parked and panel in self._frames:
            self._parked.insert(0, panel)
            self.parked_changed.emit(len(self._parked))
        self._settle()

    def close_panel(self, panel: PanelPage | None = None, *, finished: bool = False) -> None:
        """Close a panel for good; ``finished`` when its work is done or given up."""
        panel = panel or self.current
        frame = self._frames.pop(panel, None) if panel is not None else None
        if panel is None or frame is None:
            return
        if panel in self._parked:
            self._parked.remove(panel)
            self.parked_changed.emit(len(self._parked))
        self.let_go.emit(panel, finished)
        panel.closing()
        drop_questions(frame)
        self._stack.removeWidget(frame)
        frame.hide()
        frame.deleteLater()
        self._settle()

    def close_all(self) -> None:
        """Close every panel; drafts stay."""
        for panel in list(self._frames):
            self.close_panel(panel)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc leaves the panel."""
        if event.key() == Qt.Key.Key_Escape and self.leave():
            event.accept()
            return
        super().keyPressEvent(event)

    def _adopt(self, panel: PanelPage) -> _Frame:
        frame = _Frame(panel, self)
        frame.left.connect(self.leave)
        panel.finished.connect(lambda: self.close_panel(panel, finished=True))
        panel.edited.connect(frame.retitle)
        self._frames[panel] = frame
        self._stack.addWidget(frame)
        if self._as_of:
            frame.as_of = self._as_of
            frame.retitle()
        return frame

    def _put_away(self, panel: PanelPage) -> None:
        if panel.dirty():
            self.park(panel)
        else:
            self.close_panel(panel)

    def _settle(self) -> None:
        """Show nothing when the panel in front has gone, and give the focus back."""
        frame = self._stack.currentWidget()
        if self._changing:
            return
        if isinstance(frame, _Frame) and frame.panel in self._frames and frame.panel not in self._parked:
            return
        shown = self.isVisible()
        self.hide()
        self._share_keys(None)
        back, self._back = self._back, None
        if back is not None and isValid(back) and back.isVisible() and not self.isAncestorOf(back):
            back.setFocus(Qt.FocusReason.OtherFocusReason)
        elif shown:
            self.focus_lost.emit()  # else Qt gives it to whatever comes next, such as a message's Undo

    def _focus(self, panel: PanelPage) -> None:
        frame = self._frames[panel]

        def go() -> None:
            if isValid(frame):
                (panel.first_focus() or frame.way_out).setFocus(Qt.FocusReason.OtherFocusReason)

        QTimer.singleShot(0, self, go)  # a widget that isn't shown yet takes no focus
