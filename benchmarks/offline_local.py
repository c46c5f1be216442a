"""How fast a workstation works without the server: commands and patient search on a real encrypted store.

Run with ``python -m benchmarks.offline_local --patients 200000``. *plain* is the same in bare SQL on the same file:
for a booking BEGIN, the slot's update, the visit's insert, COMMIT; for a search the best single statement over the
store's own indexes, without ranking, typing errors or what is shown of the people found. Milliseconds, warm.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from app.commands.booking import BookVisit
from app.commands.cancelling import CancelVisit
from app.commands.core import Command
from app.commands.local_store import LocalStore
from app.commands.patients import RegisterPatient
from app.commands.visits import CheckIn
from app.db import local_triggers
from app.db.frozen import table_of
from app.db.local import LocalDatabase
from app.db.models import Patient, SlotDetail, User, VisitSlot
from app.domain.enums import SlotOrigin, SlotStatus, VisitMode
from app.kernel.clock import FixedClock
from app.kernel.fold import fold
from app.kernel.ids import new_cuid, new_uuid
from app.queries.patients import search_patients
from app.queries.store_names import LAST
from app.sync import file
from benchmarks.search import misspelt, p95
from tests.support.desk import CLINIC, DAY, NOW, Desk, Person, at, seed

SYLLABLES = "ka ri no el ta mo sa vi ler dan mar jo ben su wi tor chen pa li gar osk ber yu ro dez hal win ste fro lu"
GOALS = {"command": 20.0, "search": 10.0}
CHUNK = 20_000


@dataclass(frozen=True, slots=True)
class Somebody:
    """A patient that somebody looks for."""

    first: str
    last: str
    born: date
    phone: str
    mrn: str


def main() -> None:
    """Make the store, then measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=200_000)
    parser.add_argument("--each", type=int, default=40, help="searches of each kind, and commands")
    parser.add_argument("--wipe", action="store_true", help="with SQLCipher's memory security, to compare")
    options = parser.parse_args()
    file.WIPE_MEMORY = options.wipe
    with tempfile.TemporaryDirectory(prefix="mha-bench-") as folder:
        path = Path(folder) / "store.db"
        database = file.open_store(path, os.urandom(32), FixedClock(NOW), create=True)
        try:
            people = fill(database, options.patients)
            size = sum(one.stat().st_size for one in Path(folder).iterdir()) / 1e6
            print(f"{options.patients} patients, {size:.0f} MB")
            measure_commands(database, options.each)
            measure_search(database, people, options.each)
        finally:
            database.close()


def fill(database: LocalDatabase, count: int) -> list[Somebody]:
    """Apply rows as a snapshot does, then make what search reads; tell what both took."""
    people = crowd(count)
    began = time.perf_counter()
    with database.applying() as session:
        local_triggers.drop(session.connection())
        seed(session)
    for start in range(0, count, CHUNK):
        with database.applying() as session:
            part = list(enumerate(people[start : start + CHUNK], start))
            session.connection().execute(insert(table_of(User)), [_user(n) for n, _ in part])
            session.connection().execute(insert(table_of(Patient)), [_patient(n, one) for n, one in part])
    applied = time.perf_counter()
    with database.applying() as session:
        local_triggers.rebuild_search(session.connection())
        local_triggers.install(session.connection())
    print(f"rows {applied - began:.1f} s, rebuild_search {time.perf_counter() - applied:.1f} s")
    return people


