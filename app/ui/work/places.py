"""Places a person can go: small messages that areas send without knowing each other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from app.domain.enums import VisitMode
from app.ui.work.drafts import Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where to go. The area whose spec lists the class in ``opens`` gets it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreDraft(Place):
    """A draft taken up again; goes to the area that lists its kind in ``draft_kinds``."""

    draft: Draft


NEW_ITEM: Final = "new"
"""The ``item`` of ``OpenChart`` that begins a referral, a message or an excuse note in the tab of theirs."""
MEASURE_ITEM: Final = "measure"
"""The ``item`` of ``OpenChart`` that puts the keyboard into the vitals' entry form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenChart(Place):
    """A patient's chart: ``tab`` one of its tabs (the one open, without), ``item`` the id of a row to show there.

    ``mark``: the row is only marked, nothing opens beside it.
    """

    patient_id: str
    tab: str = ""
    item: str = ""
    mark: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EditDetails(Place):
    """A patient's details at the desk: identity, phones, household, visits; with ``section`` its form is opened."""

    patient_id: str
    section: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPatient(Place):
    """The registration form, with what was typed in a search, or with what a laboratory's message says of somebody.

    ``sex`` is FHIR's word ("male"), "" unknown.
    """

    text: str = ""
    first_name: str = ""
    last_name: str = ""
    born: date | None = None
    sex: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindPatients(Place):
    """The patient list with a search."""

    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPatients(Place):
    """The import of files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowToday(Place):
    """The arrival board."""

    visit_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowDay(Place):
    """A day of the schedule; ``day`` None is today."""

    day: date | None = None
    visit_id: str | None = None
    provider_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBooking(Place):
    """The booking panel with what is known already; ``at`` is an aware instant, ``born`` None when unknown.

    With ``request_id`` the booking answers that request of the patient; ``reason`` is why they want to come.
    ``window`` is the first and the last day on which the follow-up of ``follow_up_of`` was ordered.
    """

    patient_id: str | None = None
    patient_name: str = ""
    born: date | None = None
    slot_id: str | None = None
    provider_id: str | None = None
    day: date | None = None
    at: datetime | None = None
    minutes: int | None = None
    visit_mode: str | None = None
    walk_in_id: str | None = None
    request_id: str | None = None
    reason: str = ""
    follow_up_of: str | None = None
    window: tuple[date, date] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BookSeveral(Place):
    """Several people together; with a patient, whose household is offered."""

    patient_id: str = ""
    patient_name: str = ""
    born: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSeries(Place):
    """A series of appointments with what is known already; ``at`` is the first one's aware instant."""

    patient_id: str = ""
    patient_name: str = ""
    born: date | None = None
    provider_id: str = ""
    at: datetime | None = None
    minutes: int = 0
    type_id: str = ""
    mode: VisitMode | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowSeries(Place):
    """The series that a visit belongs to, to move or cancel it or parts of it."""

    visit_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowWaiting(Place):
    """The waiting list, at a patient's entry where one is named."""

    patient_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddToWaiting(Place):
    """The form that puts somebody on the waiting list."""

    patient_id: str = ""
    patient_name: str = ""
    born: date | None = None
    provider_id: str = ""
    minutes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FindTime(Place):
    """The search for the next free times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToMove(Place):
    """The visits of closed days that need another time."""

    provider_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowVisits(Place):
    """The list of visits with filters."""

    day: date | None = None
    status: str | None = None
    patient_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowVisit(Place):
    """One visit beside the list."""

    visit_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowStaff(Place):
    """The accounts, one of them chosen."""

    user_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowSettings(Place):
    """The clinic's settings, one section of them."""

    section: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowResults(Place):
    """Results to review: one order's, or the list with a filter (``app.queries.labs.Which``)."""

    order_id: str = ""
    which: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowTasks(Place):
    """The inbox of tasks, at one of them where it is named; ``open_items``: what the person has open instead."""

    task_id: str = ""
    open_items: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTask(Place):
    """The form of a task, with what is known already. ``kind`` is a ``TaskKind``'s value."""

    patient_id: str = ""
    patient_name: str = ""
    kind: str = ""
    title: str = ""
    source_table: str = ""
    source_id: str = ""
    visit_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowReferrals(Place):
    """The referrals: one of them, a new one for a patient, or what is overdue."""

    referral_id: str = ""
    patient_id: str = ""
    patient_name: str = ""
    overdue: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowExcuseNotes(Place):
    """The excuse notes: one of them, or a new one for a patient."""

    note_id: str = ""
    patient_id: str = ""
    patient_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowAlerts(Place):
    """The inbox of alerts, at one of them where it is named."""

    alert_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowRequests(Place):
    """The triage board, at one request where it is named."""

    request_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowMessages(Place):
    """The inbox of conversations with patients, at one of them where it is named."""

    thread_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage(Place):
    """A new message to a patient, with what is known already; ``task_id``: the task that is done once it is sent."""

    patient_id: str = ""
    patient_name: str = ""
    text: str = ""
    subject: str = ""
    task_id: str = ""
