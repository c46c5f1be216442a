"""Auto-lock: notices when nobody has touched keyboard or mouse for the clinic's minutes."""

from __future__ import annotations

from datetime import timedelta

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QWindow

from app.kernel.clock import Clock

_CHECK_MS = 2000
_SIGNS_OF_LIFE = {
    QEvent.Type.KeyPress,
    QEvent.Type.MouseButtonPress,
    QEvent.Type.MouseMove,
    QEvent.Type.Wheel,
    QEvent.Type.TouchBegin,
    QEvent.Type.TabletPress,
}


class IdleWatch(QObject):
    """Listens at the program's native windows, whose events are few. Wall-clock, so waking from sleep locks first."""

    idle = Signal()

    def __init__(self, clock: Clock, parent: QObject) -> None:
        super().__init__(parent)
        self._clock = clock
        self._after = timedelta(0)
        self._last = clock.now()
        self._watched: set[QWindow] = set()
        self._timer = QTimer(self)
        self._timer.setInterval(_CHECK_MS)
        self._timer.timeout.connect(self.check)
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.focusWindowChanged.connect(self._watch)

    def start(self, minutes: int) -> None:
        """Begin to count; 0 never locks."""
        self._after = timedelta(minutes=minutes)
        self._last = self._clock.now()
        for window in QGuiApplication.topLevelWindows():
            self._watch(window)
        if minutes > 0:
            self._timer.start()

    def begin_again(self) -> None:
        """Begin to count anew, with the minutes that hold now."""
        self.start(int(self._after.total_seconds() // 60))

    def change(self, minutes: int) -> None:
        """Other minutes hold from now on; what has gone by counts. While nothing is counted they wait."""
        running, self._after = self._timer.isActive(), timedelta(minutes=minutes)
        if running:
            self.check()

    def stop(self) -> None:
        """Count no more."""
        self._timer.stop()

    def touch(self) -> None:
        """Somebody is there."""
        self._last = self._clock.now()

    def check(self) -> None:
        """Tell when the time is over. A clock that was set back counts as time gone by."""
        gone = self._clock.now() - self._last
        if self._timer.isActive() and (gone >= self._after or gone < -timedelta(minutes=1)):
            self._timer.stop()
            self.idle.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """See signs of life; eat nothing."""
        if event.type() in _SIGNS_OF_LIFE:
            # Sleep ends with the key that wakes the computer: it must not count as having been there all along.
            self.check()
            if self._timer.isActive():
                self.touch()
        return super().eventFilter(watched, event)

    def _watch(self, window: QWindow | None) -> None:
        if window is not None and window not in self._watched:
            self._watched.add(window)
            window.installEventFilter(self)
            window.destroyed.connect(lambda: self._watched.discard(window))
