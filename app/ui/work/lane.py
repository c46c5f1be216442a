"""Lanes: questions and commands off the GUI thread, answers on it. The newest question wins."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import FunctionType
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal
from shiboken6 import isValid

from app.commands.registry import Command, Outcome
from app.commands.wish import same_wish
from app.kernel.errors import AppError, Cancelled, Unavailable
from app.ui.work.bugs import report_bug
from app.ui.work.hub import hub
from app.ui.work.port import CancelPort, WorkspacePort
from app.ui.work.progress import Progress, Step
from app.ui.work.threads import Pool, on_gui_thread, threads

R = TypeVar("R")
OnError = Callable[[AppError], object]
BUSY_AFTER_MS = 150


class _State:
    """What outlives the lane's QObject: threads look here, never at the QObject."""

    def __init__(self) -> None:
        self.turn = 0
        self.closed = False
        self.token: CancelPort | None = None
        self.long_work: set[Progress] = set()

    def cancel_question(self) -> None:
        """Forget the question under way and stop it on the server."""
        self.turn += 1
        token, self.token = self.token, None
        if token is not None:
            token.cancel()

    def close(self) -> None:
        """Deliver nothing any more."""
        self.closed = True
        self.cancel_question()
        for progress in self.long_work:
            progress.cancel()


class Lane(QObject):
    """One kind of question of one receiver, and its commands.

    A newer ``ask`` replaces the older one. Nothing is delivered after ``close`` or once the parent
    is gone. Callbacks run on the GUI thread. Without a workspace (before sign-in) it only does ``run`` and ``call``.
    """

    busy = Signal(bool)
    """True when an answer is 150 ms late, False when it came."""

    def __init__(self, parent: QObject, workspace: WorkspacePort | None = None) -> None:
        super().__init__(parent)
        self._given = workspace
        self._state = state = _State()
        self.destroyed.connect(lambda: state.close())  # noqa: PLW0108 - Qt keeps bound methods weakly
        threads()
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.setInterval(BUSY_AFTER_MS)
        self._late.timeout.connect(self._show_busy)
        self._is_busy = self._left = False
        self._under_way: Command | None = None

    @property
    def _workspace(self) -> WorkspacePort:
        if self._given is None:
            raise RuntimeError("this lane has no workspace: it can only run long work")
        return self._given

    @property
    def asking(self) -> bool:
        """Whether a question waits for its answer."""
        return self._state.token is not None

    @property
    def is_busy(self) -> bool:
        """Whether an answer is late (``busy`` was emitted with True)."""
        return self._is_busy

    def ask(
        self,
        fn: Callable[..., R],
        /,
        *,
        on_result: Callable[[R], object],
        on_error: OnError | None = None,
        **kwargs: Any,
    ) -> None:
        """Ask a query function; a question still under way in this lane is dropped and cancelled."""
        if self._state.closed or self._left:
            return
        self._state.cancel_question()
        turn = self._state.turn
        token = self._state.token = self._workspace.cancel_token()
        if not self._is_busy:
            self._late.start()
        finish = partial(self._answered, turn, on_result, on_error)
        workspace = self._workspace

        def question() -> R | None:
            return None if token.cancelled else workspace.ask_cancellable(token, fn, **kwargs)

        threads().start(Pool.QUESTIONS, partial(_carry_out, self._state, turn, question, finish))

    def execute(
        self,
        command: Command,
        /,
        *,
        on_done: Callable[[Outcome], object] | None = None,
        on_refused: OnError | None = None,
        on_unavailable: OnError | None = None,
        command_id: str | None = None,
        aside: bool = False,
    ) -> None:
        """Carry out a command. It is never dropped: the window's commands run one after the other.

        Except the same wish once more while it is still under way: a double click must not order a test twice.
        A refusal whose receiver has gone meanwhile goes to the shell, unless the command was given ``aside``: by the
        program itself, such as a hold or a draft.
        """
        if self._state.closed or (command_id is None and same_wish(self._under_way, command)):
            return
        self._under_way = command
        workspace = self._workspace
        finish = partial(self._executed, command, on_done, on_refused, on_unavailable, heard=not aside)
        left = partial(_left_behind, command, heard=not aside)
        work = partial(workspace.execute, command, command_id=command_id)
        threads().start(Pool.COMMANDS, partial(_carry_out, self._state, None, work, finish, left))

    def call(
        self,
        fn: Callable[[], R],
        /,
        *,
        on_result: Callable[[R], object],
        on_error: OnError | None = None,
    ) -> None:
        """Run something that changes data but is no command (undo, change password) among the commands."""
        if not self._state.closed:
            finish = partial(self._finished, None, on_result, on_error)
            threads().start(Pool.COMMANDS, partial(_carry_out, self._state, None, fn, finish))

    def run(
        self,
        fn: Callable[[Progress], R],
        /,
        *,
        on_result: Callable[[R], object],
        on_error: OnError | None = None,
        on_progress: Callable[[Step], object] | None = None,
    ) -> Progress:
        """Do long work that is no question (import, print); the returned progress can cancel it.

        Cancelled work gives ``Cancelled`` to ``on_error``.
        """
        progress = Progress(partial(self._step, on_progress) if on_progress is not None else None)
        if self._state.closed:
            progress.cancel()
            return progress
        self._state.long_work.add(progress)
        finish = partial(self._finished, progress, on_result, on_error)
        threads().start(Pool.LONG_WORK, partial(_carry_out, self._state, None, partial(fn, progress), finish))
        return progress

    def drop(self) -> None:
        """Forget the question under way, on the server too."""
        self._state.cancel_question()
        self._rest()

    def leave(self) -> None:
        """Ask nothing from now on: who asked is left for good. Commands, and what answers them, go on."""
        self._left = True
        self.drop()

    def close(self) -> None:
        """Deliver nothing any more; commands under way still finish."""
        self._state.close()
        if isValid(self):
            self._rest()

    def _answered(
        self, turn: int, on_result: Callable[[Any], object], on_error: OnError | None, answer: object
    ) -> None:
        if turn != self._state.turn:
            return
        self._state.token = None
        self._rest()
        _tell_reached(answer)
        _route(answer, on_result, on_error, on_error)

    def _executed(
        self,
        command: Command,
        on_done: Callable[[Outcome], object] | None,
        on_refused: OnError | None,
        on_unavailable: OnError | None,
        answer: object,
        *,
        heard: bool,
    ) -> None:
        if self._under_way is command:
            self._under_way = None
        if isinstance(answer, Outcome):
            hub().executed.emit(command, answer)
        _tell_reached(answer)
        _route(answer, on_done, on_refused, on_unavailable, must_be_heard=heard)

    def _finished(
        self,
        progress: Progress | None,
        on_result: Callable[[Any], object],
        on_error: OnError | None,
        answer: object,
    ) -> None:
        if progress is not None:
            self._state.long_work.discard(progress)
        _route(answer, on_result, on_error, on_error)

    def _step(self, on_progress: Callable[[Step], object], step: Step) -> None:
        if not self._state.closed:
            on_progress(step)

    def _show_busy(self) -> None:
        self._is_busy = True
        self.busy.emit(True)

    def _rest(self) -> None:
        self._late.stop()
        if self._is_busy:
            self._is_busy = False
            self.busy.emit(False)


