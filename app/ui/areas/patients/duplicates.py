"""The live warning of a registration: who may be meant already, and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from app.kernel.errors import AppError
from app.kernel.i18n import t, tn
from app.queries.patients import Likeness, PatientHit, Shared, likely_duplicates
from app.ui.parts.patient_values import born_text
from app.ui.theme.tokens import StatusKind, TypeRole
from app.ui.widgets.button import Button
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.lists import ChipSpec, ListCard, ListItem
from app.ui.widgets.panel import Note
from app.ui.widgets.text import Label
from app.ui.widgets.toggles import Checkbox
from app.ui.work import Lane, ShellApi

TYPING_MS = 250


class DuplicateQuestion(QObject):
    """Asks for likely duplicates while somebody types. ``answered`` carries them, for the newest question only."""

    answered = Signal(object)
    failed = Signal(object)

    def __init__(self, api: ShellApi, parent: QObject) -> None:
        super().__init__(parent)
        self._lane = Lane(self, api.workspace)
        self._timer = QTimer(self, interval=TYPING_MS, singleShot=True)
        self._timer.timeout.connect(self._ask)
        self._person: tuple[str, str, date | None, str, str] = ("", "", None, "", "")
        self._answered: tuple[str, str, date | None, str, str] | None = None

    @property
    def settled(self) -> bool:
        """Whether the answer for the newest person is there."""
        return not self._timer.isActive() and self._answered == self._person

    def about(self, first: str, last: str, born: date | None, phone: str, sex: str) -> None:
        """Ask about a person, a moment after the last change."""
        person = (first.strip(), last.strip(), born, phone.strip(), sex)
        if person != self._person:
            self._person = person
            self._timer.start()

    def now(self) -> None:
        """Ask without waiting for the typing to pause."""
        if self._timer.isActive() or not self._lane.asking:
            self._timer.stop()
            self._ask()

    def _ask(self) -> None:
        person = self._person
        first, last, born, phone, sex = person

        def came(found: tuple[Likeness, ...]) -> None:
            self._answered = person
            self.answered.emit(found)

        self._lane.ask(likely_duplicates, on_result=came, on_error=self.failed.emit, first_name=first, last_name=last,
                       born=born, phone=phone, sex=sex)  # fmt: skip


class DuplicatesNotice(QWidget):
    """Shows who may be meant. ``opened`` carries a patient to look at, ``taken`` the one who it is after all."""

    opened = Signal(str)
    taken = Signal(str)

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._api = api
        self._found: tuple[Likeness, ...] = ()
        self._note = Note(t("Same person?"), kind=StatusKind.ARRIVED)
        self.list = ListCard(name=t("May be the same person"), max_rows=4, by_click=True)
        self.list.chosen.connect(self.opened)
        self.take = Button(t("It is this one"), icon="check", small=True)
        self.take.clicked.connect(lambda: self.taken.emit(self.list.current_key))
        self.list.current_changed.connect(lambda _key: self._name_button())
        self._home = Label(t("Same household?"), role=TypeRole.META, strong=True)
        self._who = Label("", role=TypeRole.META, wrap=True)
        self.household = Checkbox(t("Put both into one household"))
        self._same = QWidget()
        column(self._note, self.list, row(self.take, STRETCH), gap=8, parent=self._same)
        self._near = QWidget()
        column(self._home, self._who, self.household, gap=2, parent=self._near)
        column(self._same, self._near, gap=8, parent=self)
        self.show_found(())

    @property
    def same_person(self) -> tuple[Likeness, ...]:
        """Those who may be the very person."""
        return tuple(one for one in self._found if one.same_person)

    @property
    def household_of(self) -> str:
        """The id of the patient whose household the new one joins; empty when it isn't wanted."""
        near = [one for one in self._found if not one.same_person]
        return near[0].patient.id if near and self.household.isChecked() else ""

    def show_found(self, found: Sequence[Likeness]) -> None:
        """Show other people; the choice about the household stays while it is about the same one."""
        before = next((one.patient.id for one in self._found if not one.same_person), "")
        self._found = tuple(found)
        same, near = self.same_person, [one for one in found if not one.same_person]
        self._same.setVisible(bool(same))
        self._near.setVisible(bool(near))
        self.setVisible(bool(found))
        self.list.set_items([self._item(one) for one in same])
        if same and not self.list.current_key:
            self.list.set_current(same[0].patient.id)
        self._note.show_text(
            t("Same person?"),
            tn("Somebody like this is registered already.", "{n} people like this are registered already.", len(same)),
        )
        self._name_button()
        if near:
            self._show_near([one.patient for one in near])
            if near[0].patient.id != before:
                self.household.setChecked(False)

    def _show_near(self, near: Sequence[PatientHit]) -> None:
        today = self._api.workspace.reader().today
        names = [
            t("{name} (born {date})", name=one.name, date=born_text(one.born, today, one.death)) for one in near[:3]
        ]
        text = tn(
            "The same phone number: {names}.", "The same phone number: {names}.", len(near), names=", ".join(names)
        )
        self._who.setText(text)
        self.household.setAccessibleDescription(text)

    def show_error(self, _error: AppError) -> None:
        """The check couldn't be made: say so instead of seeming to find nobody."""
        self.show_found(())
        self._note.show_text(
            t("Not checked for duplicates"), t("The server didn't answer. Search before you register.")
        )
        self._same.show()
        self.list.hide()
        self.take.hide()
        self.show()

    def _name_button(self) -> None:
        one = next((one.patient for one in self.same_person if one.patient.id == self.list.current_key), None)
        self.list.show()
        self.take.setVisible(one is not None)
        if one is not None:
            self.take.setText(t("It is {name}", name=one.name))

    def _item(self, one: Likeness) -> ListItem:
        born = born_text(one.patient.born, self._api.workspace.reader().today, one.patient.death)
        words = {Shared.BIRTH_DATE: t("same birth date"), Shared.PHONE: t("same phone"), Shared.NAME: t("similar name")}
        why = ", ".join(text for reason, text in words.items() if reason in one.shared)
        mrn = t("MRN {number}", number=one.patient.mrn) if one.patient.mrn else ""
        return ListItem(key=one.patient.id, title=one.patient.name, subtitle=t("Born {date}", date=born), meta=mrn,
                        sub_meta=why, subtitle_text=True, chip=_identity(one))  # fmt: skip


def _identity(one: Likeness) -> ChipSpec | None:
    return ChipSpec(t("Identity to confirm"), "warn", StatusKind.ARRIVED) if one.patient.identity_to_confirm else None
