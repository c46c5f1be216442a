"""One patient of the demo has a long history: lists, ten years of readings, visits with notes, weeks in figures.

It is whom the first steps look for by a misspelt name, and whom the provider of the sign-in page sees next. With ids
and dice of its own, so that the rest of the demo stays as it is.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from app.domain.enums import (
    DeviceProvider,
    HRVContext,
    SlotOrigin,
    SlotStatus,
    VisitMode,
    VisitNoteStatus,
    VisitStatus,
    VisitType,
)
from app.domain.none_known import CONFIRMED
from app.domain.visit_notes import note_id_for
from app.kernel.ids import DerivedIds
from app.setup.demo.clinic import DemoProvider
from app.setup.demo.patients import DemoPatient
from app.setup.demo.watched import FLAG
from app.setup.demo.world import World

NAME = ("Inés", "González Núñez")
HEIGHT_CM = 163.0
_YEARS = 10
_WATCHED_DAYS = 97
_READINGS = ("measurements", "vital_readings", "hrv_readings", "bmi_readings", "weekly_summaries", "device_connections")
_VISIT_DAYS = (91, 180, 272, 365, 455, 548, 640, 735, 826, 918, 1010, 1105, 1290, 1470, 1660, 1840, 2205, 2570, 2935)
"""How long ago the visits were: every three months, seldomer before the diabetes got worse."""

_PROBLEMS = (
    ("Type 2 diabetes mellitus", "E11.9", "2016", "active"), ("Essential hypertension", "I10", "2017", "active"),
    ("Obesity, class 1", "E66.811", "2014", "active"), ("Hyperlipidemia", "E78.5", "2017", "active"),
    ("Chronic kidney disease, stage 2", "N18.2", "2024", "active"),
    ("Nonproliferative retinopathy, mild", "E11.329", "2023", "active"),
    ("Migraine without aura", "G43.009", "2005", "active"), ("Gestational diabetes", "O24.419", "2013", "resolved"),
)  # fmt: skip
_MEDICINES = (
    ("Metformin", "6809", "1000 mg, twice daily", "2016"), ("Semaglutide", "1991302", "1 mg, weekly", "2025-06"),
    ("Lisinopril", "29046", "20 mg, once daily", "2017"), ("Amlodipine", "17767", "5 mg, once daily", "2024-02"),
    ("Atorvastatin", "83367", "40 mg, at night", "2018"), ("Sumatriptan", "37418", "50 mg, when needed", "2010"),
    ("Ibuprofen", "5640", "400 mg, when needed", ""),
)  # fmt: skip
_ALLERGIES = (
    ("Penicillin", "7980", ["anaphylaxis"], "severe"), ("Sulfonamide", "387406002", ["rash"], "mild"),
)  # fmt: skip
_NOTES: tuple[Mapping[str, str], ...] = (
    {
        "history": "Measures at home each morning. Sugar mostly below 150 since the injection was raised, no lows. "
                   "Walks to work. Some nausea on the day after the injection.",
        "findings": "Heart regular, lungs clear, no swelling. Feet: pulses and feeling intact.",
        "assessment": "Type 2 diabetes, getting better. Pressure near the goal. Kidney values to be watched.",
        "plan": "Semaglutide stays at 1 mg.\nLaboratory before the next visit.\nNo ibuprofen for over three days.",
    },
    {
        "history": "Weight goes down slowly. Two migraines since last time, both ended by the tablet.",
        "findings": "Blood pressure by hand 138/86 on both arms.",
        "assessment": "Hypertension not quite at the goal.",
        "plan": "Amlodipine 5 mg once daily added.\nPressures of two weeks to be sent.",
    },
    {
        "history": "Feels well. Eye clinic found first changes at the back of the eye, no treatment needed.",
        "findings": "Waist 98 cm. Otherwise as before.",
        "assessment": "Mild nonproliferative retinopathy, both eyes.",
        "plan": "Eyes once a year.\nA1C below 7 % is the goal.",
    },
)  # fmt: skip
_REASONS = ("Diabetes review", "Blood pressure check", "Annual physical", "Diabetes review")


@dataclass(frozen=True, slots=True)
class LongStory:
    """Who has it and with whom, and where its ids and chance come from."""

    world: World
    patient: DemoPatient
    provider: DemoProvider
    ids: DerivedIds
    dice: random.Random


def make_long_history(
    world: World, patients: tuple[DemoPatient, ...], provider: DemoProvider, types: Mapping[str, Mapping[str, Any]]
) -> LongStory:
    """Replace the patient's few rows by a long history, and return it for what is still going on."""
    patient = next(one for one in patients if (one.first, one.last) == NAME)
    story = LongStory(world, patient, provider, DerivedIds(f"demo-long/{world.seed}"),
                      random.Random(f"long/{world.seed}"))  # noqa: S311 - invented readings, not secrets # fmt: skip
    for table in _READINGS:
        world.rows[table] = [row for row in world.rows.get(table, ()) if row["patient_id"] != patient.id]
    _lists(story)
    _typed(story)
    _device(story)
    _weeks(story)
    _known_here(story, types)
    for number, days in enumerate(_VISIT_DAYS):
        _visit(story, types["Follow-up"], number, days)
    return story


