"""The box in which an answer is written: templates, attachments, Ctrl+Enter, the patient's name on the button."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.domain.messages import Attachment, fill_template
from app.domain.permissions import Permission
from app.kernel.i18n import t
from app.queries.message_thread import Recipient, TemplateRow, message_templates, recipient
from app.ui.parts.messages.attaching import Attaching
from app.ui.parts.patient_values import date_text
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.inputs import LineEdit, TextArea
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.menu import MenuItem, open_menu
from app.ui.widgets.text import Label
from app.ui.work import Lane, ShellApi
from app.ui.work.places import ShowSettings

KEEP_AFTER_MS = 1500
ATTACH_KEYS = "Ctrl+Shift+K"


class ReplyBox(QWidget):
    """What is typed is kept a moment later (``edited``); ``sent`` asks for sending."""

    sent = Signal()
    edited = Signal()

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._api = api
        self._templates, self._person = Lane(self, api.workspace), Lane(self, api.workspace)
        self._patient_id = ""
        self._recipient: Recipient | None = None
        self.subject = LineEdit(name=t("Subject"), placeholder=t("Subject"))
        self.subject.hide()
        self.text = TextArea(name=t("Message"), lines=4, placeholder=t("Write a message"))
        self.problem = Label("", role=TypeRole.META, tone=Tone.CRITICAL, wrap=True)
        self.problem.hide()
        self.templates = Button(t("Template"), icon="note", small=True)
        self.attach = Button(t("Attach"), icon="clip", keys=ATTACH_KEYS, small=True)
        self.attaching = Attaching(api)
        self.send = Button(t("Send"), kind=ButtonKind.PRIMARY, icon="send", keys="Ctrl+Return")
        foot = row(self.templates, self.attach, STRETCH, self.send)
        column(self.subject, self.text, self.attaching, self.problem, foot, gap=8, parent=self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(KEEP_AFTER_MS)
        self._timer.timeout.connect(self.edited)
        self.text.textChanged.connect(self._typed)
        self.subject.textEdited.connect(lambda _text: self._typed())
        self.send.clicked.connect(self.sent)
        self.templates.clicked.connect(self.offer_templates)
        self.attach.clicked.connect(self.offer_attachments)
        self.attaching.changed.connect(self._attached)
        self.attaching.refused.connect(self.refuse)
        attach = QShortcut(QKeySequence(ATTACH_KEYS), self, self.offer_attachments)
        attach.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            shortcut = QShortcut(QKeySequence(keys), self, self.sent.emit)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)

    def address(self, patient_id: str, name: str, *, new: bool) -> None:
        """Write to somebody: their name is on the button; ``new`` asks for a subject too."""
        if patient_id != self._patient_id:
            self._patient_id, self._recipient = patient_id, None
            if patient_id:
                self._person.ask(recipient, patient_id=patient_id, on_result=self._known, on_error=lambda _e: None)
        self.subject.setVisible(new)
        words = t("Send to {name}", name=name) if name else t("Send")
        self.send.setText(words)
        self.send.setAccessibleName(words)

    def _known(self, found: Recipient) -> None:
        self._recipient = found
        if found.patient_id == self._patient_id:
            self.send.setText(t("Send to {name}", name=found.name))

    def put(self, text: str, subject: str = "", attachments: tuple[Attachment, ...] = ()) -> None:
        """Put a text in, as if it had been there: nothing is kept of it until somebody types."""
        self.attaching.put(attachments)
        for widget in (self.text, self.subject):
            widget.blockSignals(True)
        self.text.setPlainText(text)
        self.subject.setText(subject)
        for widget in (self.text, self.subject):
            widget.blockSignals(False)
        self._timer.stop()
        self.refuse("")
        self._show_direction()

    def flush(self) -> None:
        """Keep what was typed and isn't kept yet."""
        if self._timer.isActive():
            self._timer.stop()
            self.edited.emit()

    def refuse(self, message: str) -> None:
        """Say why it isn't sent."""
        self.problem.setText(message)
        self.problem.setVisible(bool(message))

    def _typed(self) -> None:
        self.refuse("")
        self._show_direction()
        self._timer.start()

    def _show_direction(self) -> None:
        from app.ui.widgets.text import text_direction

        self.text.setLayoutDirection(text_direction(self.text.toPlainText()))

    def offer_attachments(self) -> None:
        """List what may be attached."""
        if self._patient_id:
            self.attaching.offer(self.attach, self._patient_id)

    def _attached(self) -> None:
        self._typed()
        self.text.setFocus(Qt.FocusReason.OtherFocusReason)

    def offer_templates(self) -> None:
        """List the clinic's templates."""
        self._templates.ask(message_templates, on_result=self._offer, on_error=self._api.problem)

    def _offer(self, found: tuple[TemplateRow, ...]) -> None:
        items: list[MenuItem | None] = [MenuItem(one.name, partial(self.insert, one), "note") for one in found]
        if self._api.can(Permission.CLINIC_SETTINGS):
            more = MenuItem(t("Change the templates"), self._open_templates, "gear")
            items += [None, more] if items else [more]
        if not items:
            self.refuse(t("There are no templates yet. An administrator makes them."))
            return
        open_menu(self.templates, t("Begin from a template"), items)

    def _open_templates(self) -> None:
        self._api.navigate(ShowSettings(section="templates"))

    def insert(self, template: TemplateRow) -> None:
        """Put a template's text in where the cursor is, with what is known filled in."""
        today = self._api.workspace.reader().today
        person = self._recipient
        values = {"date": date_text(today), "provider": self._api.workspace.actor.name}
        if person is not None:
            values |= {"name": person.name, "clinic": person.clinic}
        self.text.insertPlainText(fill_template(template.body, values))
        self.text.setFocus(Qt.FocusReason.OtherFocusReason)
