"""Registering: one name is enough, duplicates are warned of first, nothing typed is ever lost."""

from __future__ import annotations

import threading
from datetime import date
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from app.commands.core import Outcome
from app.commands.households import JoinHousehold, MakeHousehold
from app.commands.patients import RegisterPatient
from app.kernel.errors import Conflict, Refused, Unavailable
from app.kernel.i18n import said
from app.queries.patient_card import patient_card
from app.queries.patients import likely_duplicates
from app.ui.areas.patients.register_panel import RegisterPanel
from app.ui.work import draft_kinds
from tests.support.shell import FakeShell
from tests.ui.areas.patients.people import a_card, a_hit, a_household, like

Key = Qt.Key
CTRL = Qt.KeyboardModifier.ControlModifier


class Form:
    """The panel in a window, and what a person does with it."""

    def __init__(self, qtbot: QtBot, shell: FakeShell) -> None:
        self.qtbot, self.shell = qtbot, shell
        self.opened: list[str] = []
        self.finished = 0
        shell.workspace.outcomes.setdefault(RegisterPatient, _registered)
        self.panel = RegisterPanel(shell, open_patient=self.opened.append)
        self.panel.finished.connect(self._finish)
        qtbot.addWidget(self.panel)
        self.panel.resize(448, 900)
        self.panel.show()
        self.panel.activateWindow()
        qtbot.waitUntil(self.panel.isActiveWindow)

    def _finish(self) -> None:
        self.finished += 1

    def field(self, key: str) -> Any:
        return self.panel.form.editor(key)

    def type(self, **values: str) -> None:
        for key, text in values.items():
            field = self.field(key)
            field.setFocus()
            line = self.panel.focusWidget()
            assert isinstance(line, QLineEdit), key
            QTest.keyClicks(line, text)

    def settle(self) -> None:
        self.qtbot.waitUntil(lambda: self.panel.question.settled)

    def save(self) -> None:
        QTest.keyClick(self.panel, Key.Key_Return, CTRL)

    @property
    def sent(self) -> list[RegisterPatient]:
        return [one for one in self.shell.workspace.executed if isinstance(one, RegisterPatient)]


def _registered(command: RegisterPatient) -> Outcome:
    return Outcome(
        result={"patientId": command.patient_id, "name": f"{command.first_name} {command.last_name}".strip()}
    )


@pytest.fixture
def form(qtbot: QtBot, shell: FakeShell) -> Form:
    return Form(qtbot, shell)


@pytest.mark.parametrize("typed", range(1, len("3/14/1962")))
def test_keeping_a_draft_leaves_alone_what_is_being_typed(form: Form, typed: int) -> None:
    """The shell keeps the draft a moment after the first key, wherever in the date somebody is by then."""
    date_text = "3/14/1962"
    form.type(lastName="Vrba", dateOfBirth=date_text[:typed])
    assert form.panel.dirty()
    assert form.panel.draft() is not None
    QTest.keyClicks(form.field("dateOfBirth"), date_text[typed:])
    assert form.field("dateOfBirth").text() == date_text
    form.settle()
    form.save()
    form.qtbot.waitUntil(lambda: bool(form.sent))
    assert form.sent[0].date_of_birth == date(1962, 3, 14)


def test_one_name_and_ctrl_enter(form: Form) -> None:
    form.type(lastName="Tomas")
    form.save()
    form.qtbot.waitUntil(lambda: form.finished == 1)
    sent = form.sent[0]
    assert (sent.first_name, sent.last_name, sent.date_of_birth, sent.demographics) == ("", "Tomas", None, {})
    assert form.opened == [sent.patient_id]
    assert form.shell.done[0][0] == "Registered Tomas"


def test_nothing_can_be_saved_without_a_name(form: Form) -> None:
    assert not form.panel.save_button.isEnabled()
    form.type(dateOfBirth="3/14/1962")
    form.save()
    assert form.sent == []
    form.type(firstName="Anna")
    assert form.panel.save_button.isEnabled()
    assert form.panel.save_button.text() == "Register Anna"


