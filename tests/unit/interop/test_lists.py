"""Lists of patients in columns: encodings, dividers, dates, columns; real files and wrong ones."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.imports import PatientRow
from app.interop.lists.dates import DateOrder, order_in, read_date
from app.interop.lists.patients import ListMap, PatientList
from app.interop.lists.table import decoded, divider_of
from app.kernel.errors import Refused

REAL = Path(__file__).parents[4] / "shared" / "data" / "csv"
TODAY = date(2026, 12, 31)


def listed(text: str | bytes, how: ListMap | None = None) -> PatientList:
    return PatientList("list.csv", text.encode() if isinstance(text, str) else text, TODAY, how)


def rows(text: str | bytes, how: ListMap | None = None) -> list[PatientRow]:
    return [item.patient for item in listed(text, how).patients() if item.patient]


def reasons(text: str, how: ListMap | None = None) -> list[tuple[str, str]]:
    found = listed(text, how)
    list(found.patients())
    return [(row.source.rpartition(", ")[2], row.reason) for row in found.skipped]


@pytest.mark.parametrize(
    ("name", "taken", "left_out"),
    [
        ("generated/patients_1500_12_locales_utf8.csv", 1500, {}),
        ("generated/patients_pl_cp1250_semicolon.csv", 200, {}),
        ("generated/patients_utf8_bom.csv", 200, {}),
        ("febrl/dataset1.csv", 997, {"birthDate: no such date": 3}),
        ("splink/fake_1000.csv", 956, {"no name": 36, "birthDate: it lies in the future": 8}),
        ("synthea-2023-28-patients/patients.csv.gz", 27, {}),
    ],
)
def test_real_lists(name: str, taken: int, left_out: dict[str, int]) -> None:
    found = PatientList(name, (REAL / name).read_bytes(), TODAY)
    assert len(list(found.patients())) == taken
    assert Counter(row.reason for row in found.skipped if row.resource) == left_out
    assert found.total == taken + sum(left_out.values())


def test_polish_text_of_windows_is_told_from_western() -> None:
    data = (REAL / "generated" / "patients_pl_cp1250_semicolon.csv").read_bytes()
    people = rows(data)
    names = "".join(f"{row.first_name}{row.last_name}{row.demographics.get('address')}" for row in people)
    assert {"ł", "ą", "ś", "ż", "ó", "ü", "ß"} <= set(names)
    assert people[0].birth_date == date(1947, 3, 19)
    assert people[0].demographics == {
        "mrn": "MRN36000010", "sex": "male", "phones": [{"system": "phone", "value": "+48 533 479 920"}],
        "email": "10@example.org", "address": {"line": "plac Maja 47, 07-494 Gdynia"},
    }  # fmt: skip


def test_western_text_of_windows_is_told_from_polish() -> None:
    assert rows("name\nPierre Louÿs\n".encode("cp1252"))[0].last_name == "Pierre Louÿs"


def test_text_that_reads_well_in_both_is_not_guessed() -> None:
    data = "name;city\nMu\xf1oz;Le\xf3n\n".encode("cp1252")
    with pytest.raises(Refused) as refusal:
        listed(data)
    assert refusal.value.code == "UnknownEncoding"
    assert rows(data, ListMap(encoding="cp1252"))[0].last_name == "Muñoz"
    assert rows("Apellidos;Nombre\nMu\xf1oz;Bego\xf1a\n".encode("cp1252"))[0].last_name == "Muñoz"  # Spanish titles
    assert decoded("name\nG\xfcnther\n".encode("cp1252")) == "name\nGünther\n"  # the same letter in both


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("divider", [",", ";", "\t", "|"])
def test_encodings_and_dividers(encoding: str, divider: str) -> None:
    text = (
        divider.join(["Last Name", "Given", "DOB"]) + "\r\n" + divider.join(["Łęcka", "Ada", "1970-03-04"]) + "\r\n\r\n"
    )
    for data in (text.encode(encoding), gzip.compress(text.encode(encoding))):
        (row,) = rows(data)
        assert (row.last_name, row.first_name, row.birth_date) == ("Łęcka", "Ada", date(1970, 3, 4))


def test_quoted_fields_hold_anything() -> None:
    (row,) = rows('name,address\r\n"Winter, Ada","1 Main St\r\nApt ""2"""\r\n')
    assert (row.last_name, row.first_name) == ("Winter", "Ada")
    assert row.demographics["address"]["line"] == '1 Main St\r\nApt "2"'
    assert row.where == "list.csv, line 3"


