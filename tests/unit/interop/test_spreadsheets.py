"""What spreadsheets and other programs do to lists of patients before they come here."""

from __future__ import annotations

from datetime import date

import pytest

from app.interop.lists.dates import DateOrder, read_date
from app.interop.lists.patients import ListMap
from app.kernel.errors import Refused
from tests.unit.interop.test_lists import listed, reasons, rows

HEAD = "mrn,last name,first name,dob,phone,email\n"


def refused(data: str | bytes) -> Refused:
    with pytest.raises(Refused) as refusal:
        listed(data)
    return refusal.value


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_wide_text_without_its_mark(encoding: str) -> None:
    (row,) = rows(HEAD.replace(",", "\t").encode(encoding) + "1\tŁęcka\tAda\t1970-03-04\t\t\n".encode(encoding))
    assert (row.last_name, row.birth_date) == ("Łęcka", date(1970, 3, 4))


@pytest.mark.parametrize("divider", [",", ";", "\t", "|"])
def test_the_line_that_names_the_divider_is_no_title(divider: str) -> None:
    text = f"SEP={divider}\r\n" + HEAD.replace(",", divider) + divider.join(["1", "Winter", "Ada", "1970-03-04"]) + "\n"
    (row,) = rows(text)
    assert (row.last_name, row.where) == ("Winter", "list.csv, line 3")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"PK\x03\x04\x14\x00", "Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "Excel workbook"),
        (b"<html><table><tr><td>Name</td></tr></table></html>", "HTML"),
        (b'\xef\xbb\xbf [{"Last Name": "Winter"}]', "JSON"),
        (b"%PDF-1.7", "PDF"),
    ],
)
def test_files_of_another_kind_are_called_by_it(data: bytes, said: str) -> None:
    problem = refused(data)
    assert (problem.code, problem.field) == ("UnreadableFile", "file")
    assert said in problem.message


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("4-Mar-1970", date(1970, 3, 4)),
        ("4 de marzo de 1970", date(1970, 3, 4)),
        ("4-abr.-1970", date(1970, 4, 4)),
        ("4. März 1970", date(1970, 3, 4)),
        ("4 août 1970", date(1970, 8, 4)),
        ("4 juillet 1970", date(1970, 7, 4)),
        ("4 jui 1970", None),
        ("30 febrero 1970", None),
        ("04-MAR-1970", date(1970, 3, 4)),
        ("Mar 4, 1970", date(1970, 3, 4)),
        ("March 4 1970", date(1970, 3, 4)),
        ("4 September 1970", date(1970, 9, 4)),
        ("4 Sept 1970", date(1970, 9, 4)),
        ("30-FEB-1970", None),
        ("4-Mrz-1970", None),
        ("04-MAR-70", None),
        ("12/25/1970 0:00", date(1970, 12, 25)),
        ("12/25/1970 12:00:00 AM", date(1970, 12, 25)),
        ("3/4/1970 0:00", None),
        ("12/25/1970 about", None),
    ],
)
def test_dates_as_databases_export_them(text: str, found: date | None) -> None:
    assert read_date(text, None) == found


def test_a_time_behind_a_date_changes_nothing_about_its_order() -> None:
    text = "name,dob\nAda,3/4/1970 0:00\nBo,12/31/1970 0:00\n"
    assert [row.birth_date for row in rows(text)] == [date(1970, 3, 4), date(1970, 12, 31)]
    assert read_date("3/4/1970 0:00", DateOrder.DAY_FIRST) == date(1970, 4, 3)


def test_a_day_number_is_not_guessed() -> None:
    why = "birthDate: a spreadsheet's day number: format the column as dates"
    assert reasons("name,dob\nAda,25631\nBo,25631.5\n") == [("line 2", why), ("line 3", why)]


def test_rounded_numbers_stand_for_many() -> None:
    text = HEAD + "1.23457E+12,Winter,Ada,1970-03-04,,\n7,Frost,Bo,1970-03-04,4.85512E+10,\n12E5,Ek,Cy,1970-03-04,,\n"
    assert [row.demographics["mrn"] for row in rows(text)] == ["12E5"]
    why = "a spreadsheet has rounded it: format the column as text"
    assert reasons(text) == [("line 2", f"mrn: {why}"), ("line 3", f"phone: {why}")]


