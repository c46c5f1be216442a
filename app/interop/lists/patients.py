"""A list of patients in columns (CSV) → patients to import."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.domain.import_digest import digest, fingerprint
from app.domain.import_report import Heard
from app.domain.imports import PatientImport, PatientRow, PractitionerRow, Skipped, SourceId
from app.interop.fhir.identity import is_uuid
from app.interop.fhir.people import Found
from app.interop.lists.cells import is_nothing, is_rounded
from app.interop.lists.columns import COLUMNS, PHONES
from app.interop.lists.dates import DateOrder, is_day_number, is_no_date, needs_order, order_in, read_date
from app.interop.lists.header import Header
from app.interop.lists.names import names_of
from app.interop.lists.sexes import sexes_in
from app.interop.lists.table import DIVIDERS, Row, decoded, divider_of, rows_of, unpacked
from app.interop.skips import SkipLog
from app.kernel.errors import Refused
from app.kernel.fold import fold
from app.kernel.i18n import t
from app.kernel.text import clean_text, has_hidden_characters

SYSTEM = "patient list"
_EMAIL = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;]+")
_OLDEST = 120


@dataclass(frozen=True, slots=True)
class ListMap:
    """How to read a file where it doesn't say so itself: columns by field, encoding, divider, order of dates."""

    columns: Mapping[str, str] = field(default_factory=dict)
    encoding: str | None = None
    divider: str | None = None
    dates: DateOrder | None = None

    @classmethod
    def read(cls, text: str) -> ListMap:
        """Read a map file: ``{"columns": {"lastName": "NAME"}, "encoding", "divider", "dates": "dmy"}``."""
        try:
            document = json.loads(text)
            columns = document.get("columns", {})
            order = document.get("dates")
            made = cls(
                dict(columns), document.get("encoding"), document.get("divider"), DateOrder(order) if order else None
            )
        except (ValueError, AttributeError, TypeError):
            raise Refused("BadMap", t("The map is not a JSON object of the expected shape."), field="map") from None
        unknown = sorted(set(made.columns) - COLUMNS.keys())
        if unknown or not all(isinstance(name, str) for name in made.columns.values()):
            name = unknown[0] if unknown else "columns"
            raise Refused("BadMap", t("The map names a field that doesn't exist: {name}.", name=name), field="map")
        if made.divider is not None and made.divider not in DIVIDERS:
            raise Refused("BadMap", t("Columns are divided by comma, semicolon, tab or bar."), field="divider")
        return made


