"""The line of titles of a list: which column is which field, and what the titles say of the dates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from app.interop.lists.columns import COLUMNS, FOREIGN, NAMES
from app.interop.lists.dates import DateOrder
from app.interop.lists.table import Row
from app.kernel.errors import Refused
from app.kernel.fold import fold
from app.kernel.i18n import t

_KNOWN = frozenset(title for titles in COLUMNS.values() for title in titles)
_WHOSE = ("patient ", "pt ", "client ")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_PATTERN = re.compile(r"[(\[]?\b([dmytj]{1,4})[-/. ][dmytj]{1,4}[-/. ][dmytj]{2,4}\b[)\]]?", re.ASCII | re.IGNORECASE)
"""How a date is written, behind a title: (MM/DD/YYYY), and in German TT.MM.JJJJ."""
_FIRST = {"m": DateOrder.MONTH_FIRST, "d": DateOrder.DAY_FIRST, "t": DateOrder.DAY_FIRST}
_LONGEST = 60


class Header:
    """The columns of a list whose first row has the titles. Raises ``Refused`` where they are those of no such list.

    ``wanted`` names columns by field, as a map of the file says.
    """

    def __init__(self, rows: Sequence[Row], wanted: Mapping[str, str]) -> None:
        self._titles, self._rows = rows[0].fields, rows[1:]
        self._folded = [fold(title) for title in self._titles]
        self.places = self._find(wanted)
        """Where each field stands."""

    def _find(self, wanted: Mapping[str, str]) -> dict[str, int]:
        plain = [_plain(title) for title in self._titles]
        places: dict[str, int] = {}
        for name, usual in COLUMNS.items():
            if name in wanted:
                place = self._place(self._folded, [fold(wanted[name])])
            else:
                place = self._place(self._folded, usual)
                place = self._place(plain, usual) if place is None else place
            if place is not None:
                places[name] = place
            elif name in wanted:
                raise Refused("BadMap", t("There is no column {name}.", name=wanted[name]), field="columns")
        if not places.keys() & NAMES:
            raise Refused("NoNameColumn", t("No column is a name. Say in a map which one it is."), field="columns")
        if not wanted.keys() & NAMES:
            self._check_kind(places)
        return places

    def _place(self, titles: Sequence[str], usual: Iterable[str]) -> int | None:
        """Return where the first of the usual titles stands; two columns of it that differ can't be told apart."""
        title = next((title for title in usual if title in titles), None)
        if title is None:
            return None
        first, *others = (place for place, name in enumerate(titles) if name == title)
        for place in others:
            if any(row.at(place) != row.at(first) for row in self._rows):
                name = self._titles[first][:_LONGEST]
                text = t("Two columns are called {name} and differ. Rename one of them.", name=name)
                raise Refused("TwoColumns", text, field="columns")
        return first

    def _check_kind(self, places: Mapping[str, int]) -> None:
        """Refuse a list whose columns say that its rows are no patients. Birth dates or divided names say they are."""
        if places.keys() & {"lastName", "firstName", "birthDate"}:
            return
        strange = next((place for place, title in enumerate(self._folded) if title in FOREIGN), None)
        if strange is not None:
            name = self._titles[strange][:_LONGEST]
            text = t("This doesn't look like a list of patients: it has a column {name} and no birth dates. If it "
                     "is one, say in a map which column is the name.", name=name)  # fmt: skip
            raise Refused("NotPatients", text, field="columns")

    def title(self, name: str) -> str:
        """The title of a field's column as it stands there; "" when the list has none."""
        place = self.places.get(name)
        return self._titles[place] if place is not None else ""

    @property
    def unread(self) -> tuple[str, ...]:
        """The titles of columns that say something and are not kept."""
        known = {self._folded[place] for place in self.places.values()}
        return tuple(
            title[:_LONGEST] or t("column {number}", number=place + 1)
            for place, title in enumerate(self._titles)
            if self._folded[place] not in known and any(row.at(place) for row in self._rows)
        )

    @property
    def orders(self) -> frozenset[DateOrder]:
        """What the titles of dates say comes first in them."""
        titles = (self._titles[self.places[name]] for name in ("birthDate", "deathDate") if name in self.places)
        found = (_PATTERN.search(title) for title in titles)
        return frozenset(_FIRST[match[1][0].lower()] for match in found if match and match[1][0].lower() in _FIRST)


def _plain(title: str) -> str:
    """Return a title folded, its words apart, without how its dates are written and that it is a patient's."""
    folded = fold(_CAMEL.sub(" ", _PATTERN.sub(" ", title)))
    for whose in _WHOSE:
        bare = folded.removeprefix(whose)
        if folded not in _KNOWN and bare in _KNOWN:
            return bare
    return folded