def test_words_for_nothing_are_no_numbers_but_may_be_names() -> None:
    one, other = rows(HEAD + "N/A,Null,Ada,1970-03-04,-,none\n#N/A,None,Bo,1970-03-04,unknown,n/a\n")
    assert (one.last_name, one.demographics, one.contact_email) == ("Null", {}, None)
    assert (other.last_name, other.demographics) == ("None", {})
    assert one.source != other.source


def test_a_formula_that_keeps_zeros_is_taken_off() -> None:
    one, other = rows(HEAD + '="00123",Winter,Ada,1970-03-04,,\n"=""00124""",Frost,Bo,1970-03-04,,\n')
    assert (one.demographics["mrn"], other.demographics["mrn"]) == ("00123", "00124")


def test_numbers_of_all_columns_are_kept_with_their_use() -> None:
    (row,) = rows("name,dob,Home Phone,Cell Phone,Work Phone,Phone\nAda,1970-03-04,111,222,333,222\n")
    assert row.demographics["phones"] == [
        {"system": "phone", "value": "222", "use": "mobile"},
        {"system": "phone", "value": "111", "use": "home"},
        {"system": "phone", "value": "333", "use": "work"},
    ]


def test_a_middle_name_is_a_given_name() -> None:
    (row,) = rows("last name,first name,middle name,dob\nWinter,Ada,Q,1970-03-04\n")
    assert (row.first_name, row.last_name) == ("Ada Q", "Winter")


def test_two_columns_of_one_title_are_not_chosen_between() -> None:
    problem = refused("name,dob,DOB\nAda,1970-01-01,1980-01-01\n")
    assert (problem.code, problem.field) == ("TwoColumns", "columns")
    assert "dob" in problem.message
    (row,) = rows("name,dob,DOB,note,note\nAda,1970-01-01,1970-01-01,a,b\n")
    assert row.birth_date == date(1970, 1, 1)


def test_columns_that_are_not_kept_are_named_once() -> None:
    found = listed("name,dob,SSN,Race,,Shoes\nAda,1970-01-01,999-99-9999,,x,\nBo,1970-01-01,,white\n")
    assert len(list(found.patients())) == 2
    (left,) = found.skipped
    assert (left.source, left.resource, left.reason) == (
        "list.csv",
        "",
        "columns that are not kept: SSN, Race, column 5",
    )


def test_what_is_left_out_of_a_row_is_remarked() -> None:
    found = listed(HEAD + "1\u200b2,Winter,Ada,1970-03-04,,a@b.co; c@d.co\n3,Frost,Bo,1970-03-04,,bo@example.org\n")
    one, other = [item.patient for item in found.patients() if item.patient]
    assert (one.demographics, other.demographics["email"]) == ({}, "bo@example.org")
    assert found.remarks == {
        "list.csv, line 2": "mrn left out: it has hidden characters; email left out: it is no address"
    }


@pytest.mark.parametrize(
    "titles",
    ["LastName,FirstName,DateOfBirth,EmailAddress", "Patient Last Name,Patient First Name,Patient DOB,Patient Email",
     "LAST_NAME,FIRST_NAME,BIRTH_DATE,E-MAIL", "Pt Surname,Pt Forename,Pt Birth Date (YYYY-MM-DD),e-mail address",
     "Nom,Prénom,Date de naissance,eMail"],
)  # fmt: skip
def test_titles_as_other_programs_write_them(titles: str) -> None:
    (row,) = rows(f"{titles}\nWinter,Ada,1970-03-04,ada@example.org\n")
    assert (row.last_name, row.first_name, row.birth_date) == ("Winter", "Ada", date(1970, 3, 4))
    assert row.contact_email == "ada@example.org"
    assert listed(f"{titles}\nWinter,Ada,1970-03-04,ada@example.org\n").skipped == ()


