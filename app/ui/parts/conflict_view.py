"""Two people changed the same field: both values, only the differing part marked, a choice for each field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from app.domain.patients import field_title
from app.kernel.i18n import t
from app.ui.parts.differences import differing
from app.ui.parts.marked_text import MarkedText
from app.ui.parts.patient_values import show_value
from app.ui.theme.tokens import StatusKind, Tone, TypeRole
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.panel import Card, Note
from app.ui.widgets.text import Label
from app.ui.widgets.toggles import SegmentedControl

MINE, THEIRS = "mine", "theirs"


class ConflictView(QWidget):
    """``chosen`` after each choice. ``fields`` is the error's data: {field: {"base", "mine", "server"}}.

    ``title_of`` names a field, ``show`` writes its value as text; a patient's unless others are given.
    """

    chosen = Signal()

    def __init__(
        self,
        parent: QWidget | None = None,
        *,
        title_of: Callable[[str], str] = field_title,
        show: Callable[[str, Any], str] = show_value,
    ) -> None:
        super().__init__(parent)
        self._title_of, self._show = title_of, show
        self._fields: Mapping[str, Mapping[str, Any]] = {}
        self._from: QWidget | None = None
        self.lines: dict[str, _ConflictLine] = {}
        self._note = Note(t("Someone else changed this too"), t("Choose for each field which value stays."),
                          kind=StatusKind.ARRIVED)  # fmt: skip
        self._body = column(self._note, gap=12, parent=self)
        self.hide()

    def speak(self, title_of: Callable[[str], str], show: Callable[[str, Any], str]) -> None:
        """Use other names and words from the next conflict on: it is about something else."""
        self._title_of, self._show = title_of, show

    def show_conflict(self, fields: Mapping[str, Mapping[str, Any]]) -> None:
        """Show the fields that clash; an empty mapping hides the view, and the keyboard is where it was before."""
        there = QApplication.focusWidget()
        if there is not None and self.isAncestorOf(there):
            if not fields and self._from is not None and isValid(self._from):
                self._from.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self._from = there
        for line in self.lines.values():
            line.hide()
            line.deleteLater()
        self._fields = dict(fields)
        self.lines = {}
        for field, sides in fields.items():
            line = _ConflictLine(self._title_of(field), {side: self._show(field, one) for side, one in sides.items()})
            line.choice.changed.connect(lambda _key: self.chosen.emit())
            self.lines[field] = line
            self._body.addWidget(line)
        self.setVisible(bool(fields))

    @property
    def fields(self) -> Mapping[str, Mapping[str, Any]]:
        """The fields that clash, with base, mine and server, as they were given."""
        return self._fields

    @property
    def open(self) -> bool:
        """Whether there is something to choose."""
        return bool(self._fields)

    def choices(self) -> dict[str, tuple[Any, bool]]:
        """Return for each field what the server has, and whether mine stays."""
        return {
            field: (sides.get("server"), self.lines[field].choice.current == MINE)
            for field, sides in self._fields.items()
        }


class _ConflictLine(Card):
    """``sides`` are texts: server, mine and base."""

    def __init__(self, title: str, sides: Mapping[str, str]) -> None:
        super().__init__(padding=12, gap=8)
        theirs, mine = sides.get("server", ""), sides["mine"]
        their_marks, my_marks = differing(theirs, mine)
        self.theirs, self.mine = MarkedText(), MarkedText()
        self.theirs.show_text(theirs or t("(empty)"), their_marks)
        self.mine.show_text(mine or t("(empty)"), my_marks)
        self.choice = SegmentedControl([(MINE, t("Keep mine")), (THEIRS, t("Take theirs"))],
                                       name=t("Which value stays: {field}", field=title))  # fmt: skip
        before = sides.get("base", "")
        left = column(Label(t("Saved by someone else"), role=TypeRole.META, tone=Tone.MUTED), self.theirs, gap=2)
        right = column(Label(t("Mine"), role=TypeRole.META, tone=Tone.MUTED), self.mine, gap=2)
        self.body.addWidget(Label(title, role=TypeRole.META, strong=True))
        sides_row = row(gap=16)
        sides_row.addLayout(left, 1)
        sides_row.addLayout(right, 1)
        self.body.addLayout(sides_row)
        was = t("Before: {value}", value=before or t("(empty)"))
        self.body.addWidget(Label(was, role=TypeRole.META, tone=Tone.MUTED, wrap=True))
        self.body.addLayout(row(self.choice, STRETCH))
