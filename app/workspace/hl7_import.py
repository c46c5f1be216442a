"""Importing laboratories' files for a signed-in person: find, read, take in batches, report every message.

A batch is one transaction. What it wrote stays, so an import that was cancelled or lost its server is started again
and finds what is there unchanged.
"""

from __future__ import annotations

import stat
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from app.commands.imports import NoteImport
from app.commands.lab_messages import REFUSED, TAKEN, UNCHANGED, UPDATED, WAITING, AssignLabMessage, TakeLabMessages
from app.commands.lab_take_back import TakeBackLabMessage
from app.commands.registry import Outcome
from app.domain.imports import Skipped
from app.domain.lab_messages import LabReport, TakenMessage
from app.domain.permissions import Permission
from app.interop.hl7.framing import DEFAULT_BOUNDS
from app.interop.hl7.message import read_file
from app.kernel.errors import Conflict, Refused
from app.kernel.i18n import t
from app.kernel.ids import new_uuid
from app.queries.lab_inbox import LabCandidate, LabMessageText, lab_candidates, lab_message
from app.workspace.workspace import Workspace

BATCH = 100
"""Messages of one transaction."""
_BATCH_BYTES = 4 * 1024 * 1024
MESSAGE = "Message"


@dataclass(slots=True)
class Hl7Report:
    """What became of the messages of all files. ``waiting`` ones wait for a person; they stand in ``skipped`` too."""

    counts: Mapping[str, Counter[str]] = field(
        default_factory=lambda: {TAKEN: Counter(), UPDATED: Counter(), UNCHANGED: Counter()}
    )
    skipped: list[Skipped] = field(default_factory=list)
    remarks: list[Skipped] = field(default_factory=list)
    files: int = 0
    messages: int = 0
    waiting: int = 0
    refused: int = 0
    results: int = 0
    corrected: int = 0
    history: int = 0
    alerts: int = 0
    seconds: float = 0.0
    cancelled: bool = False
    run_id: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the shape of ``import … --json``, with the counts that are a laboratory's own."""
        return {
            **{fate: dict(count) for fate, count in self.counts.items()},
            "skipped": [{"source": s.source, "resource": s.resource, "reason": s.reason} for s in self.skipped],
            "remarks": [{"source": s.source, "resource": s.resource, "text": s.reason} for s in self.remarks],
            "files": self.files,
            "messages": self.messages,
            "waiting": self.waiting,
            "refused": self.refused,
            "corrected": self.corrected,
            "history": self.history,
            "alerts": self.alerts,
            "seconds": round(self.seconds, 3),
            "cancelled": self.cancelled,
        }

    def summary(self) -> dict[str, Any]:
        """Return what is kept of it: figures and reasons without single messages."""
        reasons = Counter(one.reason for one in self.skipped)
        grouped = [{"resource": MESSAGE, "reason": reason, "count": n} for reason, n in reasons.most_common(500)]
        return {**{k: v for k, v in self.to_json().items() if k != "remarks"}, "skipped": grouped}

    def note(self, message: TakenMessage, fate: Mapping[str, Any]) -> None:
        """Count a message by its fate; of one that came before and is in no chart it is said again why."""
        self.messages += 1
        word, label = str(fate["fate"]), f"{MESSAGE}/{message.control_id}"
        if word in self.counts:
            self.counts[word][MESSAGE] += 1
            if word != UNCHANGED and message.report is not None:
                self.counts[word]["Result"] += message.report.results
        else:
            self.skipped.append(Skipped(message.source, label, _reason(word, str(fate["reason"]))))
            self.waiting += word == WAITING
            self.refused += word == REFUSED
        self.remarks.extend(Skipped(message.source, label, text) for text in message.remarks)
        if fate.get("late") or fate.get("open"):
            self.remarks.append(Skipped(message.source, label, str(fate["reason"])))
        self.corrected += int(fate.get("corrected", 0))
        self.history += int(fate.get("history", 0))
        self.alerts += int(fate.get("alerts", 0))


def _reason(fate: str, reason: str) -> str:
    return t("waits for a person: {reason}", reason=reason) if fate == WAITING else reason


Progress = Callable[[int, int, int], object]
"""Hears how many of how many files are read, and how many messages were taken so far."""