def _known_here(story: LongStory, types: Mapping[str, Mapping[str, Any]]) -> None:
    """Nobody with a long history comes as a new patient."""
    rows = story.world.rows
    hers = {row["id"]: row for row in rows["visits"] if row["patient_id"] == story.patient.id}
    for detail in rows["visit_detail"]:
        if detail["visit_id"] in hers and detail["appointment_type_id"] == types["New patient"]["id"]:
            detail["appointment_type_id"] = types["Medication review"]["id"]
            hers[detail["visit_id"]]["reason_text"] = "Medicines to be gone through"


def _lists(story: LongStory) -> None:
    world = story.world
    row = next(row for row in world.rows["patients"] if row["id"] == story.patient.id)
    problems = [{"id": f"p{n}", "display": name, "code": code, "onset": since, "status": status}
                for n, (name, code, since, status) in enumerate(_PROBLEMS)]  # fmt: skip
    medicines = [{"id": f"m{n}", "display": name, "code": code, "dosage": dose, "status": "active",
                  **({"started": since} if since else {})}
                 for n, (name, code, dose, since) in enumerate(_MEDICINES)]  # fmt: skip
    allergies = [{"id": f"a{n}", "display": name, "code": code, "reactions": reactions, "severity": severity,
                  "status": "active"} for n, (name, code, reactions, severity) in enumerate(_ALLERGIES)]  # fmt: skip
    told = {"at": _day(world, _VISIT_DAYS[0]).isoformat(), "by": story.provider.name}
    confirmed = {key: {**told, "items": [item["id"] for item in items if item.get("display") != "Ibuprofen"]}
                 for key, items in (("conditions", problems), ("medications", medicines))}  # fmt: skip
    row["demographics"] = {**row["demographics"], "conditions": problems, "medications": medicines,
                           "allergies": allergies, CONFIRMED: confirmed}  # fmt: skip
    row["height_cm"] = HEIGHT_CM
    row["flags"] = ("HIGH_RISK", FLAG)


def _measure(story: LongStory, kind: str, value: object, at: datetime, source: str = "MANUAL") -> None:
    story.world.add("measurements", id=story.ids.uuid(), patient_id=story.patient.id, type=kind, value=value,
                    timestamp=at, source=source, metadata_=None, created_at=at)  # fmt: skip


def _typed(story: LongStory) -> None:
    """Once a month over ten years, measured at the clinic: pressure, weight with BMI; A1C every three months."""
    months = _YEARS * 12
    for month in range(months, -1, -1):
        at = _day(story.world, 12 + month * 30.44)
        past = month / months
        systolic = round(131 + 16 * math.sin(past * 3) + story.dice.gauss(0, 4))
        pressure = {"systolic": systolic, "diastolic": round(systolic * 0.6 + story.dice.gauss(2, 2))}
        _measure(story, "BLOOD_PRESSURE", pressure, at)
        weight = round(84.2 + 9.5 * math.sin(min(1.0, past * 4) * math.pi / 2) - 3 * past + story.dice.gauss(0, 0.4), 1)
        _measure(story, "WEIGHT", weight, at)
        story.world.add("bmi_readings", id=story.ids.cuid(), patient_id=story.patient.id, timestamp=at,
                        weight_kg=weight, height_cm=HEIGHT_CM, bmi=round(weight / (HEIGHT_CM / 100) ** 2, 2),
                        created_at=at)  # fmt: skip
        if month % 3 == 0:
            _measure(story, "A1C", round(7.1 + 1.9 * math.sin(min(1.0, past * 3) * math.pi / 2), 1), at)


