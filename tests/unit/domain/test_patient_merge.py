"""How two records of one person meet: nothing that matters is lost, nothing is chosen for the person."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.patient_merge import FieldMeeting, Meeting, compare, fields_of

NONE_KNOWN = {"noneKnown": True, "by": "Dana"}
PENICILLIN, LATEX = {"display": "Penicillin", "status": "active"}, {"display": "Latex"}


def meet(field: str, kept: Any, dropped: Any) -> FieldMeeting | None:
    found = compare({field: kept}, {field: dropped})
    return found[0] if found else None


@pytest.mark.parametrize(
    ("kept", "dropped", "meeting", "suggested"),
    [
        ("Anna", "Anna", Meeting.SAME, "Anna"),
        ("Anna ", " Anna", Meeting.SAME, "Anna "),
        ("Anna", None, Meeting.ONLY_KEPT, "Anna"),
        ("", "Anna", Meeting.ONLY_DROPPED, "Anna"),
        ("Anna", "Ana", Meeting.DIFFERENT, "Anna"),
    ],
)
def test_single_values(kept: Any, dropped: Any, meeting: Meeting, suggested: Any) -> None:
    found = meet("firstName", kept, dropped)
    assert found is not None
    assert (found.meeting, found.suggested) == (meeting, suggested)


def test_what_neither_has_is_not_shown() -> None:
    assert compare({"mrn": None, "address": {}}, {"phones": [], "mrn": ""}) == ()


@pytest.mark.parametrize(
    ("kept", "dropped", "meeting", "suggested"),
    [
        ([PENICILLIN], [LATEX], Meeting.UNITED, [PENICILLIN, LATEX]),
        ([PENICILLIN], [{"display": "penicillin ", "status": "active", "code": "7980"}], Meeting.SAME, [PENICILLIN]),
        ([PENICILLIN], [{"display": "Penicillin", "status": "resolved"}], Meeting.UNITED,
         [PENICILLIN, {"display": "Penicillin", "status": "resolved"}]),
        (NONE_KNOWN, [LATEX], Meeting.UNITED, [LATEX]),
        ([LATEX], NONE_KNOWN, Meeting.SAME, [LATEX]),
        (NONE_KNOWN, {"noneKnown": True}, Meeting.SAME, NONE_KNOWN),
        (["Latex"], "unreadable", Meeting.DIFFERENT, ["Latex"]),
        ("unreadable", ["Latex"], Meeting.DIFFERENT, "unreadable"),
    ],
)  # fmt: skip
def test_no_allergy_is_lost(kept: Any, dropped: Any, meeting: Meeting, suggested: Any) -> None:
    found = meet("allergies", kept, dropped)
    assert found is not None
    assert (found.meeting, found.suggested) == (meeting, suggested)


def test_phones_are_one_by_their_digits() -> None:
    one, same, other = {"value": "(415) 555-0142"}, {"value": "415.555.0142", "use": "home"}, {"value": "555-0143"}
    found = meet("phones", [one], [same, other])
    assert found is not None
    assert found.suggested == [one, other]


def test_the_fields_of_a_record() -> None:
    extra = {"mrn": "1", "ring": {"of": "others"}}
    fields = fields_of("Anna", "", date(1962, 3, 14), 170.0, extra)
    assert fields == {"firstName": "Anna", "lastName": None, "dateOfBirth": "1962-03-14", "heightCm": 170.0, "mrn": "1"}
    assert fields_of(None, None, None, None, "unreadable") == dict.fromkeys(
        ("firstName", "lastName", "dateOfBirth", "heightCm")
    )


_ITEM = st.text(max_size=5) | st.dictionaries(
    st.sampled_from(["display", "code", "status", "value"]), st.text(max_size=5)
)
_LIST = st.none() | st.lists(_ITEM, max_size=4) | st.just(NONE_KNOWN) | st.text(max_size=3) | st.integers()


@given(_LIST, _LIST)
def test_every_entry_of_a_readable_list_is_in_the_union(kept: Any, dropped: Any) -> None:
    found = meet("allergies", kept, dropped)
    if found is None or found.meeting is Meeting.DIFFERENT:
        return
    for side in (kept, dropped):
        if isinstance(side, list):
            again = meet("allergies", found.suggested, side)
            assert again is None or again.suggested == found.suggested