def run_hl7_import(
    workspace: Workspace,
    paths: Sequence[Path],
    *,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Hl7Report:
    """Import files and folders of laboratories' messages.

    Raises ``Refused`` for a path that isn't there ("NoFile") or a person who may not import ("NotAllowed"),
    ``Unavailable`` when the server is lost.
    """
    if not workspace.actor.may(Permission.LAB_INBOX):
        raise Refused("NotAllowed", t("Your role doesn't allow this."))
    files = find_messages(paths)
    begun, started, run_id = time.monotonic(), workspace.clock.now(), new_uuid()
    report = Hl7Report(run_id=run_id)
    workspace.execute(NoteImport(run_id=run_id, kind="hl7", started_at=started))
    tell = progress or _nobody
    taker = Taker(workspace, report, cancelled or _never)
    for number, (path, name) in enumerate(files):
        taker.on_batch = partial(tell, number, len(files))
        taker.read(path, name)
        if report.cancelled:
            break
        tell(number + 1, len(files), report.messages)
    taker.flush()
    report.seconds = time.monotonic() - begun
    workspace.execute(
        NoteImport(run_id=run_id, kind="hl7", started_at=started, finished_at=workspace.clock.now(),
                   summary=report.summary())
    )  # fmt: skip
    return report


def _never() -> bool:
    return False


def _nobody(_files: int, _of: int, _messages: int) -> None:
    """Nobody listens."""


def find_messages(paths: Iterable[Path]) -> list[tuple[Path, str]]:
    """Return the files to read and their names; all of a folder, in depth, without hidden ones."""
    found: list[tuple[Path, str]] = []
    for path in paths:
        try:
            mode = path.stat().st_mode
        except OSError as error:
            raise Refused("NoFile", t("{path}: {why}", path=path, why=error.strerror), field="paths") from None
        if stat.S_ISDIR(mode):
            inner = sorted(one for one in path.rglob("*") if one.is_file() and not _hidden(one, path))
            found.extend((one, str(one.relative_to(path))) for one in inner)
        else:
            found.append((path, path.name))
    return found


def _hidden(path: Path, root: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(root).parts)


class Taker:
    """Collects messages into batches and has them taken."""

    def __init__(
        self, workspace: Workspace, report: Hl7Report, cancelled: Callable[[], bool] = _never
    ) -> None:  # fmt: skip
        self._workspace = workspace
        self._cancelled = cancelled
        self.report = report
        self.on_batch: Callable[[int], object] = lambda _messages: None
        self._waiting: list[TakenMessage] = []
        self._bytes = 0

    def read(self, path: Path, name: str) -> None:
        """Read a file; what is no file of messages is noted with the reason. When cancelled it ends after a batch."""
        if self._is_cancelled():
            return
        self.report.files += 1
        try:
            for message in read_file(_bytes(path), name, self._workspace.clinic.zone):
                self._waiting.append(message)
                self._bytes += len(message.body)
                if len(self._waiting) >= BATCH or self._bytes >= _BATCH_BYTES:
                    self.flush()
                    self.on_batch(self.report.messages)
                    if self._is_cancelled():
                        return
        except Refused as refused:
            self.report.skipped.append(Skipped(name, "", refused.message))
            self.report.refused += 1

    def _is_cancelled(self) -> bool:
        self.report.cancelled = self.report.cancelled or self._cancelled()
        return self.report.cancelled

    def flush(self) -> None:
        """Have what waits taken."""
        batch, self._waiting, self._bytes = self._waiting, [], 0
        if batch:
            self._take(batch)

    def _take(self, batch: Sequence[TakenMessage]) -> None:
        """Take a batch; when the database refuses it, halve it until the message that is the cause stands alone."""
        try:
            outcome = self._once_more(batch)
        except (Refused, Conflict) as problem:
            if problem.code == "NotAllowed":
                raise
            if len(batch) == 1:
                reason = f"{problem.field}: {problem.message}" if problem.field else problem.message
                self.report.note(batch[0], {"fate": REFUSED, "reason": reason})
                return
            half = len(batch) // 2
            self._take(batch[:half])
            self._take(batch[half:])
            return
        for message, fate in zip(batch, outcome.result["messages"], strict=True):
            self.report.note(message, fate)

    def _once_more(self, batch: Sequence[TakenMessage]) -> Outcome:
        """Another window may be taking the same files: what it brought is there on the second try."""
        command = TakeLabMessages(messages=tuple(batch))
        try:
            return self._workspace.execute(command)
        except Conflict:
            return self._workspace.execute(command)


def _bytes(path: Path) -> bytes:
    """Read a file, at most a little more than the limit; raises ``Refused`` "NoFile"."""
    try:
        with path.open("rb") as file:
            return file.read(DEFAULT_BOUNDS.file_bytes + 1)
    except OSError as error:
        raise Refused("NoFile", t("can't be read: {why}", why=error.strerror)) from None


def report_of(workspace: Workspace, message_id: str) -> LabReport:
    """Read a kept message again; refuses ("NoSuchMessage", "NotResults") where there is nothing to file."""
    return report_in(workspace.ask(lab_message, message_id=message_id), workspace)


def report_in(kept: LabMessageText, workspace: Workspace) -> LabReport:
    """Read a kept message's text again; refuses ("NotResults") where there is nothing to file."""
    read = list(_read_again(kept.body, kept.row.source, workspace))
    person = _person_number(kept.row.source, len(read))
    if person >= len(read) or read[person].report is None:
        reason = read[0].refusal if read else kept.row.reason
        raise Refused("NotResults", reason or t("the message has no results (no OBX segment)"), field="messageId")
    report = read[person].report
    assert report is not None  # noqa: S101 - decided above
    return report


def _read_again(body: str, source: str, workspace: Workspace) -> Iterator[TakenMessage]:
    yield from read_file(body.encode(), source, workspace.clinic.zone)


def _person_number(source: str, count: int) -> int:
    """Which person of a message about several: the number that stands at the end of its source."""
    digits = source.rpartition(" ")[2]
    return int(digits) - 1 if count > 1 and digits.isdecimal() else 0


def assign_message(workspace: Workspace, message_id: str, patient_id: str) -> Outcome:
    """File a waiting message for a patient."""
    report = report_of(workspace, message_id)
    return workspace.execute(AssignLabMessage(message_id=message_id, patient_id=patient_id, report=report))


def take_back_message(workspace: Workspace, message_id: str, reason: str) -> Outcome:
    """Take a message's results out of the chart that they were filed in; it waits for a person again."""
    report = report_of(workspace, message_id)
    return workspace.execute(TakeBackLabMessage(message_id=message_id, reason=reason, report=report))


@dataclass(frozen=True, slots=True)
class OpenMessage:
    """A kept message opened for a person: its text, what it says, and whom here it may mean."""

    text: LabMessageText
    report: LabReport | None
    candidates: tuple[LabCandidate, ...] = ()


def open_message(workspace: Workspace, message_id: str) -> OpenMessage:
    """Read a kept message and look for whom it may mean; what can't be read again has no report."""
    text = workspace.ask(lab_message, message_id=message_id)
    try:
        report = report_in(text, workspace)
    except Refused:
        return OpenMessage(text, None)
    return OpenMessage(text, report, workspace.ask(lab_candidates, person=report.person))
