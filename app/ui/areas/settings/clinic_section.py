"""The clinic itself: name, branding, time zone and the numbers that screens go by."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QWidget

from app.commands.clinic import ChangeClinic
from app.commands.core import Outcome
from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.queries.clinic import ClinicView, clinic_view
from app.ui.parts.zone_field import ZoneField
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.form import Form, FormField
from app.ui.widgets.inputs import LineEdit
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.work import Lane, ShellApi

_TEXTS = (("phone", "Phone"), ("address", "Address"), ("primaryColor", "Colour"), ("footer", "Footer of documents"))
_NUMBERS = (
    ("slot_minutes", "Length of a slot, minutes"),
    ("horizon_days", "Slots are made for so many days"),
    ("hold_minutes", "A time is held for, minutes"),
    ("proposal_hours", "A proposed time waits for, hours"),
    ("auto_lock_minutes", "Lock the screen after, minutes"),
    ("late_after_minutes", "Late after, minutes"),
    ("wait_warn_minutes", "A wait is marked after, minutes"),
    ("wait_limit_minutes", "A wait is too long after, minutes"),
)


class ClinicSection(QWidget):
    """Saves only what has been changed."""

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._api = api
        self._view: ClinicView | None = None
        self._act, self._load = Lane(self, api.workspace), Lane(self, api.workspace)
        self.form = Form()
        self.fields: dict[str, LineEdit] = {}
        self._add(("name", t("Name of the clinic")), ("timezone", t("Time zone")))
        lines = [(key, t(word)) for key, word in (*_TEXTS, *_NUMBERS)]
        lines.append(("room_url_template", t("Address of video rooms, with {room} in it")))
        for first in range(0, len(lines), 2):
            self._add(*lines[first : first + 2])
        self.save = Button(t("Save the clinic"), kind=ButtonKind.PRIMARY)
        self.save.clicked.connect(self._submit)
        column(self.form, row(self.save, STRETCH), STRETCH, gap=16, parent=self)

    def refresh(self) -> None:
        """Ask for the clinic anew."""
        self._load.ask(clinic_view, on_result=self.show_view, on_error=self._api.problem)

    def _add(self, *fields: tuple[str, str]) -> None:
        """Add fields side by side, by key and label."""
        made = []
        for key, label in fields:
            self.fields[key] = ZoneField(name=label) if key == "timezone" else LineEdit(name=label)
            made.append((key, FormField(label, self.fields[key], required=key in ("name", "timezone"))))
        self.form.add_row(*made)

    def show_view(self, view: ClinicView) -> None:
        """Show what is saved; a field that is being edited keeps its text."""
        before, self._view = self._view, view
        for key, field in self.fields.items():
            if before is None or field.text() == _value(before, key):
                field.setText(_value(view, key))

    def _changed(self) -> dict[str, str]:
        view = self._view
        if view is None:
            return {}
        return {key: field.text().strip() for key, field in self.fields.items() if field.text() != _value(view, key)}

    def _submit(self) -> None:
        self.form.clear_errors()
        changed = self._changed()
        if not changed:
            self._api.toast(t("Nothing was changed."))
            return
        texts = {key for key, _ in _TEXTS}
        numbers = {key for key, _ in _NUMBERS}
        settings: dict[str, Any] = {}
        for key, value in changed.items():
            if key in numbers:
                settings[key] = int(value) if value.isdigit() else value
            elif key in ("timezone", "room_url_template"):
                settings[key] = value
        command = ChangeClinic(
            name=changed.get("name"),
            branding={key: value for key, value in changed.items() if key in texts} or None,
            settings=settings or None,
        )
        self._act.execute(command, on_done=self._done, on_refused=self._refused)

    def _done(self, outcome: Outcome) -> None:
        self._api.did(t("Saved the clinic"), outcome)

    def _refused(self, error: AppError) -> None:
        self.form.show_error(error.field, error.message)


def _value(view: ClinicView, key: str) -> str:
    if key == "name":
        return view.name
    found = view.settings.get(key) if key in view.settings else view.branding.get(key)
    return "" if found is None else str(found)
