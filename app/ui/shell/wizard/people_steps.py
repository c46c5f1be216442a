"""The people who will sign in: the administrator, and the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from app.domain.enums import Role
from app.kernel.i18n import t
from app.setup.plan import NewAccount
from app.ui.shell.wizard.step import WizardStep
from app.ui.widgets.button import Button, IconButton
from app.ui.widgets.form import Form, FormField
from app.ui.widgets.inputs import Combo, LineEdit
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.panel import Card

LEAST_PASSWORD = 10


def looks_like_email(text: str) -> bool:
    """Whether a text could be an e-mail address; the set-up itself is stricter."""
    before, at, after = text.strip().partition("@")
    return bool(before and at and "." in after.strip(".") and " " not in text.strip() and "@" not in after)


class AdminStep(WizardStep):
    """The administrator's account."""

    fields = frozenset({"admin", "email", "password"})

    @classmethod
    def title(cls) -> str:
        """Return the heading."""
        return t("Your account")

    def __init__(self) -> None:
        super().__init__(
            t("You will be the administrator: you add people, set hours and may do everything a front desk does.")
        )
        self.name, self.email = LineEdit(max_length=300), LineEdit(max_length=254)
        self.password, self.again = LineEdit(max_length=1000), LineEdit(max_length=1000)
        for field in (self.password, self.again):
            field.setEchoMode(QLineEdit.EchoMode.Password)
        self.form.add("name", FormField(t("Your name"), self.name, required=True))
        self.form.add("email", FormField(t("E-mail"), self.email, hint=t("you sign in with it"), required=True))
        least = t("at least {n} characters", n=LEAST_PASSWORD)
        self.form.add_row(
            ("password", FormField(t("Password"), self.password, hint=least, required=True)),
            ("again", FormField(t("Password again"), self.again, required=True)),
        )

    def check(self) -> bool:
        """Want a name, an address, and the same password twice."""
        super().check()
        if not self.name.text().strip():
            self.form.show_error("name", t("Enter your name."))
        if not looks_like_email(self.email.text()):
            self.form.show_error("email", t("Enter an e-mail address such as name@clinic.org."))
        if len(self.password.text()) < LEAST_PASSWORD:
            self.form.show_error("password", t("Use at least {n} characters.", n=LEAST_PASSWORD))
        elif self.password.text() != self.again.text():
            self.form.show_error("again", t("The two passwords differ."))
        return not self.form.has_errors()

    def values(self) -> Mapping[str, Any]:
        """Return the account."""
        account = NewAccount(
            name=self.name.text().strip(),
            email=self.email.text().strip(),
            roles=frozenset({Role.ADMIN}),
            password=self.password.text(),
        )
        return {"admin": account}

    def first_focus(self) -> QWidget | None:
        """Begin with the name."""
        return self.name


class Rows(QWidget):
    """A list of small forms that grows and shrinks."""

    changed = Signal()

    def __init__(self, make: Callable[[], RowForm], add_text: str) -> None:
        super().__init__()
        self._make = make
        self._list = column(gap=12)
        self.add_button = Button(add_text, icon="plus")
        self.add_button.clicked.connect(lambda: self.add().focus_first())
        body = column(self._list, gap=12, parent=self)
        body.addLayout(row(self.add_button, STRETCH))

    @property
    def rows(self) -> Sequence[RowForm]:
        """The forms in order."""
        found = [self._list.itemAt(n) for n in range(self._list.count())]
        widgets = [item.widget() for item in found if item is not None]
        return tuple(widget for widget in widgets if isinstance(widget, RowForm))

    def add(self) -> RowForm:
        """Append an empty form."""
        made = self._make()
        made.removed.connect(lambda: self._remove(made))
        self._list.addWidget(made)
        self.changed.emit()
        return made

    def _remove(self, form: RowForm) -> None:
        self._list.removeWidget(form)
        form.hide()
        form.deleteLater()
        self.add_button.setFocus(Qt.FocusReason.OtherFocusReason)
        self.changed.emit()


class RowForm(Card):
    """One entry of ``Rows``; an empty one is passed over."""

    removed = Signal()

    def __init__(self, what: str) -> None:
        super().__init__(padding=16, gap=12)
        self.setAccessibleName(what)
        self.form = Form()
        self.remove_button = IconButton("trash", t("Remove: {what}", what=what))
        self.remove_button.clicked.connect(self.removed)
        head = row(gap=8)
        head.addWidget(self.form, 1)
        head.addWidget(self.remove_button, 0, Qt.AlignmentFlag.AlignTop)
        self.body.addLayout(head)

    def is_empty(self) -> bool:
        """Whether nothing is entered."""
        raise NotImplementedError

    def check(self) -> bool:
        """Show what is wrong; True when the entry is fine."""
        raise NotImplementedError

    def focus_first(self) -> None:
        """Go to the first field."""
        field = next(iter(self.form.findChildren(QLineEdit)), None)
        if field is not None:
            field.setFocus(Qt.FocusReason.OtherFocusReason)


class StaffRow(RowForm):
    """One account: name, e-mail, role."""

    def __init__(self) -> None:
        super().__init__(t("Account"))
        self.name, self.email = LineEdit(max_length=300), LineEdit(max_length=254)
        roles = [(Role.MEDICAL_ASSISTANT.value, t("Front desk")), (Role.ADMIN.value, t("Administrator"))]
        self.role = Combo(roles, name=t("Role"))
        self.form.add_row(
            ("name", FormField(t("Name"), self.name)),
            ("email", FormField(t("E-mail"), self.email)),
            ("role", FormField(t("Role"), self.role)),
        )

    def is_empty(self) -> bool:
        """Whether neither name nor address is entered."""
        return not self.name.text().strip() and not self.email.text().strip()

    def check(self) -> bool:
        """Want both."""
        self.form.clear_errors()
        if not self.name.text().strip():
            self.form.show_error("name", t("Enter a name."))
        if not looks_like_email(self.email.text()):
            self.form.show_error("email", t("Enter an e-mail address such as name@clinic.org."))
        return not self.form.has_errors()

    def account(self) -> NewAccount:
        """Return what is entered."""
        role = Role(self.role.current)
        return NewAccount(name=self.name.text().strip(), email=self.email.text().strip(), roles=frozenset({role}))


class StaffStep(WizardStep):
    """The others who sign in."""

    optional = True
    fields = frozenset({"staff"})

    @classmethod
    def title(cls) -> str:
        """Return the heading."""
        return t("Who else signs in")

    def __init__(self) -> None:
        super().__init__(
            t("Everybody gets a first password, shown once at the end. Providers with an e-mail have an account.")
        )
        self.rows = Rows(StaffRow, t("Add an account"))
        self.rows.add()
        self.body.addWidget(self.rows)

    def check(self) -> bool:
        """Want every entry complete."""
        checked = [entry.check() for entry in self.rows.rows if not entry.is_empty()]
        return all(checked)

    def values(self) -> Mapping[str, Any]:
        """Return the accounts."""
        entries = [entry for entry in self.rows.rows if isinstance(entry, StaffRow) and not entry.is_empty()]
        return {"staff": tuple(entry.account() for entry in entries)}

    def first_focus(self) -> QWidget | None:
        """Begin with the first entry."""
        first = next(iter(self.rows.rows), None)
        return first.name if isinstance(first, StaffRow) else self.rows.add_button
