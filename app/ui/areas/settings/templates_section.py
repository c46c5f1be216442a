"""Texts to begin a message from: what is filled in, and how it will read."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.commands.core import Command
from app.commands.message_templates import SaveMessageTemplate
from app.domain.messages import MOST_TEXT, PLACEHOLDERS, fill_template
from app.kernel.i18n import LANGUAGES, language, t
from app.kernel.ids import new_uuid
from app.queries.message_thread import TemplateRow, message_templates
from app.ui.areas.settings.lists_section import ListSection
from app.ui.parts.patient_values import date_text
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button
from app.ui.widgets.form import FormField
from app.ui.widgets.inputs import Combo, LineEdit, TextArea
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.lists import ListItem
from app.ui.widgets.text import Label, text_direction
from app.ui.widgets.toggles import Checkbox
from app.ui.work import ShellApi

LINES = 8


def placeholder_words() -> dict[str, str]:
    """Return what each placeholder is filled in with, in words."""
    return {
        "name": t("The patient's name"),
        "provider": t("Who writes"),
        "date": t("The day of writing"),
        "clinic": t("The clinic's name"),
    }


class TemplatesSection(ListSection):
    """The clinic's templates; one that isn't offered any more stays in the list."""

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        self._new_id = new_uuid()
        super().__init__(api, t("Message templates"), t("Add a template"), parent)
        self.body.textChanged.connect(self._show_preview)
        self._show_preview()

    def build(self) -> None:
        """Name, language, text, what is filled in, how it reads, whether it is offered."""
        self.name = LineEdit(name=t("Name"), max_length=100)
        self.written_in = Combo(list(LANGUAGES.items()), name=t("Language"), current=language())
        self.body = TextArea(name=t("Text"), lines=LINES)
        self.preview = Label("", role=TypeRole.BODY, wrap=True)
        self.preview.setTextFormat(Qt.TextFormat.PlainText)
        self.preview.setAccessibleName(t("How it reads"))
        self.active = Checkbox(t("Is offered"), checked=True)
        name, locale = FormField(t("Name"), self.name, required=True), FormField(t("Language"), self.written_in)
        self.form.add_row(("name", name), ("locale", locale))
        self.form.add("body", FormField(t("Text"), self.body, required=True))
        self.form.body.addLayout(self._placeholders())
        shown = Label(t("How it reads"), role=TypeRole.META, strong=True)
        self.form.body.addLayout(column(shown, self.preview, gap=4))
        self.form.body.addWidget(self.active)

    def _placeholders(self) -> QVBoxLayout:
        explained = t("These words are filled in when somebody writes:")
        self.words: dict[str, Button] = {}
        for key, words in placeholder_words().items():
            button = Button(words, icon="plus", small=True)
            button.setToolTip(t("Insert {word}", word=f"{{{key}}}"))
            button.clicked.connect(partial(self.insert, key))
            self.words[key] = button
        first, second = [self.words[key] for key in PLACEHOLDERS[:2]], [self.words[key] for key in PLACEHOLDERS[2:]]
        return column(Label(explained, role=TypeRole.META, tone=Tone.MUTED, wrap=True),
                      row(*first, STRETCH, gap=8), row(*second, STRETCH, gap=8), gap=8)  # fmt: skip

    def insert(self, key: str) -> None:
        """Put a placeholder in where the cursor is."""
        self.body.insertPlainText(f"{{{key}}}")
        self.body.setFocus(Qt.FocusReason.OtherFocusReason)

    def ask(self) -> None:
        """Ask for all templates."""
        self._load.ask(message_templates, on_result=self.show_items, every=True)

    def show_items(self, found: Sequence[TemplateRow]) -> None:
        """Show the templates; without any there is no list, the form is there for the first."""
        self.list.setVisible(bool(found))
        super().show_items(found)

    def row_of(self, item: TemplateRow) -> ListItem:
        """Return name and language, or that it isn't offered any more."""
        meta = LANGUAGES.get(item.locale, item.locale) if item.active else t("not offered")
        return ListItem(key=item.id, title=item.name, title_strong=item.active, meta=meta)

    def fill(self, item: TemplateRow | None) -> None:
        """Show a template."""
        self._new_id = new_uuid()
        self.name.setText(item.name if item else "")
        self.written_in.set_current(item.locale if item else language())
        self.body.setPlainText(item.body if item else "")
        self.active.setChecked(item.active if item else True)

    def command(self, item: TemplateRow | None) -> Command:
        """Save the template."""
        return SaveMessageTemplate(
            template_id=item.id if item else self._new_id, name=self.name.text(), body=self.body.toPlainText(),
            locale=self.written_in.current, active=self.active.isChecked(),
            sort_order=item.sort_order if item else len(self.items),
        )  # fmt: skip

    def _show_preview(self) -> None:
        """Fill it in for somebody who doesn't exist."""
        workspace = self._api.workspace
        values = {"name": t("Alex Example"), "provider": workspace.actor.name, "clinic": workspace.clinic.name,
                  "date": date_text(workspace.reader().today)}  # fmt: skip
        text = self.body.toPlainText()[:MOST_TEXT]
        self.preview.setText(fill_template(text, values) or t("Nothing yet."))
        self.preview.set_tone(Tone.TEXT if text.strip() else Tone.MUTED)
        for widget in (self.body, self.preview):
            widget.setLayoutDirection(text_direction(text))
