"""Pictures of the desk's everyday: searching, a patient's details and household, registering, week and month,
a walk-in, conversations, the editor of rules, one's own password.
"""

from __future__ import annotations

from typing import Any

from app.queries.patients import search_patients
from app.ui.work.places import EditDetails, FindPatients, ImportPatients, NewPatient, ShowMessages
from tests.screens.views import View, keys, settle


def _patient(window: Any, name: str) -> str:
    workspace = window.stack.page(window.stack.current).api.workspace
    return str(workspace.ask(search_patients, text=name).items[0].id)


def search(window: Any) -> None:
    """Find by a misspelt name, with namesakes."""
    window.stack.go(FindPatients(text="kowalzky"))
    settle(1500)


def details(window: Any) -> None:
    """A mother's details: contact, household, visits."""
    window.stack.go(EditDetails(patient_id=_patient(window, "elena gutierrez")))
    settle(2000)


def household(window: Any) -> None:
    """The form of the household."""
    details(window)
    keys("Alt+H")(window)
    settle(1500)


def register(window: Any) -> None:
    """Register somebody who may be here already."""
    window.stack.go(NewPatient(text="Anna Kowalska 14 Mar 1962"))
    settle(3000)


def messages(window: Any) -> None:
    """The conversations, with the first one open."""
    window.stack.go(ShowMessages())
    settle(2500)


def import_files(window: Any) -> None:
    """The page that takes files in."""
    window.stack.go(ImportPatients())
    settle()


def edit_rule(window: Any) -> None:
    """The editor of a rule in plain words."""
    window.stack.open_area("rules")
    settle(2500)
    page = window.stack.page("rules")
    rule = next(one for one in page.state.rules if "140" in one.name)
    page.list.set_current(rule.rule_id)
    settle(1500)


def password(window: Any) -> None:
    """Change one's own password."""
    from app.ui.shell.password_panel import PasswordPanel

    window.stack.open_area("today")
    settle(800)
    window.stack.page("today").api.show_panel(PasswordPanel())
    settle(800)


DESK = (
    View("patients-search", 1, search),
    View("patient-details", 1, details),
    View("household", 1, household),
    View("register", 1, register),
    View("schedule-week", 1, keys("Ctrl+2", "Alt+W")),
    View("schedule-month", 1, keys("Ctrl+2", "Alt+M")),
    View("schedule-day", 1, keys("Ctrl+2", "Alt+D")),
    View("walk-in", 1, keys("Ctrl+1", "Ctrl+Shift+N")),
    View("messages", 1, messages),
    View("change-password", 1, password),
    View("provider-messages", 2, messages),
    View("import", 3, import_files),
    View("rule-editor", 3, edit_rule),
)