def _device(story: LongStory) -> None:
    """Nearly every morning since she is watched from home, with a gap: the week in which the watch was lost."""
    world, ids = story.world, story.ids
    world.add("device_connections", id=ids.cuid(), patient_id=story.patient.id, provider=DeviceProvider.APPLE,
              external_id="demo-watch", access_token="demo", refresh_token=None,  # noqa: S106 - invented
              expires_at=world.ago(days=-40), created_at=world.ago(days=_WATCHED_DAYS + 3),
              updated_at=world.ago(hours=3))  # fmt: skip
    for day in range(_WATCHED_DAYS, -1, -1):
        if 52 <= day < 60 or story.dice.random() < 0.12:
            continue
        at = world.ago(days=day, minutes=story.dice.randrange(170, 230))
        systolic = round((137 if day < 8 else 129) + 4 * math.sin(day * 1.7))
        world.add("vital_readings", id=ids.cuid(), patient_id=story.patient.id, timestamp=at,
                  source=DeviceProvider.APPLE, heart_rate=round(76 + 5 * math.sin(day)), spo2=97 + day % 2,
                  respiration=15 + day % 3, systolic_bp=systolic, diastolic_bp=round(systolic * 0.63),
                  created_at=at)  # fmt: skip
        _measure(story, "GLUCOSE", 136 + (day * 7) % 13, at, "HEALTHKIT")
        _measure(story, "SLEEP", round(7.0 + 0.7 * math.sin(day / 2), 1), at, "HEALTHKIT")
        _measure(story, "STEPS", 6400 + (day * 811) % 3900, at, "HEALTHKIT")
        sdnn = round(38 + 6 * math.sin(day / 5) + story.dice.gauss(0, 2), 1)
        world.add("hrv_readings", id=ids.cuid(), patient_id=story.patient.id, timestamp=at,
                  source=DeviceProvider.APPLE, rmssd_ms=round(sdnn * 0.85, 2), sdnn_ms=sdnn, context=HRVContext.SLEEP,
                  created_at=at)  # fmt: skip


def _weeks(story: LongStory) -> None:
    world = story.world
    monday = world.today - timedelta(days=world.today.weekday())
    for weeks in range(1, 13):  # their readings come in when all are there (weeks.py)
        start = monday - timedelta(weeks=weeks)
        followed = {"completed": 14 - weeks % 4, "due": 15, "percent": round((14 - weeks % 4) / 15 * 100)}
        advice = ["Keep measuring in the morning", "Two more walks a week"]
        world.add("weekly_summaries", id=story.ids.uuid(), patient_id=story.patient.id, week_start=start,
                  week_end=start + timedelta(days=6), summary={"adherence": followed, "recommendations": advice},
                  created_at=world.ago(days=7 * (weeks - 1) + 1))  # fmt: skip


def _day(world: World, days: float) -> datetime:
    """Nine in the morning so many days ago, or on the working day before."""
    day: date = world.today - timedelta(days=round(days))
    while day.weekday() >= 5:
        day -= timedelta(days=1)
    return world.at(day, 9)


def _visit(story: LongStory, kind: Mapping[str, Any], number: int, days: int) -> None:
    """A completed visit on a slot of its own, and the note of the latest ones."""
    world, ids = story.world, story.ids
    start = _day(world, days)
    booked, end = start - timedelta(days=14), start + timedelta(minutes=20)
    reason = _REASONS[number % len(_REASONS)]
    slot = world.add("visit_slots", id=ids.cuid(), provider_id=story.provider.id, start_time=start, end_time=end,
                     visit_mode=VisitMode.IN_PERSON, status=SlotStatus.BOOKED, held_until=None, created_at=booked,
                     updated_at=booked)  # fmt: skip
    world.add("slot_detail", slot_id=slot["id"], origin=SlotOrigin.GRID, grid_end=None, reason=None, overbook=False,
              held_by=None, held_name=None, workstation=None, covered_by=None, copied_from=None, batch_id=None,
              updated_at=booked)  # fmt: skip
    visit = world.add("visits", id=ids.cuid(), patient_id=story.patient.id, provider_id=story.provider.id,
                      slot_id=slot["id"], visit_type=VisitType.SCHEDULED, visit_mode=VisitMode.IN_PERSON,
                      status=VisitStatus.COMPLETED, created_at=booked, reason_text=reason, updated_at=end)  # fmt: skip
    for state, at in ((VisitStatus.PLANNED, booked), (VisitStatus.CHECKED_IN, start - timedelta(minutes=6)),
                      (VisitStatus.IN_PROGRESS, start + timedelta(minutes=2))):  # fmt: skip
        world.add("visit_event", id=ids.uuid(), visit_id=visit["id"], status=state, at=at, by_user=None, reason=None,
                  command_id=None)  # fmt: skip
    world.add("visit_detail", visit_id=visit["id"], appointment_type_id=kind["id"], minutes=20, room=None, flow=None,
              cancel_kind=None, cancel_reason=None, booked_by=None, confirmed_at=None, follow_up=None,
              updated_at=end)  # fmt: skip
    if number < 2 * len(_NOTES):
        world.add("visit_note", id=note_id_for(visit["id"]), clinic_id=world.clinic_id, patient_id=story.patient.id,
                  visit_id=visit["id"], provider_id=story.provider.id, author_id=story.provider.user_id,
                  status=VisitNoteStatus.SIGNED, reason=reason, **_NOTES[number % len(_NOTES)], signed_at=end,
                  signed_by=story.provider.user_id, created_at=start, updated_at=end)  # fmt: skip
