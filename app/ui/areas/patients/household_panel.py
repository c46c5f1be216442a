"""Who lives with a patient: relations, guardians, joining, leaving. Each step takes effect at once."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.commands.core import Command, Outcome
from app.commands.households import JoinHousehold, LeaveHousehold, MakeHousehold
from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.kernel.ids import new_uuid
from app.queries.patient_card import HouseholdCard, HouseholdPerson, PatientCard, patient_card
from app.ui.parts.patient_values import RELATIONS, born_text, relation_text
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button, IconButton
from app.ui.widgets.inputs import Combo
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.panel import Card
from app.ui.widgets.text import ElidedLabel, Label
from app.ui.widgets.toggles import Checkbox
from app.ui.work import ChangesPort, Lane, PanelPage, ShellApi


class HouseholdEditor(PanelPage):
    """Shows the patient's households with everybody in them."""

    watches = frozenset({"household", "household_member", "patients"})

    def __init__(self, api: ShellApi, patient_id: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._api, self._patient_id = api, patient_id
        self._card: PatientCard | None = None
        self._load, self._other = Lane(self, api.workspace), Lane(self, api.workspace)
        self._act = Lane(self, api.workspace)
        self.members: dict[str, _Member] = {}
        self._homes: list[QWidget] = []
        self._body = column(gap=16)
        self._none = Label(t("Choose somebody who lives with this patient. If they have a household here, the patient"
                             " joins it; else one is made for both."), tone=Tone.MUTED, wrap=True)  # fmt: skip
        self.add = Button(t("Add somebody"), icon="plus")
        self.add.clicked.connect(self._choose)
        column(self._none, self._body, row(self.add, STRETCH), gap=16, parent=self).addStretch(1)
        self._none.hide()
        self.refresh()

    def title(self) -> str:
        """Return the heading."""
        return t("Household of {name}", name=self._card.name) if self._card else t("Household")

    def first_focus(self) -> QWidget | None:
        """Begin with the button."""
        return self.add

    def refresh(self) -> None:
        """Ask for the households anew."""
        self._load.ask(patient_card, on_result=self._show, on_error=self._api.problem, patient_id=self._patient_id)

    def changed(self, changes: ChangesPort) -> None:
        """Follow others."""
        del changes
        self.refresh()

    def _show(self, card: PatientCard) -> None:
        if self._card is not None and card.households == self._card.households:
            return
        self._card = card
        for home in self._homes:
            home.hide()
            home.deleteLater()
        self.members = {}
        self._homes = [self._home(house) for house in card.households]
        for home in self._homes:
            self._body.addWidget(home)
        self._none.setVisible(not card.households)
        self.retitle()

    def _home(self, house: HouseholdCard) -> QWidget:
        card = Card(padding=12, gap=12)
        card.setAccessibleName(house.name)
        card.body.addWidget(Label(house.name, strong=True))
        for one in house.members:
            line = _Member(self._api, one, own=one.patient_id == self._patient_id)
            line.changed.connect(partial(self._change, house, one))
            line.left.connect(partial(self._leave, house, one))
            self.members[one.patient_id] = line
            card.body.addWidget(line)
        return card

    def _change(self, house: HouseholdCard, one: HouseholdPerson, relation: str, guardian: bool) -> None:
        command = JoinHousehold(household_id=house.id, patient_id=one.patient_id, relation=relation, guardian=guardian)
        self._execute(command, t("Saved how {name} belongs to the household", name=one.name))

    def _leave(self, house: HouseholdCard, one: HouseholdPerson) -> None:
        command = LeaveHousehold(household_id=house.id, patient_id=one.patient_id)
        self._execute(command, t("{name} left the household", name=one.name))

    def _choose(self) -> None:
        self._api.find_patient(self._chosen)

    def _chosen(self, patient_id: str, name: str) -> None:
        card = self._card
        if card is None or patient_id == self._patient_id:
            return
        if card.households:
            home = card.households[0]
            text = t("{name} joined the household", name=name)
            self._execute(JoinHousehold(household_id=home.id, patient_id=patient_id), text)
        else:
            self._other.ask(patient_card, on_result=self._join, on_error=self._api.problem, patient_id=patient_id)

    def _join(self, other: PatientCard) -> None:
        card = self._card
        if card is None:
            return
        if other.households:
            home = other.households[0]
            text = t("{name} joined the household", name=card.name)
            self._execute(JoinHousehold(household_id=home.id, patient_id=card.id), text)
            return
        name = card.last_name or other.last_name or card.name
        both = (card.id, other.id)
        command = MakeHousehold(household_id=new_uuid(), name=name, patient_ids=both)
        self._execute(command, t("A household of {name} and {other}", name=card.name, other=other.name))

    def _execute(self, command: Command, text: str) -> None:
        def done(outcome: Outcome) -> None:
            self._api.did(text, outcome)
            self.refresh()

        self._act.execute(command, on_done=done, on_refused=self._refused, on_unavailable=self._refused)

    def _refused(self, error: AppError) -> None:
        self._api.problem(error)
        self._card = None
        self.refresh()


class _Member(QWidget):
    """One person of a household: how they belong, whether they speak for the minors."""

    changed = Signal(str, bool)
    left = Signal()

    def __init__(self, api: ShellApi, one: HouseholdPerson, *, own: bool) -> None:
        super().__init__()
        name = ElidedLabel(one.name, strong=True)
        born = t("Born {date}", date=born_text(one.born, api.workspace.reader().today, one.death))
        about = Label(f"{born} · {t('this patient')}" if own else born, role=TypeRole.META)
        relations = dict.fromkeys((*RELATIONS, one.relation))
        self.relation = Combo([(key, relation_text(key)) for key in relations],
                              name=t("Relation of {name}", name=one.name), current=one.relation)  # fmt: skip
        self.guardian = Checkbox(t("Guardian"), name=t("{name} is a guardian", name=one.name), checked=one.guardian)
        self.remove = IconButton("logout", t("{name} leaves the household", name=one.name), small=True)
        self.relation.activated.connect(lambda _index: self._tell())
        self.guardian.clicked.connect(lambda _on: self._tell())
        self.remove.clicked.connect(self.left)
        head = row(name, self.remove, gap=8)
        head.setStretch(0, 1)
        controls = row(self.relation, self.guardian, gap=12)
        controls.setStretch(0, 1)
        column(head, about, controls, gap=4, parent=self)

    def _tell(self) -> None:
        self.changed.emit(self.relation.current, self.guardian.isChecked())