def crowd(count: int) -> list[Somebody]:
    """People with names as uneven as real ones: a few are everywhere, most are rare."""
    dice = random.Random(11)
    parts = SYLLABLES.split()
    given = [dice.choice(parts) + dice.choice(parts) + (dice.choice(parts) if n > 900 else "") for n in range(3000)]
    family = ["".join(dice.choices(parts, k=2 + n % 3)) for n in range(max(1000, min(60_000, count // 12)))]

    def pick(names: list[str]) -> str:
        return names[int(len(names) * dice.random() ** 3)].capitalize()

    return [
        Somebody(
            pick(given),
            pick(family),
            date(1930, 1, 1) + timedelta(days=dice.randrange(34_000)),
            f"{dice.choice((415, 510, 650, 925))}{dice.randrange(10**7):07}",
            f"MRN-{n:07}",
        )
        for n in range(count)
    ]


def _user(n: int) -> dict[str, Any]:
    user = {"id": f"user-{n}", "email": f"patient-{n}@no-login.invalid", "password_hash": "!", "role": "PATIENT"}
    return {**user, "clinic_id": CLINIC, "patient_id": f"patient-{n}", "created_at": NOW, "updated_at": NOW}


def _patient(n: int, one: Somebody) -> dict[str, Any]:
    details = {"mrn": one.mrn, "phones": [{"system": "phone", "use": "mobile", "value": f"+1 {one.phone}"}]}
    return {
        "id": f"patient-{n}", "user_id": f"user-{n}", "clinic_id": CLINIC, "first_name": one.first,
        "last_name": one.last, "date_of_birth": one.born, "demographics": details, "flags": (), "created_at": NOW,
        "updated_at": NOW,
    }  # fmt: skip


def timed(work: Callable[[], object]) -> float:
    """Milliseconds of one call."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def shown(name: str, plain: list[float], ours: list[float], goal: float) -> None:
    """Print a line."""
    middle, base = statistics.median(ours), statistics.median(plain)
    verdict = "" if p95(ours) < goal else f"  p95 over {goal:.0f} ms"
    print(f"{name:32}{base:9.2f}{middle:9.2f}{p95(ours):8.1f}{middle / base:8.1f}{verdict}")


def measure_commands(database: LocalDatabase, count: int) -> None:
    """Commands as the person at the desk gives them, each in its own transaction."""
    print(f"{'command':32}{'plain':>9}{'median':>9}{'p95':>8}{'ratio':>8}")
    desk = Desk(database.engine, lambda _: LocalStore(database), online=False, clock=FixedClock(NOW))
    slots = _slots(database, count * 2)
    plain = [timed(lambda slot=slot: _plain_booking(database, slot)) for slot in slots[count:]]  # type: ignore[misc]
    books = [BookVisit(slot_id=slot, patient_id="patient-7", visit_mode=VisitMode.IN_PERSON) for slot in slots[:count]]
    groups: dict[str, list[Command]] = {
        "book a visit": list(books),
        "check in": [CheckIn(visit_id=one.visit_id) for one in books[: count // 2]],
        "cancel a visit": [CancelVisit(visit_id=one.visit_id) for one in books[count // 2 :]],
        "register a patient": [
            RegisterPatient(patient_id=new_uuid(), user_id=new_uuid(), first_name=f"Ada{n}", last_name="Lovelace",
                            date_of_birth=date(1980, 1, 1), demographics={"phones": [{"value": f"555-01{n:02}"}]})
            for n in range(count)
        ],
    }  # fmt: skip
    for name, commands in groups.items():
        shown(name, plain, [timed(lambda one=one: desk.desk.run(one)) for one in commands], GOALS["command"])  # type: ignore[misc]


def _slots(database: LocalDatabase, count: int) -> list[str]:
    made = []
    with database.applying() as session:
        for n in range(count):
            start = at("11:00", DAY + timedelta(days=n // 12)) + timedelta(minutes=20 * (n % 12))
            made.append(new_cuid())
            session.execute(
                insert(VisitSlot).values(
                    id=made[-1], provider_id="p-okafor", start_time=start, end_time=start + timedelta(minutes=20),
                    visit_mode=VisitMode.IN_PERSON, status=SlotStatus.FREE, created_at=NOW, updated_at=NOW,
                )
            )  # fmt: skip
            session.execute(insert(SlotDetail).values(slot_id=made[-1], origin=SlotOrigin.GRID, updated_at=NOW))
    return made


def _plain_booking(database: LocalDatabase, slot: str) -> None:
    with database.transaction("u-desk") as session:
        driver: Any = session.connection().connection.driver_connection
        driver.execute("UPDATE visit_slots SET status = 'BOOKED', updated_at = mha_now() WHERE id = ?", (slot,))
        driver.execute(
            "INSERT INTO visits (id, patient_id, provider_id, slot_id, status, visit_type, visit_mode, reason_text, "
            "created_at, updated_at) VALUES (?, 'patient-7', 'p-okafor', ?, 'PLANNED', 'SCHEDULED', 'IN_PERSON', '', "
            "mha_now(), mha_now())",
            (new_cuid(), slot),
        )


BY_WORDS = """SELECT s.patient_id FROM patient_words i JOIN patient_search s ON s.n = i.rowid
    WHERE patient_words MATCH ? ORDER BY s.sort_key LIMIT 20"""
BY_PHONE = """SELECT s.patient_id FROM patient_parts i JOIN patient_search s ON s.n = i.rowid
    WHERE patient_parts MATCH ? AND instr(s.phones, ?) LIMIT 20"""
BY_BIRTH = f"SELECT patient_id FROM patient_search WHERE clinic_id = '{CLINIC}' AND birth_date = ? LIMIT 20"
BY_MRN = f"SELECT patient_id FROM patient_search WHERE clinic_id = '{CLINIC}' AND mrn >= ? AND mrn < ? LIMIT 20"
NEAR = "SELECT name FROM search_name WHERE clinic_id = ? AND name >= ? AND name < ?"

Kind = Callable[[Somebody], tuple[str, str, tuple[Any, ...]]]


def kinds(chance: random.Random) -> dict[str, Kind]:
    """What people type, and plain SQL that comes nearest to it."""

    def words(*typed: str) -> tuple[str, str, tuple[Any, ...]]:
        return " ".join(typed), BY_WORDS, (" AND ".join(f'"{fold(one)}" *' for one in typed),)

    def phone(digits: str) -> tuple[str, str, tuple[Any, ...]]:
        return digits, BY_PHONE, (" AND ".join(f'"{digits[i : i + 3]}"' for i in range(len(digits) - 2)), digits)

    def near(word: str) -> tuple[str, str, tuple[Any, ...]]:
        return word, NEAR, (CLINIC, word[0], word[0] + LAST)

    def mrn(one: Somebody) -> tuple[str, str, tuple[Any, ...]]:
        return f"mrn {one.mrn[4:]}", BY_MRN, (one.mrn[4:], one.mrn[4:] + LAST)

    return {
        "one letter": lambda p: words(p.last[:1]),
        "two letters": lambda p: words(p.last[:2]),
        "four letters of the last name": lambda p: words(p.last[:4]),
        "first name": lambda p: words(p.first),
        "last name": lambda p: words(p.last),
        "both names": lambda p: words(p.first, p.last),
        "parts of both, reversed": lambda p: words(p.last[:3], p.first[:2]),
        "one letter of each": lambda p: words(p.last[:1], p.first[:1]),
        "inside the last name": lambda p: words(p.last[1:5]),
        "last name misspelt": lambda p: near(misspelt(fold(p.last), chance)),
        "both names, one misspelt": lambda p: (f"{misspelt(fold(p.last), chance)} {p.first}", NEAR,
                                               (CLINIC, fold(p.last)[0], fold(p.last)[0] + LAST)),
        "birth date": lambda p: (f"{p.born:%m/%d/%Y}", BY_BIRTH, (p.born.isoformat(),)),
        "first name, year of birth": lambda p: (f"{p.first} {p.born:%Y}", *words(p.first)[1:]),
        "one letter, year of birth": lambda p: (f"{p.first[:1]} {p.born:%Y}", *words(p.first[:1])[1:]),
        "year of birth": lambda p: (f"{p.born:%Y}", BY_BIRTH, (p.born.isoformat(),)),
        "phone number": lambda p: phone(p.phone),
        "last four digits": lambda p: phone(p.phone[-4:]),
        "area code": lambda p: phone(p.phone[:3]),
        "first name, area code": lambda p: (f"{p.first} {p.phone[:3]}", *words(p.first)[1:]),
        "MRN": mrn,
    }  # fmt: skip


def measure_search(database: LocalDatabase, people: list[Somebody], each: int) -> None:
    """Searches as typed, through the query that screens use."""
    print(f"{'search':32}{'plain':>9}{'median':>9}{'p95':>8}{'ratio':>8}")
    dice = random.Random(5)
    desk = Desk(database.engine, lambda _: LocalStore(database), online=False, clock=FixedClock(NOW))
    person, chosen = desk.desk, dice.sample(people, each)
    every: list[float] = []
    for name, kind in kinds(dice).items():
        plain, ours = [], []
        for text, statement, values in map(kind, chosen):
            _search(person, text)
            _plain(database, statement, values)
            plain.append(_plain(database, statement, values))
            ours.append(_search(person, text))
        every += ours
        shown(name, plain, ours, GOALS["search"])
    print(f"{'all':32}{'':9}{statistics.median(every):9.2f}{p95(every):8.1f}")


def _search(person: Person, text: str) -> float:
    return timed(lambda: person.ask(search_patients, text=text))


def _plain(database: LocalDatabase, statement: str, values: tuple[Any, ...]) -> float:
    with database.reading() as session:
        driver: Any = session.connection().connection.driver_connection
        return timed(lambda: driver.execute(statement, values).fetchall())


if __name__ == "__main__":
    main()
