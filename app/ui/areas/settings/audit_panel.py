"""One entry of the audit: who, when, where, by which command, and each field before and after."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.audit_words import access_words, command_words, field_words, id_values, table_words, value_words
from app.kernel.errors import AppError
from app.kernel.i18n import t, tn
from app.queries.audit import AuditEntry, audit_names
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.panel import Card
from app.ui.widgets.text import Label
from app.ui.work import Lane, PanelPage, ShellApi
from app.workspace.audit import kind_words

SHOWN_FIELDS = 200


class AuditPanel(PanelPage):
    """Shows an entry; ``command_wanted`` and ``patient_wanted`` ask for everything of a command or a patient."""

    wide: ClassVar[bool] = True
    command_wanted = Signal(str)
    patient_wanted = Signal(str, str)

    def __init__(self, api: ShellApi, entry: AuditEntry, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._api, self._entry = api, entry
        self._names: Mapping[str, str] = {}
        self._lane = Lane(self, api.workspace)
        self._facts = column(gap=8)
        self._fields = column(gap=8)
        self.command_button = Button(t("Everything of this command"), icon="filter", small=True)
        self.command_button.clicked.connect(lambda: self.command_wanted.emit(entry.command_id))
        self.patient_button = Button(t("Everything about this patient"), icon="filter", small=True)
        self.patient_button.clicked.connect(
            lambda: self.patient_wanted.emit(entry.patient_id, entry.patient_name or entry.patient_id)
        )
        buttons = row(self.command_button, self.patient_button, STRETCH, gap=8)
        for button, there in ((self.command_button, entry.command_id), (self.patient_button, entry.patient_id)):
            if not there:
                button.hide()
        body = column(gap=16, parent=self)
        for part in (self._facts, buttons, self._fields):
            body.addLayout(part)
        body.addStretch(1)
        self._show_facts()
        self._show_fields()
        ids = id_values([entry.before, entry.after])
        if ids:
            self._lane.ask(audit_names, on_result=self._named, on_error=self._unnamed, ids=ids)

    def title(self) -> str:
        """Return what was done, to what."""
        return f"{kind_words(self._entry.kind)}: {table_words(self._entry.table)}"

    def meta(self) -> str:
        """Return how many fields changed."""
        count = len(self._entry.changed)
        return tn("{n} field", "{n} fields", count) if count else ""

    def first_focus(self) -> QWidget | None:
        """The first button has the keyboard."""
        return next((b for b in (self.command_button, self.patient_button) if not b.isHidden()), None)

    def _named(self, names: Mapping[str, str]) -> None:
        self._names = names
        self._show_fields()

    def _unnamed(self, _error: AppError) -> None:
        """Without names the ids stay: they are what was written."""

    def facts(self) -> list[tuple[str, str]]:
        """Return what there is to say besides the fields: label and value."""
        one, zone = self._entry, self._api.zone
        when = one.at.astimezone(zone)
        said = [
            (t("When"), f"{when:%Y-%m-%d %H:%M:%S} ({zone.key})"),
            (t("Who"), one.who),
            (t("On behalf of"), one.on_behalf_of),
            (t("Workstation"), one.workstation),
            (t("Patient"), one.patient_name or one.patient_id),
            (t("Row"), one.row_id),
            (t("Command"), command_words(one.command)),
            (t("Command id"), one.command_id),
            (t("Done at the desk"), self._done(when.date().isoformat())),
            (t("Access"), access_words(one.detail) if one.detail else ""),
            (t("Reason"), one.reason),
        ]
        return [(label, value) for label, value in said if value]

    def _done(self, day: str) -> str:
        """When the person did it, where that is worth saying: offline work arrives later."""
        one = self._entry
        if one.done_at is None or abs((one.at - one.done_at).total_seconds()) < 60:
            return ""
        local = one.done_at.astimezone(self._api.zone)
        return f"{local:%H:%M:%S}" if local.date().isoformat() == day else f"{local:%Y-%m-%d %H:%M:%S}"

    def fields(self) -> list[tuple[str, str, str]]:
        """Return the fields that changed: name, before, after, for people."""
        one, zone = self._entry, self._api.zone
        return [
            (
                field_words(name),
                value_words(name, (one.before or {}).get(name), zone, self._names),
                value_words(name, (one.after or {}).get(name), zone, self._names),
            )
            for name in one.changed
        ]

    def _show_facts(self) -> None:
        for label, value in self.facts():
            caption = Label(label, role=TypeRole.META, tone=Tone.MUTED)
            caption.setFixedWidth(120)
            line = row(caption, gap=8)
            line.addWidget(Label(value, wrap=True), 1)
            self._facts.addLayout(line)

    def _show_fields(self) -> None:
        _clear(self._fields)
        shown = self.fields()
        for name, before, after in shown[:SHOWN_FIELDS]:
            card = Card(padding=12, gap=4)
            card.body.addWidget(Label(name, role=TypeRole.META, strong=True))
            for caption, value, document in (
                (t("Before"), before, self._entry.before), (t("After"), after, self._entry.after)
            ):  # fmt: skip
                if document is not None:
                    card.body.addLayout(_pair(caption, value))
            self._fields.addWidget(card)
        if len(shown) > SHOWN_FIELDS:
            more = len(shown) - SHOWN_FIELDS
            self._fields.addWidget(Label(tn("{n} more field", "{n} more fields", more), tone=Tone.MUTED))


def _pair(caption: str, value: str) -> QVBoxLayout:
    words = Label(caption, role=TypeRole.META, tone=Tone.MUTED)
    words.setFixedWidth(60)
    line = row(words, gap=8)
    line.addWidget(Label(value or t("empty"), wrap=True, tone=Tone.TEXT if value else Tone.MUTED), 1)
    outer = column(gap=0)
    outer.addLayout(line)
    return outer


def _clear(layout: QVBoxLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
