"""Pictures of the rules: what is held, a rule with its back-test, when rules run."""

from __future__ import annotations

from typing import Any

from tests.screens.views import View, settle


def open_rules(window: Any) -> None:
    """Open the area with a rule's back-test."""
    window.stack.open_area("rules")
    settle(3000)
    page = window.stack.page("rules")
    rule = next(one for one in page.state.rules if one.name == "Pressure above 140, RPM")
    page.list.set_current(rule.rule_id)
    settle(500)
    page.back_test()
    for _ in range(60):
        settle(500)
        if page.trial.view is not None:
            break


def schedule(window: Any) -> None:
    """Open the form for when rules run."""
    open_rules(window)
    window.stack.page("rules").edit_schedule()
    settle(800)


RULES = (View("rules", 3, open_rules), View("rules-schedule", 3, schedule))