def test_every_field_arrives_in_its_shape(form: Form) -> None:
    assert not form.panel.form.is_full
    QTest.mouseClick(form.panel.form._more, Qt.MouseButton.LeftButton)
    form.type(firstName="Anna", lastName="Kowalska", dateOfBirth="3/14/1962", phones="4155550142",
              email="a@example.org", preferredName="Ania", language="pl", genderIdentity="woman", mrn="40417",
              heightCm="170,5", insurance="Medicare", address="5 Oak St", emergencyContact="Jan")  # fmt: skip
    form.field("sex").set_current("female")
    allergies = form.field("allergies")
    allergies.state.set_current("listed")
    QTest.keyClicks(allergies.add, "Penicillin")
    QTest.keyClick(allergies.add, Key.Key_Return)
    QTest.keyClicks(allergies.add, "Latex")
    form.field("conditions").state.set_current("none_known")
    form.field("mrn").setFocus()
    form.save()
    form.qtbot.waitUntil(lambda: form.finished == 1)
    sent = form.sent[0]
    assert (sent.date_of_birth, sent.email, sent.height_cm) == (date(1962, 3, 14), "a@example.org", 170.5)
    details = dict(sent.demographics)
    assert details.pop("conditions") == {"noneKnown": True, "by": "Dana Whitfield", "at": "2026-11-24T18:42:00+00:00"}
    active = {"status": "active"}
    assert details == {
        "preferredName": "Ania", "language": "pl", "genderIdentity": "woman", "mrn": "40417", "insurance": "Medicare",
        "sex": "female", "phones": [{"value": "(415) 555-0142", "use": "mobile", "system": "phone"}],
        "address": {"line": "5 Oak St"}, "emergencyContact": {"name": "Jan"},
        "allergies": [{"display": "Penicillin"} | active, {"display": "Latex"} | active],
    }  # fmt: skip


def test_a_date_that_is_none_is_said_at_its_field(form: Form) -> None:
    form.type(lastName="Lis", dateOfBirth="30 feb 1990")
    form.save()
    field = form.panel.form.form.field("dateOfBirth")
    assert field.error == "Birth date: This is not a date that exists."
    assert form.field("dateOfBirth").hasFocus()
    assert form.sent == []


@pytest.mark.parametrize(("key", "text"), [("heightCm", "tall"), ("phones", "none")])
def test_what_cannot_be_read_is_said_at_its_field(form: Form, key: str, text: str) -> None:
    form.panel.form.open_more()
    form.type(**{"lastName": "Lis", key: text})
    form.save()
    assert form.panel.form.form.field(key).error
    assert form.sent == []


def test_duplicates_are_shown_while_typing_with_the_reason(form: Form) -> None:
    form.shell.workspace.answers[likely_duplicates] = (like(a_hit()),)
    form.type(firstName="Ana", lastName="Kowalski", dateOfBirth="3/14/1962", phones="4155550142")
    form.settle()
    notice = form.panel.notice
    assert notice.isVisible()
    item = notice.list.items()[0]
    assert (item.title, item.subtitle, item.sub_meta) == (
        "Anna Kowalska", "Born 14 Mar 1962 · 64 y", "same birth date, similar name",
    )  # fmt: skip
    asked = [kwargs for function, kwargs in form.shell.workspace.asked if function is likely_duplicates][-1]
    assert asked == {
        "first_name": "Ana",
        "last_name": "Kowalski",
        "born": date(1962, 3, 14),
        "phone": "4155550142",
        "sex": "",
    }


def test_the_warning_is_seen_once_before_anything_is_saved(form: Form) -> None:
    form.shell.workspace.answers[likely_duplicates] = (like(a_hit()),)
    form.type(firstName="Ana", lastName="Kowalska")
    form.settle()
    form.save()
    assert form.sent == []
    assert form.panel.notice.list.hasFocus()
    assert form.panel.save_button.text() == "Register Ana Kowalska anyway"
    form.save()
    form.qtbot.waitUntil(lambda: form.finished == 1)
    assert len(form.sent) == 1


