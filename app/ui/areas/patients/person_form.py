"""The form of a person: a few fields first, everything else behind "More details"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QWidget

from app.domain.patients import field_title
from app.kernel.i18n import t
from app.ui.areas.patients.coded_editor import CodedEditor
from app.ui.areas.patients.editors import BirthEditor, ChoiceEditor, Editor, HeightEditor, TextEditor
from app.ui.areas.patients.group_editors import AddressEditor, ContactEditor, PhonesEditor
from app.ui.widgets.button import LinkButton
from app.ui.widgets.form import Form, FormField
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.work import ShellApi

LISTS = ("allergies", "conditions", "medications")


class PersonForm(QWidget):
    """Fields by their JSON names. ``edited`` after each change by the person.

    ``lists``: with problems, medicines and allergies, as they are first written down; later they change in the chart.
    """

    edited = Signal()

    def __init__(self, api: ShellApi, *, full: bool = False, lists: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._api = api
        self._lists = LISTS if lists else ()
        self._editors: dict[str, Any] = {}
        self._later: list[QWidget] = []
        self._base: dict[str, Any] = {}
        self.form = Form(self)
        self.notices = column(gap=8)
        self._more = LinkButton(t("More details"), icon="down")
        self._more.clicked.connect(self.open_more)
        self._build()
        body = column(self.form, gap=12, parent=self)
        body.addStretch(1)
        if full:
            self._more.hide()  # the fields have never been hidden
        else:
            self._show_later(False)

    def _build(self) -> None:
        api = self._api
        first, last = TextEditor(t("First name")), TextEditor(t("Last name"))
        born, phones = BirthEditor(api, t("Birth date")), PhonesEditor(api, t("Phone"))
        self._row(("firstName", first, ""), ("lastName", last, ""))
        self._row(("dateOfBirth", born, born.hint))
        self._row(("phones", phones, ""))
        self.form.body.addLayout(self.notices)
        self.form.body.addLayout(row(self._more, STRETCH))
        sexes = [
            ("", ""),
            ("female", t("female")),
            ("male", t("male")),
            ("other", t("other")),
            ("unknown", t("unknown")),
        ]
        self._late_row(("email", TextEditor(t("E-mail")), ""))
        self._late_row(
            ("preferredName", TextEditor(t("Preferred name")), ""), ("language", TextEditor(t("Language")), "")
        )
        self._late_row(("sex", ChoiceEditor(sexes, t("Sex")), ""),
                       ("genderIdentity", TextEditor(t("Gender identity")), ""))  # fmt: skip
        self._late_row(("mrn", TextEditor(t("MRN")), ""), ("heightCm", HeightEditor(t("Height")), "cm"))
        self._late_row(("address", AddressEditor(t("Address")), ""))
        self._late_row(("emergencyContact", ContactEditor(api, t("Emergency contact")), ""))
        self._late_row(("insurance", _InsuranceEditor(t("Insurance")), ""))
        for key in self._lists:
            self._late_row((key, CodedEditor(api, key, field_title(key)), ""))

    def _row(self, *parts: tuple[str, QWidget, str]) -> list[FormField]:
        fields = []
        for key, control, hint in parts:
            field = FormField(field_title(key), control, hint=hint)
            fields.append(field)
            self._editors[key] = control
            control.edited.connect(lambda field=field: self._edit(field))  # type: ignore[attr-defined]
        self.form.add_row(*((key, field) for (key, _, _), field in zip(parts, fields, strict=True)))
        return fields

    def _late_row(self, *parts: tuple[str, QWidget, str]) -> None:
        self._later += self._row(*parts)

    def _edit(self, field: FormField) -> None:
        if field.error:
            field.set_error("")
        self.edited.emit()

    def _show_later(self, shown: bool) -> None:
        for field in self._later:
            field.setVisible(shown)
        self._more.setVisible(not shown)

    def open_more(self) -> None:
        """Show every field."""
        had_focus = self._more.hasFocus()
        self._show_later(True)
        if had_focus:
            self._later[0].setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def is_full(self) -> bool:
        """Whether every field is shown."""
        return self._more.isHidden()

    def editor(self, key: str) -> Any:
        """Return the control of a field."""
        return self._editors[key]

    def go_to(self, key: str) -> None:
        """Show a field and give it the focus."""
        control = self._editors.get(key)
        if control is None:
            return
        if key not in ("firstName", "lastName", "dateOfBirth", "phones"):
            self.open_more()
        QTimer.singleShot(0, control, lambda: control.setFocus(Qt.FocusReason.OtherFocusReason))

    def load(self, values: Mapping[str, Any]) -> None:
        """Show a person's JSON values; what is changed afterwards counts as edited."""
        self._base = {key: _empty_to_none(values.get(key)) for key in self._editors}
        for key, editor in self._editors.items():
            editor.load(self._base[key])

    def fill(self, values: Mapping[str, Any]) -> None:
        """Put values in as if somebody had typed them (a draft, a search)."""
        for key, value in values.items():
            if key in self._editors:
                self._editors[key].load(value)
                if key not in ("firstName", "lastName", "dateOfBirth", "phones") and _empty_to_none(value) is not None:
                    self.open_more()

    def update_base(self, values: Mapping[str, Any]) -> None:
        """Take over what others have saved in fields that nobody has edited here."""
        for key, editor in self._editors.items():
            new = _empty_to_none(values.get(key))
            if _empty_to_none(editor.result()) == self._base[key] and new != self._base[key]:
                self._base[key] = new
                editor.load(new)

    def rebase(self, key: str, saved: Any, *, keep: bool) -> None:
        """Take what others have saved for the beginning of an edited field; ``keep`` leaves what is typed here."""
        mine = self._editors[key].result()
        self._base[key] = _empty_to_none(saved)
        if not keep:
            self._editors[key].load(self._base[key])
        elif _empty_to_none(mine) == self._base[key]:
            self._editors[key].load(mine)

    @property
    def base(self) -> Mapping[str, Any]:
        """The values that the form began with."""
        return self._base

    def values(self) -> dict[str, Any]:
        """Return every field's JSON value, without empty ones."""
        found = {key: _empty_to_none(editor.result()) for key, editor in self._editors.items()}
        return {key: value for key, value in found.items() if value is not None}

    def changes(self) -> dict[str, Any]:
        """Return the fields that differ from the beginning, None for emptied ones."""
        now = self.values()
        return {key: now.get(key) for key in self._editors if now.get(key) != self._base.get(key)}

    def check(self) -> bool:
        """Show what is wrong with what is typed; True when nothing is."""
        self.form.clear_errors()
        self.editor("dateOfBirth").take()
        for key, editor in self._editors.items():
            problem = _problem(editor)
            if problem:
                self.show_error(key, problem)
        return not self.form.has_errors()

    def show_error(self, key: str | None, text: str) -> None:
        """Show an error where it belongs."""
        if key in self._editors and key not in ("firstName", "lastName", "dateOfBirth", "phones"):
            self.open_more()
        self.form.show_error(key, text)


def _problem(editor: Editor) -> str:
    return editor.problem()


def _empty_to_none(value: Any) -> Any:
    return None if value in ("", [], {}, ()) else value


class _InsuranceEditor(TextEditor):
    """One line; a policy with parts is shown joined and kept as it is until somebody types over it."""

    def load(self, raw: Any) -> None:
        """Show the policies on one line."""
        from app.ui.parts.patient_values import show_value

        super().load(show_value("insurance", raw) if raw is not None and not isinstance(raw, str) else raw)
        self._raw = raw
