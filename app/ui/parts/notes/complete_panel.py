"""The end of a visit: what of it is still open, each with its button, and the follow-up that is ordered."""

from __future__ import annotations

from functools import partial

from PySide6.QtGui import QIntValidator, QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.commands.core import Outcome
from app.commands.visits import CompleteVisit, FollowUp
from app.domain.enums import ExcuseNoteStatus, LabOrderStatus, ReferralStatus, VisitStatus
from app.kernel.errors import AppError
from app.kernel.i18n import t, tn
from app.queries.visit_content import VisitContent, visit_content
from app.queries.visit_notes import NoteView, visit_note
from app.ui.theme.tokens import StatusKind, Tone, TypeRole
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.form import FormField
from app.ui.widgets.inputs import LineEdit
from app.ui.widgets.layouts import column, row
from app.ui.widgets.lists import ListCard, ListItem
from app.ui.widgets.panel import Note
from app.ui.widgets.text import Label
from app.ui.widgets.toggles import SegmentedControl
from app.ui.work import ChangesPort, Lane, PanelPage, ShellApi
from app.ui.work.places import OpenChart

_CHOICES = ("0", "1", "2", "6", "12", "other")


class CompletePanel(PanelPage):
    """Nothing that is open stands in the way; it is only shown."""

    watches = frozenset({"visits", "visit_note", "lab_orders", "referrals", "excuse_notes", "draft"})

    def __init__(self, api: ShellApi, visit_id: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.api, self.visit_id = api, visit_id
        self.content: VisitContent | None = None
        self._note: NoteView | None = None
        self._sending = self._noted = self._begun = False
        self._look, self._read, self._act = (Lane(self, api.workspace) for _ in range(3))
        self.said = Note("", kind=StatusKind.CRITICAL)
        self.said.hide()
        self.alike = Note("", kind=StatusKind.ARRIVED)
        self.alike.hide()
        self.who = Label("", role=TypeRole.SECTION, strong=True, wrap=True)
        self.open_head = Label(t("Still open"), role=TypeRole.META, strong=True)
        self.open_list = ListCard(name=t("Still open"), row_height=40, by_click=True)
        self.nothing = Label(t("Nothing is left open."), tone=Tone.MUTED)
        self.weeks = SegmentedControl([("0", t("None")), *((n, n) for n in _CHOICES[1:5]), ("other", "…")],
                                      name=t("Follow-up in weeks"))  # fmt: skip
        self.other = LineEdit(name=t("Weeks"), max_length=3)
        self.other.setValidator(QIntValidator(1, 520, self.other))
        self.tolerance = LineEdit("1", name=t("Give or take"), max_length=2)
        self.tolerance.setValidator(QIntValidator(0, 51, self.tolerance))
        self.note = LineEdit(name=t("For the front desk"), max_length=1000)
        self._other_field = FormField(t("Weeks"), self.other)
        self._tolerance_field = FormField(t("± weeks"), self.tolerance)
        self._note_field = FormField(t("For the front desk"), self.note)
        self.go = Button(t("Complete"), kind=ButtonKind.PRIMARY, icon="check", keys="Ctrl+Enter")
        column(self.who, self.alike, self.said, self.open_head, self.open_list, self.nothing,
               Label(t("Follow-up in weeks"), role=TypeRole.META, strong=True), self.weeks,
               row(self._other_field, self._tolerance_field, gap=12), self._note_field, gap=12,
               parent=self).addStretch(1)  # fmt: skip
        self._connect()
        self._chosen("0")
        self.go.setEnabled(False)
        self.refresh()

    def _connect(self) -> None:
        self.weeks.changed.connect(self._chosen)
        self.open_list.chosen.connect(self._open)
        self.go.clicked.connect(self.complete)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(keys), self, self.complete)

    def title(self) -> str:
        """Return the heading."""
        return t("Complete the visit")

    def foot(self) -> QWidget | None:
        """Return the one button."""
        return self.go

    def first_focus(self) -> QWidget | None:
        """Begin with what is open, else with the follow-up."""
        return self.open_list if self.open_list.items() else self.go

    def changed(self, changes: ChangesPort) -> None:
        """Follow what is closed meanwhile."""
        del changes
        self.refresh()

    def refresh(self) -> None:
        """Ask what is open."""
        self._look.ask(visit_content, visit_id=self.visit_id, on_result=self._show, on_error=self._failed)
        self._read.ask(visit_note, visit_id=self.visit_id, on_result=self._show_note, on_error=self._failed)

    def _failed(self, error: AppError) -> None:
        self._sending = False
        self.go.setEnabled(True)
        self.said.show_text(error.message)
        self.said.show()

    def _show(self, content: VisitContent) -> None:
        self.content = content
        if content.status is VisitStatus.COMPLETED and not self._sending:
            self.finished.emit()
            return
        self.who.setText(content.patient_name)
        self.go.setText(t("Complete the visit of {name}", name=content.patient_name))
        self.go.setEnabled(not self._sending)
        self.alike.setVisible(bool(content.alike))
        self.alike.show_text(t("Similar name on this day: {names}", names=", ".join(content.alike)))
        self._show_open()

    def _show_note(self, note: NoteView | None) -> None:
        self._note, self._noted = note, True
        self._show_open()

    def _show_open(self) -> None:
        items = self._open_items()
        self.open_list.set_items(items)
        self.open_list.setVisible(bool(items))
        self.nothing.setVisible(not items)
        if self.content is not None and self._noted and not self._begun:  # nothing here took the keyboard before
            self._begun = True
            if self.isVisible():
                (self.open_list if items else self.go).setFocus()

    def _open_items(self) -> list[ListItem]:
        """What the day would end with: the note, orders, referrals, papers, forms that were never sent."""
        found: list[tuple[str, str, str]] = []
        if self._note is None:
            found.append(("note", t("No note is written"), "edit"))
        elif not self._note.signed:
            found.append(("note", t("The note isn't signed"), "edit"))
        if self.content is not None:
            found += open_parts(self.content)
        return [ListItem(key=key, title=title, icon=icon, title_strong=False) for key, title, icon in found]

    def _open(self, key: str) -> None:
        if self.content is None:
            return
        if key == "note":
            from app.ui.parts.notes.note_panel import NotePanel

            self.api.show_panel(NotePanel(self.api, self.visit_id))
            return
        tab, _, item = key.partition("/")
        patient = self.content.patient_id
        self.api.navigate(OpenChart(patient_id=patient, tab=tab if item else "visits", item=item or self.visit_id))

    def _chosen(self, key: str) -> None:
        wanted = key != "0"
        self._other_field.setVisible(key == "other")
        for field in (self._tolerance_field, self._note_field):
            field.setVisible(wanted)
        if key == "other":
            self.other.setFocus()

    def follow_up(self) -> FollowUp | None:
        """Return what is ordered; None for nothing, or while the number of weeks isn't one."""
        key = self.weeks.current
        text = self.other.text() if key == "other" else key
        weeks = int(text) if text.isdecimal() else 0
        tolerance = int(self.tolerance.text()) if self.tolerance.text().isdecimal() else 0
        return FollowUp(weeks=weeks, tolerance_weeks=tolerance, note=self.note.text()) if weeks else None

    def complete(self) -> None:
        """End the visit; Undo takes it back."""
        if self.content is None or self._sending:
            return
        wanted = self.follow_up()
        if wanted is None and self.weeks.current == "other":
            self._other_field.set_error(t("Enter 1 to 520 weeks."))
            self.other.setFocus()
            return
        self._sending = True
        self.go.setEnabled(False)
        command = CompleteVisit(visit_id=self.visit_id, follow_up=wanted)
        done = partial(self._completed, self.content.patient_name)
        self._act.execute(command, on_done=done, on_refused=self._failed, on_unavailable=self._failed)

    def _completed(self, name: str, outcome: Outcome) -> None:
        self.api.did(t("Completed {name}", name=name), outcome)
        self.finished.emit()


def open_parts(content: VisitContent) -> list[tuple[str, str, str]]:
    """What of a visit was begun and not sent: key (tab and row), words, icon."""
    orders = [
        (f"labs/{one.id}", t("Ordered, not taken yet: {tests}", tests=", ".join(one.tests)), "flask")
        for one in content.orders
        if one.status is LabOrderStatus.ORDERED
    ]
    referrals = [
        (f"referrals/{one.id}", t("Referral not sent: {specialty}", specialty=one.specialty), "share")
        for one in content.referrals
        if one.status is ReferralStatus.PENDING
    ]
    drafted = [one for one in content.papers if one.status is ExcuseNoteStatus.DRAFT]
    papers = [(f"notes/{one.id}", t("Excuse note not sent"), "note") for one in drafted]
    count = len(content.drafts)
    forms = tn("{n} form was begun and not sent", "{n} forms were begun and not sent", count)
    return [*orders, *referrals, *papers, *([("drafts", forms, "note")] if count else [])]