@pytest.mark.parametrize(
    ("title", "born"),
    [
        ("DOB (MM/DD/YYYY)", date(1970, 3, 4)),
        ("DOB mm-dd-yyyy", date(1970, 3, 4)),
        ("DOB [d/m/yyyy]", date(1970, 4, 3)),
        ("Geburtsdatum (TT.MM.JJJJ)", date(1970, 4, 3)),
    ],
)
def test_a_title_says_what_comes_first_in_its_dates(title: str, born: date) -> None:
    (row,) = rows(f"name,{title}\nAda Winter,03/04/1970\n")
    assert row.birth_date == born
    (mapped,) = rows(f"name,{title}\nAda Winter,03/04/1970\n", ListMap(dates=DateOrder.DAY_FIRST))
    assert mapped.birth_date == date(1970, 4, 3)


def test_a_title_that_its_dates_belie_decides_nothing() -> None:
    text = "name,DOB (MM/DD/YYYY)\nAda Winter,03/04/1970\nBo Frost,25/12/1970\n"
    assert [row.birth_date for row in rows(text)] == [date(1970, 12, 25)]
    assert [line for line, _ in reasons(text)] == ["line 2"]


def test_what_stands_in_brackets_behind_a_name_is_not_passed_over() -> None:
    assert refused("Name (provider),DOB\nDr Bo,1970-01-01\n").code == "NoNameColumn"


@pytest.mark.parametrize("text", ["0000-00-00", "00/00/0000", "N/A", "unknown", "-"])
def test_a_date_that_says_there_is_none_is_none(text: str) -> None:
    (row,) = rows(f"mrn,last name,dob,death date\n1,Winter,{text},{text}\n")
    assert (row.birth_date, row.flags, row.identity_to_confirm) == (None, (), True)


def test_nobody_dies_before_birth() -> None:
    table = "mrn,last name,dob,death date\n1,Winter,1970-03-04,1970-03-03\n2,Frost,1970-03-04,1970-03-04\n"
    assert [row.last_name for row in rows(table)] == ["Frost"]
    assert [why for _, why in reasons(table)] == ["deathDate: it lies before the birth date"]


def test_a_second_line_of_the_address_is_kept() -> None:
    table = "mrn,last name,address 1,address 2,ST\n1,Winter,1 Main,Apt 2,MA\n2,Frost,,Apt 3,\n"
    assert [row.demographics.get("address") for row in rows(table)] == [
        {"line": "1 Main, Apt 2", "state": "MA"},
        {"line": "Apt 3"},
    ]


def test_spanish_titles() -> None:
    table = "Nº historia;Paciente;F. Nacimiento;Género;Tfno.;Tel. móvil;Correo-e;Calle;C.P.\n"
    (row,) = rows(table + "7;García López, Ana;03.04.1980;Mujer;91;600;a@b.es;Mayor 3;28001\n")
    assert (row.first_name, row.last_name, row.birth_date) == ("Ana", "García López", date(1980, 4, 3))
    assert row.demographics == {
        "mrn": "7",
        "sex": "female",
        "phones": [
            {"system": "phone", "value": "91"},
            {"system": "phone", "value": "600", "use": "mobile"},
        ],
        "email": "a@b.es",
        "address": {"line": "Mayor 3", "postalCode": "28001"},
    }


MAC = "mrn,last name,first name\n1,García,Begoña\n"


@pytest.mark.parametrize("text", [MAC, MAC.replace("last name", "apellido"), MAC.replace("1", "O’Hara")])
def test_text_of_an_old_macintosh_is_not_taken_for_windows_text(text: str) -> None:
    assert refused(text.encode("mac_roman")).code == "UnknownEncoding"
    (row,) = rows(text.encode("mac_roman"), ListMap(encoding="mac_roman"))
    assert (row.last_name or "").casefold() == "garcía"


def test_text_of_an_old_macintosh_is_read_where_it_can_be_nothing_else() -> None:
    (row,) = rows(MAC.upper().encode("mac_roman"))
    assert (row.last_name, row.first_name) == ("GARCÍA", "BEGOÑA")


@pytest.mark.parametrize("name", ["O’Brien", "Dell’Anna", "D’ARCY", "Smith–Jones", "GROßE"])
def test_apostrophes_of_windows_make_no_doubt(name: str) -> None:
    (row,) = rows(f"mrn,last name\n1,{name}\n".encode("cp1252"))
    assert row.last_name == name