def test_a_save_before_the_answer_waits_for_the_warning(form: Form) -> None:
    gate = threading.Event()

    def late(**_: Any) -> Any:
        gate.wait(5)
        return (like(a_hit()),)

    form.shell.workspace.answers[likely_duplicates] = late
    form.type(firstName="Ana", lastName="Kowalska")
    form.save()
    gate.set()
    form.settle()
    assert form.sent == []
    assert form.panel.notice.same_person


def test_it_is_somebody_who_is_here_already(form: Form) -> None:
    form.shell.workspace.answers[likely_duplicates] = (like(a_hit(7)),)
    form.type(firstName="Ana", lastName="Kowalska")
    form.settle()
    assert form.panel.notice.take.text() == "It is Anna Kowalska"
    QTest.mouseClick(form.panel.notice.take, Qt.MouseButton.LeftButton)
    assert (form.finished, form.opened, form.sent) == (1, ["p-7"], [])


def test_a_duplicate_can_be_looked_at_and_the_form_stays(form: Form) -> None:
    form.shell.workspace.answers[likely_duplicates] = (like(a_hit(7)),)
    form.type(lastName="Kowalska")
    form.settle()
    form.panel.notice.list.setFocus()
    QTest.keyClick(form.panel.notice.list, Key.Key_Return)
    assert (form.opened, form.finished) == (["p-7"], 0)


def test_a_failed_check_is_said_and_does_not_hold_the_desk_up(form: Form) -> None:
    form.shell.workspace.answers[likely_duplicates] = Unavailable("ServerLost", "gone")
    form.type(lastName="Kowalska")
    with form.qtbot.waitSignal(form.panel.question.failed):
        pass
    assert form.panel.notice.isVisible()
    form.save()
    form.qtbot.waitUntil(lambda: form.finished == 1)


@pytest.mark.parametrize("has_home", [True, False])
def test_the_same_phone_offers_the_same_household(qtbot: QtBot, shell: FakeShell, has_home: bool) -> None:
    homes = (a_household(("p-7", "Anna Kowalska", True)),) if has_home else ()
    shell.workspace.answers[patient_card] = lambda patient_id, **_: a_card(patient_id, households=homes)
    shell.workspace.answers[likely_duplicates] = (like(a_hit(7), same=False),)
    form = Form(qtbot, shell)
    form.type(firstName="Jan", lastName="Kowalski", phones="4155550142")
    form.settle()
    assert form.panel.notice.same_person == ()
    form.panel.notice.household.setChecked(True)
    form.save()
    form.qtbot.waitUntil(lambda: len(shell.workspace.executed) == 2)
    joined, patient_id = shell.workspace.executed[1], form.sent[0].patient_id
    if has_home:
        assert joined == JoinHousehold(household_id="home", patient_id=patient_id)
    else:
        assert isinstance(joined, MakeHousehold)
        assert (joined.name, joined.patient_ids) == ("Kowalski", ("p-7", patient_id))


def test_an_unusual_age_is_confirmed_with_one_more_click(form: Form) -> None:
    def asks(command: RegisterPatient) -> Outcome:
        if not command.unusual_confirmed:
            raise Refused("ConfirmValue", "This birth date makes an age of over 120. Is it right?", field="dateOfBirth")
        return _registered(command)

    form.shell.workspace.outcomes[RegisterPatient] = asks
    form.type(lastName="Calment", dateOfBirth="2/21/1905")
    form.save()
    form.qtbot.waitUntil(form.panel._unusual_yes.isVisible)
    QTest.keyClick(form.panel._unusual_yes, Key.Key_Space)
    form.qtbot.waitUntil(lambda: form.finished == 1)
    assert [one.unusual_confirmed for one in form.sent] == [False, True]
    assert len({one.patient_id for one in form.sent}) == 1


def test_a_refused_field_is_shown_even_when_it_was_folded_away(form: Form) -> None:
    form.shell.workspace.outcomes[RegisterPatient] = Refused(
        "BadValue", "This is not an e-mail address.", field="email"
    )
    form.type(lastName="Lis")
    form.save()
    form.qtbot.waitUntil(form.panel.form.form.has_errors)
    assert form.panel.form.is_full
    assert form.panel.form.form.field("email").isVisible()
    assert form.finished == 0


