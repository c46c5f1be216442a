"""Merging two records of one person: both side by side, what differs marked, ten seconds to think again."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.commands.core import Outcome
from app.domain.demographics import read_demographics
from app.domain.patient_flags import flag_text
from app.domain.patient_merge import FieldMeeting, Meeting
from app.domain.patients import field_title
from app.kernel.errors import AppError
from app.kernel.i18n import t, tn
from app.queries.merges import MergeSide, merge_sides
from app.queries.patient_card import PatientCard, patient_card
from app.queries.patients import Likeness, Shared, likely_duplicates
from app.ui.areas.patients.merge_choices import MergeChoices, better_survivor
from app.ui.parts.differences import differing
from app.ui.parts.marked_text import MarkedText
from app.ui.parts.patient_values import born_text, date_text, show_value
from app.ui.theme.tokens import StatusKind, Tone, TypeRole
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.lists import ListCard, ListItem
from app.ui.widgets.panel import Card, Note
from app.ui.widgets.text import Divider, ElidedLabel, Label
from app.ui.widgets.toggles import Checkbox, SegmentedControl
from app.ui.work import Lane, PanelPage, PendingAction, ShellApi

KEPT, DROPPED = "kept", "dropped"


class MergePanel(PanelPage):
    """``patient_id`` is one of the two; the other one is chosen here."""

    wide = True

    def __init__(
        self,
        api: ShellApi,
        patient_id: str,
        name: str,
        *,
        open_patient: Callable[[str], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._api, self._patient_id, self._name, self._open = api, patient_id, name, open_patient
        self._ask, self._like = Lane(self, api.workspace), Lane(self, api.workspace)
        self.choices: MergeChoices | None = None
        self._note = Note("", kind=StatusKind.CRITICAL)
        self._note.hide()
        self._hint = Label(t("Which other record is the same person? Everything in it moves; it can be undone."),
                           tone=Tone.MUTED, wrap=True)  # fmt: skip
        self.likely = ListCard(name=t("Likely the same person"), max_rows=5, by_click=True)
        self.likely.chosen.connect(self.choose)
        self.likely.hide()
        self.find_button = Button(t("Find the other record"), icon="search")
        self.find_button.clicked.connect(lambda: api.find_patient(lambda other, _name: self.choose(other)))
        self.swap_button = Button(t("The other way round"), icon="swap", small=True)
        self.swap_button.clicked.connect(self._swap)
        self.swap_button.hide()
        self._sides = QWidget()
        self._sides_body = column(gap=12, parent=self._sides)
        self.merge_button = Button(t("Merge"), kind=ButtonKind.PRIMARY, keys="Ctrl+Return")
        self.merge_button.setEnabled(False)
        self.merge_button.clicked.connect(self.merge)
        QShortcut(QKeySequence("Ctrl+Return"), self, self.merge)
        buttons = row(self.find_button, self.swap_button, STRETCH, gap=8)
        column(self._note, self._hint, self.likely, buttons, self._sides, gap=12, parent=self).addStretch(1)
        self._suggest()

    def title(self) -> str:
        """Return the heading."""
        return t("Merge {name}", name=self._name)

    def first_focus(self) -> QWidget | None:
        """Begin with the choice of the other record."""
        return self.find_button

    def foot(self) -> QWidget | None:
        """Return the one button."""
        return self.merge_button

    # -- choosing the other record -------------------------------------------------------------------------------

    def _suggest(self) -> None:
        def about(card: PatientCard) -> None:
            phone = read_demographics(card.raw_demographics).phone
            self._like.ask(likely_duplicates, on_result=self._show_likely, on_error=_unimportant, besides=card.id,
                           first_name=card.first_name, last_name=card.last_name, born=card.born,
                           phone=phone)  # fmt: skip

        self._like.ask(patient_card, on_result=about, on_error=_unimportant, patient_id=self._patient_id)

    def _show_likely(self, found: tuple[Likeness, ...]) -> None:
        if self.choices is not None:
            return
        today = self._api.workspace.reader().today
        items = [
            ListItem(key=one.patient.id, title=one.patient.name, sub_meta=one.patient.phone,
                     meta=t("MRN {number}", number=one.patient.mrn) if one.patient.mrn else "",
                     subtitle=t("Born {date}", date=born_text(one.patient.born, today, one.patient.death)),
                     subtitle_text=True)
            for one in found if one.same_person or Shared.NAME in one.shared
        ]  # fmt: skip
        self.likely.set_items(items)
        self.likely.setVisible(bool(items))

    def choose(self, other_id: str) -> None:
        """Compare with another record."""
        self._note.hide()
        if other_id == self._patient_id:
            self._say(t("These are one and the same patient."))
            return
        self._ask.ask(merge_sides, on_result=self._compare, on_error=self._failed, one=self._patient_id, other=other_id)

    def _compare(self, sides: tuple[MergeSide, MergeSide]) -> None:
        one, other = sides
        if one.merged_into or other.merged_into:
            self._say(t("One of the two was merged with another patient in the meantime."))
            return
        self.choices = MergeChoices(one, other) if better_survivor(one, other) else MergeChoices(other, one)
        self.likely.hide()
        self._hint.hide()
        self.find_button.setText(t("Another record"))
        self._show()

    def _swap(self) -> None:
        if self.choices is not None:
            self.choices = self.choices.swapped()
            self._show()

    def _failed(self, error: AppError) -> None:
        self._say(error.message)

    def _say(self, text: str) -> None:
        self._note.show_text(text)
        self._note.show()

    # -- both sides ----------------------------------------------------------------------------------------------

    def _show(self) -> None:
        choices = self.choices
        if choices is None:
            return
        while (item := self._sides_body.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._sides_body.addWidget(self._heads(choices))
        for meeting in choices.open_fields:
            self._sides_body.addWidget(_FieldLine(choices, meeting))
        for text in self._rest(choices):
            self._sides_body.addWidget(Label(text, role=TypeRole.META, tone=Tone.MUTED, wrap=True))
        self.swap_button.show()
        names = {"drop": choices.dropped.name, "keep": choices.kept.name}
        self.merge_button.setText(t("Merge {drop} into {keep}", **names))
        self.merge_button.setEnabled(True)

    def _heads(self, choices: MergeChoices) -> QWidget:
        holder = QWidget()
        line = row(gap=12, parent=holder)
        for title, side in ((t("Stays"), choices.kept), (t("Moves into it"), choices.dropped)):
            line.addWidget(self._head(title, side), 1)
        return holder

    def _head(self, title: str, side: MergeSide) -> Card:
        card = Card(padding=12, gap=2)
        card.set_selected(self.choices is not None and side is self.choices.kept)
        card.setAccessibleName(f"{title}: {side.name}")
        created = date_text(side.created_at.astimezone(self._api.zone).date())
        card.body.addWidget(Label(title, role=TypeRole.META, tone=Tone.MUTED))
        card.body.addWidget(ElidedLabel(side.name, strong=True))
        born = show_value("dateOfBirth", side.fields.get("dateOfBirth")) or t("birth date unknown")
        card.body.addWidget(Label(born))
        card.body.addWidget(Label(t("Registered {date}", date=created), role=TypeRole.META, tone=Tone.MUTED))
        sign_in = t("Signs in with the app") if side.login_email else t("No sign-in")
        card.body.addWidget(Label(sign_in, role=TypeRole.META, tone=Tone.MUTED))
        return card

    @staticmethod
    def _rest(choices: MergeChoices) -> list[str]:
        same = sum(1 for one in choices.meetings if one.meeting is Meeting.SAME)
        texts = [tn("{n} field is the same.", "{n} fields are the same.", same)] if same else []
        if choices.new_flags:
            texts.append(t("Flags that come with it: {flags}", flags=", ".join(map(flag_text, choices.new_flags))))
        moving = [f"{n} {_table_text(table, n)}" for table, n in choices.dropped.rows.items()]
        texts.append(t("What moves: {list}.", list=", ".join(moving)) if moving else t("It has no visits or readings."))
        return texts

    # -- merging -------------------------------------------------------------------------------------------------

    def merge(self) -> None:
        """Merge after ten seconds, unless it is cancelled."""
        choices = self.choices
        if choices is None or not self.merge_button.isEnabled():
            return
        names = {"drop": choices.dropped.name, "keep": choices.kept.name}
        api = self._api
        self.merge_button.setEnabled(False)
        api.pending(
            PendingAction(
                text=t("Merging {drop} into {keep}", **names),
                command=choices.command(),
                on_done=partial(_merged, api, self._open, choices.kept.id, t("Merged {drop} into {keep}", **names)),
                on_refused=api.problem,
            )
        )
        self.finished.emit()


def _merged(api: ShellApi, open_patient: Callable[[str], None], kept_id: str, text: str, outcome: Outcome) -> None:
    api.did(text, outcome)
    open_patient(kept_id)


class _FieldLine(QWidget):
    """A field of both records, and what the survivor gets."""

    def __init__(self, choices: MergeChoices, meeting: FieldMeeting) -> None:
        super().__init__()
        title = field_title(meeting.field)
        kept, dropped = show_value(meeting.field, meeting.kept), show_value(meeting.field, meeting.dropped)
        marks = differing(kept, dropped) if meeting.meeting is Meeting.DIFFERENT else ((), ())
        left, right = MarkedText(), MarkedText()
        left.show_text(kept or t("(empty)"), marks[0])
        right.show_text(dropped or t("(empty)"), marks[1])
        sides = row(gap=24)
        sides.addWidget(left, 1)
        sides.addWidget(right, 1)
        body = column(Divider(), Label(title, role=TypeRole.META, strong=True), sides, gap=6, parent=self)
        self.control: SegmentedControl | Checkbox
        if meeting.meeting is Meeting.DIFFERENT:
            self.control = SegmentedControl([(KEPT, t("Keep the left")), (DROPPED, t("Take the right"))], name=title)
            self.control.set_current(DROPPED if choices.takes(meeting) else KEPT)
            self.control.changed.connect(lambda key: choices.choose(meeting.field, key == DROPPED))
        else:
            text = t("Take both together") if meeting.meeting is Meeting.UNITED else t("Take it over")
            self.control = Checkbox(text, name=f"{title}: {text}", checked=choices.takes(meeting))
            self.control.toggled.connect(lambda on: choices.choose(meeting.field, on))
        body.addLayout(row(self.control, STRETCH))


def _table_text(table: str, n: int) -> str:
    words = {
        "visits": tn("visit", "visits", n), "visit_requests": tn("request", "requests", n),
        "measurements": tn("measurement", "measurements", n), "lab_orders": tn("lab order", "lab orders", n),
        "vital_readings": tn("device reading", "device readings", n), "referrals": tn("referral", "referrals", n),
        "hrv_readings": tn("HRV reading", "HRV readings", n), "bmi_readings": tn("BMI", "BMIs", n),
        "excuse_notes": tn("note", "notes", n), "message_threads": tn("message thread", "message threads", n),
        "alerts": tn("alert", "alerts", n), "care_plans": tn("care plan", "care plans", n),
        "waiting_list_entry": tn("waiting-list entry", "waiting-list entries", n),
        "device_connections": tn("device", "devices", n),
        "weekly_summaries": tn("weekly summary", "weekly summaries", n),
    }  # fmt: skip
    return words.get(table, table)


def _unimportant(_error: AppError) -> None:
    """Without suggestions the other record is found by hand."""
