"""Finding patients: any part of the names in any order, without accents, with a typo, by date, phone or MRN."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from psycopg import Connection
from psycopg.types.json import Jsonb

from tests.database.triggers.base import Base, error_of

PEOPLE = (
    (
        "maria",
        "María José",
        "García López",
        "1951-03-02",
        {"phones": [{"value": "+1 (555) 000-1001"}], "mrn": "MRN-0001"},
    ),
    ("marion", "Marion", "Garcia", "1952-03-03", {"phones": ["555 000 1002"], "preferredName": "Mimi"}),
    ("jon", "Jon", "Smith", "1953-03-04", {"phone": "0555/0001003", "mrn": "A-77/b"}),
    ("john", "John", "Smyth", "1953-12-31", None),
    ("kasia", "Katarzyna", "Kowalska", None, {"phones": "not a number"}),
    ("zbig", "Zbigniew", "Kowalski", "1960-01-01", [1, 2]),
    ("ana", "Ana", "de la Cruz", "1970-05-05", {"phones": {"odd": 1}}),
    ("sean", "Seán", "O’Brien", "1980-02-29", {"phones": [None, 7, {"value": None}]}),
    ("wang", "伟", "王", None, None),
    ("kim", "철수", "김", None, None),
    ("elkin", "Михаил", "Ёлкин", None, None),
    ("anon", None, "Unknown", None, None),
    ("ma", "Li", "Ma", None, None),
)


def _with_people(base: Base) -> Base:
    owner = base.owner()
    for who, first, last, born, demographics in PEOPLE:
        owner.execute(
            "INSERT INTO public.users (id, email, password_hash, role, clinic_id, updated_at) "
            "VALUES (%s, %s, '!', 'PATIENT', 'clinic-1', now())",
            (f"u-{who}", f"{who}@no-login.invalid"),
        )
        owner.execute(
            "INSERT INTO public.patients (id, user_id, clinic_id, first_name, last_name, date_of_birth, demographics, "
            "flags, updated_at) VALUES (%s, %s, 'clinic-1', %s, %s, %s, %s, '{}', now())",
            (who, f"u-{who}", first, last, born, None if demographics is None else Jsonb(demographics)),
        )
    owner.execute(
        "UPDATE public.patients SET first_name = 'Marion', last_name = 'Garcia' WHERE id = 'pat-9'"
    )  # clinic 2
    return base


@pytest.fixture
def people(base: Base) -> Base:
    return _with_people(base)


@pytest.fixture(scope="module")
def desk(shared: Base) -> Connection[Any]:
    """An assistant at a clinic whose patients stay as they are."""
    return _with_people(shared).staff()


def find(
    connection: Connection[Any],
    *words: str,
    born: tuple[str | None, str | None] = (None, None),
    digits: str = "",
    mrn: str = "",
    limit: int = 20,
    offset: int = 0,
) -> list[str]:
    rows = connection.execute(
        "SELECT s.patient_id, s.score FROM desktop.search_patients(%s, %s, %s, %s, %s, %s, %s) WITH ORDINALITY s "
        "ORDER BY s.ordinality",
        (list(words), *born, digits, mrn, limit, offset),
    ).fetchall()
    scores = [score for _, score in rows]
    assert scores == sorted(scores, reverse=True)
    assert len({who for who, _ in rows}) == len(rows)
    return [who for who, _ in rows]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["garcia"], ["marion", "maria"]),
        (["garc"], ["marion", "maria"]),
        (["lopez", "maria"], ["maria"]),
        (["jos", "gar"], ["maria"]),
        (["GARCÍA"], ["marion", "maria"]),
        (["mimi"], ["marion"]),
        (["arcia"], ["marion", "maria"]),
        (["delacruz"], ["ana"]),
        (["de", "la", "cruz"], ["ana"]),
        (["obrien"], ["sean"]),
        (["o'brien"], ["sean"]),
        (["o", "brien"], ["sean"]),
        (["王"], ["wang"]),
        (["김"], ["kim"]),
        (["елкин"], ["elkin"]),
        (["ЁЛК"], ["elkin"]),
        (["unknown"], ["anon"]),
        (["x"], []),
        (["garcia", "smith"], []),
        (["%"], []),
        (["'; DROP TABLE patients; --"], []),
    ],
)
def test_any_part_of_the_names_in_any_order(desk: Connection[Any], words: list[str], found: list[str]) -> None:
    assert find(desk, *words) == found


@pytest.mark.parametrize(
    ("words", "first"),
    [
        (["gracia"], "marion"),  # two letters changed places
        (["garca"], "marion"),  # one missing
        (["garcria"], "marion"),  # one too many
        (["gsrcia"], "marion"),  # the wrong one
        (["carcia"], "marion"),  # at the beginning
        (["kowalsky"], "kasia"),
        (["kovalsky"], "kasia"),  # two
        (["kwoal"], "kasia"),  # still typing
        (["jhon", "smyth"], "john"),
        (["maria", "grcia"], "maria"),
        (["zbignew", "kowalsky"], "zbig"),
        (["елкни"], "elkin"),
    ],
)
def test_a_typing_error_is_forgiven(desk: Connection[Any], words: list[str], first: str) -> None:
    assert find(desk, *words)[0] == first


def test_better_matches_come_first(desk: Connection[Any]) -> None:
    assert find(desk, "ma")[:1] == ["ma"]  # the whole word before those it begins
    assert find(desk, "mari") == ["marion", "maria"]
    assert find(desk, "jon") == ["jon", "john"]  # spelt so before spelt nearly so
    assert find(desk, "smith") == ["jon", "john"]


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ({"born": ("1953-03-04", "1953-03-04")}, ["jon"]),
        ({"born": ("1953-01-01", "1953-12-31")}, ["jon", "john"]),
        ({"born": ("1979-01-01", None)}, ["sean"]),
        ({"digits": "5550001001"}, ["maria"]),
        ({"digits": "15550001001"}, ["maria"]),
        ({"digits": "05550001002"}, ["marion"]),  # another way to write the country
        ({"digits": "1003"}, ["jon"]),
        ({"digits": "000100"}, ["marion", "maria", "jon"]),
        ({"digits": "9999"}, []),
        ({"digits": "1"}, []),
        ({"mrn": "mrn 0001"}, ["maria"]),
        ({"mrn": "0001"}, ["maria"]),
        ({"mrn": "a77"}, ["jon"]),
        ({"mrn": "A-77/B"}, ["jon"]),
        ({"digits": "0001"}, ["maria", "marion", "jon"]),  # a record number, and inside phone numbers
        ({"digits": "1003", "mrn": "0001"}, ["jon", "maria"]),
        ({}, []),
    ],
)
def test_dates_numbers_and_records(desk: Connection[Any], question: dict[str, Any], found: list[str]) -> None:
    assert sorted(find(desk, **question)) == sorted(found)


def test_an_exact_record_number_is_first(desk: Connection[Any]) -> None:
    assert find(desk, digits="0001")[0] == "maria"


def test_words_and_date_together(desk: Connection[Any]) -> None:
    assert find(desk, "smith", born=("1953-01-01", "1953-12-31")) == ["jon"]
    assert find(desk, "smyht", born=("1953-01-01", "1953-12-31")) == ["john"]
    assert find(desk, "smith", born=("1953-04-01", "1953-12-31")) == ["john"]
    assert find(desk, "garcia", digits="1002") == ["marion"]


def test_several_parts_that_fit_somebody_to_the_letter_leave_nothing_to_guess(desk: Connection[Any]) -> None:
    assert find(desk, "jon", "smith") == ["jon"]
    assert find(desk, "jon", "smyth") == ["jon", "john"]  # nobody is called that: both are near


def test_pages_follow_each_other(desk: Connection[Any]) -> None:
    for ask in (
        partial(find, desk, "ma"),
        partial(find, desk, "smith"),
        partial(find, desk, born=("1950-01-01", "1999-12-31")),
    ):
        whole = ask(limit=50)
        assert len(whole) >= 2
        assert [one for page in range(len(whole)) for one in ask(limit=1, offset=page)] == whole
        assert ask(limit=5, offset=len(whole)) == []


def test_each_clinic_finds_its_own(people: Base) -> None:
    assert find(people.staff("ADMIN", 2), "garcia") == ["pat-9"]
    assert "pat-9" not in find(people.staff("ADMIN"), "marion", "garcia")
    assert find(people.owner(), "garcia") == []
    assert error_of(partial(find, people.backend(), "garcia"))[0] == "42501"


def test_a_disabled_account_finds_nobody(people: Base) -> None:
    desk = people.staff()
    people.owner().execute("UPDATE desktop.login SET disabled_at = now()")
    assert find(desk, "garcia") == []


def test_merged_patients_are_hidden_until_the_merge_is_undone(people: Base) -> None:
    owner, desk = people.owner(), people.staff()
    owner.execute(
        "INSERT INTO desktop.patient_detail (patient_id, merged_into, updated_at) VALUES ('john', 'jon', now())"
    )
    assert find(desk, "smyth") == ["jon"]
    owner.execute("UPDATE public.patients SET first_name = 'Johnny' WHERE id = 'john'")
    assert find(desk, "johnny") == []
    owner.execute("UPDATE desktop.patient_detail SET merged_into = NULL WHERE patient_id = 'john'")
    assert find(desk, "johnny")[0] == "john"


def test_changes_are_found_at_once(people: Base) -> None:
    desk, backend = people.staff(), people.backend()
    desk.execute("UPDATE public.patients SET last_name = 'Hernández' WHERE id = 'jon'")
    assert find(desk, "hernandez") == ["jon"]
    backend.execute("UPDATE public.patients SET demographics = '{\"phones\": [\"555 777 8888\"]}' WHERE id = 'jon'")
    assert find(desk, digits="7778888") == ["jon"]
    backend.execute("UPDATE public.patients SET id = 'jon-2' WHERE id = 'jon'")
    assert find(desk, "hernandez") == ["jon-2"]
    backend.execute("DELETE FROM public.patients WHERE id = 'jon-2'")
    assert find(desk, "hernandez") == []


@pytest.mark.parametrize("broken", ["[]", '"text"', "17", "null", '{"phones": 1}', '{"phones": [[1]], "mrn": {}}'])
def test_unreadable_demographics_never_stop_a_write(people: Base, broken: str) -> None:
    backend, desk = people.backend(), people.staff()
    backend.execute("UPDATE public.patients SET demographics = %s::jsonb WHERE clinic_id = 'clinic-1'", [broken])
    assert find(desk, "garcia") == ["marion", "maria"]


def test_very_long_names_are_kept_and_found(people: Base) -> None:
    backend, desk = people.backend(), people.staff()
    backend.execute(
        "UPDATE public.patients SET first_name = %s, last_name = %s, demographics = %s WHERE id = 'jon'",
        ("x" * 100_000, "Longlast " * 5000, Jsonb({"mrn": "9" * 100_000, "phones": ["1" * 100_000] * 100})),
    )
    assert find(desk, "longlast") == ["jon"]


def test_many_are_imported_in_one_statement(people: Base) -> None:
    owner, desk = people.owner(), people.staff()
    owner.execute(
        "INSERT INTO public.users (id, email, password_hash, role, clinic_id, updated_at) "
        "SELECT 'bulk-' || n, 'bulk-' || n || '@no-login.invalid', '!', 'PATIENT', 'clinic-1', now() "
        "FROM generate_series(1, 5000) n"
    )
    owner.execute(
        "INSERT INTO public.patients (id, user_id, clinic_id, first_name, last_name, flags, updated_at) "
        "SELECT 'bulk-' || n, 'bulk-' || n, 'clinic-1', 'Imported', 'Family' || n, '{}', now() "
        "FROM generate_series(1, 5000) n"
    )
    assert find(desk, "imported", "family4711")[0] == "bulk-4711"
    assert len(find(desk, "imported", limit=500)) == 500
    owner.execute("UPDATE public.patients SET last_name = 'Moved' WHERE first_name = 'Imported'")
    assert find(desk, "family4711", "imported", born=("1900-01-01", "1900-01-01")) == []
    owner.execute("SELECT desktop.refresh_search_names()")
    kept = owner.execute("SELECT count(*), max(uses) FROM desktop.search_name WHERE clinic_id = 'clinic-1'").fetchone()
    assert kept is not None
    assert kept[0] < 100
    assert kept[1] == 5000


def test_rebuilding_brings_missing_rows_back(people: Base) -> None:
    owner = people.owner()
    before = owner.execute("SELECT * FROM desktop.patient_search ORDER BY patient_id").fetchall()
    owner.execute("DELETE FROM desktop.patient_search WHERE patient_id IN ('jon', 'ana')")
    assert owner.execute("SELECT desktop.rebuild_search()").fetchone() == (2,)
    owner.execute("COMMENT ON FUNCTION desktop.refresh_search(text[]) IS 'older rules'")
    owner.execute("UPDATE desktop.patient_search SET folded = 'stale'")
    assert owner.execute("SELECT desktop.rebuild_search()").fetchone() == (len(before),)
    assert owner.execute("SELECT * FROM desktop.patient_search ORDER BY patient_id").fetchall() == before


def test_names_are_ordered_alike_on_every_machine(shared: Base, desk: Connection[Any]) -> None:
    rows = (
        shared.owner()
        .execute(
            "SELECT patient_id FROM desktop.patient_search WHERE clinic_id = 'clinic-1' "
            "AND patient_id NOT LIKE 'pat-%' ORDER BY sort_key, patient_id"
        )
        .fetchall()
    )
    assert [who for (who,) in rows] == [
        "ana", "marion", "maria", "kasia", "zbig", "ma", "sean", "jon", "john", "anon", "elkin", "kim", "wang",
    ]  # fmt: skip


def test_the_indexes_are_used_under_row_level_security(shared: Base, desk: Connection[Any]) -> None:
    """The plans inside the function, as the owner with row-level security forced."""
    owner = shared.owner()
    owner.execute("SET enable_seqscan = off")
    for condition, index in (
        ("desktop.search_words(folded) @@ '''gar'':*'::tsquery", "patient_search_words_idx"),
        ("folded LIKE '%arci%'", "patient_search_folded_idx"),
        ("phones LIKE '%5550001%'", "patient_search_phones_idx"),
    ):
        rows = owner.execute(f"EXPLAIN SELECT 1 FROM desktop.patient_search WHERE {condition}").fetchall()
        assert index in "\n".join(line for (line,) in rows)
