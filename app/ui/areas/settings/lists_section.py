"""Appointment types, providers and rooms: a list each, and the form of the one that is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtWidgets import QWidget

from app.commands.clinic import SaveAppointmentType, SaveProvider, SaveRoom
from app.commands.core import Command, Outcome
from app.domain.enums import VisitMode
from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.kernel.ids import new_cuid, new_uuid
from app.queries.clinic import (
    AppointmentTypeView,
    ProviderView,
    RoomView,
    appointment_types,
    providers,
    rooms,
)
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.form import Form, FormField
from app.ui.widgets.inputs import Combo, LineEdit
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.lists import ListCard, ListItem
from app.ui.widgets.toggles import Checkbox
from app.ui.work import Lane, ShellApi

NEW = "new"
EITHER = ""


class ListSection(QWidget):
    """A list with *Add* and a form; subclasses say what is in them."""

    def __init__(self, api: ShellApi, what: str, add: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._api = api
        self.items: dict[str, Any] = {}
        self._load, self._act = Lane(self, api.workspace), Lane(self, api.workspace)
        self.list = ListCard(name=what, max_rows=14)
        self.list.setMinimumWidth(280)
        self.add = Button(add, icon="plus")
        self.form = Form()
        self.save = Button(t("Save"), kind=ButtonKind.PRIMARY)
        self.build()
        left = column(self.list, row(self.add, STRETCH), STRETCH, gap=12)
        right = column(self.form, row(self.save, STRETCH), STRETCH, gap=16)
        beside = row(gap=24, parent=self)
        beside.addLayout(left, 1)
        beside.addLayout(right, 1)
        self.list.current_changed.connect(self._moved)
        self.add.clicked.connect(self._new)
        self.save.clicked.connect(self._submit)
        self._key = NEW
        self._filled: Command | None = None
        self._updating = False

    def build(self) -> None:
        """Add the form's fields."""

    def ask(self) -> None:
        """Ask for the rows; ``show_items`` gets them."""

    def place_of(self, item: Any | None) -> int:
        """Return an item's place in the list; a new one comes last."""
        return len(self.items) if item is None else list(self.items).index(item.id)

    def first_field(self) -> QWidget:
        """Return where a new item begins."""
        return self.form.field("name").control

    def row_of(self, item: Any) -> ListItem:
        """Return an item's line."""
        raise NotImplementedError

    def fill(self, item: Any | None) -> None:
        """Put an item into the form; None empties it."""

    def command(self, item: Any | None) -> Command:
        """Return what saves the form."""
        raise NotImplementedError

    def refresh(self) -> None:
        """Ask for the rows anew."""
        self.ask()

    def show_items(self, found: Sequence[Any]) -> None:
        """Show the rows; the chosen one stays chosen, and what is being typed in its form stays too."""
        first, untouched = not self.items, self._is_untouched()
        self.items = {item.id: item for item in found}
        if first and found:
            self._key = found[0].id
        self._updating = True
        self.list.set_items([self.row_of(item) for item in found])
        self.list.set_current(self._key)
        self._updating = False
        if first or untouched:
            self._choose(self._key)

    def _is_untouched(self) -> bool:
        """Whether the form says what it was filled with."""
        item = self.items.get(self._key)
        return item is not None and self.command(item) == self._filled

    def _moved(self, key: str) -> None:
        """Show the row that the person went to; the list also moves when it gets new rows."""
        if not self._updating:
            self._choose(key)

    def _choose(self, key: str) -> None:
        if key in self.items:
            self._key = key
            self.form.clear_errors()
            self.fill(self.items[key])
            self._filled = self.command(self.items[key])

    def _new(self) -> None:
        self._key, self._filled = NEW, None
        self.form.clear_errors()
        self.fill(None)
        self.first_field().setFocus()

    def _submit(self) -> None:
        self.form.clear_errors()
        command = self.command(self.items.get(self._key))
        self._act.execute(command, on_done=self._done, on_refused=self._refused)

    def _done(self, outcome: Outcome) -> None:
        self._api.did(t("Saved"), outcome)
        self._key = str(next(iter(outcome.result.values()), NEW))
        self._filled = self.command(self.items[self._key]) if self._key in self.items else None
        self.refresh()

    def _refused(self, error: AppError) -> None:
        self.form.show_error(error.field, error.message)


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.strip().isdigit() else otherwise


