"""A field for a time zone: any part of its name finds it, with spaces as people write them."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import Qt, QTimeZone, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCompleter, QWidget

from app.ui.widgets.inputs import LineEdit

MOST_SHOWN = 8


@cache
def zones() -> tuple[str, ...]:
    """Return the names of the time zones, without the historical ones."""
    names = (bytes(ident.data()).decode("ascii", "replace") for ident in QTimeZone.availableTimeZoneIds())
    return tuple(sorted(name for name in names if "/" in name and not name.startswith(("Etc/", "SystemV/"))))


def local_zone() -> str:
    """Return the computer's own time zone, if it is a known one."""
    name = bytes(QTimeZone.systemTimeZoneId().data()).decode("ascii", "replace")
    return name if name in zones() else ""


def zone_of(text: str) -> str:
    """Return the zone that is meant: by its name, or by its city if that names one alone; else the text as it is."""
    wanted = "_".join(text.split())
    folded = wanted.casefold()
    for name in zones():
        if name.casefold() == folded:
            return name
    cities = [name for name in zones() if name.rpartition("/")[2].casefold() == folded]
    return cities[0] if len(cities) == 1 else text.strip()


class _ZoneCompleter(QCompleter):
    """Finds "America/Los_Angeles" by "los ang"."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(list(zones()), parent)
        self.setFilterMode(Qt.MatchFlag.MatchContains)
        self.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setMaxVisibleItems(MOST_SHOWN)
        if (popup := self.popup()) is not None:
            popup.setObjectName("completions")

    def splitPath(self, path: str) -> list[str]:
        """Look for the text with the underscores that names of zones have."""
        return ["_".join(path.split())]


class ZoneField(LineEdit):
    """Offers zones as somebody types; Down offers all of them while nothing is typed."""

    def __init__(self, text: str = "", *, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, name=name, max_length=60, parent=parent)
        self.setCompleter(_ZoneCompleter(self))
        self.editingFinished.connect(self._tidy)

    @property
    def zone(self) -> str:
        """The zone's name, if one is meant; else what is typed."""
        return zone_of(self.text())

    def is_zone(self) -> bool:
        """Whether a zone is meant."""
        return self.zone in zones()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open the list with Down."""
        completer = self.completer()
        if event.key() == Qt.Key.Key_Down and completer is not None:
            completer.setCompletionPrefix(self.text())
            completer.complete()
            event.accept()
            return
        super().keyPressEvent(event)

    @Slot()
    def _tidy(self) -> None:
        if self.text() != self.zone:
            self.setText(self.zone)
