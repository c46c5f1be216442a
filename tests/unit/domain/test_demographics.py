"""Reading what several programs write into ``patients.demographics``: nothing raises, nothing is guessed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.domain.clinical_lists import ListKind, read_list
from app.domain.demographics import (
    DEMOGRAPHIC_KEYS,
    Address,
    CodedItem,
    CodedList,
    Demographics,
    Phone,
    read_demographics,
)
from app.kernel.i18n import set_language

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
_KEYS = st.sampled_from([*DEMOGRAPHIC_KEYS, "phone", "languages"])
_ENTRY = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("display", "code", "status", "value", "use", "system", "line", "noneKnown", "by"), _JSON),
)


@given(_JSON | st.dictionaries(_KEYS, _JSON | _ENTRY | st.lists(_ENTRY, max_size=3), max_size=6))
@example({"mrn": 10**400})
@example({"insurance": [[[[["x"]]]]]})
def test_any_json_reads(value: Any) -> None:
    found = read_demographics(value)
    assert set(found.unreadable) <= {*DEMOGRAPHIC_KEYS, "phone", "demographics"}
    assert isinstance(found.phone, str)
    for coded in (found.allergies, found.conditions, found.medications):
        assert all(item.display.strip() for item in coded.items)
        assert coded.asked or not (coded.items or coded.none_known or coded.unreadable)


def test_nothing_is_nothing() -> None:
    assert read_demographics(None) == read_demographics({}) == Demographics()


def test_the_documented_shape() -> None:
    found = read_demographics(
        {
            "preferredName": "Ania", "mrn": "40417", "email": "anna@example.org", "sex": "female",
            "genderIdentity": "woman", "language": "pl",
            "phones": [{"system": "phone", "value": "(415) 555-0142", "use": "mobile"}],
            "address": {"line": "5 Oak St", "city": "Springfield", "state": "CA", "postalCode": "94110",
                        "country": "US"},
            "emergencyContact": {"name": "Jan", "phone": "555-0143", "relation": "husband"},
            "insurance": "Medicare",
            "allergies": [{"code": "7980", "display": "Penicillin", "status": "active", "reactions": ["anaphylaxis"],
                           "criticality": "high"}],
        }
    )  # fmt: skip
    assert found == Demographics(
        preferred_name="Ania", mrn="40417", phones=(Phone("(415) 555-0142", "mobile"),), email="anna@example.org",
        address=Address("5 Oak St", "Springfield", "CA", "94110", "US"), sex="female", gender_identity="woman",
        language="pl", emergency_contact=("Jan", "555-0143", "husband"), insurance="Medicare",
        allergies=CodedList((CodedItem("Penicillin", "7980", "active", "anaphylaxis, high"),), asked=True),
    )  # fmt: skip
    assert found.address.one_line == "5 Oak St, Springfield, CA, 94110, US"
    assert found.phones[0].digits == "4155550142"


def test_not_asked_none_known_and_unreadable_differ() -> None:
    found = read_demographics(
        {"conditions": {"noneKnown": True, "by": "Dana", "at": "2026-11-01"}, "medications": [{"x": 1}, "Aspirin"]}
    )
    assert found.allergies == CodedList()
    assert found.conditions == CodedList(asked=True, none_known=True, by="Dana", at="2026-11-01")
    assert found.medications == CodedList((CodedItem("Aspirin"),), asked=True, unreadable=1)
    assert found.unreadable == ("medications",)


@pytest.mark.parametrize("value", [{"noneKnown": "no"}, {"noneKnown": 1}, {"noneKnown": False}, {}, "none", [], [7]])
def test_nobody_is_told_of_none_known_unless_that_was_said(value: Any) -> None:
    found = {"allergies": value}
    assert not read_demographics(found).allergies.none_known
    assert not read_list(found, ListKind.ALLERGIES).none_known, "the chart and the card read it alike"


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ([], "demographics"), ("text", "demographics"), ({"mrn": ["x"]}, "mrn"), ({"sex": True}, "sex"),
        ({"phones": {"home": "1"}}, "phones"), ({"phones": [7]}, "phones"), ({"address": 7}, "address"),
        ({"address": {"city": 7}}, "address"), ({"allergies": "none"}, "allergies"),
        ({"allergies": {"noneKnown": "maybe"}}, "allergies"), ({"allergies": [{"display": ""}]}, "allergies"),
        ({"language": 7}, "language"), ({"insurance": {"plan": ["x"]}}, "insurance"),
        ({"emergencyContact": {"name": {"family": "X"}}}, "emergencyContact"),
    ],
)  # fmt: skip
def test_what_has_another_shape_is_named(value: Any, key: str) -> None:
    assert read_demographics(value).unreadable == (key,)


def test_older_shapes_of_others_are_read() -> None:
    found = read_demographics(
        {"phone": "555-0142", "languages": ["es", "en"], "address": "5 Oak St", "mrn": 40417, "emergencyContact": "Jan",
         "insurance": [{"payer": "Bay Health", "memberId": "A1"}, "Self-pay"]}
    )  # fmt: skip
    assert (found.phone, found.language, found.address.line, found.mrn) == ("555-0142", "es, en", "5 Oak St", "40417")
    assert (found.emergency_contact[0], found.insurance) == ("Jan", "Bay Health, A1; Self-pay")
    assert found.unreadable == ()


def test_a_fax_is_not_called_and_an_address_is_no_phone() -> None:
    phones = [{"system": "email", "value": "a@b.c"}, {"system": "fax", "value": "1"}, {"value": "2"}]
    found = read_demographics({"phones": phones})
    assert [phone.value for phone in found.phones] == ["1", "2"]
    assert found.phone == "2"


def test_how_severe_an_allergy_is_stands_in_the_language_of_the_reader() -> None:
    raw = {"allergies": [{"display": "Penicillin", "reactions": ["rash"], "severity": "severe"}, "Latex"]}
    set_language("es")
    try:
        assert [one.detail for one in read_demographics(raw).allergies.items] == ["rash, grave", ""]
    finally:
        set_language("en")