class PatientList:
    """The patients of one file. Raises ``Refused`` for a file that can't be read as a list of patients."""

    def __init__(
        self, name: str, data: bytes, today: date, how: ListMap | None = None, heard: Heard | None = None
    ) -> None:
        self._name = name
        self._today = today
        self._how = how or ListMap()
        self._log = SkipLog(heard)
        self.repeated: Counter[str] = Counter()
        self.remarks: dict[str, str] = {}
        text = decoded(unpacked(data), self._how.encoding)
        self._rows = self._read(text)
        header = Header(self._rows, self._how.columns)
        self._places = header.places
        if header.unread:
            self._log.add(name, "", t("columns that are not kept: {names}", names=", ".join(header.unread)))
        self._order = self._how.dates or self._only_order(header)
        self._sexes = sexes_in((self._bare(row, "sex") for row in self._rows[1:]), header.title("sex"))

    def _read(self, text: str) -> list[Row]:
        rows: list[Row] = []
        for found in rows_of(text, self._how.divider or divider_of(text)):
            if isinstance(found, Row):
                rows.append(found)
            else:
                said = t("the rest can't be read from here on: {problem}", problem=found.problem)
                self._skip(found.line, said if found.last else t("it can't be read: {problem}", problem=found.problem))
        if not rows:
            raise Refused("UnreadableFile", t("the file is empty"), field="file")
        return rows

    def _only_order(self, header: Header) -> DateOrder | None:
        """Return what comes first in the dates, by their titles and by the dates; None where these disagree."""
        dates = (self._bare(row, name) for row in self._rows[1:] for name in ("birthDate", "deathDate"))
        orders = header.orders | ({shown} if (shown := order_in(dates)) else set())
        return next(iter(orders)) if len(orders) == 1 else None

    @property
    def total(self) -> int:
        """How many rows there are."""
        return len(self._rows) - 1

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """What was left out so far, and why."""
        return self._log.rows()

    def practitioners(self) -> tuple[PractitionerRow, ...]:
        """Return nobody: a list of patients has none."""
        return ()

    def patients(self) -> Iterator[PatientImport]:
        """Yield the patients in the file's order."""
        seen: dict[SourceId, str] = {}
        for row in self._rows[1:]:
            patient = self._taken(row)
            if patient is None:
                continue
            content = digest(patient)
            if patient.source not in seen:
                seen[patient.source] = content
                yield PatientImport(source=patient.source, patient=patient)
            elif seen[patient.source] == content:
                self.repeated["Patient"] += 1
                self._log.again(patient.where, patient.source.label)
            else:
                self._skip(row.line, t("another row has the same number"))

    def _taken(self, row: Row) -> PatientRow | None:
        try:
            if len(row.fields) > len(self._rows[0].fields):
                raise Refused("BadRow", t("more fields than columns"))
            return self._patient(row)
        except Refused as problem:
            self._skip(row.line, f"{problem.field}: {problem.message}" if problem.field else problem.message)
        return None

    def _skip(self, line: int, reason: str) -> None:
        self._log.add(Found.place(self._name, t("line {number}", number=line)), "Patient", reason)

    def _bare(self, row: Row, name: str) -> str:
        place = self._places.get(name)
        return row.at(place) if place is not None else ""

    def _cell(self, row: Row, name: str, limit: int = 500) -> str:
        return clean_text(self._bare(row, name), name, limit)

    def _number(self, row: Row, name: str, limit: int) -> str:
        """Return a record or telephone number; "" where the cell says that there is none."""
        text = self._cell(row, name, limit)
        if is_rounded(text):
            raise Refused("BadRow", t("a spreadsheet has rounded it: format the column as text"), field=name)
        return "" if is_nothing(text) else text

    def _remark(self, row: Row, text: str) -> None:
        where = self._where(row)
        before = self.remarks.get(where)
        self.remarks[where] = f"{before}; {text}" if before else text

    def _where(self, row: Row) -> str:
        return Found.place(self._name, t("line {number}", number=row.line))

    def _patient(self, row: Row) -> PatientRow:
        given = (self._cell(row, "firstName"), self._cell(row, "middleName"))
        family = (self._cell(row, "lastName"), self._cell(row, "secondLastName"))
        first, last = names_of(" ".join(name for name in given if name), *family, self._cell(row, "name"))
        if not first and not last:
            raise Refused("BadRow", t("no name"))
        if _is_number(f"{first}{last}"):
            raise Refused("BadRow", t("a number is no name"), field="name")
        born = self._date(row, "birthDate")
        demographics = self._demographics(row)
        if died := self._date(row, "deathDate"):
            if born and died < born:
                raise Refused("BadRow", t("it lies before the birth date"), field="deathDate")
            demographics["deceased"] = died.isoformat()
        return PatientRow(
            source=self._source(row, first, last, born, demographics),
            where=self._where(row),
            first_name=first or None,
            last_name=last or None,
            birth_date=born,
            demographics=demographics,
            flags=("DECEASED",) if died else (),
            identity_to_confirm=born is None or (self._today.year - born.year > _OLDEST and not died),
            contact_email=demographics.get("email"),
            remark=self.remarks.get(self._where(row), ""),
        )

    def _source(self, row: Row, first: str, last: str, born: date | None, demographics: Mapping[str, Any]) -> SourceId:
        """A patient is known by the record number; without one, by everything that the row says."""
        number = self._number(row, "mrn", 200)
        if number:
            return SourceId(SYSTEM, "Patient", number)
        said = [first, last, born.isoformat() if born else None, dict(demographics)]
        return SourceId(f"{SYSTEM}, by content", "Patient", fingerprint(said))

    def _date(self, row: Row, name: str) -> date | None:
        text = self._cell(row, name, 50)
        if not text or is_nothing(text) or is_no_date(text):
            return None
        if needs_order(text) and self._order is None:
            raise Refused("BadRow", t("day and month can't be told apart: say in a map which comes first"), field=name)
        found = read_date(text, self._order)
        if found is None and is_day_number(text):
            raise Refused("BadRow", t("a spreadsheet's day number: format the column as dates"), field=name)
        if found is None:
            raise Refused("BadRow", t("no such date"), field=name)
        if found > self._today:
            raise Refused("BadRow", t("it lies in the future"), field=name)
        return found

    def _demographics(self, row: Row) -> dict[str, Any]:
        sex = self._cell(row, "sex", 50)
        parts = {name: self._cell(row, name) for name in ("line", "line2", "city", "state", "postalCode", "country")}
        parts["line"] = ", ".join(filter(None, (parts["line"], parts.pop("line2"))))
        found = {
            "mrn": self._mrn(row),
            "sex": self._sexes.get(fold(sex), sex.lower()),
            "phones": self._phones(row),
            "email": self._email(row),
            "address": {name: text for name, text in parts.items() if text},
            "language": self._cell(row, "language", 50),
        }
        return {key: value for key, value in found.items() if value}

    def _mrn(self, row: Row) -> str:
        number = self._number(row, "mrn", 200)
        if not has_hidden_characters(number):
            return number
        self._remark(row, t("{field} left out: it has hidden characters", field="mrn"))
        return ""

    def _phones(self, row: Row) -> list[dict[str, str]]:
        """Return the numbers of all columns; one that stands in several counts once."""
        found: dict[str, str] = {}
        for name, use in PHONES.items():
            number = self._number(row, name, 100)
            if number:
                found[number] = found.get(number) or use
        return [{"system": "phone", "value": number, **({"use": use} if use else {})} for number, use in found.items()]

    def _email(self, row: Row) -> str:
        text = self._cell(row, "email", 254)
        if is_nothing(text) or (_EMAIL.fullmatch(text) and not has_hidden_characters(text)):
            return "" if is_nothing(text) else text
        if text:
            self._remark(row, t("{field} left out: it is no address", field="email"))
        return ""


def _is_number(text: str) -> bool:
    """Tell whether a text is digits and signs only, or a UUID: something that points to a person, but no name."""
    return is_uuid(text) or (any(c.isdigit() for c in text) and all(c.isascii() and not c.isalpha() for c in text))
