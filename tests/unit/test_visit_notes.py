"""Visit notes as pure text: what tells two contents apart, what may be signed, what a template fills."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.visit_notes import (
    MOST_IN_FIELD,
    NOTE_FIELDS,
    clean_part,
    fill_empty,
    identity_hash,
    missing_for_signature,
    note_hash,
    note_templates,
    part_title,
)
from app.kernel.errors import Refused

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\x1e"), max_size=40)
PARTS = st.fixed_dictionaries(dict.fromkeys(NOTE_FIELDS, TEXT))


@given(one=PARTS, other=PARTS)
def test_only_the_same_note_has_the_same_hash(one: dict[str, str], other: dict[str, str]) -> None:
    assert (note_hash(one) == note_hash(other)) is (one == other)


@given(parts=PARTS, name=st.sampled_from(NOTE_FIELDS), more=TEXT.filter(bool))
def test_any_change_of_any_part_is_noticed(parts: dict[str, str], name: str, more: str) -> None:
    assert note_hash(parts | {name: parts[name] + more}) != note_hash(parts)
    assert note_hash({k: v for k, v in parts.items() if v}) == note_hash(parts), "left out is empty"


@given(parts=PARTS, filler=PARTS)
def test_nothing_that_somebody_wrote_is_replaced(parts: dict[str, str], filler: dict[str, str]) -> None:
    filled = fill_empty(parts, filler)
    assert set(filled) == set(NOTE_FIELDS)
    for name in NOTE_FIELDS:
        assert filled[name] == (parts[name] if parts[name].strip() else filler[name])


@given(parts=PARTS)
def test_what_may_be_signed_has_a_reason_and_something_decided(parts: dict[str, str]) -> None:
    missing = missing_for_signature(parts)
    decided = any(parts[name].strip() for name in ("findings", "assessment", "plan"))
    if missing is None:
        assert parts["reason"].strip()
        assert decided
    else:
        assert not parts[missing].strip()


@given(text=TEXT)
def test_a_part_that_is_kept_is_kept_the_same_again(text: str) -> None:
    kept = clean_part("plan", text)
    assert clean_part("plan", kept) == kept


@pytest.mark.parametrize("text", ["x" * (MOST_IN_FIELD + 1), "a\0b", "\udc00"])
def test_what_no_database_keeps_is_refused_by_name(text: str) -> None:
    for name in NOTE_FIELDS:
        with pytest.raises(Refused) as refusal:
            clean_part(name, text)
        assert refusal.value.field == name


def test_whoever_is_on_the_screen_is_told_apart() -> None:
    people = {
        identity_hash("p-1", "Anna", "Lis", date(1980, 1, 2)), identity_hash("p-2", "Anna", "Lis", date(1980, 1, 2)),
        identity_hash("p-1", "Anna", "Lis", date(1980, 2, 1)), identity_hash("p-1", "Ann", "aLis", date(1980, 1, 2)),
        identity_hash("p-1", "Anna", "Lis", None), identity_hash("p-1", None, "Lis", None),
    }  # fmt: skip
    assert len(people) == 6


def test_templates_ask_and_never_assert() -> None:
    for template in note_templates():
        assert set(template.parts) <= set(NOTE_FIELDS)
        for text in template.parts.values():
            assert all(line.endswith(":") for line in text.splitlines()), text
    assert len({part_title(name) for name in NOTE_FIELDS}) == len(NOTE_FIELDS)