@pytest.mark.parametrize(
    ("titles", "cells", "first", "last"),
    [
        ("Name;Vorname", "Winter;Ada", "Ada", "Winter"),
        ("Patient name;First name", "Ada Maria Winter;Ada Maria", "Ada Maria", "Winter"),
        ("Patient name;First name", "Winter, Ada;Ada", "Ada", "Winter"),
        ("Cognome;Nome", "Conti;Ada", "Ada", "Conti"),
        ("Sobrenome;Nome", "Conti;Ada Conti", "Ada", "Conti"),
        ("Primer apellido;Segundo apellido;Nombre", "García;Muñoz;Inés", "Inés", "García Muñoz"),
        ("lname;fname;mname", "Winter;Ada;M", "Ada M", "Winter"),
        ("Name", "Ada Winter", None, "Ada Winter"),
        ("Name", "Winter, Ada M", "Ada M", "Winter"),
        ("Name", "Ada Winter, MD", None, "Ada Winter, MD"),
        ("Name", "Winter, Jr., Ada", None, "Winter, Jr., Ada"),
    ],
)
def test_names_however_the_columns_divide_them(titles: str, cells: str, first: str | None, last: str) -> None:
    (row,) = rows("\n".join((f"{titles};ID", f"{cells};7", "")))
    assert (row.first_name, row.last_name) == (first, last)


@pytest.mark.parametrize(
    ("title", "cells", "found"),
    [
        ("Sexo", "HM", ["male", "female"]),
        ("Sexe", "HFM", ["male", "female", "male"]),
        ("Sexo", "MFF", ["male", "female", "female"]),
        ("Sexo", "VM", ["male", "female"]),
        ("Geslacht", "VM", ["female", "male"]),
        ("Geschlecht", "WMD", ["female", "male", "other"]),
    ],
)
def test_a_letter_for_a_sex_is_read_beside_the_others(title: str, cells: str, found: list[str]) -> None:
    made = rows("\n".join([f"Name;{title}", *(f"Winter {number}a;{cell}" for number, cell in enumerate(cells)), ""]))
    assert [row.demographics["sex"] for row in made] == found


def test_the_divider_is_the_one_that_divides_the_header() -> None:
    assert divider_of('"a,b";c;d\n') == ";"
    assert divider_of("\n\nname\n") == ","


@pytest.mark.parametrize(
    ("text", "order", "found"),
    [
        ("1970-03-04", None, date(1970, 3, 4)),
        ("19700304", None, date(1970, 3, 4)),
        ("1970/3/4", None, date(1970, 3, 4)),
        ("1970-03-04 00:00:00", None, date(1970, 3, 4)),
        ("04.03.1970", None, date(1970, 3, 4)),
        ("4. 3. 1970", None, date(1970, 3, 4)),
        ("25/12/1970", None, date(1970, 12, 25)),
        ("12/25/1970", None, date(1970, 12, 25)),
        ("05/05/1970", None, date(1970, 5, 5)),
        ("03/04/1970", None, None),
        ("03/04/1970", DateOrder.DAY_FIRST, date(1970, 4, 3)),
        ("03/04/1970", DateOrder.MONTH_FIRST, date(1970, 3, 4)),
        ("12/25/1970", DateOrder.DAY_FIRST, None),
        ("1970-02-30", None, None),
        ("1970304", None, None),
        ("3/4/70", None, None),
        ("yesterday", None, None),
    ],
)
def test_dates(text: str, order: DateOrder | None, found: date | None) -> None:
    assert read_date(text, order) == found


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["03/04/1970", "25/12/1970"], DateOrder.DAY_FIRST),
        (["03/04/1970", "12/25/1970"], DateOrder.MONTH_FIRST),
        (["03/04/1970"], None),
        (["25/12/1970", "12/25/1970"], None),
        (["1970-03-04"], None),
        ([], None),
    ],
)
def test_the_order_is_the_files(texts: list[str], order: DateOrder | None) -> None:
    assert order_in(texts) == order


def test_a_date_that_could_be_two_days_is_not_guessed() -> None:
    text = "name,dob\nAda,03/04/1970\nBo,05/05/1970\n"
    assert reasons(text) == [("line 2", "birthDate: day and month can't be told apart: say in a map which comes first")]
    told = rows(text, ListMap.read('{"dates": "mdy"}'))
    assert [row.birth_date for row in told] == [date(1970, 3, 4), date(1970, 5, 5)]


def test_rows_that_are_left_out_say_why() -> None:
    text = (
        "mrn,name,dob\n1,,1970-01-01\n2,Ada,1970-02-30\n3,Bo,2027-01-01\n4,Cy,1970-01-01,x\n5,D\x00,1970-01-01\n"
        "6,Eve,1970-01-01\n6,Eve,1970-01-01\n6,Eva,1970-01-01\n7,Finn\n"
    )
    assert reasons(text) == [
        ("line 2", "no name"),
        ("line 3", "birthDate: no such date"),
        ("line 4", "birthDate: it lies in the future"),
        ("line 5", "more fields than columns"),
        ("line 6", "name: This text has a NUL character. Remove it and try again."),
        ("line 9", "another row has the same number"),
    ]
    found = listed(text)
    assert [item.patient.last_name for item in found.patients() if item.patient] == ["Eve", "Finn"]
    assert found.repeated == Counter(Patient=1)