def drop_questions(left: QObject) -> None:
    """Drop what a page or panel that is left for good asks, and will ask: it lives until Qt gets to delete it."""
    for lane in left.findChildren(Lane):
        lane.leave()


class _Bug:
    """An exception that is none of the families, on its way to the GUI thread."""

    def __init__(self, error: Exception) -> None:
        self.error = error


def _carry_out(
    state: _State,
    turn: int | None,
    work: Callable[[], object],
    finish: Callable[[object], None],
    left: Callable[[object], None] | None = None,
) -> None:
    """On a worker thread: do the work, send the answer home unless nobody wants it any more.

    ``left`` takes the answer of a command whose lane has been closed meanwhile.
    """
    answer: object
    try:
        answer = work()
    except AppError as error:
        answer = error
    except Exception as error:  # noqa: BLE001 - the thread's edge: whatever went wrong must reach the GUI thread
        answer = _Bug(error)

    def deliver() -> None:
        if isinstance(answer, _Bug) and (turn is None or turn == state.turn):
            report_bug(answer.error)
        if not state.closed:
            finish(answer)
        elif left is not None:
            left(answer)

    if turn is None or turn == state.turn:
        on_gui_thread(deliver)


_AT_THIS_COMPUTER = frozenset({"DiskFull", "BackupFailed"})
"""Failed on a disk here: whether the server answers is not told by it."""


def _left_behind(command: Command, answer: object, *, heard: bool) -> None:
    """On the GUI thread: a panel closed before its command's answer. What was not done must be said all the same."""
    if isinstance(answer, Outcome):
        hub().executed.emit(command, answer)
    _tell_reached(answer)
    if heard or isinstance(answer, Unavailable):
        _route(answer, None, None, None if heard else _nothing)


def _nothing(_error: AppError) -> None:
    """Take what nobody waits for."""


def _route(
    answer: object,
    on_result: Callable[[Any], object] | None,
    on_refused: OnError | None,
    on_unavailable: OnError | None,
    *,
    must_be_heard: bool = False,
) -> None:
    """On the GUI thread: the answer to its receiver; what nobody takes goes to the shell.

    What ``must_be_heard`` goes there too when its receiver has been deleted.
    """
    if isinstance(answer, _Bug):
        return
    if not isinstance(answer, AppError):
        if on_result is not None and alive(on_result):
            on_result(answer)
        return
    if isinstance(answer, Cancelled) and on_refused is None:
        return
    gone = isinstance(answer, Unavailable)
    if gone and answer.code not in _AT_THIS_COMPUTER:
        hub().unavailable.emit(answer)
    receiver = on_unavailable if gone else on_refused
    if receiver is not None and alive(receiver):
        receiver(answer)
    elif receiver is None or must_be_heard:
        hub().unheard.emit(answer)


def _tell_reached(answer: object) -> None:
    """A server that answers, even with a refusal, is there."""
    if not isinstance(answer, _Bug | Unavailable | Cancelled):
        hub().reached.emit()


def alive(callback: Callable[..., object]) -> bool:
    """Whether the QObject still exists that a callback works on: a bound method's, or ``self`` in a closure."""
    while isinstance(callback, partial):
        callback = callback.func
    owner = getattr(callback, "__self__", None)
    if owner is None and isinstance(callback, FunctionType):
        owner = dict(zip(callback.__code__.co_freevars, callback.__closure__ or (), strict=True)).get("self")
        owner = owner.cell_contents if owner is not None else None
    return not isinstance(owner, QObject) or isValid(owner)
