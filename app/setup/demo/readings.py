"""The demo's readings: typed and device measurements, heart rate variability, BMI, devices, weekly summaries."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.domain.enums import DeviceProvider, HRVContext
from app.setup.demo.patients import DemoPatient
from app.setup.demo.world import World


def make_readings(world: World, patients: tuple[DemoPatient, ...]) -> None:
    """Give every fourth patient readings of the last ninety days, everybody a little."""
    for index, patient in enumerate(patients):
        _typed(world, patient, days=90 if index % 4 == 0 else 20)
        if index % 5 == 0:
            _device(world, patient)
        if patient.height and index % 3 == 0:
            _weights(world, patient)
        if index % 6 == 0:
            _summaries(world, patient)


def _measure(world: World, patient: DemoPatient, kind: str, value: object, at: datetime, source: str) -> None:
    world.add("measurements", id=world.ids.uuid(), patient_id=patient.id, type=kind, value=value, timestamp=at,
              source=source, metadata_=None, created_at=at)  # fmt: skip


def _typed(world: World, patient: DemoPatient, days: int) -> None:
    high = "Essential hypertension" in patient.conditions
    sugar = "Type 2 diabetes mellitus" in patient.conditions
    for day in range(days, 0, -world.dice.randrange(5, 11)):
        at = world.ago(days=day, hours=world.dice.randrange(0, 6))
        systolic = int(world.dice.gauss(146 if high else 122, 9))
        pressure = {"systolic": systolic, "diastolic": int(systolic * 0.62 + world.dice.gauss(2, 4))}
        _measure(world, patient, "BLOOD_PRESSURE", pressure, at, "MANUAL")
        if sugar:
            _measure(world, patient, "GLUCOSE", round(world.dice.gauss(158, 26)), at, "MANUAL")
    if sugar:
        _measure(world, patient, "A1C", min(8.9, round(world.dice.gauss(7.6, 0.7), 1)), world.ago(days=35), "MANUAL")
    _measure(world, patient, "TEMPERATURE", round(world.dice.gauss(36.8, 0.3), 1), world.ago(days=12), "MANUAL")
    _measure(world, patient, "MOOD", world.dice.randrange(2, 6), world.ago(days=3), "HEALTHKIT")


def _device(world: World, patient: DemoPatient) -> None:
    source = world.dice.choice(list(DeviceProvider))
    world.add("device_connections", id=world.ids.cuid(), patient_id=patient.id, provider=source,
              external_id=f"demo-{patient.id[:8]}", access_token="demo", refresh_token=None,  # noqa: S106 - invented
              expires_at=world.ago(days=-20) if world.some(0.8) else world.ago(days=4),
              created_at=world.ago(days=80), updated_at=world.ago(days=2))  # fmt: skip
    for day in range(30, 0, -1):
        at = world.ago(days=day, hours=3)
        systolic = int(world.dice.gauss(134, 8))
        world.add("vital_readings", id=world.ids.cuid(), patient_id=patient.id, timestamp=at, source=source,
                  heart_rate=int(world.dice.gauss(71, 7)), spo2=min(100, int(world.dice.gauss(97, 1))),
                  respiration=int(world.dice.gauss(15, 2)), systolic_bp=systolic, diastolic_bp=int(systolic * 0.63),
                  created_at=at)  # fmt: skip
        _measure(world, patient, "STEPS", int(world.dice.gauss(6200, 2100)) % 20000, at, "HEALTHKIT")
        _measure(world, patient, "SLEEP", round(max(3.0, world.dice.gauss(6.9, 0.9)), 1), at, "HEALTHKIT")
        sdnn = round(max(12.0, world.dice.gauss(48, 11)), 1)
        world.add("hrv_readings", id=world.ids.cuid(), patient_id=patient.id, timestamp=at, source=source,
                  rmssd_ms=round(sdnn * 0.85, 2), sdnn_ms=sdnn if source is DeviceProvider.APPLE else None,
                  context=HRVContext.SLEEP, created_at=at)  # fmt: skip


def _weights(world: World, patient: DemoPatient) -> None:
    weight = patient.weight + 4
    for day in range(84, 0, -14):
        at = world.ago(days=day)
        weight -= world.dice.uniform(0.1, 1.2)
        kg, height = round(weight, 1), patient.height or 170.0
        _measure(world, patient, "WEIGHT", kg, at, "DEVICE")
        world.add("bmi_readings", id=world.ids.cuid(), patient_id=patient.id, timestamp=at, weight_kg=kg,
                  height_cm=height, bmi=round(kg / (height / 100) ** 2, 2), created_at=at)  # fmt: skip


def _summaries(world: World, patient: DemoPatient) -> None:
    monday = world.today - timedelta(days=world.today.weekday())
    for weeks in (1, 2, 3):  # their readings come in when all are there (weeks.py)
        start = monday - timedelta(weeks=weeks)
        followed = {"completed": 9, "due": 12, "percent": 75}
        advice = ["Keep measuring in the morning", "Two more walks a week"]
        world.add("weekly_summaries", id=world.ids.uuid(), patient_id=patient.id, week_start=start,
                  week_end=start + timedelta(days=6), summary={"adherence": followed, "recommendations": advice},
                  created_at=world.ago(days=7 * (weeks - 1) + 1))  # fmt: skip
