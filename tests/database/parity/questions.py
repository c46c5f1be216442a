"""Every question that the store can answer, with arguments from what is in the clinic."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, time, timedelta
from typing import Any, TypeAlias

from sqlalchemy import select

from app.db.models import Visit, VisitSlot
from app.domain.enums import VisitMode, VisitStatus
from app.domain.imports import ImportBatch, PatientImport, PatientRow, SourceId
from app.domain.series import Every, Rhythm
from app.queries.booking_basis import booking_basis
from app.queries.calendar_week import calendar_week
from app.queries.chart import chart_head
from app.queries.chart_summary import chart_summary
from app.queries.clinic import appointment_types, clinic_view, providers, rooms
from app.queries.counts import rail_counts
from app.queries.day_board import day_board, week_board
from app.queries.drafts import my_drafts
from app.queries.hours import opening_hours, provider_hours
from app.queries.imports import import_preview, import_runs
from app.queries.month import month_capacity
from app.queries.named import named
from app.queries.openings import alternatives, next_available
from app.queries.patient_card import patient_card, patient_list, patient_rows
from app.queries.patients import likely_duplicates, search_patients
from app.queries.saved_views import saved_views
from app.queries.series import move_preview, series_of, series_preview
from app.queries.timeline import timeline
from app.queries.to_move import to_move
from app.queries.today import today_board
from app.queries.together import Seat, family_times
from app.queries.visit_list import visit_list, visit_view
from app.queries.waiting import freed_times, waiting_list
from app.queries.workstations import offline_leases
from tests.database.parity.questions_alerts import alert_questions
from tests.database.parity.questions_messages import message_questions
from tests.database.parity.questions_notes import note_questions
from tests.database.parity.questions_papers import of_papers
from tests.database.parity.questions_requests import request_questions
from tests.database.parity.questions_vitals import vital_questions
from tests.database.parity.scenarios_care import care_questions
from tests.database.parity.scenarios_labs import lab_questions
from tests.support.desk import DAY, PATIENTS, at
from tests.support.twins import Twins

HERE = VisitMode.IN_PERSON
PROVIDERS = ("p-okafor", "p-chen")
WEEK = {"first": DAY, "last": DAY + timedelta(days=6)}
Question: TypeAlias = tuple[Callable[..., Any], dict[str, Any]]


def questions(twins: Twins) -> Iterator[Question]:
    """All of them, some several times."""
    yield from _of_the_clinic()
    yield from _of_patients()
    yield from _of_free_times()
    yield from note_questions(twins)
    yield from alert_questions(twins)
    yield from message_questions(twins)
    yield from request_questions(twins)
    yield from care_questions()
    yield from lab_questions(twins)
    yield from of_papers(twins)
    yield from vital_questions(("pat-lis", "pat-roux"))
    for slot in twins.rows(select(VisitSlot.id).order_by(VisitSlot.start_time, VisitSlot.id).limit(12)):
        yield alternatives, {"slot_id": slot.id}
        yield alternatives, {"slot_id": slot.id, "minutes": 35}
        yield freed_times, {"slot_ids": [slot.id]}
        yield named, {"ids": [slot.id]}
    for visit in twins.rows(select(Visit.id).order_by(Visit.id)):
        yield visit_view, {"visit_id": visit.id}
        yield named, {"ids": [visit.id, *PROVIDERS, "nobody"]}
        yield series_of, {"visit_id": visit.id}


def _of_the_clinic() -> Iterator[Question]:
    for question in (clinic_view, rail_counts, my_drafts, import_runs, waiting_list, offline_leases, to_move):
        yield question, {}
    for listed in (providers, appointment_types, rooms):
        yield listed, {"inactive": True}
    yield saved_views, {"kind": "schedule"}
    for day in (DAY, DAY + timedelta(days=7)):
        yield day_board, {"day": day}
        yield today_board, {"day": day}
    yield calendar_week, WEEK
    yield opening_hours, WEEK
    for provider in PROVIDERS:
        yield week_board, {"monday": DAY, "provider_id": provider}
        yield provider_hours, {"provider_id": provider}
        yield to_move, {"provider_id": provider}


def _of_patients() -> Iterator[Question]:
    yield patient_list, {}
    yield patient_rows, {"ids": [f"pat-{key}" for key, *_ in PATIENTS]}
    for key, first, last in PATIENTS:
        yield patient_card, {"patient_id": f"pat-{key}"}
        yield booking_basis, {"patient_id": f"pat-{key}"}
        yield chart_head, {"patient_id": f"pat-{key}"}
        yield chart_summary, {"patient_id": f"pat-{key}"}
        yield timeline, {"patient_id": f"pat-{key}", "limit": 7}
        yield search_patients, {"text": f"{last[:4]} {first[:2]}"}
        yield likely_duplicates, {"first_name": first, "last_name": last, "born": None, "phone": "(415) 555-0163"}
        yield visit_list, {"patient_id": f"pat-{key}", "newest_first": True}
    yield visit_list, {}
    yield visit_list, {**WEEK, "status": (VisitStatus.PLANNED, VisitStatus.CANCELLED), "mode": HERE, "limit": 2}
    source = SourceId("http://elsewhere.example", "Patient", "p1")
    person = PatientRow(source=source, first_name="Ada", last_name="Winter", birth_date=date(1970, 3, 4))
    yield import_preview, {"batch": ImportBatch(patients=(PatientImport(source=source, patient=person),))}


def _of_free_times() -> Iterator[Question]:
    yield month_capacity, {"first": DAY, "last": DAY + timedelta(days=27)}
    yield next_available, {}
    yield next_available, {"minutes": 40, "mode": HERE, "weekdays": (1, 2), "time_from": time(9), "time_to": time(15)}
    yield next_available, {"each_day": True, "specialty": "Family medicine", "after": at("12:00")}
    for side_by_side in (False, True):
        seats = (Seat("pat-lis", 20), Seat("pat-roux", 40, HERE))
        yield family_times, {"seats": seats, "side_by_side": side_by_side}
    yield freed_times, {}
    rhythm = Rhythm(Every.WEEK, times=3)
    yield (
        series_preview,
        {"provider_id": "p-okafor", "mode": HERE, "minutes": 20, "first": at("14:00"), "rhythm": rhythm,
         "patient_id": "pat-lis"},
    )  # fmt: skip


def ask_everything(twins: Twins) -> set[Callable[..., Any]]:
    """Ask all of them at both; fails where the answers differ. Returns which were asked."""
    asked: set[Callable[..., Any]] = set()
    found: list[str] = []

    def ask(question: Callable[..., Any], values: dict[str, Any]) -> Any:
        asked.add(question)
        here, there = twins.both_answers(question, **values)
        if here != there:
            found.append(f"{question.__name__} {values}:\n  server {here}\n  store  {there}"[:2000])
        return here

    for question, values in questions(twins):
        answer = ask(question, values)
        if question is series_of and isinstance(answer, tuple) and len(answer) > 1:
            ask(move_preview, {"members": answer, "provider_id": "p-chen", "days": 1, "clock": time(9, 30)})
    assert not found, "\n".join(found)
    return asked
