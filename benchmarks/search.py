"""How fast patients are found among very many: the program's search beside plain SQL, in the same run.

Run with ``python -m benchmarks.search --patients 1000000``. Three columns for each kind of search: *plain* is the best
single statement for it, run by the owner, whom row-level security lets through; *search* is what staff call, the
function that searches for them with ranking and typing errors; *as staff* is the plain statement run by staff, where
row-level security keeps the indexes away. Times in milliseconds on the client, one statement each.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from app.db.search_text import digits_of
from app.kernel.fold import fold
from benchmarks.large_clinic import CLINIC, bench_server, seed_patients
from tests.support import clinics

LIMIT = 20
SEARCH = """
SELECT p.id, p.first_name, p.last_name, s.score
FROM desktop.search_patients(%s::text[], %s::date, %s::date, %s, %s, %s, 0) WITH ORDINALITY s
JOIN public.patients p ON p.id = s.patient_id ORDER BY s.ordinality
"""
SHOWN = """
SELECT p.id, p.first_name, p.last_name, 1 FROM (
    SELECT s.patient_id, s.sort_key FROM desktop.patient_search s
    WHERE s.clinic_id = %s AND {condition} ORDER BY s.sort_key, s.patient_id LIMIT %s) s
JOIN public.patients p ON p.id = s.patient_id ORDER BY s.sort_key, p.id
"""
NEAR = """
SELECT p.id, p.first_name, p.last_name, n.edits FROM (
    SELECT name, desktop.levenshtein_less_equal(name, %s, 2) AS edits FROM desktop.search_name
    WHERE clinic_id = %s AND desktop.levenshtein_less_equal(name, %s, 2) <= 2 ORDER BY 2, name LIMIT 12) n
JOIN desktop.patient_search s ON desktop.search_words(s.folded) @@ quote_literal(n.name)::tsquery AND s.clinic_id = %s
JOIN public.patients p ON p.id = s.patient_id ORDER BY n.edits, s.sort_key, p.id LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Person:
    """A patient that somebody looks for."""

    first: str
    last: str
    born: Any
    phone: str
    mrn: str


@dataclass(frozen=True, slots=True)
class Question:
    """One search: what the function gets, and the plain statement with its values."""

    words: Sequence[str]
    plain: str
    values: Sequence[Any]
    born: tuple[Any, Any] = (None, None)
    digits: str = ""
    mrn: str = ""


def names(*words: str, more: str = "", values: Sequence[Any] = (), born: tuple[Any, Any] = (None, None)) -> Question:
    folded = [fold(word) for word in words]
    condition = "desktop.search_words(s.folded) @@ %s::tsquery" + more
    given = (CLINIC, " & ".join(f"'{word}':*" for word in folded), *values, LIMIT)
    return Question(folded, SHOWN.format(condition=condition), given, born)


def misspelt(word: str, chance: random.Random) -> str:
    at = chance.randrange(1, len(word) - 1)
    return chance.choice(
        [
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + word[at + 1 :],
            word[:at] + "x" + word[at + 1 :],
        ]
    )


def near(word: str) -> Question:
    return Question([word], NEAR, (word, CLINIC, word, CLINIC, LIMIT))


def kinds(chance: random.Random) -> dict[str, Callable[[Person], Question]]:
    number = SHOWN.format(condition="s.phones LIKE %s")
    within = " AND s.birth_date BETWEEN %s AND %s"

    def year(person: Person) -> tuple[Any, Any]:
        return person.born.replace(month=1, day=1), person.born.replace(month=12, day=31)

    return {
        "two letters": lambda p: names(p.last[:2]),
        "four letters of the last name": lambda p: names(p.last[:4]),
        "first name": lambda p: names(p.first),
        "last name": lambda p: names(p.last),
        "both names": lambda p: names(p.first, p.last),
        "parts of both, reversed": lambda p: names(p.last[:3], p.first[:2]),
        "last name misspelt": lambda p: near(misspelt(fold(p.last), chance)),
        "birth date": lambda p: Question(
            [], SHOWN.format(condition="s.birth_date = %s"), (CLINIC, p.born, LIMIT), (p.born, p.born)
        ),
        "first name, year of birth": lambda p: names(p.first, more=within, values=year(p), born=year(p)),
        "phone number": lambda p: Question([], number, (CLINIC, f"%{p.phone}%", LIMIT), digits=p.phone),
        "last four digits": lambda p: Question([], number, (CLINIC, f"%{p.phone[-4:]}%", LIMIT), digits=p.phone[-4:]),
        "MRN": lambda p: Question([], SHOWN.format(condition="s.mrn LIKE %s"), (CLINIC, f"{p.mrn}%", LIMIT), mrn=p.mrn),
    }  # fmt: skip


