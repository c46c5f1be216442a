"""Pictures of visits, notes and tasks: the chart's tabs, the forms beside them, the inbox."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QWidget

from app.commands.visits import CheckIn, StartVisit
from app.domain.enums import VisitStatus
from app.queries.today import today_board
from app.ui.work.places import NewTask, OpenChart, ShowTasks
from tests.screens.views import View, settle


def in_progress(window: Any) -> tuple[str, str]:
    """The visit and the patient of who is with the provider that is signed in."""
    workspace = window.stack.page("today").api.workspace
    board = workspace.ask(today_board, day=workspace.reader().today)
    cards = [card for card in board.cards if card.provider_id == workspace.actor.provider_id]
    order = [VisitStatus.IN_PROGRESS, VisitStatus.CHECKED_IN, VisitStatus.PLANNED]
    best = min((card for card in cards if card.status in order), key=lambda card: order.index(card.status))
    if best.status is VisitStatus.PLANNED:
        workspace.execute(CheckIn(visit_id=best.visit_id))
    if best.status is not VisitStatus.IN_PROGRESS:
        workspace.execute(StartVisit(visit_id=best.visit_id))
    return best.visit_id, best.patient_id


def show_visits(window: Any) -> None:
    """Open the visits of who is with the provider."""
    window.stack.open_area("today")
    settle(1500)
    visit, patient = in_progress(window)
    window.stack.go(OpenChart(patient_id=patient, tab="visits", item=visit))
    settle(2500)


def show_notes(window: Any) -> None:
    """Open the notes of who is with the provider."""
    window.stack.open_area("today")
    settle(1500)
    _, patient = in_progress(window)
    window.stack.go(OpenChart(patient_id=patient, tab="notes"))
    settle(2500)


def write_note(window: QWidget) -> None:
    """Open the form of the note."""
    from app.ui.areas.chart.visits.visit_page import VisitPage

    show_visits(window)
    page = next(one for one in window.findChildren(VisitPage) if one.isVisible())
    page.open_note()
    settle(2000)


def complete(window: QWidget) -> None:
    """Open the end of the visit."""
    from app.ui.areas.chart.visits.visit_page import VisitPage

    show_visits(window)
    page = next(one for one in window.findChildren(VisitPage) if one.isVisible())
    page.step.click()
    settle(2000)


def show_tasks(window: Any) -> None:
    """Open the inbox."""
    window.stack.open_area("tasks")
    settle(2000)


def show_open_items(window: Any) -> None:
    """Open what the person has open."""
    window.stack.go(ShowTasks(open_items=True))
    settle(2000)


def show_covers(window: Any) -> None:
    """Open who stands in for whom."""
    show_tasks(window)
    window.stack.page("tasks").covers()
    settle(2000)


def add_task(window: Any) -> None:
    """Open the form of a task."""
    window.stack.go(NewTask(kind="CALL_BACK"))
    settle(2000)


NOTES = (
    View("tasks", 1, show_tasks),
    View("task-new", 1, add_task),
    View("open-items", 2, show_open_items),
    View("provider-tasks", 2, show_tasks),
    View("covers", 2, show_covers),
    View("chart-visits", 2, show_visits),
    View("chart-notes", 2, show_notes),
    View("visit-note", 2, write_note),
    View("complete-visit", 2, complete),
)
