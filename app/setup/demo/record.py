"""The demo's record: lab orders with results, papers, plans, alerts, requests, messages, rules."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from app.domain.enums import (
    RequestStatus,
    RequestType,
    Role,
    SeverityLevel,
    VisitMode,
)
from app.setup.demo.alerts import pressure_alert
from app.setup.demo.clinic import DemoProvider, DemoStaff
from app.setup.demo.labs import make_labs
from app.setup.demo.papers import make_papers
from app.setup.demo.patients import DemoPatient
from app.setup.demo.rules import make_rules
from app.setup.demo.templates import message_templates
from app.setup.demo.world import World

_TALKS = (
    ("Question about my medicine", "How are you feeling on the new dose?",
     "Better, thank you. May I take it in the evening?"),
    ("Form for work", "The form is signed and waits at the desk.", "Thank you! Can my husband pick it up tomorrow?"),
    ("Blood pressure at home", "Please send the readings of the last week.", "151/92, 148/90, 139/88, today 142/89."),
    ("Travel", "When do you leave, and for how long?", "On the 12th, three weeks. Do I need anything against malaria?"),
    ("Knee", "How is the knee after the first sessions?", "Stairs are easier. It still swells in the evening."),
    ("Allergy", "Did the rash go away after you stopped the tablets?", "Yes, within two days. What do I take instead?"),
    ("Appointment", "We have a free time on Thursday at 9:20.", "I start work at 9. Is there anything before 8:30?"),
    ("Results", "Your results are in order, nothing to change.", "Good to hear. When is the next control due?"),
    ("Vaccination", "The record says that tetanus is due.", "Can my daughter get hers on the same day?"),
    ("Sleep", "Did the diary show when it is worst?", "Always after night shifts. Five hours at most."),
    ("Refill", "The prescription is at your pharmacy.", "They say it isn't there yet. Could you look once more?"),
)  # fmt: skip
"""What is written about: the subject, the clinic's last words, the patient's answer."""


def make_record(
    world: World, patients: tuple[DemoPatient, ...], providers: tuple[DemoProvider, ...], staff: tuple[DemoStaff, ...]
) -> None:
    """Add believable rows to every clinical table."""
    make_labs(world, patients, providers)
    make_papers(world, patients, providers)
    _plans(world, patients)
    _requests(world, patients)
    _messages(world, patients, providers)
    message_templates(world)
    _rules(world, patients)
    admin = next(one for one in staff if Role.ADMIN in one.roles)
    make_rules(world, patients, admin.user_id)
    world.add("refresh_tokens", id=world.ids.uuid(), user_id=staff[0].user_id, token=f"demo-{world.seed}",
              expires_at=world.ago(days=-7), created_at=world.ago(days=1))  # fmt: skip


def _plans(world: World, patients: tuple[DemoPatient, ...]) -> None:
    for patient in patients[:: max(1, len(patients) // 20)]:
        habits = (("Walk 30 minutes", "daily"), ("Measure blood pressure", "daily"), ("Weigh in", "weekly"))
        tasks = [{"id": world.ids.uuid(), "title": title, "description": "", "frequency": every,
                  "completed": world.some(0.5)} for title, every in habits]  # fmt: skip
        world.add("care_plans", id=world.ids.uuid(), patient_id=patient.id,
                  phases=[{"name": "Start", "durationWeeks": 4, "tasks": tasks}], created_at=world.ago(days=50),
                  updated_at=world.ago(days=5))  # fmt: skip


def _requests(world: World, patients: tuple[DemoPatient, ...]) -> None:
    scenes = (("배수지", SeverityLevel.RED, 6, "Chest tightness since this morning"),
              ("Ömer", SeverityLevel.ORANGE, 51, "Ankle swollen after a fall"),
              ("Ivy", SeverityLevel.YELLOW, 125, "Cough for two weeks, in person"),
              ("Margit", SeverityLevel.GREEN, 185, "Blood pressure check, mornings"))  # fmt: skip
    named: dict[str, DemoPatient] = {}
    for person in patients:
        named.setdefault(person.first, person)
    for first, severity, minutes, reason in scenes:
        _request(world, named[first], severity, minutes, reason, RequestStatus.NEW)
    for index, patient in enumerate(world.dice.sample(patients, 8)):
        status = (RequestStatus.CANCELLED, RequestStatus.CONVERTED_TO_VISIT)[index % 2]
        _request(world, patient, SeverityLevel.GREEN, 3000 + 600 * index, "Routine question", status)


def _request(
    world: World, patient: DemoPatient, severity: SeverityLevel, minutes: int, reason: str, status: RequestStatus
) -> None:
    at = world.ago(minutes=minutes)
    world.add("visit_requests", id=world.ids.cuid(), patient_id=patient.id, request_type=RequestType.SCHEDULED,
              visit_mode=VisitMode.IN_PERSON, requested_date=world.today, window_start=None, window_end=None,
              reason_text=reason, reason_category=None, severity=severity, status=status, proposed_slot_id=None,
              created_at=at, updated_at=at)  # fmt: skip


def _messages(world: World, patients: tuple[DemoPatient, ...], providers: tuple[DemoProvider, ...]) -> None:
    for index, patient in enumerate(world.dice.sample(patients, min(len(patients), 16))):
        provider = world.dice.choice(providers)
        subject, ours, theirs = _TALKS[index % len(_TALKS)]
        last = world.ago(hours=2 + index * 5)
        thread = world.add("message_threads", id=world.ids.uuid(), patient_id=patient.id, clinic_id=world.clinic_id,
                           participants=[patient.user_id, provider.user_id], subject=subject,
                           last_message_at=last, created_at=last - timedelta(days=1), updated_at=last)  # fmt: skip
        _message(world, thread["id"], provider.user_id, ours,
                 last - timedelta(hours=20), read=True)  # fmt: skip
        _message(world, thread["id"], patient.user_id, theirs, last,
                 read=index >= 3)  # fmt: skip


def _message(world: World, thread_id: str, sender: str, content: str, at: Any, *, read: bool) -> None:
    world.add("messages", id=world.ids.uuid(), thread_id=thread_id, sender_id=sender, content=content,
              attachments=None, read=read, read_at=at + timedelta(minutes=5) if read else None,
              created_at=at)  # fmt: skip


def _rules(world: World, patients: tuple[DemoPatient, ...]) -> None:
    rules = (("Blood pressure high", "bp", ">", 150, "warn"), ("Sugar rising", "glucose", "trendUp", 8, "warn"),
             ("No weight for two weeks", "weight", "missing", None, "info"))  # fmt: skip
    for priority, (name, metric, op, threshold, severity) in enumerate(rules):
        condition: dict[str, Any] = {"op": op} if threshold is None else {"op": op, "threshold": threshold}
        condition |= {"minReadings": 5} if metric == "bp" else {}  # no more patients than those with the alert
        rule = world.add("clinical_rules", id=world.ids.uuid(), name=name, description=None, metric=metric,
                         window_days=14 if op == "missing" else 7, condition=condition, severity=severity,
                         action="alert", action_params=None, enabled=op != "missing", priority=priority,
                         created_at=world.ago(days=100), updated_at=world.ago(days=30))  # fmt: skip
        world.add("rule_clinic", rule_id=rule["id"], clinic_id=world.clinic_id)
        for patient in patients[:40]:
            world.add("rule_executions", id=world.ids.uuid(), rule_id=rule["id"], patient_id=patient.id,
                      triggered=False, result={"average": 128, "readings": 4},
                      executed_at=world.ago(hours=9))  # fmt: skip
        if metric == "bp":
            for number, patient in enumerate(patients[20:22]):
                pressure_alert(world, patient, rule, earlier=number == 0)
