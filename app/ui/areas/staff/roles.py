"""Roles in words, and the boxes that choose them."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.domain.enums import Role
from app.kernel.i18n import t
from app.ui.widgets.layouts import column
from app.ui.widgets.toggles import Checkbox

STAFF_ROLES = (Role.MEDICAL_ASSISTANT, Role.PROVIDER, Role.ADMIN)


def role_word(role: Role) -> str:
    """Return a role's name on screen."""
    return {
        Role.MEDICAL_ASSISTANT: t("Front desk"),
        Role.PROVIDER: t("Provider"),
        Role.ADMIN: t("Administrator"),
        Role.PATIENT: t("Patient"),
    }[role]


def role_words(roles: Iterable[Role]) -> str:
    """Return roles in words, in their order."""
    chosen = set(roles)
    return ", ".join(role_word(role) for role in STAFF_ROLES if role in chosen)


class RoleBoxes(QWidget):
    """A box for each role that a person may hold."""

    changed = Signal()

    def __init__(self, roles: Iterable[Role] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(t("Roles"))
        chosen = set(roles)
        self.boxes = {role: Checkbox(role_word(role), checked=role in chosen) for role in STAFF_ROLES}
        for box in self.boxes.values():
            box.toggled.connect(lambda _on: self.changed.emit())
        column(*self.boxes.values(), gap=0, parent=self)

    def first(self) -> QWidget:
        """Return the first box."""
        return next(iter(self.boxes.values()))

    def roles(self) -> tuple[Role, ...]:
        """Return what is ticked."""
        return tuple(role for role, box in self.boxes.items() if box.isChecked())
