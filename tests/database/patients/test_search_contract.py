"""The store finds whom the server finds, in the same order, with the same scores."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.queries.patients import likely_duplicates, search_patients
from tests.database.scheduling.conftest import desk_template  # noqa: F401 - fixture
from tests.support.crowd import Somebody, fill, make_crowd
from tests.support.desk import Desk, local_desk, server_desk
from tests.support.postgres import Server

CROWD = make_crowd(4000)
Pair = tuple[Desk, Desk]


@pytest.fixture(scope="module")
def both(server: Server, desk_template: str) -> Iterator[Pair]:  # noqa: F811 - the fixture
    """The same crowd on the server and in the store."""
    name = server.create("crowd", template=desk_template)
    desks = server_desk(server, name), local_desk()
    for desk in desks:
        fill(desk, CROWD)
    yield desks
    for desk in desks:
        desk.close()
    server.drop(name)


def found(desk: Desk, text: str, **more: Any) -> tuple[list[tuple[str, float]], bool]:
    page = desk.desk.ask(search_patients, text=text, **more)
    return [(f"{hit.id} {hit.name}", hit.score) for hit in page.items], page.more


def check(both: Pair, text: str, **more: Any) -> None:
    server, store = both
    assert found(store, text, **more) == found(server, text, **more), text


@pytest.mark.parametrize(
    "text",
    [
        "a", "x", "m", "ma", "maria", "maria a", "a b", "maria gonzalez", "gonzalez maria", "gon mar", "nzal", "arí",
        "gonzales", "gonzalas", "kowalzka", "mraia", "mraia gonzlez", "wong", "李", "이", "محمد", "петрова", "петрва",
        "415", "41", "4", "555", "628", "1962", "mar 1962", "maria 1962", "a 1962", "gonzalez 1962 415", "maria 415",
        "#A00012", "mrn 1", "mrn 00013", "00013", "o'neill", "oneill", "oneil", "de la cruz", "delacruz", "al sayed",
        "zzzz", "maria zzzz", "ab", "lee", "lea", "li", "q",
    ],
)  # fmt: skip
def test_what_people_type_is_answered_alike(both: Pair, text: str) -> None:
    check(both, text)


def test_there_is_something_to_compare(both: Pair) -> None:
    scores = [{score for _, score in found(both[1], text)[0]} for text in ("maria", "gonzalez mar", "kowalzka", "nzal")]
    assert scores == [{1.0}, {0.85}, {0.55}, {0.7}]


@pytest.mark.parametrize("text", ["maria", "a", "415", "1962", "gonzalez", "gonzales", "mar"])
def test_pages_are_cut_alike(both: Pair, text: str) -> None:
    for offset in (0, 20, 45, 200):
        check(both, text, limit=20, offset=offset)
    check(both, text, limit=200)


@st.composite
def questions(draw: st.DrawFn) -> str:
    """Some parts of what is known of one person (or two), with typing errors, in any order."""
    one: Somebody = draw(st.sampled_from(CROWD))
    other: Somebody = draw(st.sampled_from(CROWD)) if draw(st.integers(0, 9)) == 0 else one
    words = [*one.first.split(), *other.last.split()]
    parts = [_typed(draw, word) for word in draw(st.lists(st.sampled_from(words), max_size=3))]
    if one.born and draw(st.integers(0, 3)) == 0:
        parts.append(draw(st.sampled_from([f"{one.born:%Y}", f"{one.born:%m/%d/%Y}", f"{one.born:%d.%m.%y}"])))
    if draw(st.integers(0, 3)) == 0:
        parts.append(one.phone[-draw(st.integers(1, len(one.phone))) :])
    if draw(st.integers(0, 5)) == 0:
        parts.append(draw(st.sampled_from(["mrn ", "#"])) + one.mrn[: draw(st.integers(1, len(one.mrn)))])
    return " ".join(draw(st.permutations(parts)))


def _typed(draw: st.DrawFn, word: str) -> str:
    """A word whole, begun, cut out of the middle, or with one or two errors."""
    how = draw(st.sampled_from(["whole", "begun", "middle", "error", "errors"]))
    if how == "begun":
        return word[: draw(st.integers(1, len(word)))]
    if how == "middle":
        start = draw(st.integers(0, len(word) - 1))
        return word[start : start + draw(st.integers(1, 6))]
    for _ in range(("whole", "error", "errors").index(how)):
        at = draw(st.integers(0, max(0, len(word) - 1)))
        letter = draw(st.sampled_from("aeiknrsz"))
        word = draw(
            st.sampled_from(
                [
                    word[:at] + word[at + 1 :],
                    word[:at] + letter + word[at:],
                    word[:at] + letter + word[at + 1 :],
                    word[:at] + word[at : at + 2][::-1] + word[at + 2 :],
                ]
            )
        )
    return word


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=questions(), limit=st.sampled_from([1, 20, 50]))
def test_whatever_is_typed_is_answered_alike(both: Pair, text: str, limit: int) -> None:
    check(both, text, limit=limit)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(one=st.sampled_from(CROWD), name=st.sampled_from(CROWD), born=st.booleans(), phone=st.booleans())
def test_likely_duplicates_are_the_same(both: Pair, one: Somebody, name: Somebody, born: bool, phone: bool) -> None:
    asked: dict[str, Any] = {
        "first_name": one.first, "last_name": name.last, "born": one.born if born else date(1962, 3, 14),
        "phone": one.phone if phone else "",
    }  # fmt: skip
    server, store = (desk.desk.ask(likely_duplicates, **asked) for desk in both)
    assert store == server
