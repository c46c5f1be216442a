"""A new account: name, e-mail, roles, and who they are among the providers."""

from __future__ import annotations

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.commands.core import Outcome
from app.domain.enums import Role
from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.queries.clinic import ProviderView, providers
from app.ui.areas.staff.once import PasswordOnce
from app.ui.areas.staff.roles import RoleBoxes
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.form import Form, FormField
from app.ui.widgets.inputs import Combo, LineEdit
from app.ui.widgets.layouts import STRETCH, column
from app.ui.work import Lane, PanelPage, Progress, ShellApi
from app.workspace.staff import add_staff, make_password


class AddPanel(PanelPage):
    """Makes the account and shows its first password once."""

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.api = api
        self._made = False
        self._act, self._people = Lane(self, api.workspace), Lane(self, api.workspace)
        self.name = LineEdit(name=t("Name"))
        self.email = LineEdit(name=t("E-mail"))
        self.roles = RoleBoxes((Role.MEDICAL_ASSISTANT,))
        self.provider = Combo(name=t("Provider"))
        self.provider.set_items([("", t("Nobody of the calendar"))], "")
        self.form = Form()
        self.form.add("name", FormField(t("Name"), self.name, required=True))
        self.form.add("email", FormField(t("E-mail"), self.email, required=True))
        self.form.add("roles", FormField(t("Roles"), self.roles))
        self.form.add("providerId", FormField(t("In the calendar"), self.provider))
        self._once = PasswordOnce()
        self._once.hide()
        self._go = Button(t("Make the account"), kind=ButtonKind.PRIMARY, keys="Ctrl+Return")
        self._go.clicked.connect(self._submit)
        QShortcut(QKeySequence("Ctrl+Return"), self, self._submit)
        for field in (self.name, self.email):
            field.textEdited.connect(lambda _text: self.edited.emit())
        column(self.form, self._once, STRETCH, gap=16, parent=self)
        self._people.ask(providers, on_result=self._show_providers)

    def title(self) -> str:
        """Return the heading."""
        return t("Add an account")

    def foot(self) -> QWidget | None:
        """Return the one button."""
        return self._go

    def first_focus(self) -> QWidget | None:
        """Begin with the name."""
        return self.name

    def dirty(self) -> bool:
        """Whether something has been typed and the account isn't made."""
        return not self._made and bool(self.name.text().strip() or self.email.text().strip())

    def _show_providers(self, found: tuple[ProviderView, ...]) -> None:
        free = [(one.id, one.name) for one in found if one.user_id is None]
        self.provider.set_items([("", t("Nobody of the calendar")), *free], "")

    def _submit(self) -> None:
        if self._made:
            self.finished.emit()
            return
        if not self._go.isEnabled() or not self._complete():
            return
        password, workspace = make_password(), self.api.workspace
        name, email, roles = self.name.text(), self.email.text(), self.roles.roles()
        provider = self.provider.current or None
        self._go.setEnabled(False)

        def work(_progress: Progress) -> Outcome:
            return add_staff(workspace, email=email, name=name, roles=roles, password=password, provider_id=provider)

        self._act.run(work, on_result=lambda outcome: self._done(outcome, password), on_error=self._refused)

    def _complete(self) -> bool:
        self.form.clear_errors()
        if not self.name.text().strip():
            self.form.show_error("name", t("This field is needed."))
        if not self.email.text().strip():
            self.form.show_error("email", t("An e-mail address is needed."))
        return not self.form.has_errors()

    def _done(self, outcome: Outcome, password: str) -> None:
        self._made = True
        self._once.show_password(password)
        self._go.setText(t("Done"))
        self._go.setEnabled(True)
        self.edited.emit()  # nothing is left to put aside
        self.api.did(t("Made the account of {name}", name=self.name.text()), outcome)

    def _refused(self, error: AppError) -> None:
        self._go.setEnabled(True)
        self.form.show_error(error.field, error.message)
