"""The five parts of a note as fields, templates that fill what is empty, and what of it isn't saved yet."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.domain.visit_notes import NOTE_FIELDS, fill_empty, note_templates, part_title
from app.kernel.i18n import t
from app.queries.visit_notes import LastNote, last_signed_note
from app.ui.parts.notes.growing import GrowingText
from app.ui.parts.patient_values import date_text
from app.ui.widgets.button import Button
from app.ui.widgets.button_row import ButtonRow
from app.ui.widgets.form import FormField
from app.ui.widgets.layouts import column, row
from app.ui.widgets.menu import MenuItem, open_menu
from app.ui.work import Lane, ShellApi

_LEAST = {"reason": 1, "history": 4, "findings": 3, "assessment": 2, "plan": 3}


class NoteForm(QWidget):
    """``base`` is what is saved; ``changes()`` what differs from it now."""

    edited = Signal()

    def __init__(self, api: ShellApi, visit_id: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._api, self._visit_id = api, visit_id
        self._quiet = False
        self.loaded = False
        self._given: dict[str, str] = {}
        self.base: dict[str, str] = dict.fromkeys(NOTE_FIELDS, "")
        self.patient_id = ""
        self._last = Lane(self, api.workspace)
        self.templates = Button(t("Template"), icon="list", keys="Alt+T", small=True)
        self.copy = Button(t("From the last note"), icon="copy", keys="Alt+Shift+L", small=True)
        self.discard = Button(t("Throw away"), icon="trash", small=True)
        self.begin = ButtonRow(self.templates, self.copy)
        head = row(self.begin, self.discard)
        head.setStretch(0, 1)
        body = column(head, gap=12, parent=self)
        self.fields: dict[str, FormField] = {}
        self.texts: dict[str, GrowingText] = {}
        for name in NOTE_FIELDS:
            text = GrowingText(name=part_title(name), least=_LEAST[name])
            text.textChanged.connect(self._changed)
            field = FormField(part_title(name), text)
            self.texts[name], self.fields[name] = text, field
            body.addWidget(field)
        self.templates.clicked.connect(self.open_templates)
        self.copy.clicked.connect(self.copy_last)
        QShortcut(QKeySequence("Alt+T"), self, self.open_templates)
        QShortcut(QKeySequence("Alt+Shift+L"), self, self.copy_last)

    def parts(self) -> dict[str, str]:
        """Return the parts as they would be kept."""
        return {name: text.toPlainText().strip() for name, text in self.texts.items()}

    def changes(self) -> dict[str, str]:
        """Return the parts that differ from what is saved."""
        if not self.loaded:
            return {}
        return {name: text for name, text in self.parts().items() if text != self.base[name]}

    def typed(self) -> bool:
        """Tell whether somebody wrote something: the visit's reason, put in beforehand, isn't that."""
        return any(text != self._given.get(name) for name, text in self.changes().items())

    def first_empty(self) -> QWidget:
        """Return the first part without text, the first of all when there is none."""
        empty = [name for name, text in self.parts().items() if not text]
        return self.texts[empty[0] if empty else NOTE_FIELDS[0]]

    def load(self, parts: Mapping[str, str], *, base: Mapping[str, str] | None = None) -> None:
        """Begin with these parts; ``base`` is what of them is saved (all, unless given)."""
        saved = parts if base is None else base
        self.base = {name: saved.get(name, "") for name in NOTE_FIELDS}
        self._given = {name: text for name, text in parts.items() if text != self.base.get(name, "")}
        self._fill(parts)
        self.loaded = True

    def update_base(self, parts: Mapping[str, str]) -> None:
        """Take over what others saved in parts that aren't edited here; an edited one clashes when it is saved."""
        mine = self.changes()
        for name in NOTE_FIELDS:
            if name not in mine:
                self.base[name] = parts.get(name, "")
        self._fill({name: text for name, text in parts.items() if name not in mine})

    def restore(self, body: Mapping[str, Any]) -> None:
        """Take up a draft: what was typed, on what stood there then."""
        typed, base = body.get("parts"), body.get("base")
        if isinstance(typed, Mapping) and isinstance(base, Mapping):
            known = [name for name in NOTE_FIELDS if isinstance(typed.get(name), str)]
            self.base.update({name: str(base.get(name) or "") for name in known})
            self._fill({name: typed[name] for name in known})

    def set_saved(self, parts: Mapping[str, str]) -> None:
        """Say that these texts are saved."""
        self.base.update({name: text for name, text in parts.items() if name in self.base})

    def rebase(self, name: str, server: str, *, keep: bool) -> None:
        """Decide a clash: what is saved now is the base; mine stays, or theirs is put in."""
        self.base[name] = server
        if not keep:
            self._fill({name: server})

    def set_locked(self, *, locked: bool) -> None:
        """Let nothing be typed while it waits to be signed."""
        for text in self.texts.values():
            text.setReadOnly(locked)
        for button in (self.templates, self.copy, self.discard):
            button.setEnabled(not locked)

    def show_error(self, name: str | None, message: str) -> None:
        """Show what is wrong with a part, there."""
        field = self.fields.get(name or "")
        if field is not None:
            field.set_error(message)
            field.control.setFocus()

    def _fill(self, parts: Mapping[str, str]) -> None:
        self._quiet = True
        for name, text in parts.items():
            if name in self.texts and self.texts[name].toPlainText().strip() != text:
                self.texts[name].show_text(text)
        self._quiet = False

    def _changed(self) -> None:
        if self._quiet:
            return
        for name, field in self.fields.items():
            if field.error and self.texts[name].toPlainText().strip():
                field.set_error("")
        self.edited.emit()

    def _take(self, parts: Mapping[str, str]) -> None:
        self._fill(fill_empty(self.parts(), parts))
        self.edited.emit()
        self.first_empty().setFocus()

    def open_templates(self) -> None:
        """Offer headings for the parts that are empty."""
        if self.templates.isEnabled():
            items: list[MenuItem | None] = [
                MenuItem(one.title, partial(self._take, one.parts), "list") for one in note_templates()
            ]
            open_menu(self.templates, t("Template"), items)

    def copy_last(self) -> None:
        """Put the patient's latest signed note into the parts that are empty, except what was found then."""
        if self.copy.isEnabled() and self.patient_id:
            self._last.ask(last_signed_note, patient_id=self.patient_id, but=self._visit_id, on_result=self._copied,
                           on_error=self._api.problem)  # fmt: skip

    def _copied(self, last: LastNote | None) -> None:
        if last is None:
            self._api.toast(t("This patient has no signed note yet."))
            return
        parts = {name: text for name, text in last.parts.items() if name != "findings"}
        self._take(parts)
        when = date_text(last.at)
        self._api.toast(t("Taken from the note of {date}. Findings are today's own: they aren't copied.", date=when))
