"""One laboratory's message: what it says of whom, people here beside it, its results, its text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from app.domain.demographics import sex_text
from app.domain.enums import LabMessageState
from app.domain.lab_codes import with_flag
from app.domain.lab_messages import LabReport
from app.domain.lab_text import unit_text
from app.domain.labs import LabResult
from app.kernel.i18n import again, t, tn
from app.queries.lab_inbox import LabCandidate
from app.ui.parts.lab_words import critical_sign, flag_text, value_text
from app.ui.parts.words import born_date
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button
from app.ui.widgets.inputs import LineEdit, TextArea
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.lists import ListCard, ListItem
from app.ui.widgets.text import Label

if TYPE_CHECKING:
    from app.workspace.hl7_import import OpenMessage

MOST_RESULTS = 12
MOST_TEXT = 200_000

SEX = {"M": "male", "F": "female"}
"""What PID-8 says, in FHIR's words."""


class InboxDetail(QWidget):
    """What a person needs to decide. A click or arrow names the patient; only one who is certain is proposed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names: dict[str, str] = {}
        self.reason_why = Label("", wrap=True, tone=Tone.MUTED)
        self.says = Label("", wrap=True)
        self.people = ListCard(name=t("Patients who may be meant"), row_height=52, max_rows=4)
        self.filed_with = Label("", strong=True, wrap=True)
        self.nobody = Label(t("Nobody here is like this person."), wrap=True, tone=Tone.MUTED)
        self.other = Button(t("Another patient…"), icon="search", small=True)
        self.register = Button(t("Register a patient"), icon="plus", small=True)
        self.critical = Label("", tone=Tone.CRITICAL, strong=True, wrap=True)
        self.results = Label("", role=TypeRole.META, wrap=True)
        self.reason = LineEdit(placeholder=t("Why it is nobody's here"), name=t("Reason"))
        self.refuse = Button(t("Refuse"), icon="close", small=True)
        self.take_out = Button(t("Take out of the chart"), icon="close", small=True)
        self.reopen = Button(t("Let it wait again"), icon="undo", small=True)
        self.show_text = Button(t("Show the message"), icon="note", small=True)
        self.text = TextArea(name=t("The message as it came"), lines=12)
        self.text.setReadOnly(True)
        self._build()
        self.clear()

    def _build(self) -> None:
        left, right = QWidget(), QWidget()
        column(Label(t("The message says"), strong=True), self.says, STRETCH, gap=4, parent=left)
        self._here = Label(t("Here"), strong=True)
        column(self._here, self.filed_with, self.people, self.nobody, row(self.other, STRETCH),
               row(self.register, STRETCH), STRETCH, gap=4, parent=right)  # fmt: skip
        beside = QWidget()
        both = row(gap=16, parent=beside)
        both.addWidget(left, 2)
        both.addWidget(right, 3)
        self._refusing = QWidget()
        row(self.reason, self.refuse, self.take_out, gap=8, parent=self._refusing)
        column(
            self.reason_why, beside, self.critical, self.results, self._refusing,
            row(self.reopen, self.show_text, STRETCH), self.text,
            gap=12, parent=self,
        )  # fmt: skip
        self.show_text.clicked.connect(self._toggle_text)

    @property
    def chosen(self) -> tuple[str, str] | None:
        """The patient who is chosen: id and name."""
        key = self.people.current_key
        return (key, self._names[key]) if key in self._names else None

    def clear(self) -> None:
        """Forget the message that was shown."""
        self._names = {}
        self.people.set_items([])
        self.text.setPlainText("")
        self.text.hide()
        self.hide()

    def show_message(self, found: OpenMessage) -> None:
        """Show a message."""
        waits = found.text.row.state is LabMessageState.UNMATCHED
        self.reason_why.setText(again(found.text.row.reason))  # kept by whoever took it in, in their language
        self.says.setText(_says(found.report) if found.report is not None else found.text.row.kind)
        self._names = {one.patient_id: one.name for one in found.candidates}
        self.people.set_items([_item(one) for one in found.candidates])
        self.people.setVisible(waits and bool(found.candidates))
        self.nobody.setVisible(waits and not found.candidates)
        self.other.setVisible(waits)
        self.register.setVisible(waits and found.report is not None and bool(found.report.person.names))
        grave, others = _results(found.report) if found.report is not None else ("", "")
        self.critical.setText(grave)
        self.critical.setVisible(bool(grave))
        self.results.setText(others)
        self.results.setVisible(bool(others))
        filed = found.text.row.state is LabMessageState.APPLIED
        self._refusing.setVisible(waits or (filed and found.report is not None))
        self.refuse.setVisible(waits)
        self.take_out.setVisible(filed)
        self.filed_with.setText(t("In the chart of {name}", name=found.text.row.filed_with))
        self.filed_with.setVisible(bool(found.text.row.filed_with))
        self._here.setVisible(waits or bool(found.text.row.filed_with))  # of who isn't here there is nothing to say
        self.reason.clear()
        self.reason.setPlaceholderText(t("Why it was the wrong chart") if filed else t("Why it is nobody's here"))
        self.reopen.setVisible(found.text.row.can_reopen)
        self.text.setPlainText(found.text.body.replace("\r", "\n")[:MOST_TEXT])
        self.text.hide()
        self.show()

    def propose(self, patient_id: str, name: str) -> None:
        """Choose the patient whose number or order, name and birth date agree; why it waited no longer holds."""
        self.reason_why.setText(t("agrees by now with {name}", name=name))
        if patient_id in self._names:
            self.people.set_current(patient_id)
        else:
            self._put_first(patient_id, name, t("certain by now"))

    def add_person(self, patient_id: str, name: str) -> None:
        """Put somebody who was looked for above the others, chosen."""
        self._put_first(patient_id, name, t("chosen by you"))

    def _put_first(self, patient_id: str, name: str, why: str) -> None:
        self._names[patient_id] = name
        item = ListItem(key=patient_id, title=name, subtitle=why)
        others = [ListItem(key=key, title=text) for key, text in self._names.items() if key != patient_id]
        self.people.set_items([item, *others])
        self.people.show()
        self.nobody.hide()
        self.people.set_current(patient_id)

    def _toggle_text(self) -> None:
        self.text.setVisible(not self.text.isVisible())


def _says(report: LabReport) -> str:
    """Who the message is about, a line each."""
    person = report.person
    numbers = ", ".join(number.value for number in person.numbers)
    born = born_date(person.birth_date) if person.birth_date else t("no birth date")
    sex = sex_text(SEX.get(person.sex, ""))
    lines = [person.name or t("no name"), born, sex, numbers and t("Number: {numbers}", numbers=numbers)]
    ordered = next((order.ordered_by for order in report.orders if order.ordered_by), "")
    lines.append(ordered and t("Ordered by {name}", name=ordered))
    return "\n".join(line for line in lines if line)


def _item(one: LabCandidate) -> ListItem:
    marks = ((one.same_number, t("number")), (one.same_name, t("name")), (one.same_birth, t("birth date")))
    agrees = [text for yes, text in marks if yes]
    same = t("same: {what}", what=", ".join(agrees)) if agrees else t("similar")
    born = born_date(one.born) if one.born else t("no birth date")
    return ListItem(key=one.patient_id, title=one.name, subtitle=same, meta=born, sub_meta=one.mrn)


def _results(report: LabReport) -> tuple[str, str]:
    """The critical results, all of them, and the first of the others; by our limits too where no flag was sent."""
    items = [with_flag(item) for order in report.orders for item in order.items]
    others = [item for item in items if not item.critical]
    lines = [_line(item) for item in others[:MOST_RESULTS]]
    if len(others) > MOST_RESULTS:
        lines.append(tn("and {n} more", "and {n} more", len(others) - MOST_RESULTS))
    return "\n".join(_line(item) for item in items if item.critical), "\n".join(lines)


def _line(item: LabResult) -> str:
    said = f"{item.name}: {critical_sign(item)}{value_text(item)} {unit_text(item.unit)}".strip()
    flag = flag_text(item)
    return (f"{said}, {flag}" if flag else said)[:200]
