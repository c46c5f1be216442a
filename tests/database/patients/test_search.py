"""Search as people type, on both databases: any part, any order, any notation, best match first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import update

from app.db.models import Patient, PatientDetail
from app.domain.lifetime import Death
from app.queries.patient_card import patient_list
from app.queries.patients import Shared, likely_duplicates, search_patients
from tests.database.patients.conftest import Register, counted, registering
from tests.database.scheduling.conftest import desk_template  # noqa: F401 - fixture
from tests.support.desk import NOW, Desk, local_desk, server_desk
from tests.support.postgres import Server

PEOPLE: tuple[tuple[str, str, str | None, dict[str, Any]], ...] = (
    ("Anna", "Kowalska", "1962-03-14", {"phone": "(415) 555-0142", "mrn": "40417", "preferredName": "Ania"}),
    ("Ana María", "Núñez Peña", "1985-06-02", {"phone": "+34 612 345 678", "mrn": "A-17"}),
    ("Łukasz", "Wójcik", "1958-06-27", {}),
    ("Seán", "O'Brien", "1990-02-28", {"phone": "415.555.0177"}),
    ("Søren", "Ægidius", "1971-01-01", {}),
    ("秀英", "李", "1988-08-08", {}),
    ("محمد", "الحسن", "1979-12-31", {}),
    ("Ολυμπία", "Παπαδοπούλου", "1964-02-29", {}),
    ("Юлия", "Петрова", None, {}),
    ("June", "Smithson", "1985-02-03", {}),
    ("Maria", "de la Cruz", "2001-05-05", {}),
)


@pytest.fixture(scope="module", params=["server", "store"])
def clinic(request: pytest.FixtureRequest) -> Iterator[Desk]:
    """One clinic full of people for all tests here; none of them changes it."""
    server: Server = request.getfixturevalue("server")
    name = None
    if request.param == "store":
        found = local_desk()
    else:
        name = server.create("search", template=request.getfixturevalue("desk_template"))
        found = server_desk(server, name)
    make = registering(found)
    for first, last, born, more in PEOPLE:
        make(first, last, born, **more)
    yield found
    found.close()
    if name is not None:
        server.drop(name)


def names(clinic: Desk, text: str) -> list[str]:
    return [f"{hit.first_name} {hit.last_name}" for hit in clinic.desk.ask(search_patients, text=text).items]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("kowalska anna", "Anna Kowalska"), ("ann kow", "Anna Kowalska"), ("walska", "Anna Kowalska"),
        ("ANIA", "Anna Kowalska"), ("kowalzka", "Anna Kowalska"), ("nunez", "Ana María Núñez Peña"),
        ("pena maria", "Ana María Núñez Peña"), ("wojcik", "Łukasz Wójcik"), ("lukasz", "Łukasz Wójcik"),
        ("obrien", "Seán O'Brien"), ("o'brien sean", "Seán O'Brien"), ("soren aegidius", "Søren Ægidius"),
        ("李", "秀英 李"), ("الحسن", "محمد الحسن"), ("παπαδοπουλου", "Ολυμπία Παπαδοπούλου"),
        ("петрова", "Юлия Петрова"),
        ("3/14/1962", "Anna Kowalska"), ("14.3.62", "Anna Kowalska"), ("mar 1962", "Anna Kowalska"),
        ("anna 1962", "Anna Kowalska"), ("29 feb 1964", "Ολυμπία Παπαδοπούλου"), ("555-0142", "Anna Kowalska"),
        ("4155550177", "Seán O'Brien"), ("612345678", "Ana María Núñez Peña"), ("mrn 40417", "Anna Kowalska"),
        ("40417", "Anna Kowalska"), ("#A17", "Ana María Núñez Peña"), ("june smithson", "June Smithson"),
        ("smithson june 1985", "June Smithson"), ("de la cruz", "Maria de la Cruz"), ("delacruz", "Maria de la Cruz"),
        ("A-17", "Ana María Núñez Peña"), ("a17", "Ana María Núñez Peña"), ("A 17", "Ana María Núñez Peña"),
        ("anna 0142", "Anna Kowalska"),
    ],
)  # fmt: skip
def test_the_best_match_comes_first(clinic: Desk, text: str, name: str) -> None:
    assert names(clinic, text)[:1] == [name]


@pytest.mark.parametrize("text", ["", "   ", "😀", "zzzzqqq", "kowalska 1991", "9999999999", "mrn 999999"])
def test_nobody_is_found(clinic: Desk, text: str) -> None:
    assert names(clinic, text) == []


@pytest.mark.parametrize("text", ["%", "_", "a%b", "\\", "';--", "x" * 10_000, "a\x00b", "\ud800", "(((", "* | !"])
def test_anything_can_be_typed(clinic: Desk, text: str) -> None:
    """A NUL or half a character finds nobody; a wildcard is no wildcard."""
    assert len(names(clinic, text)) < len(PEOPLE)


@pytest.mark.parametrize("text", ["kowalska", "kowalzka", "1962", "5550142", "mrn 40417", "anna kow 1962 0142"])
def test_a_search_is_one_statement(clinic: Desk, text: str) -> None:
    with counted() as statements:
        names(clinic, text)
    assert statements.count <= 1 or not clinic.online, statements.sent  # the store answers without a network


def test_pages_of_a_search_follow_each_other(clinic: Desk) -> None:
    first = clinic.desk.ask(search_patients, text="a", limit=3)
    assert (len(first.items), first.more, first.cursor) == (3, True, "3")
    second = clinic.desk.ask(search_patients, text="a", limit=3, offset=3)
    assert {hit.id for hit in first.items}.isdisjoint(hit.id for hit in second.items)


def test_a_hit_says_what_the_desk_asks(clinic: Desk) -> None:
    hit = clinic.desk.ask(search_patients, text="kowalska 1962").items[0]
    assert (hit.name, hit.born, hit.phone, hit.mrn) == (
        "Anna “Ania” Kowalska",
        date(1962, 3, 14),
        "(415) 555-0142",
        "40417",
    )
    assert not hit.identity_to_confirm
    assert clinic.desk.ask(search_patients, text="Петрова").items[0].identity_to_confirm


def test_browsing_shows_everybody_once_by_last_name(clinic: Desk) -> None:
    seen: list[str] = []
    with counted() as statements:
        page = clinic.desk.ask(patient_list, limit=4)
        seen += [row.id for row in page.items]
        while page.more:
            page = clinic.desk.ask(patient_list, cursor=page.cursor, limit=4)
            seen += [row.id for row in page.items]
    assert len(seen) == len(set(seen)) == len(PEOPLE) + 6
    assert statements.count == -(-len(seen) // 4)
    rows = clinic.desk.ask(patient_list, limit=100).items
    assert [row.name for row in rows if row.name in ("Anna Kowalska", "Anna Kowalski", "Zygmunt Lis")] == [
        "Anna Kowalska", "Anna Kowalski", "Zygmunt Lis",
    ]  # fmt: skip
    assert rows[0].name == "Søren Ægidius"


def duplicates(clinic: Desk, **person: Any) -> list[tuple[str, bool, frozenset[Shared]]]:
    values: dict[str, Any] = {"first_name": "", "last_name": "", "born": None, **person}
    found = clinic.desk.ask(likely_duplicates, **values)
    return [(one.patient.first_name, one.same_person, one.shared) for one in found]


NAME, BIRTH, PHONE = Shared.NAME, Shared.BIRTH_DATE, Shared.PHONE


def test_a_near_name_of_the_same_birth_date_is_the_same_person(clinic: Desk) -> None:
    found = duplicates(clinic, first_name="Ana", last_name="Kowalski", born=date(1962, 3, 14))
    assert found == [("Anna", True, frozenset({NAME, BIRTH}))]


def test_somebody_found_who_has_died_says_so(clinic: Desk) -> None:
    anna = Patient.first_name == "Anna"
    clinic.write(update(Patient).where(anna).values(flags=["DECEASED"]))
    found = clinic.desk.ask(likely_duplicates, first_name="Ana", last_name="Kowalski", born=date(1962, 3, 14))
    assert [one.patient.death for one in found] == [Death()]


def test_a_near_name_with_the_same_phone_is_the_same_person(clinic: Desk) -> None:
    found = duplicates(clinic, first_name="Anna", last_name="Kowalska", phone="+1 415 555 0142")
    assert found == [("Anna", True, frozenset({NAME, PHONE}))]


def test_the_phone_alone_is_the_same_household(clinic: Desk) -> None:
    found = duplicates(clinic, first_name="Piotr", last_name="Kowalski", born=date(1960, 1, 1), phone="4155550142")
    assert found == [("Anna", False, frozenset({PHONE}))]


def test_a_twin_is_never_a_duplicate(clinic: Desk) -> None:
    assert duplicates(clinic, first_name="Piotr", last_name="Kowalska", born=date(1962, 3, 14)) == []
    found = duplicates(clinic, first_name="Piotr", last_name="Kowalska", born=date(1962, 3, 14), phone="4155550142")
    assert [same for _, same, _ in found] == [False]


def test_one_name_and_a_birth_date_are_enough_to_warn(clinic: Desk) -> None:
    assert duplicates(clinic, last_name="Kowalska", born=date(1962, 3, 14)) == [
        ("Anna", True, frozenset({NAME, BIRTH}))
    ]


def test_nothing_typed_asks_nothing(clinic: Desk) -> None:
    with counted() as statements:
        assert duplicates(clinic, first_name="Anna", phone="555") == []
    assert statements.count == 0


def test_the_live_warning_costs_two_statements(clinic: Desk) -> None:
    with counted() as statements:
        duplicates(clinic, first_name="Anna", last_name="Kowalska", born=date(1962, 3, 14), phone="4155550142")
    assert statements.count <= 3 or not clinic.online, statements.sent


def test_the_patient_being_edited_is_not_a_duplicate_of_themself(clinic: Desk) -> None:
    hit = clinic.desk.ask(search_patients, text="kowalska 1962").items[0]
    assert duplicates(clinic, first_name="Anna", last_name="Kowalska", born=hit.born, besides=hit.id) == []


def test_merged_patients_are_found_no_more(desk: Desk, register: Register) -> None:
    gone = register("Wilhelmina", "Vandermeer", "1950-01-01")
    merged = {"merged_into": "pat-lis", "merged_at": NOW}
    desk.write(update(PatientDetail).where(PatientDetail.patient_id == gone).values(**merged))
    assert names(desk, "vandermeer") == []
    assert gone not in {row.id for row in desk.desk.ask(patient_list).items}
    desk.write(update(PatientDetail).where(PatientDetail.patient_id == gone).values(merged_into=None, merged_at=None))
    assert names(desk, "vandermeer") == ["Wilhelmina Vandermeer"]
