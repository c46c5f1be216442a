"""What a card says across its whole width: an open identity, a merge; and the merges that can be undone."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.domain.permissions import Permission
from app.kernel.i18n import t, tn
from app.queries.merges import PastMerge
from app.queries.patient_card import PatientCard
from app.ui.parts.patient_values import date_text
from app.ui.theme.tokens import StatusKind, Tone, TypeRole
from app.ui.widgets.button import Button
from app.ui.widgets.chip import StatusChip
from app.ui.widgets.layouts import column, row
from app.ui.widgets.panel import Panel, Strip
from app.ui.widgets.text import ElidedLabel, Label
from app.ui.widgets.toggles import Checkbox
from app.ui.work import ShellApi


class IdentityNotice(Strip):
    """The identity was never seen; one click when it has been."""

    confirmed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.button = Button(t("Confirm"), icon="check", keys="Alt+I", small=True, name=t("Confirm the identity"))
        self.button.clicked.connect(self.confirmed)
        self.items.addWidget(StatusChip(StatusKind.ARRIVED, t("Identity to confirm")))
        self.items.addWidget(ElidedLabel(t("Ask for an identity card, or for the full name and the birth date.")), 1)
        self.items.addWidget(self.button)
        self.hide()


class MergedIntoNotice(Strip):
    """The record is part of another one by now."""

    opened = Signal(str)
    undo = Signal()

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._zone = api.zone
        self._may = api.can(Permission.MERGE_PATIENTS)
        self._into = ""
        self.text = ElidedLabel("")
        self.open_button = Button(t("Open that record"), small=True)
        self.undo_button = Button(t("Undo the merge"), icon="undo", small=True)
        self.open_button.clicked.connect(lambda: self.opened.emit(self._into))
        self.undo_button.clicked.connect(self.undo)
        self.items.addWidget(StatusChip(StatusKind.HELD, t("Merged")))
        self.items.addWidget(self.text, 1)
        self.items.addWidget(self.open_button)
        self.items.addWidget(self.undo_button)
        self.hide()

    def show_merge(self, card: PatientCard) -> None:
        """Show where the record went, or nothing."""
        self._into = card.merged_into or ""
        self.setVisible(bool(self._into))
        self.undo_button.setVisible(self._may)
        self.text.setText(t("This record is part of another one. What was left here is shown there too."))


class PastMerges(Panel):
    """Other records that are part of this one, for those who may undo that."""

    undo = Signal(str, str, bool)
    """The id and the name of the record to bring back, and whether its later entries go back too."""

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(t("Merged records"), parent=parent)
        self._zone = api.zone
        self._lines: list[QWidget] = []
        self.hide()

    def show_merges(self, merges: Sequence[PastMerge]) -> None:
        """Show the merges, newest first."""
        for line in self._lines:
            line.hide()
            line.deleteLater()
        self._lines = [self._line(merge) for merge in merges]
        self.add(*self._lines)
        self.set_count(len(merges) or None)
        self.setVisible(bool(merges))

    def _line(self, merge: PastMerge) -> QWidget:
        line = QWidget()
        day = date_text(merge.merged_at.astimezone(self._zone).date())
        name = Label(merge.name, strong=True)
        when = ElidedLabel(t("{date}, {who}", date=day, who=merge.merged_by), role=TypeRole.META, tone=Tone.MUTED)
        button = Button(t("Undo"), icon="undo", small=True, name=t("Undo the merge of {name}", name=merge.name))
        later = Checkbox(tn("with {n} later entry", "with {n} later entries", merge.later), checked=True)
        later.setToolTip(t("What their phone or device has sent since the merge"))
        later.setVisible(merge.later > 0)
        button.clicked.connect(
            lambda: self.undo.emit(merge.dropped_id, merge.name, merge.later > 0 and later.isChecked())
        )
        first = row(name, when, button, gap=8)
        first.setStretch(1, 1)
        column(first, later, gap=0, parent=line)
        return line
