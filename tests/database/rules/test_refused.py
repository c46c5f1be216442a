"""What of a rule is refused in words: a shared one, one that a colleague changed, one that may not be switched on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from app.commands.rules import EnableRule, SaveRule
from app.domain.rules import RuleAction, RuleMetric, RuleSeverity
from app.kernel.errors import AppError
from app.queries.rule_versions import rule_versions
from app.queries.rules import RuleRow, rules
from app.workspace.workspace import Workspace
from tests.database.rules.test_runs import a_rule, rule_stamp


def seen(admin: Workspace, rule: str) -> RuleRow:
    return next(one for one in admin.ask(rules) if one.rule_id == rule)


def refused(admin: Workspace, command: SaveRule | EnableRule) -> str:
    before = admin.ask(rules)
    with pytest.raises(AppError) as caught:
        admin.execute(command)
    assert admin.ask(rules) == before, "nothing was written"
    return caught.value.code


def written(superuser: psycopg.Connection, rule: str, **columns: Any) -> None:
    """A rule as the backend writes one, for all clinics."""
    values = {
        "action": "alert",
        "params": None,
        "condition": {"op": ">", "threshold": 250},
        "enabled": False,
        **columns,
    }
    superuser.execute(
        'INSERT INTO public.clinical_rules (id, name, metric, "windowDays", condition, severity, action,'
        ' "actionParams",'
        " enabled, priority, created_at, updated_at) VALUES (%s, 'Theirs', 'glucose', 7, %s, 'warn', %s, %s, %s, 0,"
        " now(), now())",
        [rule, Jsonb(values["condition"]), values["action"], Jsonb(values["params"]), values["enabled"]],
    )


def test_a_shared_rule_is_copied_and_not_changed(admin: Workspace, superuser: psycopg.Connection) -> None:
    written(superuser, "shared", enabled=True)
    assert seen(admin, "shared").shared
    change = SaveRule(rule_id="shared", name="Mine", metric=RuleMetric.GLUCOSE, window_days=7,
                      severity=RuleSeverity.WARN, condition={"op": ">", "threshold": 300})  # fmt: skip
    for command in (change, EnableRule(rule_id="shared", enabled=False)):
        assert refused(admin, command) == "SharedRule"


@pytest.mark.parametrize("enabled", [True, False])
def test_a_rule_that_a_colleague_changed_is_looked_at_again_first(admin: Workspace, enabled: bool) -> None:
    rule = a_rule(admin, enabled=not enabled)
    stamp = rule_stamp(admin, rule)
    old = stamp - timedelta(milliseconds=1)
    assert refused(admin, EnableRule(rule_id=rule, enabled=enabled, expected=old)) == "RuleChanged"
    admin.execute(EnableRule(rule_id=rule, enabled=enabled, expected=stamp))
    assert (seen(admin, rule).enabled, seen(admin, rule).updated_at > stamp) == (enabled, True)


@pytest.mark.parametrize(
    ("columns", "code"),
    [({"condition": {"op": "??"}}, "BadValue"), ({"condition": {"op": "missing"}}, None),
     ({"action": "assign_content", "params": {"body": " "}}, None)],
)  # fmt: skip
def test_what_may_not_be_switched_on_may_be_switched_off(
    admin: Workspace, superuser: psycopg.Connection, columns: dict[str, Any], code: str | None
) -> None:
    """As the backend has written it into the clinic's own rules."""
    written(superuser, "own", enabled=True, **columns)
    superuser.execute(
        "INSERT INTO desktop.rule_clinic (rule_id, clinic_id) VALUES ('own', %s)", [admin.actor.clinic_id]
    )
    admin.execute(EnableRule(rule_id="own", enabled=False))
    found = refused(admin, EnableRule(rule_id="own", enabled=True))
    assert code is None or found == code
    assert not seen(admin, "own").enabled


def test_switching_off_is_undone_and_switching_on_is_not(admin: Workspace) -> None:
    """Switched on, a rule may have run meanwhile."""
    rule = a_rule(admin)
    assert admin.execute(EnableRule(rule_id=rule, enabled=False)).undo == EnableRule(rule_id=rule, enabled=True)
    assert admin.execute(EnableRule(rule_id=rule, enabled=False)).undo is None, "it was off already"
    assert admin.execute(EnableRule(rule_id=rule, enabled=True)).undo is None
    assert seen(admin, rule).action == RuleAction.ALERT


def test_a_version_keeps_what_its_back_test_said(admin: Workspace) -> None:
    rule = a_rule(admin, back_test={"days": 90, "alerts": 3})
    assert [one.back_test for one in admin.ask(rule_versions, rule_id=rule)] == [{"days": 90, "alerts": 3}]
