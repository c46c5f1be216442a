"""F1: every shortcut, by area."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from app.kernel.i18n import t
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.text import KeyHint, Label
from app.ui.work import Action, AreaSpec, PanelPage


class ShortcutsPanel(PanelPage):
    """The list of shortcuts in the side panel."""

    def __init__(self, actions: Sequence[Action], specs: Sequence[AreaSpec]) -> None:
        super().__init__()
        body = column(gap=4, parent=self)
        for key, title in [("", t("Everywhere")), ("open", t("Areas")), *((spec.key, t(spec.title)) for spec in specs)]:
            shown = [action for action in actions if action.shortcut and _group(action) == key]
            if not shown:
                continue
            body.addWidget(Label(title, role=TypeRole.INPUT, strong=True))
            for action in shown:
                body.addWidget(_line(action))
            body.addSpacing(12)
        body.addWidget(
            Label(t("Esc puts a form aside. Alt+digit picks a numbered choice."), tone=Tone.MUTED, wrap=True)
        )
        body.addStretch(1)

    def title(self) -> str:
        """Return the heading."""
        return t("Keyboard shortcuts")


def _group(action: Action) -> str:
    if action.id.startswith("open."):
        return "open"
    return "" if action.everywhere else action.area


def _line(action: Action) -> QWidget:
    line = QWidget()
    line.setAccessibleName(f"{t(action.title)}: {action.shortcut}")
    row(Label(t(action.title)), STRETCH, KeyHint(action.shortcut), gap=8, parent=line)
    line.setFixedHeight(28)
    return line
