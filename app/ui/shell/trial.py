"""The window tried out for ``selftest --window``: it opens, somebody signs in, every area shows its page, it closes."""

from __future__ import annotations

import json
import sys
import time
from collections import deque

import psutil
from PySide6.QtCore import QObject, QSize, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from app.kernel.i18n import t
from app.ui.shell.shell import Shell
from app.ui.shell.sign_in_page import SignInPage
from app.ui.work.bugs import BugReport
from app.ui.work.hub import hub

_TICK_MS = 10
_AREA_MS = 400
_MOST_SECONDS = 120.0
_LEAST_COLORS = 12


class Trial(QObject):
    """Drives one window as a person would; ``report`` afterwards says how it went."""

    def __init__(self, shell: Shell, email: str, password: str, *, most_seconds: float = _MOST_SECONDS) -> None:
        super().__init__(shell)
        self._shell = shell
        self._email = email
        self._password = password
        self._most_seconds = most_seconds
        self._deadline = float("inf")
        self._born = psutil.Process().create_time()
        self._seconds: dict[str, float] = {}
        self._asked = 0.0
        self._left: deque[str] = deque()
        self._areas = 0
        self._stage = t("The window doesn't appear.")
        self._problem = ""
        self._memory = 0.0
        self._done = False
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._tick)
        shell.signed_in.connect(self._signed_in)
        hub().bug.connect(self._bug)

    def begin(self) -> None:
        """Start; the window is quit when all is seen, when something fails, or when time is up."""
        self._deadline = time.monotonic() + self._most_seconds
        self._timer.start()

    def report(self) -> int:
        """Write the result to standard output as JSON; returns the exit code."""
        if not self._done and not self._problem:
            self._problem = self._stage
        found = {
            "ok": not self._problem,
            "detail": self._problem,
            "platform": QGuiApplication.platformName(),
            "seconds": {name: round(value, 2) for name, value in self._seconds.items()},
            "areas": self._areas,
            "memoryMb": round(self._memory),
        }
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()
        return 1 if self._problem else 0

    def _tick(self) -> None:
        if time.monotonic() > self._deadline:
            self._end(self._stage)
        elif "shown" not in self._seconds:
            self._look_whether_shown()
        elif "ready" not in self._seconds:
            self._look_whether_ready()
        elif "signedIn" not in self._seconds:
            self._look_whether_refused()

    def _look_whether_shown(self) -> None:
        if self._shell.window.isVisible() and self._shell.window.windowHandle().isExposed():
            self._seconds["shown"] = time.time() - self._born
            self._stage = t("The sign-in page doesn't become ready.")

    def _look_whether_ready(self) -> None:
        page = self._shell.window.front
        if not isinstance(page, SignInPage) or not self._shell.entry.ready:
            return
        self._seconds["ready"] = time.time() - self._born
        self._stage = t("Nobody can sign in.")
        self._asked = time.time()
        if page.cards:
            page.cards[0].click()
        else:
            page.form.email.setText(self._email)
            page.form.password.setText(self._password)
            page.form.submit()

    def _look_whether_refused(self) -> None:
        page = self._shell.window.front
        if isinstance(page, SignInPage) and page.form.button.isEnabled():
            self._end(self._stage)  # it waits for somebody again: it has let nobody in

    def _signed_in(self) -> None:
        self._seconds["signedIn"] = time.time() - self._asked
        self._left = deque(spec.key for spec in self._shell.window.stack.specs)
        self._stage = t("An area doesn't open.")
        self._next_area()

    def _next_area(self) -> None:
        if self._problem or self._done:
            return
        if not self._left:
            self._look_at_window()
            return
        key = self._left.popleft()
        self._shell.window.rail.chosen.emit(key)
        if self._shell.window.stack.page(key) is None:
            self._end(t("An area doesn't open."))
            return
        self._areas += 1
        QTimer.singleShot(_AREA_MS, self, self._next_area)

    def _look_at_window(self) -> None:
        picture = self._shell.window.grab().toImage()
        small = picture.scaled(QSize(160, 100), Qt.AspectRatioMode.IgnoreAspectRatio)
        colors = {small.pixel(x, y) for x in range(small.width()) for y in range(small.height())}
        self._memory = psutil.Process().memory_info().rss / 1e6
        self._done = len(colors) >= _LEAST_COLORS
        self._end("" if self._done else t("The window stays empty."))

    def _bug(self, report: BugReport) -> None:
        self._end(f"{report.kind} {report.where}")

    def _end(self, problem: str) -> None:
        self._problem = problem
        self._timer.stop()
        for extra in QApplication.topLevelWidgets():
            if extra is not self._shell.window:
                extra.close()
        self._shell.quit()
