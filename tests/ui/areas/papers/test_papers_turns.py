"""Another paper is opened before an answer about the first is there: nothing of the first is done to the second."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.commands.core import Command, Outcome
from app.commands.referrals import (
    AcceptReferral,
    CompleteReferral,
    CreateReferral,
    EditReferral,
    SendReferral,
    TrackReferral,
)  # fmt: skip
from app.domain.enums import ReferralStatus, Role
from app.kernel.errors import Conflict, Refused
from app.queries.access import note_access
from app.queries.papers import paper_head
from app.queries.referrals import LetterMaterial, ReferralView, letter_material, referral_view
from app.ui.parts.papers.referral_editor import ReferralEditor
from tests.support.shell import FakeShell, FakeWorkspace, an_actor
from tests.unit.documents.test_papers import HEAD, VIEW


def of(row_id: str, name: str, status: ReferralStatus = ReferralStatus.PENDING) -> ReferralView:
    row = replace(VIEW.row, id=row_id, patient_id=f"pat-{row_id}", patient_name=name, status=status)
    return replace(VIEW, row=row, answer="", attached=())


class Slow:
    """Commands wait until the test lets them go."""

    def __init__(self, workspace: FakeWorkspace) -> None:
        self.may_go = threading.Event()
        for kind in (CreateReferral, EditReferral, TrackReferral, AcceptReferral, CompleteReferral):
            workspace.outcomes[kind] = self

    def __call__(self, command: Any) -> Outcome:
        assert self.may_go.wait(5)
        return Outcome(result={"referralId": command.referral_id, "status": ""})


@pytest.fixture
def shell() -> FakeShell:
    views = {"r-1": of("r-1", "Ana One"), "r-2": of("r-2", "Bo Two")}
    workspace = FakeWorkspace(actor=an_actor(Role.PROVIDER))
    shell = FakeShell(workspace)

    def head(patient_id: str) -> Any:
        name = next((v.row.patient_name for v in views.values() if v.row.patient_id == patient_id), "Cy Three")
        return replace(HEAD, patient_id=patient_id, patient_name=name)

    workspace.answers = {
        referral_view: lambda referral_id: views[referral_id],
        paper_head: head,
        letter_material: LetterMaterial((), (), (), False, (), ()),
        note_access: 1,
    }
    return shell


@pytest.fixture
def slow(shell: FakeShell) -> Slow:
    return Slow(shell.workspace)


@pytest.fixture
def editor(qtbot: QtBot, shell: FakeShell) -> ReferralEditor:
    editor = ReferralEditor(shell)
    qtbot.addWidget(editor)
    editor.show()
    return editor


@pytest.fixture
def opened(qtbot: QtBot, editor: ReferralEditor) -> Callable[[str], None]:
    def do(row_id: str) -> None:
        editor.show_referral(row_id)
        qtbot.waitUntil(lambda: editor.view is not None and editor.view.row.id == row_id and editor.head is not None)

    return do


def given(shell: FakeShell) -> list[tuple[str, str]]:
    found: list[Command] = shell.workspace.executed
    return [(type(one).__name__, one.referral_id) for one in found if hasattr(one, "referral_id")]


@pytest.mark.parametrize("step", ["complete", "accept"])
def test_a_second_step_is_about_the_referral_of_the_first(
    qtbot: QtBot, shell: FakeShell, editor: ReferralEditor, slow: Slow, step: str
) -> None:
    """ "Completed" with a new appointment is two commands: the second went to whichever referral was open by then."""
    status = ReferralStatus.ACCEPTED if step == "complete" else ReferralStatus.SENT
    editor._show(of("r-1", "Ana One", status))
    editor.steps.appointment.set_value(date(2026, 5, 20))
    editor.steps.answer.setPlainText("All well")
    getattr(editor.steps, step).click()
    editor._show(of("r-2", "Bo Two", status))
    slow.may_go.set()
    qtbot.waitUntil(lambda: len(given(shell)) == 2)
    kinds = ["TrackReferral", "CompleteReferral"] if step == "complete" else ["AcceptReferral", "TrackReferral"]
    assert given(shell) == [(kind, "r-1") for kind in kinds]
    assert all(getattr(one, "answer", "All well") == "All well" for one in shell.workspace.executed)
    qtbot.waitUntil(lambda: bool(shell.done))
    assert [text for text, _ in shell.done] == ["Noted for Ana One"]
    assert editor.patient_name == "Bo Two"


def test_what_was_saved_is_said_of_its_patient_and_the_one_opened_since_stays(
    qtbot: QtBot, shell: FakeShell, editor: ReferralEditor, opened: Callable[[str], None], slow: Slow
) -> None:
    opened("r-1")
    editor.reason.setPlainText("Palpitations")
    editor.save()
    opened("r-2")
    slow.may_go.set()
    qtbot.waitUntil(lambda: bool(shell.done))
    assert [text for text, _ in shell.done] == ["Saved the referral of Ana One"]
    assert editor.row_id == "r-2"
    assert ("referral", "pat-r-1") not in shell.drafts.kept
    assert (editor.view.row.id, editor.load.asking) == ("r-2", False) if editor.view else False


def test_what_is_sent_names_the_patient_whose_letter_it_is(
    qtbot: QtBot, shell: FakeShell, editor: ReferralEditor, opened: Callable[[str], None], slow: Slow
) -> None:
    opened("r-1")
    editor.referred_to.setText("Dr Heart")
    editor.send()
    opened("r-2")
    slow.may_go.set()
    qtbot.waitUntil(lambda: bool(shell.pendings))
    action = shell.pendings[0].action
    assert isinstance(action.command, SendReferral)
    assert action.command.referral_id == "r-1"
    assert action.text == "Sending the referral of Ana One to Dr Heart"
    assert action.on_refused is not None
    action.on_refused(Refused("NotSent", "It is sent already."))
    assert [error.message for error in shell.problems] == ["It is sent already."]


def test_a_refusal_is_said_where_its_paper_is(
    qtbot: QtBot, shell: FakeShell, editor: ReferralEditor, opened: Callable[[str], None], slow: Slow
) -> None:
    shell.workspace.outcomes[EditReferral] = lambda **_: _refused(slow)
    opened("r-1")
    editor.reason.setPlainText("Palpitations")
    editor.save()
    opened("r-2")
    slow.may_go.set()
    qtbot.waitUntil(lambda: bool(shell.problems))
    assert editor.form._fields["reason"].error == ""


def _refused(slow: Slow) -> Outcome:
    assert slow.may_go.wait(5)
    raise Refused("TooLong", "too long", field="reason")


def test_what_is_typed_after_saving_stays(
    qtbot: QtBot, shell: FakeShell, editor: ReferralEditor, opened: Callable[[str], None], slow: Slow
) -> None:
    """Who types on while it is being saved lost those words to the answer."""
    opened("r-1")
    editor.notes.setPlainText("bring")
    editor.save()
    editor.notes.setPlainText("bring films")
    slow.may_go.set()
    qtbot.waitUntil(lambda: bool(shell.done) and not editor.load.asking)
    assert (editor.notes.toPlainText(), editor.dirty) == ("bring films", True)


def test_news_of_somebody_else_takes_no_typed_words_away(
    qtbot: QtBot, editor: ReferralEditor, opened: Callable[[str], None]
) -> None:
    opened("r-1")
    editor.refresh()
    editor.notes.setPlainText("typed before the answer came")
    qtbot.waitUntil(lambda: not editor.load.asking)
    QApplication.processEvents()
    assert editor.notes.toPlainText() == "typed before the answer came"


def test_an_answer_that_somebody_noted_meanwhile_is_chosen_between(
    qtbot: QtBot, shell: FakeShell, editor: ReferralEditor
) -> None:
    """The command carries what was seen; after the choice it replaces theirs knowingly."""
    sides = {"answer": {"base": "", "mine": "Mine", "server": "Theirs"}}
    shell.workspace.outcomes[TrackReferral] = lambda command: _clashing(command, sides)
    editor._show(of("r-1", "Ana One", ReferralStatus.SENT))
    editor.steps.answer.setPlainText("Mine")
    editor.steps.note_it.click()
    qtbot.waitUntil(lambda: editor.steps.conflict.open)
    assert editor.steps.conflict.lines["answer"].theirs.text == "Theirs"
    editor.steps.note_it.click()
    qtbot.waitUntil(lambda: bool(shell.done))
    noted = [one for one in shell.workspace.executed if isinstance(one, TrackReferral)]
    assert [(one.answer, one.seen.answer) for one in noted if one.seen] == [("Mine", ""), ("Mine", "Theirs")]


def test_a_draft_is_given_with_what_was_seen_as_it_was_begun(
    qtbot: QtBot, shell: FakeShell, editor: ReferralEditor, slow: Slow
) -> None:
    """Taken up after somebody noted an answer, it isn't passed off as one that saw it."""
    before = of("r-1", "Ana One", ReferralStatus.SENT)
    editor._show(before)
    editor.steps.answer.setPlainText("Mine")
    typed = editor.draft_values()
    editor._show(replace(before, answer="Theirs"))
    editor.put_typed(typed)
    slow.may_go.set()
    editor.steps.note_it.click()
    qtbot.waitUntil(lambda: bool(shell.done))
    (noted,) = [one for one in shell.workspace.executed if isinstance(one, TrackReferral)]
    assert (noted.answer, noted.seen and noted.seen.answer) == ("Mine", "")


def _clashing(command: Any, sides: dict[str, Any]) -> Outcome:
    if command.seen.answer != "Theirs":
        raise Conflict("FieldChanged", "Someone else changed it.", field="answer", fields=sides)
    return Outcome(result={"referralId": command.referral_id, "status": ""})