class TypesSection(ListSection):
    """Kinds of appointment."""

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(api, t("Appointment types"), t("Add a type"), parent)

    def build(self) -> None:
        """Name, short name, length, mode, colour, active."""
        self.name, self.short = LineEdit(name=t("Name")), LineEdit(name=t("Short name"))
        self.minutes, self.color = LineEdit(name=t("Minutes")), LineEdit(name=t("Colour"))
        self.mode = Combo(name=t("Mode"))
        self.mode.set_items([(EITHER, t("Either")), (VisitMode.IN_PERSON.value, t("In person")),
                             (VisitMode.VIRTUAL.value, t("Virtual"))], EITHER)  # fmt: skip
        self.active = Checkbox(t("Can be booked"), checked=True)
        self.form.add("name", FormField(t("Name"), self.name, required=True))
        self.form.add("shortName", FormField(t("Short name"), self.short))
        minutes, color = FormField(t("Minutes"), self.minutes), FormField(t("Colour"), self.color)
        self.form.add_row(("minutes", minutes), ("color", color))
        self.form.add("visitMode", FormField(t("Mode"), self.mode))
        self.form.body.addWidget(self.active)

    def ask(self) -> None:
        """Ask for all types."""
        self._load.ask(appointment_types, on_result=self.show_items, inactive=True)

    def row_of(self, item: AppointmentTypeView) -> ListItem:
        """Return the name and length."""
        return ListItem(key=item.id, title=item.name, title_strong=item.active, meta=t("{n} min", n=item.minutes))

    def fill(self, item: AppointmentTypeView | None) -> None:
        """Show a type."""
        self.name.setText(item.name if item else "")
        self.short.setText(item.short_name if item else "")
        self.minutes.setText(str(item.minutes if item else 20))
        self.color.setText(item.color if item else "#3A5A78")
        self.mode.set_current(item.mode.value if item and item.mode else EITHER)
        self.active.setChecked(item.active if item else True)

    def command(self, item: AppointmentTypeView | None) -> Command:
        """Save the type."""
        return SaveAppointmentType(
            type_id=item.id if item else new_uuid(), name=self.name.text(), short_name=self.short.text(),
            minutes=_number(self.minutes.text(), 0), color=self.color.text(), active=self.active.isChecked(),
            visit_mode=VisitMode(self.mode.current) if self.mode.current else None,
            sort_order=item.sort_order if item else len(self.items),
        )  # fmt: skip


class ProvidersSection(ListSection):
    """Who sees patients."""

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(api, t("Providers"), t("Add a provider"), parent)

    def build(self) -> None:
        """Name, short name, specialties, slot length, video, active."""
        self.name, self.short = LineEdit(name=t("Name")), LineEdit(name=t("Short name"))
        self.specialties = LineEdit(name=t("Specialties"))
        self.minutes = LineEdit(name=t("Length of a slot, minutes"))
        self.video = Checkbox(t("Sees patients by video"), checked=True)
        self.active = Checkbox(t("Stands in the calendar"), checked=True)
        self.form.add("name", FormField(t("Name"), self.name, required=True))
        self.form.add("shortName", FormField(t("Short name"), self.short))
        self.form.add("specialties", FormField(t("Specialties"), self.specialties, hint=t("with commas between")))
        hint = t("empty: the clinic's")
        self.form.add("slotMinutes", FormField(t("Length of a slot, minutes"), self.minutes, hint=hint))
        self.form.body.addWidget(self.video)
        self.form.body.addWidget(self.active)

    def ask(self) -> None:
        """Ask for all providers."""
        self._load.ask(providers, on_result=self.show_items, inactive=True)

    def row_of(self, item: ProviderView) -> ListItem:
        """Return name and specialties."""
        return ListItem(key=item.id, title=item.name, title_strong=item.active, meta=", ".join(item.specialties[:1]))

    def fill(self, item: ProviderView | None) -> None:
        """Show a provider."""
        self.name.setText(item.name if item else "")
        self.short.setText(item.short_name if item else "")
        self.specialties.setText(", ".join(item.specialties) if item else "")
        self.minutes.setText(str(item.slot_minutes) if item and item.slot_minutes else "")
        self.video.setChecked(item.telemed_enabled if item else True)
        self.active.setChecked(item.active if item else True)

    def command(self, item: ProviderView | None) -> Command:
        """Save the provider."""
        typed = self.minutes.text().strip()
        return SaveProvider(
            provider_id=item.id if item else new_cuid(), name=self.name.text(), short_name=self.short.text(),
            specialties=tuple(part.strip() for part in self.specialties.text().split(",") if part.strip()),
            slot_minutes=_number(typed, 0) if typed else None, telemed_enabled=self.video.isChecked(),
            active=self.active.isChecked(), sort_order=item.sort_order if item else len(self.items),
        )  # fmt: skip


class RoomsSection(ListSection):
    """Rooms that patients are taken to."""

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(api, t("Rooms"), t("Add a room"), parent)

    def build(self) -> None:
        """Name, in use."""
        self.name = LineEdit(name=t("Name"))
        self.active = Checkbox(t("In use"), checked=True)
        self.form.add("name", FormField(t("Name"), self.name, required=True))
        self.form.body.addWidget(self.active)

    def ask(self) -> None:
        """Ask for all rooms."""
        self._load.ask(rooms, on_result=self.show_items, inactive=True)

    def row_of(self, item: RoomView) -> ListItem:
        """Return the name."""
        return ListItem(key=item.id, title=item.name, title_strong=item.active)

    def fill(self, item: RoomView | None) -> None:
        """Show a room."""
        self.name.setText(item.name if item else "")
        self.active.setChecked(item.active if item else True)

    def command(self, item: RoomView | None) -> Command:
        """Save the room."""
        return SaveRoom(room_id=item.id if item else new_uuid(), name=self.name.text(),
                        active=self.active.isChecked(), sort_order=self.place_of(item))  # fmt: skip
