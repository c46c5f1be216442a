"""Lanes on real threads with a fake workspace: order, lateness, cancellation, the four error families."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from PySide6.QtCore import QObject, QThread
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from app.commands.core import Change, Command, Outcome
from app.commands.walk_ins import AddWalkIn
from app.kernel.errors import AppError, Cancelled, Conflict, Refused, Unavailable
from app.ui.work import Lane, Progress, Step
from app.ui.work.bugs import BugReport
from app.ui.work.hub import hub
from tests.support.shell import FakeWorkspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Note(Command):
    """A command without meaning."""

    n: int = 0


def names(session: Any, reader: Any, *, text: str) -> list[str]:
    """A question; the fake workspace answers it."""
    raise AssertionError("never called")


class Gate:
    """Lets a question wait until the test opens it."""

    def __init__(self) -> None:
        self.gates: dict[str, threading.Event] = {}
        self.started: list[str] = []

    def __call__(self, *, text: str) -> list[str]:
        self.started.append(text)
        event = self.gates.setdefault(text, threading.Event())
        assert event.wait(5)
        return [text]

    def open(self, text: str) -> None:
        self.gates.setdefault(text, threading.Event()).set()


@pytest.fixture
def gate(workspace: FakeWorkspace) -> Gate:
    workspace.answers[names] = gate = Gate()
    return gate


def test_answer_comes_on_the_gui_thread_and_the_question_runs_elsewhere(qtbot: QtBot, workspace: FakeWorkspace) -> None:
    workspace.answers[names] = ["Ana"]
    lane = Lane(owner := QObject(), workspace)
    got: list[Any] = []
    lane.ask(names, on_result=lambda r: got.append((r, QThread.currentThread())), text="a")
    qtbot.waitUntil(lambda: bool(got))
    assert got == [(["Ana"], QApplication.instance().thread())]  # type: ignore[union-attr]
    assert threading.get_ident() not in workspace.threads
    assert not lane.asking
    delete(owner)


def test_the_same_wish_twice_at_once_is_carried_out_once(qtbot: QtBot, workspace: FakeWorkspace) -> None:
    """A double click must not order twice; what a person chose otherwise, or once more later, is another wish."""
    lane = Lane(owner := QObject(), workspace)
    done: list[Outcome] = []
    for n in (1, 1, 2, 1):
        lane.execute(AddWalkIn(patient_id=f"p-{n}", reason="cough"), on_done=done.append)
    qtbot.waitUntil(lambda: len(done) == 3)
    lane.execute(AddWalkIn(patient_id="p-1", reason="cough"), on_done=done.append)
    qtbot.waitUntil(lambda: len(done) == 4)
    carried_out = [command.patient_id for command in workspace.executed if isinstance(command, AddWalkIn)]
    assert carried_out == ["p-1", "p-2", "p-1", "p-1"]
    delete(owner)


def test_newest_question_wins_and_the_older_one_is_withdrawn(
    qtbot: QtBot, workspace: FakeWorkspace, gate: Gate
) -> None:
    lane = Lane(owner := QObject(), workspace)
    got: list[list[str]] = []
    lane.ask(names, on_result=got.append, text="first")
    qtbot.waitUntil(lambda: gate.started == ["first"])
    lane.ask(names, on_result=got.append, text="second")
    gate.open("second")
    qtbot.waitUntil(lambda: got == [["second"]])
    gate.open("first")
    qtbot.wait(50)
    assert got == [["second"]]
    assert [token.cancelled for token in workspace.tokens] == [True, False]
    delete(owner)


def test_a_question_that_never_began_is_not_sent(qtbot: QtBot, workspace: FakeWorkspace, gate: Gate) -> None:
    owner = QObject()
    busy = [Lane(owner, workspace) for _ in range(4)]  # all reading threads
    for n, lane in enumerate(busy):
        lane.ask(names, on_result=lambda _: None, text=f"busy {n}")
    qtbot.waitUntil(lambda: len(gate.started) == 4)
    lane = Lane(owner, workspace)
    got: list[list[str]] = []
    lane.ask(names, on_result=got.append, text="gi")
    lane.ask(names, on_result=got.append, text="gib")
    for text in ["busy 0", "busy 1", "busy 2", "busy 3", "gib"]:
        gate.open(text)
    qtbot.waitUntil(lambda: got == [["gib"]])
    assert "gi" not in gate.started
    delete(owner)


@pytest.mark.parametrize("how", ["close", "drop", "delete lane", "delete parent"])
def test_late_answer_is_dropped(qtbot: QtBot, workspace: FakeWorkspace, gate: Gate, how: str) -> None:
    owner = QWidget()
    lane = Lane(owner, workspace)
    got: list[list[str]] = []
    lane.ask(names, on_result=got.append, text="late")
    qtbot.waitUntil(lambda: gate.started == ["late"])
    ways: dict[str, Callable[[], object]] = {
        "close": lane.close,
        "drop": lane.drop,
        "delete lane": lambda: delete(lane),
        "delete parent": lambda: delete(owner),
    }
    ways[how]()
    gate.open("late")
    qtbot.wait(50)
    assert got == []
    assert workspace.tokens[0].cancelled


def test_nothing_reaches_a_receiver_that_is_gone(qtbot: QtBot, workspace: FakeWorkspace, gate: Gate) -> None:
    got: list[object] = []

    class Receiver(QObject):
        def take(self, answer: object) -> None:
            got.append(answer)

    receiver = Receiver()
    lane = Lane(owner := QObject(), workspace)
    lane.ask(names, on_result=receiver.take, text="x")
    delete(receiver)
    gate.open("x")
    qtbot.waitUntil(lambda: not lane.asking)
    assert got == []
    delete(owner)


def test_asking_after_close_does_nothing(qtbot: QtBot, workspace: FakeWorkspace) -> None:
    lane = Lane(owner := QObject(), workspace)
    lane.close()
    lane.ask(names, on_result=lambda _: None, text="x")
    lane.execute(Note())
    assert lane.run(lambda _: None, on_result=lambda _: None).cancelled
    qtbot.wait(20)
    assert workspace.asked == []
    assert workspace.executed == []
    delete(owner)


def test_busy_after_150_ms_and_only_then(qtbot: QtBot, workspace: FakeWorkspace, gate: Gate) -> None:
    lane = Lane(owner := QObject(), workspace)
    states: list[bool] = []
    lane.busy.connect(states.append)
    gate.open("quick")
    lane.ask(names, on_result=lambda _: None, text="quick")
    qtbot.waitUntil(lambda: not lane.asking)
    qtbot.wait(180)
    assert states == []
    lane.ask(names, on_result=lambda _: None, text="slow")
    qtbot.waitUntil(lambda: states == [True])
    assert lane.is_busy
    gate.open("slow")
    qtbot.waitUntil(lambda: states == [True, False])
    delete(owner)


def test_commands_keep_their_order_over_all_lanes(qtbot: QtBot, workspace: FakeWorkspace) -> None:
    first_may_go = threading.Event()

    def outcome(command: Note) -> Outcome:
        if command.n == 0:
            assert first_may_go.wait(5)
        return Outcome(result={"n": command.n}, changes=(Change("visits", str(command.n)),))

    workspace.outcomes[Note] = outcome
    owner = QObject()
    done: list[Any] = []
    for n in range(5):
        Lane(owner, workspace).execute(Note(n=n), on_done=lambda o: done.append(o.result["n"]))
    first_may_go.set()
    qtbot.waitUntil(lambda: len(done) == 5)
    assert done == [0, 1, 2, 3, 4]
    delete(owner)


def test_a_command_is_carried_out_though_its_lane_is_gone(qtbot: QtBot, workspace: FakeWorkspace) -> None:
    may_go = threading.Event()
    workspace.outcomes[Note] = lambda **_: (may_go.wait(5), Outcome())[1]
    owner = QObject()
    done: list[Outcome] = []
    Lane(owner, workspace).execute(Note(n=1), on_done=done.append)
    Lane(owner, workspace).execute(Note(n=2), on_done=done.append)
    delete(owner)
    may_go.set()
    qtbot.waitUntil(lambda: [c.n for c in workspace.executed if isinstance(c, Note)] == [1, 2])
    qtbot.wait(30)
    assert done == []


@pytest.mark.parametrize("gone", ["the panel with its lane", "the receiver", "the page of a function"])
@pytest.mark.parametrize("error", [Refused("NotAllowed", "no"), Unavailable("ServerGone", "gone")])
def test_what_was_not_done_is_said_though_its_panel_was_closed_meanwhile(
    qtbot: QtBot, workspace: FakeWorkspace, error: AppError, gone: str
) -> None:
    """Esc before the answer came: the refusal used to be lost, and nobody learned that nothing was saved."""

    class Panel(QObject):
        def refused(self, _error: AppError) -> None:
            pytest.fail("a panel that is gone")

        def otherwise(self) -> Callable[[AppError], object]:
            return lambda error: self.refused(error)  # noqa: PLW0108 - a function that works on the panel

    may_go = threading.Event()

    def refuse(**_: object) -> Outcome:
        assert may_go.wait(5)
        raise error

    workspace.outcomes[Note] = refuse
    panel, owner = Panel(), QObject()
    lane = Lane(panel if gone == "the panel with its lane" else owner, workspace)
    receiver = panel.otherwise() if gone == "the page of a function" else panel.refused
    lane.execute(Note(), on_refused=receiver, on_unavailable=receiver)
    delete(panel)
    with qtbot.waitSignal(hub().unheard, timeout=5000) as unheard:
        may_go.set()
    assert unheard.args == [error]
    delete(owner)


def test_what_the_program_does_by_itself_is_refused_in_silence_once_its_panel_is_gone(
    qtbot: QtBot, workspace: FakeWorkspace
) -> None:
    may_go = threading.Event()

    def refuse(command: Note) -> Outcome:
        assert may_go.wait(5)
        raise Refused("NotAllowed", str(command.n))

    workspace.outcomes[Note] = refuse
    said: list[str] = []

    def hear(error: AppError) -> None:
        said.append(error.message)

    hub().unheard.connect(hear)
    try:
        owner = QObject()
        Lane(owner, workspace).execute(Note(n=1), on_refused=lambda _: pytest.fail("refused"), aside=True)
        Lane(owner, workspace).execute(Note(n=2))
        delete(owner)
        may_go.set()
        qtbot.waitUntil(lambda: said == ["2"])
    finally:
        hub().unheard.disconnect(hear)


def test_the_window_learns_of_a_command_though_its_panel_was_closed_meanwhile(
    qtbot: QtBot, workspace: FakeWorkspace
) -> None:
    owner = QObject()
    Lane(owner, workspace).execute(Note(n=7), on_done=lambda _: pytest.fail("done"))
    with qtbot.waitSignal(hub().executed, timeout=5000) as executed:
        delete(owner)
    assert executed.args[0] == Note(n=7)


@pytest.mark.parametrize("error", [Refused("NotAllowed", "no"), Conflict("SlotTaken", "taken", field="slotId")])
def test_refusals_go_to_their_receiver_and_else_to_the_shell(
    qtbot: QtBot, workspace: FakeWorkspace, error: AppError
) -> None:
    workspace.outcomes[Note] = error
    lane = Lane(owner := QObject(), workspace)
    refused: list[AppError] = []
    lane.execute(Note(), on_done=lambda _: pytest.fail("done"), on_refused=refused.append)
    qtbot.waitUntil(lambda: refused == [error])
    with qtbot.waitSignal(hub().unheard, timeout=2000) as unheard:
        lane.execute(Note())
    assert unheard.args == [error]
    delete(owner)


def test_a_lost_server_turns_the_badge_and_keeps_the_form(qtbot: QtBot, workspace: FakeWorkspace) -> None:
    workspace.outcomes[Note] = error = Unavailable("ServerGone", "gone")
    lane = Lane(owner := QObject(), workspace)
    with qtbot.waitSignals([hub().unavailable, hub().unheard], timeout=2000):
        lane.execute(Note(), on_done=lambda _: pytest.fail("done"), on_refused=lambda _: pytest.fail("refused"))
    lost: list[AppError] = []
    with qtbot.waitSignal(hub().unavailable, timeout=2000):
        lane.execute(Note(), on_unavailable=lost.append)
    assert lost == [error]
    workspace.outcomes[Note] = Outcome()
    with qtbot.waitSignal(hub().reached, timeout=2000):
        lane.execute(Note())
    delete(owner)


@pytest.mark.logs_errors
@pytest.mark.parametrize("door", ["ask", "execute", "run", "call"])
def test_a_bug_is_reported_without_data_and_the_lane_goes_on(qtbot: QtBot, workspace: FakeWorkspace, door: str) -> None:
    def bug(**_: object) -> None:
        raise KeyError("Ana Ramírez")

    workspace.answers[names] = bug
    workspace.outcomes[Note] = bug
    lane = Lane(owner := QObject(), workspace)
    start: dict[str, Callable[[], object]] = {
        "ask": lambda: lane.ask(names, on_result=lambda _: pytest.fail("answer"), text="x"),
        "execute": lambda: lane.execute(Note(), on_done=lambda _: pytest.fail("done")),
        "run": lambda: lane.run(lambda _: bug(), on_result=lambda _: pytest.fail("result")),
        "call": lambda: lane.call(bug, on_result=lambda _: pytest.fail("result")),
    }
    with qtbot.waitSignal(hub().bug, timeout=2000) as caught:
        start[door]()
    report: BugReport = caught.args[0]
    assert report.kind == "KeyError"
    assert "Ramírez" not in str(report.to_json())
    assert any("test_lane.py" in line for line in report.stack)
    workspace.answers[names] = ["fine"]
    got: list[Any] = []
    lane.ask(names, on_result=got.append, text="x")
    qtbot.waitUntil(lambda: got == [["fine"]])
    delete(owner)


def test_long_work_shows_its_steps_and_can_be_stopped(qtbot: QtBot, workspace: FakeWorkspace) -> None:
    lane = Lane(owner := QObject(), workspace)
    steps: list[Step] = []
    ended: list[AppError] = []
    stepped = threading.Event()

    def work(progress: Progress) -> None:
        for n in range(1, 10_000_000):
            progress.report(n, 10_000_000, "rows")
            stepped.wait(0.001)

    progress = lane.run(
        work, on_result=lambda _: pytest.fail("result"), on_error=ended.append, on_progress=steps.append
    )
    qtbot.waitUntil(lambda: len(steps) > 2)
    progress.cancel()
    qtbot.waitUntil(lambda: len(ended) == 1)
    assert isinstance(ended[0], Cancelled)
    assert [s.done for s in steps] == sorted(s.done for s in steps)
    assert steps[0].total == 10_000_000
    delete(owner)


def test_long_work_ends_with_its_receiver(qtbot: QtBot, workspace: FakeWorkspace) -> None:
    owner = QObject()
    ended = threading.Event()
    begun = threading.Event()

    def work(progress: Progress) -> None:
        begun.set()
        try:
            while True:
                progress.check()
                ended.wait(0.001)
        finally:
            ended.set()

    Lane(owner, workspace).run(work, on_result=lambda _: pytest.fail("result"))
    qtbot.waitUntil(begun.is_set)
    delete(owner)
    qtbot.waitUntil(ended.is_set)


def test_a_disk_that_is_full_here_says_nothing_of_the_server(qtbot: QtBot, workspace: FakeWorkspace) -> None:
    """A backup that finds no room doesn't take the window's connection away: nothing would ever bring it back."""
    heard: list[AppError] = []
    lost: list[AppError] = []

    def full(_: Progress) -> None:
        raise Unavailable("DiskFull", "There isn't enough space for the backup.")

    owner = QObject()
    lane = Lane(owner, workspace)
    hub().unavailable.connect(lost.append)
    try:
        lane.run(full, on_result=lambda _: None, on_error=heard.append)
        qtbot.waitUntil(lambda: bool(heard))
        qtbot.wait(20)
        assert lost == []
    finally:
        hub().unavailable.disconnect(lost.append)
    delete(owner)