def test_a_lost_server_keeps_everything_and_the_same_patient_is_sent_again(form: Form) -> None:
    ids: list[str | None] = []
    execute = form.shell.workspace.execute

    def remember(command: Any, *, command_id: str | None = None) -> Outcome:
        ids.append(command_id)
        return execute(command, command_id=command_id)

    form.shell.workspace.execute = remember  # type: ignore[method-assign]
    form.shell.workspace.outcomes[RegisterPatient] = Unavailable("ServerLost", "The server can't be reached.")
    form.type(firstName="Anna", lastName="Kowalska")
    form.save()
    form.qtbot.waitUntil(form.panel._lost.isVisible)
    assert form.field("lastName").text() == "Kowalska"
    assert form.panel.save_button.isEnabled()
    form.shell.workspace.outcomes[RegisterPatient] = _registered
    form.save()
    form.qtbot.waitUntil(lambda: form.finished == 1)
    assert form.sent[0] == form.sent[1]
    assert ids[0] == ids[1], "the server recognises the same command"


def test_a_second_press_while_it_is_on_its_way_does_nothing(form: Form) -> None:
    gate = threading.Event()

    def slow(command: RegisterPatient) -> Outcome:
        gate.wait(5)
        return _registered(command)

    form.shell.workspace.outcomes[RegisterPatient] = slow
    form.type(lastName="Lis")
    form.settle()
    form.save()
    form.save()
    gate.set()
    form.qtbot.waitUntil(lambda: form.finished == 1)
    assert len(form.sent) == 1


def test_an_earlier_try_that_arrived_after_all_is_opened(form: Form) -> None:
    form.shell.workspace.outcomes[RegisterPatient] = Conflict("AlreadyThere", "This is there already.")
    form.type(lastName="Lis")
    form.save()
    form.qtbot.waitUntil(lambda: form.finished == 1)
    assert form.opened == [form.sent[0].patient_id]


def test_drafts_keep_what_is_typed_and_come_back(qtbot: QtBot, form: Form) -> None:
    assert form.panel.draft() is None
    assert not form.panel.dirty()
    with qtbot.waitSignal(form.panel.edited):
        form.type(firstName="Anna")
    form.type(lastName="Kowalska", dateOfBirth="3/14/1962")
    form.panel.form.open_more()
    form.type(mrn="7")
    draft = form.panel.draft()
    assert draft is not None
    assert (draft.kind, said(draft.title), form.panel.dirty()) == (
        draft_kinds.REGISTER_PATIENT,
        "Registration of Anna Kowalska",
        True,
    )
    again = RegisterPanel(form.shell, open_patient=form.opened.append, subject=draft.subject)
    qtbot.addWidget(again)
    again.restore(draft.body)
    assert again.form.values() == form.panel.form.values()
    assert again.form.is_full
    again_draft = again.draft()
    assert again_draft is not None
    assert again_draft.subject == draft.subject, "a repeated save is the same patient"


def test_the_phone_is_tidied_and_several_can_be_given(form: Form) -> None:
    phones = form.field("phones")
    form.type(lastName="Lis", phones="4155550142")
    QTest.mouseClick(phones._add, Qt.MouseButton.LeftButton)
    QTest.keyClicks(phones._rows[1].number, "+34612345678")
    form.field("lastName").setFocus()
    assert [row.number.text() for row in phones._rows] == ["(415) 555-0142", "+34 612 34 56 78"]
    QTest.mouseClick(phones._rows[0].remove, Qt.MouseButton.LeftButton)
    assert phones.result() == [{"value": "+34 612 34 56 78", "use": "mobile", "system": "phone"}]


def test_everything_is_reached_with_tab_in_reading_order(form: Form) -> None:
    form.field("firstName").setFocus()
    seen = []
    for _ in range(6):
        focused = form.panel.focusWidget()
        seen.append(focused.accessibleName())
        QTest.keyClick(focused, Key.Key_Tab)
    assert seen == ["First name", "Last name", "Birth date", "Phone number", "What the number is for", "Another number"]
