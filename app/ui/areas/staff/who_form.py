"""The name and the e-mail of an account, to be corrected; the e-mail is the login."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.commands.staff import EditStaff
from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.queries.clinic import StaffView
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button
from app.ui.widgets.form import Form, FormField
from app.ui.widgets.inputs import LineEdit
from app.ui.widgets.layouts import column
from app.ui.widgets.text import Label


class WhoForm(QWidget):
    """Two fields and their button. ``own``: one's own e-mail is another administrator's to correct."""

    changed = Signal()

    def __init__(self, person: StaffView, *, own: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._person = person
        self.name = LineEdit(person.name, name=t("Name"), max_length=200)
        self.email = LineEdit(person.email, name=t("E-mail"), max_length=254)
        self.email.setReadOnly(own)
        hint = t("Another administrator corrects your e-mail address.") if own else t(
            "The sign-in. Another address signs {name} out; the password stays.", name=person.name
        )  # fmt: skip
        self.form = Form()
        self.form.add("name", FormField(t("Name"), self.name, required=True))
        self.form.add("email", FormField(t("E-mail"), self.email, required=True))
        self.save = Button(t("Save name and e-mail"))
        about = Label(hint, role=TypeRole.META, tone=Tone.MUTED, wrap=True)
        column(self.form, about, self.save, gap=12, parent=self)
        for field in (self.name, self.email):
            field.textEdited.connect(lambda _text: self.changed.emit())
            field.returnPressed.connect(self.save.click)

    def command(self) -> EditStaff | None:
        """Return the correction; None when nothing differs."""
        name, email = self.name.text().strip(), self.email.text().strip()
        other = email.casefold() != self._person.email.casefold()
        if name == self._person.name and not other:
            return None
        return EditStaff(
            user_id=self._person.user_id, name=name if name != self._person.name else None,
            email=email if other else None, old_name=self._person.name, old_email=self._person.email,
        )  # fmt: skip

    def say(self, text: str) -> None:
        """Say something at the name."""
        self.form.show_error("name", text)

    def show_error(self, error: AppError) -> bool:
        """Show what was refused at its field; False when it is about none of the two."""
        if error.field not in ("name", "email"):
            return False
        self.form.show_error(error.field, error.message)
        return True
