"""Names are folded to the same letters in SQL and in Python, in every script."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from psycopg import Connection
from psycopg.types.json import Jsonb

from app.db import search_text
from app.kernel import fold as rules
from app.kernel.fold import fold
from app.kernel.resources import migrations_root
from tests.database.triggers.base import Base

SCRIPT = (migrations_root() / "sql" / "58_fold.sql").read_text(encoding="utf-8")
SCRIPTS = st.sampled_from(
    [
        (0x20, 0x7E), (0xA0, 0x24F), (0x250, 0x36F), (0x370, 0x52F), (0x530, 0x5FF), (0x600, 0x77F), (0x900, 0xDFF),
        (0xE00, 0xFFF), (0x10A0, 0x139F), (0x1C80, 0x1CFF), (0x1E00, 0x1FFF), (0x2000, 0x214F), (0x2C00, 0x2DFF),
        (0x3000, 0x30FF), (0x4E00, 0x4FFF), (0xA640, 0xA7FF), (0xAC00, 0xACFF), (0xF900, 0xFFEF), (0x10400, 0x104FF),
        (0x1D400, 0x1D4FF), (0x1E900, 0x1E95F), (0x20000, 0x200FF), (1, 0x1FFFF),
    ]
)  # fmt: skip
CHARACTER = SCRIPTS.flatmap(
    lambda span: st.characters(min_codepoint=span[0], max_codepoint=span[1], exclude_categories=["Cs"])
)
TEXT = st.text(CHARACTER, max_size=30)
DATABASE = settings(max_examples=200, deadline=None)


@pytest.fixture(scope="module")
def connection(shared: Base) -> Connection[Any]:
    return shared.owner()


def test_both_sides_have_the_same_data() -> None:
    blocks = {
        name: " ".join(data.split())
        for name, data in re.findall(r"^    (\w+) constant text := \$d\$\n(.*?)\n    \$d\$;$", SCRIPT, re.M | re.S)
    }
    assert blocks == {
        "young": rules.YOUNG,
        "dropped": " ".join(rules.DROPPED.split()),
        "marks": " ".join(rules.MARKS.split()),
        "cases": " ".join(rules.CASES.split()),
        "digits": " ".join(rules.DIGITS.split()),
        "letters": " ".join(letter + instead for letter, instead in rules.LETTERS.items()),
        "separators": " ".join(rules.SEPARATORS.split()),
    }


def test_every_character(connection: Connection[Any]) -> None:
    """All of the first two planes, with their neighbour; every 31st of those beyond."""
    rows = connection.execute(
        "SELECT i, desktop.fold(chr(i) || 'É' || chr(i + 1)) FROM generate_series(1, 1114110) i "
        "WHERE i NOT BETWEEN 55295 AND 57343 AND (i < 131072 OR i % 31 = 0)"
    ).fetchall()
    different = [hex(i) for i, folded in rows if folded != fold(f"{chr(i)}É{chr(i + 1)}")]
    assert not different


@DATABASE
@given(texts=st.lists(TEXT, min_size=1, max_size=20))
@example(texts=["O’Brien-Łuczak", "D´Angelo", "ẞtraße", "İstanbul", "Ǆ", "ﬁ", "김철수", "مُحَمَّد", "Nguyễn"])
def test_any_text(connection: Connection[Any], texts: list[str]) -> None:
    rows = connection.execute(
        "SELECT desktop.fold(t) FROM unnest(%s::text[]) WITH ORDINALITY x (t, n) ORDER BY n", [texts]
    ).fetchall()
    assert [row[0] for row in rows] == [fold(text) for text in texts]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | TEXT
    | st.sampled_from(["+1 (555) 010-2345", "abc", "email"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["system", "value", "use", "phones", "phone", "mrn"]), inner, max_size=3)
    ),
    max_leaves=8,
)
DEMOGRAPHICS = st.none() | JSON | st.dictionaries(st.sampled_from(["phones", "phone", "mrn", "preferredName"]), JSON)


@DATABASE
@given(first=st.none() | TEXT, last=st.none() | TEXT, demographics=DEMOGRAPHICS)
@example(first="Ana", last="de la Cruz", demographics={"phones": [{"system": "email", "value": "a1234"}], "mrn": 17})
@example(
    first="A" * 3000, last="Ł b" * 900, demographics={"phones": ["1234567"] * 3 + [str(10**n) for n in range(4, 40)]}
)
@example(first=None, last=None, demographics={"phone": True, "mrn": "MRN"})
def test_what_search_keeps_of_a_patient(
    connection: Connection[Any], first: str | None, last: str | None, demographics: Any
) -> None:
    row = connection.execute(
        "SELECT folded, sort_key, phones, mrn FROM desktop.search_fields(%s, %s, %s)",
        (first, last, None if demographics is None else Jsonb(demographics)),
    ).fetchone()
    assert row == (
        search_text.folded_names(first, last, demographics),
        search_text.sort_key(first, last),
        search_text.phone_digits(demographics),
        search_text.record_number(demographics),
    )


@given(TEXT)
def test_folding_twice_changes_nothing(text: str) -> None:
    once = fold(text)
    assert fold(once) == once
    assert "  " not in once
    assert once == once.strip()


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("O'Brien", "obrien"), ("o’brien", "obrien"), ("D´Angelo", "dangelo"), ("Jean-Luc", "jean luc"),
        ("J. R.", "j r"),
        ("Łuczak", "luczak"), ("Søren Ægir", "soren aegir"), ("Straße", "strasse"), ("STRASSE", "strasse"),
        ("Þór Đặng", "thor dang"), ("Œuvre", "oeuvre"), ("İpek Işık", "ipek isik"), ("Nguyễn Thị", "nguyen thi"),
        ("Ёлкин", "елкин"), ("ΣΊΣΥΦΟΣ", "σισυφοσ"), ("فاطمة", "فاطمه"), ("أحمد", "احمد"), ("שָׁלוֹם", "שלום"),
        ("ｶﾞ", "カ"), ("Ａｄａ", "ada"), ("١٢٣", "123"), ("a\u200bb", "ab"), ("  \t ", ""),
    ],
)  # fmt: skip
def test_what_people_type_for_what_is_written(typed: str, folded: str) -> None:
    assert fold(typed) == folded