def test_a_broken_quote_leaves_its_row_out() -> None:
    text = 'name\nAda\n"Bo"x\n"Eve "Evi" Ek"\nCy\n'
    assert [row.last_name for row in rows(text)] == ["Ada", "Cy"]
    assert [(line, reason.partition(":")[0]) for line, reason in reasons(text)] == [
        ("line 3", "it can't be read"), ("line 4", "it can't be read")]  # fmt: skip


@pytest.mark.parametrize(
    "broken",
    ['"Bo,1970-01-01\n', '"Bo\nB"x\n', '"Bo"x,"of\nmany lines, Ek"\n'],
    ids=["never closed", "closed on another line", "another opened"],
)
def test_a_quote_over_several_lines_ends_the_file_where_it_begins(broken: str) -> None:
    text = f"name,dob\nAda,1970-01-01\n{broken}Cy,1970-01-01\n"
    assert [row.last_name for row in rows(text)] == ["Ada"]
    ((line, reason),) = reasons(text)
    assert line == "line 3"
    assert reason.startswith("the rest can't be read from here on")


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("START,STOP,PATIENT,ENCOUNTER,CODE,DESCRIPTION", "ENCOUNTER"),
        ("Id,NAME,ADDRESS,CITY,STATE,ZIP,LAT,LON,PHONE,REVENUE,UTILIZATION", "REVENUE"),
        ("Id,ORGANIZATION,NAME,GENDER,SPECIALITY,ADDRESS,CITY", "ORGANIZATION"),
        ("Patient,Code,Description,Value,Units", "Code"),
    ],
)
def test_a_list_of_something_else_makes_no_patients(header: str, column: str) -> None:
    text = f"{header}\n{','.join('Mercy' for _ in header.split(','))}\n"
    with pytest.raises(Refused) as refusal:
        listed(text)
    assert refusal.value.code == "NotPatients"
    assert column in refusal.value.message
    how = ListMap.read(
        json.dumps({"columns": {"name": next(c for c in header.split(",") if c.upper() in {"NAME", "PATIENT"})}})
    )
    assert len(rows(text, how)) == 1


def test_patients_with_their_own_columns_beside_others_are_a_list() -> None:
    assert len(rows("name,dob,provider,payer\nAda,1970-01-01,Dr. Bo,ACME\n")) == 1
    assert len(rows("first,last,code\nAda,Winter,7\n")) == 1


@pytest.mark.parametrize("name", ["ef0dd717-46eb-4473-5499-3fd3d291e9a6", "000123", "12/34"])
def test_a_number_is_no_name(name: str) -> None:
    assert reasons(f"name\n{name}\n") == [("line 2", "name: a number is no name")]


def test_who_has_died_is_marked() -> None:
    one, other = rows("name,dob,DEATHDATE\nAda,1940-01-01,2020-02-03\nBo,1940-01-01,\n")
    assert (one.flags, one.demographics["deceased"]) == (("DECEASED",), "2020-02-03")
    assert (other.flags, "deceased" in other.demographics) == ((), False)
    assert reasons("name,date of death\nAda,2020-02-30\n") == [("line 2", "deathDate: no such date")]


def test_columns_by_a_map() -> None:
    how = ListMap.read('{"columns": {"lastName": "NAME 1", "birthDate": "X"}, "divider": ";"}')
    (row,) = rows("NAME 1;X\nWinter;1970-03-04\n", how)
    assert (row.last_name, row.birth_date) == ("Winter", date(1970, 3, 4))


@pytest.mark.parametrize(
    ("text", "how", "code"),
    [
        ("a,b\n1,2\n", "{}", "NoNameColumn"),
        ("name\nAda\n", '{"columns": {"lastName": "NAZWA"}}', "BadMap"),
        ("name\nAda\n", '{"encoding": "klingon"}', "BadMap"),
        ("", "{}", "UnreadableFile"),
        ("\n \n", "{}", "UnreadableFile"),
    ],
)
def test_files_that_are_no_lists(text: str, how: str, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        listed(text, ListMap.read(how))
    assert refusal.value.code == code


@pytest.mark.parametrize(
    "how",
    ["", "[]", "7", '{"columns": 7}', '{"columns": {"shoes": "S"}}', '{"columns": {"mrn": 7}}', '{"dates": "ymd"}',
     '{"divider": "#"}'],
)  # fmt: skip
def test_maps_that_are_none(how: str) -> None:
    with pytest.raises(Refused) as refusal:
        ListMap.read(how)
    assert refusal.value.code == "BadMap"


def test_who_has_no_number_is_known_by_the_whole_row() -> None:
    one, same = rows("name,dob\nAda,1970-01-01\n"), rows("dob,name\n1970-01-01,Ada\n")
    assert one[0].source == same[0].source
    assert rows("name,dob\nAda,1970-01-02\n")[0].source != one[0].source


@given(st.binary(max_size=200))
def test_any_bytes_are_answered(data: bytes) -> None:
    try:
        found = listed(b"name,dob,phone\n" + data)
    except Refused:
        return
    people = list(found.patients())
    assert len(people) + found.repeated.total() + sum(row.count for row in found.skipped) >= found.total
