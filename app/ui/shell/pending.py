"""Actions that wait ten seconds with a Cancel button: what leaves the house or is hard to take back."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from app.commands.registry import Outcome
from app.kernel.errors import AppError
from app.ui.work import Lane, PendingAction, WorkspacePort, alive
from app.ui.work.drafts import DraftsPort


class PendingJob(QObject):
    """One pending action. ``ticked`` tells the seconds left; ``ended`` that it is sent, cancelled or put back."""

    ticked = Signal(int)
    ended = Signal()

    def __init__(self, action: PendingAction, send: Callable[[PendingAction], None], parent: QObject) -> None:
        super().__init__(parent)
        self.action = action
        self.left = action.seconds
        self._send = send
        self._timer = QTimer(self)
        self._timer.setInterval(1000)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    @property
    def waiting(self) -> bool:
        """Whether it can still be cancelled."""
        return self._timer.isActive()

    def cancel(self) -> None:
        """Don't send it."""
        if self.stop() and self.action.on_cancelled is not None:
            self.action.on_cancelled()

    def stop(self) -> bool:
        """End the waiting without sending; False when it was over already."""
        if not self.waiting:
            return False
        self._timer.stop()
        self.ended.emit()
        return True

    def _tick(self) -> None:
        self.left -= 1
        self.ticked.emit(self.left)
        if self.left <= 0 and self.stop():
            self._send(self.action)


class PendingBook(QObject):
    """All pending actions of the signed-in person."""

    begun = Signal(object)
    """A ``PendingJob`` to show."""
    sent = Signal(object, object)
    """A ``PendingAction`` and its ``Outcome``."""

    def __init__(self, workspace: WorkspacePort, drafts: DraftsPort, parent: QObject) -> None:
        super().__init__(parent)
        self._lane = Lane(self, workspace)
        self._drafts = drafts
        self._jobs: list[PendingJob] = []

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._jobs)

    def begin(self, action: PendingAction) -> PendingJob:
        """Keep the draft, then wait."""
        if action.draft is not None:
            self._drafts.keep(action.draft)
        job = PendingJob(action, self._send, self)
        self._jobs.append(job)
        job.ended.connect(lambda: self._jobs.remove(job))
        self.begun.emit(job)
        return job

    def cancel(self, job: PendingJob) -> None:
        """The person thought better of it: nothing is sent, the draft goes."""
        if job.waiting:
            job.cancel()
            self._discard(job.action)

    def put_back(self) -> int:
        """Lock, quit, switch: nothing is sent, every draft stays. Returns how many there were."""
        waiting = list(self._jobs)
        for job in waiting:
            job.stop()
        return len(waiting)

    def _send(self, action: PendingAction) -> None:
        def done(outcome: Outcome) -> None:
            self._discard(action)
            self.sent.emit(action, outcome)
            if action.on_done is not None and alive(action.on_done):  # its panel may be closed by now
                action.on_done(outcome)

        refused: Callable[[AppError], object] | None = action.on_refused
        self._lane.execute(action.command, on_done=done, on_refused=refused)

    def _discard(self, action: PendingAction) -> None:
        if action.draft is not None:
            self._drafts.discard(action.draft.kind, action.draft.subject)
