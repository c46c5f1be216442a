"""What people type into patient search: every notation, and nothing that anybody can type breaks it."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.search_terms import SearchTerms, month_first, parse_search

TODAY = date(2026, 11, 24)
BORN = date(1962, 3, 14)


def parse(text: str, **more: bool) -> SearchTerms:
    return parse_search(text, TODAY, **more)


@pytest.mark.parametrize(
    "text",
    [
        "1962-03-14", "3/14/1962", "03/14/1962", "3-14-1962", "14/3/1962", "14.3.1962", "14.03.62", "3/14/62",
        "19620314", "14 mar 1962", "14 March 1962", "mar 14 1962", "March 14, 1962", "14th march 1962",
        "14-mar-1962", "14.mar.62", "14 de marzo de 1962", "marzo 14 1962", "14 Mar. 62", "１９６２-03-14",
        "١٤/٣/١٩٦٢", "1962/3/14", "1962.03.14", "14th of March 1962",
    ],
)  # fmt: skip
def test_a_birth_date_in_the_usual_notations(text: str) -> None:
    assert parse(text) == SearchTerms(
        birth_from=BORN, birth_to=BORN, month_word="mar" in text.casefold() and " " in text
    )


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("1962", date(1962, 1, 1), date(1962, 12, 31)),
        ("1962-02", date(1962, 2, 1), date(1962, 2, 28)),
        ("02/1964", date(1964, 2, 1), date(1964, 2, 29)),
        ("2.1964", date(1964, 2, 1), date(1964, 2, 29)),
        ("mar 1962", date(1962, 3, 1), date(1962, 3, 31)),
        ("marzo de 1962", date(1962, 3, 1), date(1962, 3, 31)),
        ("mar-1962", date(1962, 3, 1), date(1962, 3, 31)),
    ],
)
def test_a_part_of_a_birth_date_is_a_range(text: str, first: date, last: date) -> None:
    found = parse(text)
    assert (found.birth_from, found.birth_to) == (first, last)
    assert not found.words
    assert not found.digits


def test_the_order_of_day_and_month_is_the_clinics_but_never_with_dots() -> None:
    april, march = date(1962, 4, 3), date(1962, 3, 4)
    assert parse("3/4/1962").birth_from == march
    assert parse("3/4/1962", month_first=False).birth_from == april
    assert parse("3.4.1962").birth_from == april


def test_two_figures_of_a_year_lie_in_the_past() -> None:
    assert parse("1/2/26").birth_from == date(2026, 1, 2)
    assert parse("1/2/27").birth_from == date(1927, 1, 2)


@pytest.mark.parametrize("text", ["2/30/1962", "31.02.1962", "2027-01-01", "1/1/2027", "19991332", "0/5/1990"])
def test_what_is_no_birth_date_is_not_read_as_one(text: str) -> None:
    assert parse(text).birth_from is None


def test_a_day_that_only_leap_years_have() -> None:
    assert parse("29 feb 1964").birth_from == date(1964, 2, 29)
    assert parse("2/29/1963").birth_from is None


@pytest.mark.parametrize(
    ("text", "digits"),
    [("(415) 555-0142", "4155550142"), ("+1 415 555 0142", "14155550142"), ("415.555.0142", "4155550142"),
     ("0142", "0142"), ("5550142", "5550142"), ("٤١٥ ٥٥٥ ٠١٤٢", "4155550142")],
)  # fmt: skip
def test_phone_digits(text: str, digits: str) -> None:
    assert parse(text) == SearchTerms(digits=digits)


@pytest.mark.parametrize(
    ("text", "mrn"), [("mrn 40417", "40417"), ("MRN: A-17", "A-17"), ("#40417", "40417"), ("mrn#A17", "A17")]
)
def test_record_numbers(text: str, mrn: str) -> None:
    assert parse(text) == SearchTerms(mrn=mrn)


def test_a_word_that_only_looks_like_a_record_number_is_a_name() -> None:
    assert parse("Mrnák") == SearchTerms(words=("mrnak",))


@pytest.mark.parametrize(
    ("text", "words"),
    [("O'Brien", ("obrien",)), ("Núñez  Peña", ("nunez", "pena")), ("Łukasz WÓJCIK", ("lukasz", "wojcik")),
     ("李秀英", ("李秀英",)), ("Ramírez, Ana", ("ramirez", "ana")), ("Søren Ægidius", ("soren", "aegidius")),
     ("Al-Sayed", ("al", "sayed")), ("😀", ()), ("  ", ())],
)  # fmt: skip
def test_names_are_folded_into_words(text: str, words: tuple[str, ...]) -> None:
    assert parse(text).words == words


def test_all_of_it_at_once_in_any_order() -> None:
    found = parse("555-0142 kowalska 3/14/62 anna mrn 40417")
    assert found == SearchTerms(("kowalska", "anna"), BORN, BORN, "5550142", "40417")


def test_a_month_may_be_a_name() -> None:
    both = parse("smith june 1985")
    assert (both.words, both.birth_from, both.month_word) == (("smith",), date(1985, 6, 1), True)
    name = parse("smith june 1985", months=False)
    assert (name.words, name.birth_from, name.month_word) == (("smith", "june"), date(1985, 1, 1), False)
    assert not parse("June Smith").month_word


@given(st.text(max_size=200))
def test_anything_can_be_typed(text: str) -> None:
    found = parse(text)
    assert all(word and word == word.strip() for word in found.words)
    assert found.digits.isdigit() or not found.digits
    assert (found.birth_from is None) == (found.birth_to is None)
    if found.birth_from and found.birth_to:
        assert date(1880, 1, 1) <= found.birth_from <= found.birth_to
        assert found.birth_from <= TODAY


_PIECES = st.lists(
    st.sampled_from(
        ["14", "mar", "MARZO", "de", "1962", "/", "-", ".", "²", "٣", "9999", "0", "st", " ", "mrn", "#", "("]
    ),
    max_size=12,
)


@given(_PIECES)
def test_pieces_of_dates_in_any_order(pieces: list[str]) -> None:
    parse("".join(pieces))
    parse(" ".join(pieces), month_first=False)


@given(
    st.dates(date(1880, 1, 1), TODAY), st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%d %b %Y", "%B %d, %Y"])
)
def test_every_day_is_read_back(day: date, notation: str) -> None:
    found = parse(f"Anna {day.strftime(notation)} 0142")
    assert (found.birth_from, found.birth_to, found.words, found.digits) == (day, day, ("anna",), "0142")


def test_a_novel_is_not_read_to_its_end() -> None:
    assert len(parse("x" * 10_000_000).words[0]) <= 500
    assert parse("1" * 10_000_000).digits == "1" * 500


@pytest.mark.parametrize(
    ("zone", "first"),
    [
        ("America/New_York", True), ("America/Indiana/Knox", True), ("US/Pacific", True), ("America/Toronto", True),
        ("Pacific/Honolulu", True), ("America/Mexico_City", False), ("America/Bogota", False),
        ("America/Argentina/Buenos_Aires", False), ("Europe/Madrid", False), ("UTC", False), ("Asia/Kathmandu", False),
    ],
)  # fmt: skip
def test_the_month_comes_first_where_people_write_it_so(zone: str, first: bool) -> None:
    assert month_first(zone) is first
