"""Problems, medicines and allergies beside the chart, by keyboard: added, changed, ended, confirmed."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from sqlalchemy import select, update

from app.commands.core import Command, Outcome
from app.db.models import Draft as DraftRow
from app.db.models import Patient
from app.domain.clinical_lists import ClinicalList, ListKind, read_list
from app.domain.entry_suggestions import ICD_10_CM
from app.ui.areas.chart.lists.offer_field import OfferField
from app.ui.areas.chart.lists.opening import open_list_item
from app.ui.areas.chart.lists.panel import ListPanel
from app.ui.parts.conflict_view import THEIRS as THEIRS_STAY
from app.ui.widgets.inputs import LineEdit
from app.ui.widgets.toast import Toast
from app.ui.work import RestoreDraft
from app.workspace.changes import ChangeSet
from tests.ui.areas.chart.conftest import LIS, Chart, Make

CONDITIONS, ALLERGIES = ListKind.CONDITIONS, ListKind.ALLERGIES
THEIRS: dict[str, Any] = {"conditions": [{"id": "a", "display": "Asthma", "status": "active", "theirs": 1}]}


def _really(chart: Chart) -> None:
    """Have commands carried out on the clinic, instead of answered from what is prepared."""
    workspace = chart.workspace

    def execute(command: Command, *, command_id: str | None = None) -> Outcome:
        with workspace.alone:
            outcome: Outcome = workspace.person.run(command, command_id=command_id)
        workspace.changed.publish(ChangeSet.of(outcome.changes, own=True))
        return outcome

    workspace.execute = execute  # type: ignore[method-assign]


def opened(chart: Chart, kind: ListKind = CONDITIONS, item: str = "") -> ListPanel:
    _really(chart)
    chart.write(update(Patient).where(Patient.id == LIS).values(demographics=THEIRS))
    desk = chart.shell.desk
    assert desk is not None
    open_list_item(desk, LIS, kind, item)
    (panel,) = chart.shell.window.findChildren(ListPanel)
    chart.wait(lambda: panel.title() != "Problems" and panel.title() != "Allergies")
    return panel


def kept(chart: Chart, kind: ListKind = CONDITIONS) -> ClinicalList:
    with chart.workspace.alone:
        row = chart.clinic.rows(select(Patient.demographics).where(Patient.id == LIS))[0]
    return read_list(row.demographics, kind)


def typed(panel: ListPanel, name: str, text: str) -> None:
    field = panel.fields[name]
    assert isinstance(field, LineEdit)
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)


def test_a_problem_is_added_by_keyboard(chart: Chart) -> None:
    panel = opened(chart)
    typed(panel, "name", "Gout")
    typed(panel, "since", "2024-05")
    assert panel.dirty()
    QTest.keyClick(panel.fields["since"], Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    chart.wait(lambda: len(kept(chart).items) == 2)
    assert (kept(chart).items[1].name, kept(chart).items[1].since) == ("Gout", "2024-05")
    chart.wait(lambda: len(panel.list.items()) == 2 and not panel.dirty())


def test_an_item_is_changed_and_ended(chart: Chart) -> None:
    panel = opened(chart, item="a")
    chart.wait(lambda: panel.item is not None)
    typed(panel, "note", "Since the move")
    panel.save.click()
    chart.wait(lambda: kept(chart).items[0].note == "Since the move")
    chart.wait(lambda: not panel.dirty() and panel.found.items[0].note == "Since the move")
    panel.list.chosen.emit("a")
    panel.end.click()
    chart.wait(lambda: kept(chart).items[0].status == "resolved")


def test_a_refusal_stands_at_its_field(chart: Chart) -> None:
    panel = opened(chart)
    typed(panel, "name", "Gout")
    typed(panel, "since", "soon")
    panel.save.click()
    chart.wait(lambda: panel.form.field("since").error)
    assert panel.dirty()
    assert len(kept(chart).items) == 1


def test_what_is_typed_stays_while_others_change_the_list(chart: Chart) -> None:
    panel = opened(chart)
    typed(panel, "name", "Gou")
    chart.write(update(Patient).where(Patient.id == LIS).values(demographics={"conditions": ["Hay fever"]}))
    panel.refresh()
    chart.wait(lambda: [item.title for item in panel.list.items()] == ["Hay fever"])
    assert panel.dirty()


def test_none_known_and_confirming(chart: Chart) -> None:
    panel = opened(chart, ALLERGIES)
    panel.confirm.click()
    chart.wait(lambda: kept(chart, ALLERGIES).none_known)


def test_the_desk_reads_problems_and_notes_allergies(make_chart: Make) -> None:
    chart = make_chart("desk")
    chart.open()
    assert not opened(chart).may


def test_a_problem_is_found_by_word_or_code_and_brings_its_code(chart: Chart) -> None:
    panel = opened(chart)
    name, code = panel.fields["name"], panel.fields["code"]
    assert isinstance(name, OfferField)
    assert isinstance(code, LineEdit)
    typed(panel, "name", "K21")
    assert [one.name for one in name.found] == ["Gastro-esophageal reflux disease"]
    typed(panel, "name", "blood high")
    chart.wait(name.popup.isVisible)
    QTest.keyClick(name.popup, Qt.Key.Key_Down)
    QTest.keyClick(name.popup, Qt.Key.Key_Return)
    assert (name.text(), code.text()) == ("Essential hypertension", "I10")
    panel.submit()
    chart.wait(lambda: len(kept(chart).items) == 2)
    one = kept(chart).items[1]
    assert (one.name, one.code, one.system) == ("Essential hypertension", "I10", ICD_10_CM)


def test_anything_else_can_be_typed(chart: Chart) -> None:
    panel = opened(chart)
    typed(panel, "name", "Writer's cramp")
    panel.submit()
    chart.wait(lambda: [one.name for one in kept(chart).items] == ["Asthma", "Writer's cramp"])


def test_what_was_typed_is_kept_and_comes_back_after_a_crash(chart: Chart) -> None:
    panel = opened(chart, item="a")
    chart.wait(lambda: panel.item is not None)
    typed(panel, "note", "since childhood")
    draft = panel.draft()
    assert draft is not None
    assert (draft.kind, draft.subject) == ("clinical.list", f"{LIS}/conditions/a")
    chart.wait(lambda: (draft.kind, draft.subject) in _kept_drafts(chart))
    chart.shell.window.panels.close_panel(panel, finished=True)
    theirs = {"conditions": [{"id": "a", "display": "Asthma", "status": "active", "code": "J45.9"}]}
    chart.write(update(Patient).where(Patient.id == LIS).values(demographics=theirs))
    desk = chart.shell.desk
    assert desk is not None
    assert desk.navigate(RestoreDraft(draft=draft))
    again = chart.shell.window.panels.current
    chart.wait(lambda: isinstance(again, ListPanel) and again.item is not None)
    assert isinstance(again, ListPanel)
    noted = again.fields["note"]
    assert isinstance(noted, LineEdit)
    assert noted.text() == "since childhood"
    again.submit()
    chart.wait(lambda: kept(chart).items[0].note == "since childhood")
    assert kept(chart).items[0].code == "J45.9", "what came meanwhile stays"
    chart.wait(lambda: (draft.kind, draft.subject) not in _kept_drafts(chart))


def _kept_drafts(chart: Chart) -> list[tuple[str, str | None]]:
    with chart.workspace.alone:
        return [(row.kind, row.subject) for row in chart.clinic.rows(select(DraftRow.kind, DraftRow.subject))]


def _both_changed(chart: Chart) -> ListPanel:
    """My note is typed, somebody else's is saved before mine."""
    panel = opened(chart, item="a")
    typed(panel, "note", "mine")
    theirs = {"conditions": [{"id": "a", "display": "Asthma", "status": "active", "theirs": 1, "note": "theirs"}]}
    chart.write(update(Patient).where(Patient.id == LIS).values(demographics=theirs))
    panel.submit()
    chart.wait(lambda: panel.conflict.open)
    return panel


