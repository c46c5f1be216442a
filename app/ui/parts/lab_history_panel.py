"""The versions of one result, the newest first."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.domain.lab_text import unit_text
from app.kernel.i18n import t
from app.queries.labs_order import ResultLine
from app.ui.parts.lab_words import range_text, value_text
from app.ui.parts.words import clock, day_within
from app.ui.widgets.layouts import STRETCH, column
from app.ui.widgets.lists import ListCard, ListItem
from app.ui.work import PanelPage, ShellApi


class HistoryPanel(PanelPage):
    """What stood there, until when, and why it was replaced."""

    def __init__(self, api: ShellApi, line: ResultLine, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._line = line
        self.versions = ListCard(name=t("Versions"), max_rows=12)
        zone = api.zone
        item = line.item
        now = f"{value_text(item)} {unit_text(item.unit)}".strip()
        rows = [ListItem(key="now", title=now, subtitle=t("Holds now. Range {range}", range=range_text(item) or "–"))]
        for number, one in enumerate(line.history):
            local = one.replaced_at.astimezone(zone)
            until = t("until {day} {time}", day=day_within(local.date()), time=clock(one.replaced_at, zone))
            said = " · ".join(part for part in (until, one.by_name, one.reason) if part)
            value = f"{value_text(one.item)} {unit_text(one.item.unit)}".strip()
            rows.append(ListItem(key=str(number), title=value, title_strong=False, subtitle=said))
        self.versions.set_items(rows)
        column(self.versions, STRETCH, parent=self)

    def title(self) -> str:
        """Return the test's name."""
        return self._line.item.name

    def meta(self) -> str:
        """Return how many versions there are."""
        return str(len(self._line.history) + 1)

    def first_focus(self) -> QWidget | None:
        """Begin in the list."""
        return self.versions
