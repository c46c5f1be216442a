"""What can be done from any tab of the chart: the buttons at its foot with their keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.domain.permissions import Permission
from app.ui.work import ShellApi


@dataclass(frozen=True, slots=True)
class FootAction:
    """One button at the foot. ``run`` gets the window, the patient's id and name, and imports what it needs.

    ``title`` is an English source text. The first action that the person may carry out is the primary one.
    """

    key: str
    title: str
    icon: str
    shortcut: str
    permission: Permission | None
    run: Callable[[ShellApi, str, str], None]


def _note(api: ShellApi, patient_id: str, name: str) -> None:
    from app.ui.areas.chart.visits.opening import open_note

    open_note(api, patient_id, name)


def _measure(api: ShellApi, patient_id: str, name: str) -> None:
    from app.ui.areas.chart.vitals.spec import open_entry

    open_entry(api, patient_id, name)


def _labs(api: ShellApi, patient_id: str, name: str) -> None:
    from app.ui.areas.chart.labs.opening import open_order

    open_order(api, patient_id, name)


def _book(api: ShellApi, patient_id: str, name: str) -> None:
    from app.ui.work.places import NewBooking

    api.navigate(NewBooking(patient_id=patient_id, patient_name=name))


def _refer(api: ShellApi, patient_id: str, name: str) -> None:
    from app.ui.areas.chart.referrals.spec import open_new

    open_new(api, patient_id, name)


def _message(api: ShellApi, patient_id: str, name: str) -> None:
    from app.ui.areas.chart.messages.spec import open_new

    open_new(api, patient_id, name)


def _excuse(api: ShellApi, patient_id: str, name: str) -> None:
    from app.ui.areas.chart.notes.spec import open_new_excuse

    open_new_excuse(api, patient_id, name)


FOOT: tuple[FootAction, ...] = (
    FootAction("note", "Visit note", "edit", "Alt+N", Permission.TREAT_OWN_VISIT, _note),
    FootAction("measure", "Measure", "heart", "Alt+M", Permission.MEASURE, _measure),
    FootAction("labs", "Order labs", "flask", "Alt+L", Permission.ORDER, _labs),
    FootAction("refer", "Refer", "share", "Alt+R", Permission.ORDER, _refer),
    FootAction("message", "Message", "message", "Alt+S", Permission.MESSAGE, _message),
    FootAction("book", "Book follow-up", "calendar", "Alt+B", Permission.BOOK, _book),
    FootAction("excuse", "Excuse note", "note", "Alt+X", Permission.DRAFT_NOTES, _excuse),
)