def test_what_two_changed_shows_both_sides_and_mine_can_stay(chart: Chart) -> None:
    panel = _both_changed(chart)
    line = panel.conflict.lines["note"]
    assert (line.theirs.text, line.mine.text) == ("theirs", "mine")
    assert panel.save.text() == "Save with these choices"
    chart.wait(lambda: line.choice.isAncestorOf(QApplication.focusWidget() or panel))
    assert panel.dirty(), "a crash now loses nothing"
    QTest.keyClick(panel, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    chart.wait(lambda: kept(chart).items[0].note == "mine")
    assert not panel.conflict.open


def test_what_two_changed_shows_both_sides_and_theirs_can_stay(chart: Chart) -> None:
    panel = _both_changed(chart)
    chart.wait(lambda: panel.found.items and panel.found.items[0].note == "theirs")
    panel.conflict.lines["note"].choice.set_current(THEIRS_STAY)
    panel.submit()
    assert (panel.conflict.open, panel.dirty()) == (False, False)
    note = panel.fields["note"]
    assert isinstance(note, LineEdit)
    assert note.text() == "theirs"
    assert kept(chart).items[0].note == "theirs"


def test_who_ends_what_somebody_else_has_changed_chooses(chart: Chart) -> None:
    panel = opened(chart, item="a")
    theirs = {"conditions": [{"id": "a", "display": "Asthma", "status": "remission", "theirs": 1}]}
    chart.write(update(Patient).where(Patient.id == LIS).values(demographics=theirs))
    panel.end.click()
    chart.wait(lambda: panel.conflict.open)
    line = panel.conflict.lines["status"]
    assert (line.theirs.text, line.mine.text) == ("in remission", "resolved")
    panel.submit()
    chart.wait(lambda: kept(chart).items[0].status == "resolved")
    assert kept(chart).items[0].until, "the day isn't lost on the way"


def test_another_entry_is_only_turned_to_when_what_was_typed_may_go(chart: Chart) -> None:
    panel = opened(chart)
    typed(panel, "name", "Gout")
    field = panel.fields["name"]
    for turn in (partial(panel.list.chosen.emit, "a"), panel.new.click):
        turn()
        assert isinstance(field, LineEdit)
        assert field.text() == "Gout", "nothing is lost"
        toast = chart.shell.window.findChildren(Toast)[-1]
        assert toast.label.text() == "Gout isn't saved yet"
    panel.list.chosen.emit("a")
    toast = chart.shell.window.findChildren(Toast)[-1]
    assert toast.button is not None
    assert toast.button.text() == "Leave it"
    toast.button.click()
    assert panel.item is not None
    assert (panel.item.name, panel.dirty()) == ("Asthma", False)


def test_a_list_of_others_that_cannot_be_read_is_begun_anew_when_that_is_said_twice(chart: Chart) -> None:
    panel = opened(chart, ALLERGIES)
    assert panel.replace.isHidden()
    chart.write(update(Patient).where(Patient.id == LIS).values(demographics={"allergies": "none, they say"}))
    panel.refresh()
    chart.wait(panel.replace.isVisible)
    assert panel.replace.raw.text() == "none, they say"
    assert not panel.replace.question.isVisible()
    panel.replace.ask.click()
    assert panel.replace.question.isVisible()
    QTest.keyClick(panel.replace.keep, Qt.Key.Key_Space)
    assert kept(chart, ALLERGIES).unreadable == 1
    assert panel.replace.ask.hasFocus()
    panel.replace.ask.click()
    panel.replace.sure.click()
    chart.wait(lambda: not kept(chart, ALLERGIES).asked)
    chart.wait(panel.replace.isHidden)
    typed(panel, "name", "Latex")
    panel.submit()
    chart.wait(lambda: [one.name for one in kept(chart, ALLERGIES).items] == ["Latex"])


def test_a_single_entry_that_cannot_be_read_is_shown_and_taken_away(chart: Chart) -> None:
    panel = opened(chart, ALLERGIES)
    entries = [{"strange": [1]}, {"display": "Latex"}, None]
    chart.write(update(Patient).where(Patient.id == LIS).values(demographics={"allergies": entries}))
    panel.refresh()
    chart.wait(panel.replace.isVisible)
    assert panel.replace.raw.text() == '{"strange": [1]}'
    assert "2 entries" in panel.replace.head.text()
    panel.replace.ask.click()
    panel.replace.sure.click()
    chart.wait(lambda: kept(chart, ALLERGIES).unreadable == 1)
    chart.wait(lambda: panel.replace.raw.text() == "null")
    assert not panel.replace.question.isVisible(), "the next one is asked about by itself"
    panel.replace.ask.click()
    panel.replace.sure.click()
    chart.wait(panel.replace.isHidden)
    assert [one.name for one in kept(chart, ALLERGIES).items] == ["Latex"]