def timed(connection: psycopg.Connection, statement: str, values: Sequence[Any]) -> tuple[float, int]:
    began = time.perf_counter()
    rows = connection.execute(statement, values).fetchall()
    return (time.perf_counter() - began) * 1000, len(rows)


def sample(owner: psycopg.Connection, count: int) -> list[Person]:
    rows = owner.execute(
        "SELECT p.first_name, p.last_name, p.date_of_birth::date, p.demographics FROM public.patients p "
        "WHERE p.clinic_id = %s ORDER BY md5(p.id) LIMIT %s", (CLINIC, count)).fetchall()  # fmt: skip
    return [Person(f, last, born, digits_of(d["phones"][0]["value"])[-10:], d["mrn"][4:]) for f, last, born, d in rows]


def p95(times: Sequence[float]) -> float:
    return sorted(times)[max(0, round(len(times) * 0.95) - 1)]


def measure(owner: psycopg.Connection, staff: psycopg.Connection, people: list[Person]) -> None:
    print(f"{'':32}{'plain':>17}{'search':>17}{'ratio':>7}{'as staff':>10}{'found':>7}")
    print(f"{'':32}{'median':>9}{'p95':>8}{'median':>9}{'p95':>8}{'':7}{'median':>10}")
    every: list[float] = []
    both: list[tuple[float, float]] = []
    for name, ask in kinds(random.Random(7)).items():
        questions = [ask(person) for person in people]
        plain, search, as_staff, found = [], [], [], 0
        for turn, q in enumerate(questions):
            given = (list(q.words), *q.born, q.digits, q.mrn, LIMIT)
            timed(owner, q.plain, q.values)  # both find their pages in memory
            plain.append(timed(owner, q.plain, q.values)[0])
            spent, rows = timed(staff, SEARCH, given)
            search.append(spent)
            found += bool(rows)
            if turn < 5:
                as_staff.append(timed(staff, q.plain, q.values)[0])
        every += search
        both += zip(plain, search, strict=True)
        ratio = statistics.median(search) / statistics.median(plain)
        print(f"{name:32}{statistics.median(plain):9.2f}{p95(plain):8.1f}{statistics.median(search):9.2f}{p95(search):8.1f}"
              f"{ratio:7.2f}{statistics.median(as_staff):10.1f}{100 * found // len(questions):6}%")  # fmt: skip
    total = sum(s for _, s in both) / sum(p for p, _ in both)
    print(f"all: ratio of the sums {total:.2f}, median {statistics.median(every):.1f} ms, p95 {p95(every):.1f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=1_000_000)
    parser.add_argument("--each", type=int, default=60, help="searches of each kind")
    parser.add_argument("--server", default="18", help="PostgreSQL version")
    options = parser.parse_args()
    with (
        bench_server(options.server) as (server, database),
        psycopg.connect(server.owner_url(database), autocommit=True, prepare_threshold=None) as owner,
    ):
        began = time.perf_counter()
        seed_patients(owner, options.patients)
        print(f"PostgreSQL {options.server}, {options.patients} patients, made in {time.perf_counter() - began:.0f} s")
        url = clinics.staff_url(server, database, "MEDICAL_ASSISTANT")
        with psycopg.connect(url, autocommit=True, prepare_threshold=None) as staff:
            measure(owner, staff, sample(owner, options.each))


if __name__ == "__main__":
    main()
