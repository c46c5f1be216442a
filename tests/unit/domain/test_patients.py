"""Names, birth dates, fields and who may be who."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.patients import (
    NO_LOGIN_DOMAIN,
    Person,
    age_on,
    check_birth_date,
    clean_email,
    clean_field,
    clean_flags,
    clean_json,
    display_name,
    name_likeness,
    no_login_email,
    same_person,
    share_phone,
    similar_names,
)
from app.kernel.errors import Refused

TODAY = date(2026, 11, 24)
BORN = date(1962, 3, 14)
PHONE = frozenset({"4155550142"})


def person(first: str, last: str, born: date | None = BORN, phones: frozenset[str] = PHONE, sex: str = "") -> Person:
    return Person(first, last, born, phones, sex)


ANNA = person("Anna", "Kowalska")


@pytest.mark.parametrize(
    ("first", "last"),
    [("Ana", "Kowalska"), ("Anna", "Kowalski"), ("ANNA", "Kowalśka"), ("Kowalska", "Anna"), ("Anna", "Kowlaska"),
     ("Anna Maria", "Kowalska"), ("Anna", "Kowalska-Nowak"), ("", "Kowalska"), ("Anna", "")],
)  # fmt: skip
def test_near_names_of_one_birth_date_may_be_one_person(first: str, last: str) -> None:
    assert same_person(ANNA, person(first, last, phones=frozenset()))
    assert same_person(person(first, last, phones=frozenset()), ANNA)


@pytest.mark.parametrize(("first", "last"), [("Mateo", "Kowalska"), ("Ewa", "Kowalska"), ("Anna", "Nowak"), ("", "")])
def test_twins_and_strangers_never_are(first: str, last: str) -> None:
    assert not same_person(ANNA, person(first, last))
    assert not same_person(person(first, last), ANNA)


def test_twins_of_near_names_are_told_apart_by_sex() -> None:
    jan, jana = person("Jan", "Novák", sex="male"), person("Jana", "Novák", sex="Female")
    assert similar_names(jan, jana)
    assert not same_person(jan, jana)
    assert same_person(jan, person("Jana", "Novák"))


def test_the_phone_counts_only_where_birth_dates_dont_differ() -> None:
    assert same_person(person("Ana", "Kowalska", None), ANNA)
    assert not same_person(person("Anna", "Kowalska", date(1991, 9, 3)), ANNA)
    assert not same_person(person("Anna", "Kowalska", None, frozenset()), ANNA)


def test_phones_are_the_same_with_and_without_the_countrys_code() -> None:
    assert share_phone(ANNA, person("x", "y", phones=frozenset({"14155550142"})))
    assert share_phone(
        person("x", "y", phones=frozenset({"0301234567"})), person("", "", phones=frozenset({"49301234567"}))
    )
    assert not share_phone(ANNA, person("x", "y", phones=frozenset({"0142", "5550142999"})))
    assert not share_phone(ANNA, person("x", "y", phones=frozenset()))


def test_names_of_signs_only_are_compared_as_they_are() -> None:
    assert name_likeness(person("😀", ""), person("😀", "")) == 1
    assert name_likeness(person("😀", ""), person("💚", "")) == 0


@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_likeness_is_mutual_and_between_0_and_1(a: str, b: str, c: str, d: str) -> None:
    one, other = person(a, b), person(c, d)
    assert name_likeness(one, other) == name_likeness(other, one)
    assert 0 <= name_likeness(one, other) <= 1
    assert not (a.strip() or b.strip()) or name_likeness(one, one) == 1


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [(BORN, date(2026, 3, 13), 63), (BORN, date(2026, 3, 14), 64), (date(2024, 2, 29), date(2025, 2, 28), 0),
     (date(2024, 2, 29), date(2025, 3, 1), 1), (TODAY, TODAY, 0)],
)  # fmt: skip
def test_ages(born: date, day: date, age: int) -> None:
    assert age_on(born, day) == age


def test_birth_dates_that_are_refused_or_confirmed() -> None:
    check_birth_date(None, TODAY)
    check_birth_date(TODAY, TODAY)
    for born, code in (
        (date(2026, 11, 25), "BadValue"),
        (date(1869, 12, 31), "BadValue"),
        (date(1905, 1, 1), "ConfirmValue"),
    ):
        with pytest.raises(Refused) as refused:
            check_birth_date(born, TODAY)
        assert (refused.value.code, refused.value.field) == (code, "dateOfBirth")
    check_birth_date(date(1905, 1, 1), TODAY, confirmed=True)


@pytest.mark.parametrize("value", ["2023-02-29", "2023-13-01", "14/3/1962", 62])
def test_dates_that_dont_exist_are_refused(value: Any) -> None:
    with pytest.raises(Refused) as refused:
        clean_field("dateOfBirth", value, TODAY)
    assert refused.value.field == "dateOfBirth"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [(None, None), ("  ", None), (" Anna@Example.ORG ", "anna@example.org"), ("o'brien+x@sub.example.org",) * 2],
)
def test_email_addresses(typed: str | None, kept: str | None) -> None:
    assert clean_email(typed) == kept


@pytest.mark.parametrize(
    "typed",
    ["anna", "anna@", "@example.org", "a@b", "a b@example.org", "a@@example.org", "a@.org", "a@example.",
     "a\u202eb@example.org",
     "a\u200b@example.org", "a@example.org\x00", f"{'a' * 250}@example.org", no_login_email("p")],
)  # fmt: skip
def test_what_is_no_email_address(typed: str) -> None:
    with pytest.raises(Refused) as refused:
        clean_email(typed)
    assert refused.value.field == "email"


def test_nobody_has_mail_at_the_address_of_accounts_without_sign_in() -> None:
    assert no_login_email("42") == f"patient-42@{NO_LOGIN_DOMAIN}"


@pytest.mark.parametrize("value", [0, 19.9, 280.1, True, "170", float("nan"), float("inf")])
def test_impossible_heights(value: Any) -> None:
    with pytest.raises(Refused) as refused:
        clean_field("heightCm", value, TODAY)
    assert refused.value.field == "heightCm"


def test_fields_that_nobody_may_write_here() -> None:
    for name in ("userId", "clinicId", "password_hash", "__class__", ""):
        with pytest.raises(Refused) as refused:
            clean_field(name, "x", TODAY)
        assert refused.value.field == name


@pytest.mark.parametrize(
    "value",
    ["a\x00b", {"line": "a\x00"}, ["\ud800"], "x" * 2_001, {"k" * 101: 1}, [[[[[[[["deep"]]]]]]]], {"n": float("nan")}],
)
def test_values_that_no_database_keeps(value: Any) -> None:
    with pytest.raises(Refused) as refused:
        clean_json("address", value)
    assert refused.value.field == "address"


def test_values_are_kept_as_they_are() -> None:
    value = {"line": " O'Brien \u202e ", "n": 1, "list": [None, True, "Ḁ"]}
    assert clean_json("address", value) == {"line": "O'Brien \u202e", "n": 1, "list": [None, True, "Ḁ"]}


def test_flags_become_upper_case_words_once() -> None:
    assert clean_flags(("high risk", "HIGH_RISK", " fall-risk ", "", "Ángel")) == ("HIGH_RISK", "FALL-RISK", "ÁNGEL")
    for bad in ("a;b", "x" * 61, "a\x00", "<b>"):
        with pytest.raises(Refused) as refused:
            clean_flags((bad,))
        assert refused.value.field == "flags"


@pytest.mark.parametrize(
    ("first", "last", "preferred", "shown"),
    [("Anna", "Kowalska", "", "Anna Kowalska"), ("Anna", "Kowalska", "Ania", "Anna “Ania” Kowalska"),
     (None, "Kowalska", None, "Kowalska"), ("Anna", None, "Anna", "Anna"), (None, "Lee", "Bo", "“Bo” Lee")],
)  # fmt: skip
def test_the_name_that_is_shown(first: str | None, last: str | None, preferred: str, shown: str) -> None:
    assert display_name(first, last, preferred or "") == shown


def test_somebody_without_a_name_is_called_so() -> None:
    assert display_name(None, None) == "No name"
