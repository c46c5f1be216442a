"""A crowd of patients on both databases: the demo's names in all their scripts, with dates, phones and numbers."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from app.db import local_triggers
from app.db.models import Patient, User
from tests.support.desk import CLINIC, NOW, Desk

_NAMES = Path(__file__).parents[2] / "resources" / "demo" / "people.json"
COMMON = 3200
"""So many share an area code and a second name: more than search puts in order."""


@dataclass(frozen=True, slots=True)
class Somebody:
    """A patient of the crowd."""

    first: str
    last: str
    born: date | None
    phone: str
    mrn: str


def make_crowd(count: int, seed: int = 7) -> tuple[Somebody, ...]:
    """Invent people, the same ones every time."""
    dice = random.Random(seed)
    locales = json.loads(_NAMES.read_text("utf-8"))["locales"]
    made = []
    for number in range(count):
        locale = dice.choice(locales)
        first = dice.choice(locale[dice.choice(("female", "male"))])
        last = dice.choice(locale["family"])
        if number < COMMON:
            first = f"{first} Maria"
        if number % 9 == 0:
            last = f"{last} {dice.choice(dice.choice(locales)['family'])}"
        born = None if number % 50 == 0 else date(1930, 1, 1) + timedelta(days=dice.randrange(33_000))
        phone = f"({415 if number < COMMON else 628}) {dice.randrange(200, 999)}-{dice.randrange(10_000):04}"
        made.append(Somebody(first, last, born, phone, f"{'MRN-' if number % 2 else 'A'}{number:05}"))
    return tuple(made)


def fill(desk: Desk, people: tuple[Somebody, ...]) -> None:
    """Put them in the clinic, and count the names anew: how often each occurs decides between equal ones."""
    with desk.session() as session:
        insert_people(session, people)
        if desk.online:
            session.execute(select(func.desktop.refresh_search_names()))
        else:
            local_triggers.rebuild_search(session.connection())
            local_triggers.install(session.connection())


def insert_people(session: Session, people: tuple[Somebody, ...]) -> None:
    """Insert them and their accounts, past all rules."""
    stamps = {"created_at": NOW, "updated_at": NOW}
    users: list[dict[str, Any]] = []
    patients: list[dict[str, Any]] = []
    for n, one in enumerate(people):
        user = {"id": f"cu-{n:05}", "email": f"c{n}@patients.example", "password_hash": "!", "role": "PATIENT"}
        users.append({**user, "clinic_id": CLINIC, "patient_id": f"c-{n:05}", **stamps})
        details = {"mrn": one.mrn, "phones": [{"system": "phone", "use": "mobile", "value": one.phone}]}
        patients.append(
            {
                "id": f"c-{n:05}", "user_id": f"cu-{n:05}", "clinic_id": CLINIC, "first_name": one.first,
                "last_name": one.last, "date_of_birth": one.born, "demographics": details, "flags": (), **stamps,
            }
        )  # fmt: skip
    session.execute(insert(User), users)
    session.execute(insert(Patient), patients)
