"""Somebody asks by telephone whether a note holds: the code in, days and initials out."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from app.domain.excuse_notes import NoteStanding
from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.queries.excuse_notes import Verified, verify_note
from app.ui.parts.words import day_plain
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button
from app.ui.widgets.chip import Icon
from app.ui.widgets.inputs import LineEdit
from app.ui.widgets.layouts import row
from app.ui.widgets.panel import Card
from app.ui.widgets.text import Label
from app.ui.work import Lane, ShellApi


class VerifyBar(Card):
    """A field for the code and the answer beside it; ``opened`` carries the note's id."""

    opened = Signal(str)

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(padding=12, gap=8, parent=parent)
        self._lane = Lane(self, api.workspace)
        self._found: Verified | None = None
        self.code = LineEdit(name=t("Verification code"), placeholder="7K3P-XQ9D-2MTA", max_length=40)
        self.code.setFixedWidth(200)
        self.ask = Button(t("Verify"), icon="shield")
        self.answer = Label("", wrap=True)
        self.answer.setAlignment(Qt.AlignmentFlag.AlignVCenter)
        self.answer.setAccessibleName(t("Answer"))
        self.open_it = Button(t("Open the note"), small=True)
        self.open_it.hide()
        self.code.returnPressed.connect(self.verify)
        self.ask.clicked.connect(self.verify)
        self.open_it.clicked.connect(self._open)
        self.code.textEdited.connect(lambda _text: self._say(""))
        line = row(Icon("shield", tone=Tone.MUTED), Label(t("Does a note hold?"), role=TypeRole.META, strong=True),
                   self.code, self.ask, gap=8)  # fmt: skip
        line.addWidget(self.answer, 1)
        line.addWidget(self.open_it)
        self.body.addLayout(line)

    def verify(self) -> None:
        """Ask."""
        if self.code.text().strip():
            self._lane.ask(verify_note, code=self.code.text(), on_result=self._told, on_error=self._failed)

    def _failed(self, error: AppError) -> None:
        self._say(error.message, Tone.CRITICAL)

    def _told(self, found: Verified) -> None:
        self._found = found if found.note_id else None
        self._say(verdict(found), Tone.DONE if found.standing is NoteStanding.VALID else Tone.CRITICAL)
        self.open_it.setVisible(self._found is not None)

    def _say(self, words: str, tone: Tone = Tone.TEXT) -> None:
        self.answer.set_tone(tone)
        self.answer.setText(words)
        self.open_it.hide()

    def _open(self) -> None:
        if self._found is not None:
            self.opened.emit(self._found.note_id)


def verdict(found: Verified) -> str:
    """Return what may be said on the telephone."""
    said = _verdict(found)
    return f"{said} {t('(signed elsewhere; it came with imported records)')}" if found.elsewhere else said


def _verdict(found: Verified) -> str:
    if found.standing is None or found.start is None or found.end is None:
        return t("No note has this code.")
    until = f"{day_plain(found.end)} {found.end.year}"
    days = until if found.start == found.end else f"{day_plain(found.start)} – {until}"
    match found.standing:
        case NoteStanding.WITHDRAWN:
            return t("Withdrawn: the note for {initials} does not hold any more.", initials=found.initials)
        case NoteStanding.EXPIRED:
            return t("Genuine. It covered {days} for {initials}; that is over", days=days, initials=found.initials)
        case _:
            return t("Valid: {days}, for {initials}", days=days, initials=found.initials)
