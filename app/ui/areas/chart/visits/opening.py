"""Which visit a note is about when somebody just wants to write: of one's own the one that goes on, else the latest."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from app.domain.enums import VisitNoteStatus, VisitStatus
from app.kernel.i18n import t
from app.queries.core import Page
from app.queries.visit_notes import VisitLine, visits_of_patient
from app.ui.parts.notes.note_words import day_of
from app.ui.work import Draft, Lane, ShellApi, ToastButton
from app.ui.work.places import OpenChart

_LATELY = timedelta(days=14)
_WRITTEN_ABOUT = (VisitStatus.IN_PROGRESS, VisitStatus.CHECKED_IN, VisitStatus.COMPLETED)


def visits_to_write_about(api: ShellApi, visits: Page[VisitLine]) -> list[VisitLine]:
    """Return the visits without a signed note, one's own and what goes on first."""
    today = api.workspace.reader().today
    mine = api.workspace.actor.provider_id

    def rank(visit: VisitLine) -> tuple[bool, bool, bool, float]:
        here = visit.start.astimezone(api.zone).date() == today
        going_on = visit.status is VisitStatus.IN_PROGRESS
        return (visit.provider_id != mine, not going_on, not here, -visit.start.timestamp())

    open_ones = [
        visit for visit in visits.items
        if visit.status in _WRITTEN_ABOUT and visit.note is not VisitNoteStatus.SIGNED
    ]  # fmt: skip
    return sorted(open_ones, key=rank)


def open_note(api: ShellApi, patient_id: str, name: str) -> None:
    """Open the form of the note that is wanted; about a colleague's visit only from that visit itself."""
    from app.ui.parts.notes.note_panel import NotePanel

    lane = Lane(api.sync, api.workspace)

    def show(page: Page[VisitLine]) -> None:
        lane.deleteLater()
        found = visits_to_write_about(api, page)
        if found and _is_meant(api, found[0]):
            api.show_panel(NotePanel(api, found[0].id))
        elif found:
            where = OpenChart(patient_id=patient_id, tab="visits", item=found[0].id)
            api.toast(_not_meant(api, found[0], name), button=ToastButton(t("Show it"), lambda: api.navigate(where)))
        else:
            api.toast(t("{name} has no visit without a signed note. Check in or add a walk-in first.", name=name))

    def failed(error: Any) -> None:
        lane.deleteLater()
        api.problem(error)

    lane.ask(visits_of_patient, patient_id=patient_id, on_result=show, on_error=failed)


def _is_meant(api: ShellApi, visit: VisitLine) -> bool:
    """One's own visit of the last days, or whose note one has begun: what is written now belongs into no older one."""
    if visit.provider_id != api.workspace.actor.provider_id:
        return False
    reader = api.workspace.reader()
    return visit.note is VisitNoteStatus.DRAFT or visit.start > reader.now - _LATELY


def _not_meant(api: ShellApi, visit: VisitLine, name: str) -> str:
    if visit.provider_id != api.workspace.actor.provider_id:
        return t("{name} has no visit of yours to write about, but one of {provider}'s.", name=name,
                 provider=visit.provider)  # fmt: skip
    day = day_of(visit.start, api.zone, api.workspace.reader().today)
    return t("{name} has no recent visit to write about. The note of {day} was never written.", name=name, day=day)


def restore_note(api: ShellApi, draft: Draft) -> None:
    """Take up a note that was being typed: its chart, and the form beside it."""
    from app.ui.parts.notes.note_panel import NotePanel

    body: Mapping[str, Any] = draft.body
    patient = body.get("patient")
    if isinstance(patient, str) and patient:
        api.navigate(OpenChart(patient_id=patient, tab="visits", item=draft.subject))
    api.show_panel(NotePanel(api, draft.subject, body=body))
