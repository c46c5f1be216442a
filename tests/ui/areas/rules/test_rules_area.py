"""The rules area on a real database: written by keys, tried before it is enabled, run, held, decided."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.commands.rules import SaveRule
from app.domain.rules import RuleMetric, RuleSeverity
from app.queries.rules import RuleRow, rule_runs, rules, run_parts
from app.ui.areas.rules.held import HeldPanel
from app.ui.areas.rules.page import RulesPage
from app.ui.work.places import RestoreDraft
from app.workspace.workspace import Workspace
from tests.support.clinics import clinic_id, staff
from tests.support.postgres import Server
from tests.support.shell import FakeShell
from tests.support.signed_in import shell_on, signed_in

LONG = 20_000


@pytest.fixture
def workspace(server: Server, clinic_db: str) -> Iterator[Workspace]:
    with signed_in(server, clinic_db, "ADMIN") as one:
        yield one


@pytest.fixture
def shell(workspace: Workspace) -> FakeShell:
    return shell_on(workspace)


@pytest.fixture
def readings(server: Server, clinic_db: str, workspace: Workspace) -> int:
    """30 patients of clinic 1 with a glucose of 300 an hour ago; returns how many."""
    at = (workspace.clock.now() - timedelta(hours=1)).replace(tzinfo=None)
    with psycopg.connect(server.url(clinic_db), autocommit=True) as superuser:
        superuser.execute("SET session_replication_role = replica")
        superuser.execute(
            "INSERT INTO public.patients (id, user_id, clinic_id, first_name, last_name, flags, created_at, updated_at)"
            " SELECT 'g-' || n, 'gu-' || n, %s, 'Gil', 'Number ' || n, '{SUGAR}', now(), now()"
            " FROM generate_series(1, 30) n", [clinic_id(1)],
        )  # fmt: skip
        superuser.execute(
            "INSERT INTO public.measurements (id, patient_id, type, value, timestamp, source)"
            " SELECT 'gm-' || n, 'g-' || n, 'GLUCOSE', '300', %s, 'MANUAL' FROM generate_series(1, 30) n", [at],
        )  # fmt: skip
    return 30


def page_of(qtbot: QtBot, shell: FakeShell) -> RulesPage:
    api: Any = shell
    page = RulesPage(api)
    qtbot.addWidget(page)
    page.resize(1200, 800)
    page.show()
    qtbot.waitUntil(lambda: page.stack.shown is page.stack.content, timeout=LONG)
    return page


def a_rule(workspace: Workspace, name: str = "High sugar", *, enabled: bool = True, **changes: Any) -> SaveRule:
    condition: dict[str, Any] = {"op": ">", "threshold": 250, "cohort": {"flags": ["SUGAR"]}}
    values: dict[str, Any] = {"name": name, "metric": RuleMetric.GLUCOSE, "window_days": 7, "condition": condition,
                              "severity": RuleSeverity.WARN, "enabled": enabled}  # fmt: skip
    rule = SaveRule(**(values | changes))
    workspace.execute(rule)
    return rule


def saved(workspace: Workspace, rule_id: str) -> RuleRow:
    return next(one for one in workspace.ask(rules) if one.rule_id == rule_id)


def own(workspace: Workspace) -> list[RuleRow]:
    return [one for one in workspace.ask(rules) if not one.shared]


def test_a_rule_is_written_in_words_and_enabled_after_its_back_test(
    qtbot: QtBot, shell: FakeShell, workspace: Workspace, readings: int
) -> None:
    before = {one.rule_id for one in own(workspace)}
    page = page_of(qtbot, shell)
    page.add()
    QTest.keyClicks(page.editor.name, "Sugar over 280")
    page.editor.sentence.metric_picker.set_current("glucose")
    assert page.editor.sentence.threshold.text() == "250"
    page.editor.sentence.threshold.selectAll()
    QTest.keyClicks(page.editor.sentence.threshold, "280")
    page.editor.cohort.kind.set_current("flags")
    QTest.keyClicks(page.editor.cohort.value, "sugar")
    QTest.keyClick(page.editor.cohort.value, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.editor.cohort.size_text.text().startswith("30 of "), timeout=LONG)

    page.enable()
    assert "back-test first" in page.editor.error.lead.text()
    qtbot.waitUntil(lambda: page.trial.view is not None, timeout=60_000)
    view = page.trial.view
    assert view is not None
    assert view.own.alerts == readings
    assert {threshold: trial.alerts for threshold, trial in view.others.items()} == {270: 30, 280: 30, 290: 30}
    assert page.trial.model.rowCount() == readings
    assert sum(count for _, count in page.trial.bars.weeks) == readings
    assert {one.rule_id for one in own(workspace)} == before, "a back-test writes nothing"

    page.enable()
    qtbot.waitUntil(lambda: len(own(workspace)) == len(before) + 1, timeout=LONG)
    (made,) = (one for one in own(workspace) if one.rule_id not in before)
    assert (made.name, made.enabled, made.metric, made.version) == ("Sugar over 280", True, "glucose", 1)
    assert made.raw_condition == {"op": ">", "threshold": 280, "cohort": {"flags": ["SUGAR"]}}
    qtbot.waitUntil(lambda: not page.edits, timeout=LONG)


def test_after_a_change_the_back_test_has_to_be_seen_again(
    qtbot: QtBot, shell: FakeShell, workspace: Workspace, readings: int
) -> None:
    rule = a_rule(workspace, enabled=False)
    page = page_of(qtbot, shell)
    page._choose(rule.rule_id)
    page.back_test()
    qtbot.waitUntil(lambda: page.trial.view is not None, timeout=60_000)
    page.editor.sentence.threshold.selectAll()
    QTest.keyClicks(page.editor.sentence.threshold, "299")
    assert page.trial.old.isVisibleTo(page)
    page.enable()
    assert not saved(workspace, rule.rule_id).enabled
    qtbot.waitUntil(lambda: page.trial.view is not None and page.trial.view.own.alerts == readings, timeout=60_000)
    page.enable()
    qtbot.waitUntil(lambda: saved(workspace, rule.rule_id).enabled, timeout=LONG)
    assert saved(workspace, rule.rule_id).version == 2


def test_missing_readings_need_somebody_they_are_about(qtbot: QtBot, shell: FakeShell, workspace: Workspace) -> None:
    page = page_of(qtbot, shell)
    page.add()
    QTest.keyClicks(page.editor.name, "Nothing measured")
    page.editor.sentence.op.set_current("missing")
    assert not page.editor.sentence.threshold.isVisibleTo(page)
    page.back_test()
    qtbot.waitUntil(lambda: page.trial.view is not None, timeout=60_000)
    page.enable()
    qtbot.waitUntil(lambda: page.editor.error.isVisibleTo(page), timeout=LONG)
    assert "whom" in page.editor.error.lead.text()
    assert page.editor.cohort.value.property("invalid") is True
    page.save_off()
    qtbot.waitUntil(lambda: any(one.name == "Nothing measured" for one in own(workspace)), timeout=LONG)


def test_a_change_by_somebody_else_is_said_and_nothing_is_lost(
    qtbot: QtBot, shell: FakeShell, workspace: Workspace
) -> None:
    rule = a_rule(workspace, enabled=False)
    page = page_of(qtbot, shell)
    page._choose(rule.rule_id)
    page.editor.name.setFocus()
    QTest.keyClicks(page.editor.name, " 2")
    a_rule(workspace, "Theirs", rule_id=rule.rule_id, enabled=False)
    page.save_off()
    qtbot.waitUntil(lambda: "Somebody changed" in page.editor.error.lead.text(), timeout=LONG)
    assert saved(workspace, rule.rule_id).name == "Theirs"
    assert page.editor.name.text() == "High sugar 2"


def test_a_flood_is_held_seen_and_raised_after_ten_seconds(
    qtbot: QtBot, shell: FakeShell, workspace: Workspace, readings: int
) -> None:
    rule = a_rule(workspace)
    page = page_of(qtbot, shell)
    page.run_now()
    qtbot.waitUntil(lambda: page.held.part is not None, timeout=60_000)
    part = page.held.part
    assert part is not None
    assert (part.rule_id, part.triggered) == (rule.rule_id, readings)
    assert page.run_card.values["held"].text() == "1"
    page.held.buttons["see"].click()
    panel: Any = shell.panels[-1]
    qtbot.addWidget(panel)
    assert isinstance(panel, HeldPanel)
    qtbot.waitUntil(lambda: len(panel.list.items()) == readings, timeout=LONG)
    page.held.buttons["raise"].click()
    assert workspace.ask(run_parts, held=True), "it waits ten seconds"
    shell.pendings[0].elapse()
    qtbot.waitUntil(lambda: page.held.part is None, timeout=LONG)
    (raised,) = workspace.ask(run_parts, run_id=part.run_id)
    assert (raised.state, raised.raised) == ("RAISED", readings)
    qtbot.waitUntil(lambda: page.run_card.withdraw_button.isVisibleTo(page), timeout=LONG)
    assert page.run_card.values["alerts"].text() == str(readings)


def test_what_is_held_can_be_narrowed_and_dropped(
    qtbot: QtBot, shell: FakeShell, workspace: Workspace, readings: int
) -> None:
    a_rule(workspace, "First", enabled=False, priority=5)
    rule = a_rule(workspace)
    page = page_of(qtbot, shell)
    page.run_now()
    qtbot.waitUntil(lambda: page.held.part is not None, timeout=60_000)
    page.held.buttons["narrow"].click()
    assert page.editor.form.rule_id == rule.rule_id
    page.held.buttons["drop"].click()
    assert page.held.part is not None, "it waits ten seconds"
    (pending,) = shell.pendings
    assert pending.action.done_text.startswith("Dropped: “")
    pending.elapse()
    qtbot.waitUntil(lambda: page.held.part is None, timeout=LONG)
    (run,) = workspace.ask(rule_runs, limit=1)
    assert [one.state for one in workspace.ask(run_parts, run_id=run.run_id)] == ["DROPPED"]
    assert readings == 30


def test_a_second_click_decides_nothing_twice(
    qtbot: QtBot, shell: FakeShell, workspace: Workspace, readings: int
) -> None:
    assert readings == 30
    a_rule(workspace)
    page = page_of(qtbot, shell)
    page.run_now()
    qtbot.waitUntil(lambda: page.held.part is not None, timeout=60_000)
    for _ in range(2):
        QTest.mouseClick(page.held.buttons["raise"], Qt.MouseButton.LeftButton)
    page.decisions.drop()
    (pending,) = shell.pendings
    assert not page.held.buttons["drop"].isEnabled()
    page.refresh()
    qtbot.waitUntil(lambda: not page.held.buttons["raise"].isEnabled(), timeout=LONG)
    pending.cancel()
    assert page.held.buttons["raise"].isEnabled()
    QTest.mouseClick(page.held.buttons["raise"], Qt.MouseButton.LeftButton)
    assert len(shell.pendings) == 2, "thought better of it, one may decide again"
    (run,) = workspace.ask(rule_runs, limit=1)
    assert [one.state for one in workspace.ask(run_parts, run_id=run.run_id)] == ["HELD"]


def test_a_shared_rule_is_copied_to_edit(
    qtbot: QtBot, shell: FakeShell, workspace: Workspace, server: Server, clinic_db: str
) -> None:
    with psycopg.connect(server.url(clinic_db), autocommit=True) as superuser:
        superuser.execute("DELETE FROM public.clinical_rules")
        superuser.execute(
            'INSERT INTO public.clinical_rules (id, name, metric, "windowDays", condition, severity, action, enabled,'
            " priority, created_at, updated_at) VALUES ('shared-1', 'Of all', 'bp', 7,"
            """ '{"op": ">", "threshold": 150}', 'warn', 'alert', true, 1, now(), now())"""
        )
        superuser.execute("DELETE FROM desktop.rule_clinic WHERE rule_id = 'shared-1'")
    page = page_of(qtbot, shell)
    assert page.foot.copy_button.isVisibleTo(page)
    assert not page.editor.sentence.isEnabled()
    page.foot.copy_button.click()
    assert page.editor.name.text() == "Of all (copy)"
    page.save_off()
    qtbot.waitUntil(lambda: len(own(workspace)) == 1, timeout=LONG)
    assert own(workspace)[0].raw_condition == {"op": ">", "threshold": 150}


def test_a_draft_is_kept_and_taken_up(qtbot: QtBot, shell: FakeShell, workspace: Workspace) -> None:
    page = page_of(qtbot, shell)
    page.add()
    QTest.keyClicks(page.editor.name, "Half a rule")
    page.editor.sentence.op.set_current("trendUp")
    qtbot.waitUntil(lambda: bool(shell.drafts.kept), timeout=LONG)
    (draft,) = shell.drafts.kept.values()
    again = page_of(qtbot, shell)
    again.open(RestoreDraft(draft=draft))
    qtbot.waitUntil(lambda: again.editor.name.text() != "", timeout=LONG)
    assert again.editor.name.text() == "Half a rule"
    assert again.editor.form.body == page.editor.form.body
    assert isinstance(workspace.clock.now(), datetime)
    assert staff("ADMIN").user_id == workspace.actor.user_id


def test_an_earlier_version_is_taken_up_again(qtbot: QtBot, shell: FakeShell, workspace: Workspace) -> None:
    first = a_rule(workspace)
    (row,) = [one for one in workspace.ask(rules) if one.rule_id == first.rule_id]
    a_rule(workspace, "Higher sugar", rule_id=first.rule_id, expected=row.updated_at,
           condition={"op": ">", "threshold": 300})  # fmt: skip
    page = page_of(qtbot, shell)
    page.list.set_current(first.rule_id)
    qtbot.waitUntil(lambda: page.editor.form.version == 2, timeout=LONG)
    QTest.mouseClick(page.foot.versions, Qt.MouseButton.LeftButton)
    panel: Any = shell.panels[-1]
    qtbot.addWidget(panel)
    panel.show()
    qtbot.waitUntil(lambda: [item.lead for item in panel.list.items()] == ["2", "1"], timeout=LONG)
    assert panel.list.items()[1].title == "average glucose above 250 mg/dL, 7 days"
    said = panel.detail.text().splitlines()
    assert said[:2] == ["Higher sugar", "average glucose above 300 mg/dL, 7 days"]
    panel.list.set_current("1")
    assert panel.detail.text().splitlines() == [
        "High sugar", "average glucose above 250 mg/dL, 7 days", "For: patients flagged Sugar",
        "Then: raise an alert · Warning", "At least 1 reading", "Priority 0",
    ]  # fmt: skip
    QTest.keyClick(panel.list, Qt.Key.Key_Return)
    form = page.editor.form
    assert (form.name, form.condition.threshold, form.version, form.enabled) == ("High sugar", 250, 2, True)
    assert page.foot.enable_button.text() == "Save and keep on", "nothing is changed before it is saved"
    page.save_off()
    qtbot.waitUntil(lambda: next(one.version for one in page.state.rules if one.rule_id == first.rule_id) == 3,
                    timeout=LONG)  # fmt: skip
