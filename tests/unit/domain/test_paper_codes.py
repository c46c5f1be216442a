"""Verification codes: every slip of the tongue is noticed, none is guessed, all read alike."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.domain.enums import ExcuseNoteStatus
from app.domain.excuse_notes import NoteStanding, days_covered, initials, standing
from app.domain.paper_codes import ALPHABET, LENGTH, new_code, read_code, shown

CODES = st.builds(new_code)
DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))


@given(CODES)
def test_a_code_reads_back_however_it_is_typed(code: str) -> None:
    assert len(code) == LENGTH
    assert set(code) <= set(ALPHABET)
    assert read_code(shown(code)) == code
    spoken = shown(code).lower().replace("0", "o").replace("1", "l").replace("-", " – ")
    assert read_code(spoken) == code


@given(CODES, st.integers(0, LENGTH - 1), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_noticed(code: str, place: int, letter: str) -> None:
    wrong = code[:place] + letter + code[place + 1 :]
    assert (read_code(wrong) is not None) == (wrong == code)


@given(CODES, st.integers(0, LENGTH - 1), st.integers(0, LENGTH - 1))
def test_two_characters_that_changed_places_are_noticed(code: str, one: int, other: int) -> None:
    letters = list(code)
    letters[one], letters[other] = letters[other], letters[one]
    wrong = "".join(letters)
    assert (read_code(wrong) is not None) == (wrong == code)


@given(st.text(max_size=40))
def test_nothing_else_is_a_code(text: str) -> None:
    found = read_code(text)
    assert found is None or len(found) == LENGTH


def test_codes_do_not_repeat_and_leave_out_what_is_misread() -> None:
    codes = {new_code() for _ in range(5000)}
    assert len(codes) == 5000
    assert not set("ILOU") & {letter for code in codes for letter in code}
    assert {code[0] for code in codes} == set(ALPHABET), "no place is fixed"


@given(st.sampled_from(ExcuseNoteStatus), DAYS, DAYS, st.booleans())
def test_what_a_note_is_follows_from_status_day_and_withdrawal(
    status: ExcuseNoteStatus, end: date, today: date, withdrawn: bool
) -> None:
    found = standing(status, end, today, withdrawn=withdrawn)
    if status is ExcuseNoteStatus.DRAFT:
        assert found is NoteStanding.DRAFT
    elif withdrawn:
        assert found is NoteStanding.WITHDRAWN
    else:
        over = status is ExcuseNoteStatus.EXPIRED or today > end
        assert found is (NoteStanding.EXPIRED if over else NoteStanding.VALID)


@given(DAYS, st.integers(0, 400))
def test_both_ends_count(start: date, more: int) -> None:
    assert days_covered(start, start + timedelta(days=more)) == more + 1


def test_initials() -> None:
    assert initials("Ana María Ramírez") == "A. M. R."
    assert initials("王小明") == "王."
    assert initials("") == ""
