"""Controls for values with several parts: phone numbers, the address, somebody to call in an emergency."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from app.domain.demographics import read_demographics
from app.domain.phones import tidy_phone
from app.kernel.i18n import t
from app.ui.widgets.button import IconButton, LinkButton
from app.ui.widgets.inputs import Combo, LineEdit, PhoneField
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.work import ShellApi

MOST_PHONES = 6


class PhonesEditor(QWidget):
    """Phone numbers, the first one to call first. Parts of an entry that aren't shown here are kept."""

    edited = Signal()

    def __init__(self, api: ShellApi, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._region = api.workspace.clinic.phone_region
        self.setAccessibleName(name)
        self._raw: Any = None
        self._touched = False
        self._rows: list[_PhoneRow] = []
        self._lines = column(gap=6)
        column(self._lines, gap=2, parent=self)
        self._add_row({})  # before the button, so that Tab meets it first
        self._add = LinkButton(t("Another number"), icon="plus")
        self._add.clicked.connect(lambda: self._add_row({}).number.setFocus(Qt.FocusReason.OtherFocusReason))
        self._lines.addLayout(row(self._add, STRETCH))
        self._fit()

    def load(self, raw: Any) -> None:
        """Show the numbers; at least one empty line."""
        self._raw, self._touched = raw, False
        entries = _entries(raw) or [{}]
        for line in self._rows[len(entries) :]:
            self._take_away(line)
        for line, entry in zip(self._rows, entries, strict=False):
            line.load(entry)
        for entry in entries[len(self._rows) :]:
            self._add_row(entry)
        self._fit()

    def _add_row(self, entry: Mapping[str, Any]) -> _PhoneRow:
        line = _PhoneRow(self._region)
        line.load(entry)
        line.edited.connect(self._edit)
        line.removed.connect(partial(self._remove, line))
        self._lines.insertWidget(len(self._rows), line)
        if self._rows:
            QWidget.setTabOrder(self._rows[-1].remove, line.number)
            QWidget.setTabOrder(line.number, line.use)
            QWidget.setTabOrder(line.use, line.remove)
        self._rows.append(line)
        if len(self._rows) > 1:
            self._fit()
        return line

    def _remove(self, line: _PhoneRow) -> None:
        if len(self._rows) == 1:
            line.load({})
        else:
            self._take_away(line)
        self._rows[0].number.setFocus(Qt.FocusReason.OtherFocusReason)
        self._fit()
        self._edit()

    def _take_away(self, line: _PhoneRow) -> None:
        self._rows.remove(line)
        line.hide()
        line.deleteLater()

    def _fit(self) -> None:
        self._add.setVisible(len(self._rows) < MOST_PHONES)
        for line in self._rows:
            line.remove.setVisible(len(self._rows) > 1 or bool(line.number.text()))

    def focusInEvent(self, _event: QFocusEvent) -> None:
        """Pass the focus on to the first number."""
        self._rows[0].number.setFocus(Qt.FocusReason.OtherFocusReason)

    def _edit(self) -> None:
        self._touched = True
        self.edited.emit()

    def result(self) -> Any:
        """Return the list; as it was while nobody has edited it."""
        if not self._touched:
            return self._raw
        return [line.entry() for line in self._rows if line.number.text().strip()] or None

    def first_number(self) -> str:
        """Return the first number, as it is typed."""
        return next((line.number.text().strip() for line in self._rows if line.number.text().strip()), "")

    def problem(self) -> str:
        """Say so when a line has no digit in it."""
        wrong = any(line.number.text().strip() and not line.number.digits().strip("+") for line in self._rows)
        return t("A phone number has digits.") if wrong else ""


class _PhoneRow(QWidget):
    edited = Signal()
    removed = Signal()

    def __init__(self, region: str) -> None:
        super().__init__()
        self._entry: dict[str, Any] = {}
        self._region = region
        self.number = PhoneField(name=t("Phone number"), tidy=lambda text: tidy_phone(text, region))
        self._uses = [("mobile", t("Mobile")), ("home", t("Home")), ("work", t("Work")), ("", t("Other"))]
        self.use = Combo(self._uses, name=t("What the number is for"))
        self.use.setFixedWidth(120)
        self.remove = IconButton("trash", t("Remove this number"), small=True)
        self.number.textEdited.connect(lambda _text: self.edited.emit())
        self.use.activated.connect(lambda _index: self.edited.emit())
        self.remove.clicked.connect(self.removed)
        row(self.number, self.use, self.remove, gap=6, parent=self).setStretch(0, 1)

    def load(self, entry: Mapping[str, Any]) -> None:
        self._entry = dict(entry)
        self.number.setText(str(entry.get("value", "")))
        use = str(entry.get("use") or "") if entry else "mobile"
        self.use.set_items(self._uses, use)
        self.use.setCurrentIndex(max(0, self.use.findData(use if use in dict(self._uses) else "")))

    def entry(self) -> dict[str, Any]:
        changed = {
            "value": tidy_phone(self.number.text(), self._region),
            "use": self.use.current or self._entry.get("use"),
        }
        system = {"system": self._entry.get("system") or "phone"}
        return {key: value for key, value in (self._entry | system | changed).items() if value}


def _entries(raw: Any) -> list[Mapping[str, Any]]:
    if isinstance(raw, list):
        found = [{"value": entry} if isinstance(entry, str) else entry for entry in raw]
        return [entry for entry in found if isinstance(entry, Mapping) and isinstance(entry.get("value"), str)]
    return [{"value": raw}] if isinstance(raw, str) and raw else []


class _PartsEditor(QWidget):
    """Texts that make one JSON object; a value that is one text only goes into the first part."""

    edited = Signal()

    def __init__(self, parts: Mapping[str, QLineEdit], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parts = dict(parts)
        self._raw: Any = None
        self._shown: dict[str, str] = {}
        for field in parts.values():
            field.textEdited.connect(lambda _text: self.edited.emit())

    def _read(self, raw: Any) -> Mapping[str, str]:
        raise NotImplementedError

    def focusInEvent(self, _event: QFocusEvent) -> None:
        """Pass the focus on to the first part."""
        next(iter(self._parts.values())).setFocus(Qt.FocusReason.OtherFocusReason)

    def load(self, raw: Any) -> None:
        """Show the parts that can be read."""
        self._raw = raw
        self._shown = {key: self._read(raw).get(key, "") for key in self._parts}
        for key, field in self._parts.items():
            field.setText(self._shown[key])
            field.setCursorPosition(0)

    def result(self) -> Any:
        """Return the object with the edited parts; as it was while nobody has edited any."""
        changed = {key: field.text().strip() for key, field in self._parts.items() if field.text() != self._shown[key]}
        if not changed:
            return self._raw
        known = dict(self._raw) if isinstance(self._raw, Mapping) else {k: v for k, v in self._shown.items() if v}
        merged = {**known, **changed}
        return {key: part for key, part in merged.items() if part not in ("", None)} or None

    def problem(self) -> str:
        """The command checks texts."""
        return ""


class AddressEditor(_PartsEditor):
    """Street, city, state, postal code, country."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        line = LineEdit(name=t("Street"), placeholder=t("Street"))
        city = LineEdit(name=t("City"), placeholder=t("City"))
        state = LineEdit(name=t("State"), placeholder=t("State"))
        postal = LineEdit(name=t("Postal code"), placeholder=t("Postal code"))
        country = LineEdit(name=t("Country"), placeholder=t("Country"))
        super().__init__({"line": line, "city": city, "state": state, "postalCode": postal, "country": country}, parent)
        self.setAccessibleName(name)
        second, third = row(city, state, gap=6), row(postal, country, gap=6)
        second.setStretch(0, 2)
        second.setStretch(1, 1)
        column(line, second, third, gap=6, parent=self)
        self.load(None)

    def _read(self, raw: Any) -> Mapping[str, str]:
        found = read_demographics({"address": raw}).address
        return {"line": found.line, "city": found.city, "state": found.state, "postalCode": found.postal_code,
                "country": found.country}  # fmt: skip


class ContactEditor(_PartsEditor):
    """Whom to call in an emergency."""

    def __init__(self, api: ShellApi, name: str, parent: QWidget | None = None) -> None:
        region = api.workspace.clinic.phone_region
        who = LineEdit(name=t("Name of the contact"), placeholder=t("Name"))
        phone = PhoneField(name=t("Phone of the contact"), tidy=lambda text: tidy_phone(text, region))
        phone.setPlaceholderText(t("Phone"))
        relation = LineEdit(name=t("Relation to the patient"), placeholder=t("Relation"))
        super().__init__({"name": who, "phone": phone, "relation": relation}, parent)
        self.setAccessibleName(name)
        column(who, row(phone, relation, gap=6), gap=6, parent=self)
        self.load(None)

    def _read(self, raw: Any) -> Mapping[str, str]:
        name, phone, relation = read_demographics({"emergencyContact": raw}).emergency_contact
        return {"name": name, "phone": phone, "relation": relation}
