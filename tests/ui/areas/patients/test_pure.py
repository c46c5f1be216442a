"""What the area computes without widgets: differences of two texts, a person from a search."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.patient_flags import flag_text
from app.kernel.i18n import set_language
from app.setup.demo.patients import _NAMED
from app.ui.areas.patients.typed_person import TypedPerson, typed_person
from app.ui.parts.differences import differing
from app.ui.parts.patient_values import age_text, language_text, show_value

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("one", "other", "mine", "theirs"),
    [
        ("12 Sep 1983", "21 Sep 1983", ["12"], ["21"]), ("Kowalska", "Kowalski", ["a"], ["i"]),
        ("same", "same", [], []),
        ("", "new", [], ["new"]), ("(415) 555-0142", "(415) 555-0124", ["42"], ["24"]),
        ("Gutierez", "Gutiérrez", ["e"], ["ér"]),
    ],
)  # fmt: skip
def test_only_what_differs_is_marked(one: str, other: str, mine: list[str], theirs: list[str]) -> None:
    left, right = differing(one, other)
    assert [one[a:b] for a, b in left] == mine
    assert [other[a:b] for a, b in right] == theirs


@given(st.text(max_size=60), st.text(max_size=60))
def test_marks_lie_inside_in_order_and_are_there_when_texts_differ(one: str, other: str) -> None:
    left, right = differing(one, other)
    assert bool(left or right) == (one != other)
    for text, spans in ((one, left), (other, right)):
        assert all(0 <= start < end <= len(text) for start, end in spans)
        assert all(a[1] < b[0] for a, b in pairwise(spans))


def test_novels_are_marked_as_a_whole() -> None:
    assert differing("x" * 100_000, "y") == (((0, 100_000),), ((0, 1),))


@pytest.mark.parametrize(
    ("typed", "person"),
    [
        ("Kowalska", TypedPerson(last_name="Kowalska")),
        ("Ana María Ramírez", TypedPerson("Ana María", "Ramírez")),
        ("Ramírez López, Ana", TypedPerson("Ana", "Ramírez López")),
        ("Ana Ramírez 3/14/1962 (415) 555-0142", TypedPerson("Ana", "Ramírez", date(1962, 3, 14), "4155550142")),
        ("14 mar 1962 anna", TypedPerson("", "anna", date(1962, 3, 14))),
        ("June Smith", TypedPerson("June", "Smith")),
        ("mrn 40417 Anna Lis", TypedPerson("Anna", "Lis")),
        ("Anna 1962", TypedPerson("", "Anna")),
        ("555-0142", TypedPerson(phone="5550142")),
        ("0142", TypedPerson()),
        ("", TypedPerson()),
    ],
)
def test_a_search_becomes_a_registration(typed: str, person: TypedPerson) -> None:
    assert typed_person(typed, TODAY) == person


@given(st.text(max_size=80))
def test_any_search_becomes_some_registration(typed: str) -> None:
    found = typed_person(typed, TODAY)
    assert found.first_name == found.first_name.strip()
    assert not any(c.isdecimal() for c in found.first_name + found.last_name)


@pytest.mark.parametrize(
    ("born", "text"),
    [(date(2026, 11, 20), "4 days"), (date(2026, 8, 1), "3 months"), (date(2025, 1, 1), "22 months"),
     (date(2024, 11, 24), "2 y"), (date(1962, 3, 14), "64 y")],
)  # fmt: skip
def test_ages_of_the_very_young_are_exact(born: date, text: str) -> None:
    assert age_text(born, TODAY) == text


@pytest.mark.parametrize(
    ("field", "raw", "text"),
    [
        ("dateOfBirth", "1962-03-14", "14 Mar 1962"), ("dateOfBirth", "x", "unreadable value"),
        ("heightCm", 170.5, "170.5 cm"), ("phones", [{"value": "1", "use": "home"}, "2"], "1 home; 2"),
        ("phones", 7, "unreadable value"), ("address", {"city": "Rome"}, "Rome"), ("mrn", None, ""),
        ("allergies", [{"display": "Latex"}, 7], "Latex; unreadable value"),
        ("allergies", {"noneKnown": True}, "None known"),
        ("flags", ("HIGH_RISK", "OWN"), "High risk, Own"), ("insurance", {"payer": "A", "memberId": "1"}, "A, 1"),
    ],
)  # fmt: skip
def test_values_in_words(field: str, raw: object, text: str) -> None:
    assert show_value(field, raw) == text


def test_unknown_flags_stay_readable() -> None:
    assert flag_text("SERVICE_DOG") == "Service dog"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("en-US", "English"), ("deu", "German"), ("Polish", "Polish"), ("pt-BR, Tagalog", "Portuguese, Tagalog"),
        ("xx", "xx"), ("", ""),
    ],
)  # fmt: skip
def test_codes_of_languages_become_words(written: str, read: str) -> None:
    assert language_text(written) == read


def test_the_demos_people_speak_no_language_that_stays_english() -> None:
    set_language("es")
    try:
        unknown = {spoken for _, _, _, spoken in _NAMED if language_text(spoken) == spoken}
    finally:
        set_language("en")
    assert unknown == set()
