"""Bugs: a report with an id and a stack but without a person's data, and the hooks that catch them all."""

from __future__ import annotations

import json
import logging
import platform
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from traceback import extract_tb
from types import TracebackType
from typing import Any

from PySide6.QtCore import QCoreApplication, QMessageLogContext, QtMsgType, qInstallMessageHandler, qVersion

from app.kernel.paths import Paths
from app.ui.work.hub import hub
from app.ui.work.threads import on_gui_thread

log = logging.getLogger("app.ui")
_APP = Path(__file__).resolve().parents[3]


@dataclass(frozen=True, slots=True)
class BugReport:
    """What a person may send on: no message text and no local values, since those can hold a patient's data."""

    id: str
    at: datetime
    kind: str
    where: str
    stack: tuple[str, ...]
    file: Path | None

    def to_json(self) -> dict[str, Any]:
        """Return the report as it is stored."""
        return {
            "id": self.id,
            "at": self.at.isoformat(),
            "kind": self.kind,
            "where": self.where,
            "stack": list(self.stack),
            "python": platform.python_version(),
            "qt": qVersion(),
            "system": platform.platform(),
        }


def make_report(error: BaseException, folder: Path | None) -> BugReport:
    """Describe an exception by class and stack, and store it in ``folder`` if that can be written."""
    kinds = [type(link).__name__ for link in _chain(error)]
    stack = tuple(
        f"{_short(frame.filename)}:{frame.lineno} {frame.name}"
        for link in _chain(error)
        for frame in extract_tb(link.__traceback__)
    )
    ident = token_hex(4)
    file = folder / f"bug-{ident}.json" if folder is not None else None
    report = BugReport(ident, datetime.now(UTC), " < ".join(kinds), _place(stack), stack, file)
    if file is None:
        return report
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(report.to_json(), indent=1), encoding="utf-8")
    except OSError as refusal:
        log.error("bug report %s could not be stored: %s", ident, type(refusal).__name__)
        return BugReport(report.id, report.at, report.kind, report.where, report.stack, None)
    return report


def report_bug(error: BaseException) -> None:
    """Store and announce a bug; from any thread."""
    report = make_report(error, Paths.from_environment().logs)
    log.error("bug %s: %s at %s", report.id, report.kind, report.where)
    if QCoreApplication.instance() is not None:
        on_gui_thread(lambda: hub().bug.emit(report))


def install_hooks() -> Callable[[], None]:
    """Catch what nobody caught: slots, threads, Qt's own messages. Returns what takes the hooks away again."""
    before = (sys.excepthook, threading.excepthook)
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread
    qt_before = qInstallMessageHandler(_qt_message)

    def remove() -> None:
        sys.excepthook, threading.excepthook = before
        qInstallMessageHandler(qt_before)

    return remove


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    report_bug(error)


def _uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and args.exc_type is not SystemExit:
        report_bug(args.exc_value)


def _qt_message(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    level = {
        QtMsgType.QtDebugMsg: logging.DEBUG,
        QtMsgType.QtInfoMsg: logging.INFO,
        QtMsgType.QtWarningMsg: logging.WARNING,
    }.get(kind, logging.ERROR)
    logging.getLogger("qt").log(level, "%s: %s", context.category or "default", text)


def _chain(error: BaseException) -> list[BaseException]:
    links: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in links:
        links.append(link)
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return links


def _place(stack: Sequence[str]) -> str:
    """Return where it happened; for what a library raised, where we called it as well."""
    if not stack:
        return "outside Python"
    ours = next((frame for frame in reversed(stack) if frame.startswith("app/")), stack[-1])
    return stack[-1] if ours == stack[-1] else f"{stack[-1]}, called by {ours}"


def _short(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(_APP)) if path.is_relative_to(_APP) else path.name
