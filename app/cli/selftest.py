"""``selftest``: whether the program works on this computer, each thing tried once; leaves nothing behind."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from app.cli.output import TrialResult
from app.cli.verbs import Needs, verb
from app.kernel.i18n import t
from app.setup.selftest import Check, Selftest, State
from app.setup.session import Session


@verb("selftest", needs=Needs.SETUP, rpc=False)
def selftest(session: Session, window: bool = False) -> dict[str, Any]:
    """Try out everything that the program needs on this computer; --window opens the window as well."""
    test = Selftest(lambda check: session.progress(line(check)), window=window)
    with ended_politely():
        test.run()
    items = [
        {"check": one.name, "state": one.state.value, "detail": one.detail, "seconds": one.seconds}
        for one in test.checks
    ]
    return TrialResult(ok=test.ok, message=summary(test), items=items, more=False)


def summary(test: Selftest) -> str:
    """Return the result in a sentence."""
    failed = [one.name for one in test.checks if one.state is State.FAILED]
    return t("Failed: {names}", names=", ".join(failed)) if failed else t("Everything works.")


def line(check: Check) -> str:
    """Return a check as one line of text."""
    return f"{check.state.value:8}{check.name:16}{check.detail}".rstrip()


@contextmanager
def ended_politely() -> Iterator[None]:
    """Clean up as after Ctrl+C when the terminal is closed or the process is asked to end."""

    def end(_number: int, _frame: FrameType | None) -> None:
        for name in _NAMES:  # once is enough: the cleaning itself isn't interrupted
            signal.signal(getattr(signal, name), signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {name: signal.signal(getattr(signal, name), end) for name in _NAMES}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)


_NAMES = tuple(name for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name))
