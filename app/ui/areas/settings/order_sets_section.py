"""Order sets of the laboratory: what one key puts on an order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from app.commands.core import Command
from app.commands.labs_sets import SaveOrderSet
from app.domain.lab_codes import OrderedTest, expected, find_panel, find_test
from app.kernel.i18n import t, tn
from app.kernel.ids import new_uuid
from app.queries.labs_grid import OrderSetView, order_sets
from app.ui.areas.settings.lists_section import ListSection
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.form import FormField
from app.ui.widgets.inputs import LineEdit, TextArea
from app.ui.widgets.lists import ListItem
from app.ui.widgets.text import Label
from app.ui.widgets.toggles import Checkbox
from app.ui.work import ShellApi


@dataclass(frozen=True, slots=True)
class SetItem:
    """A set in the list. A usual one that the clinic hasn't changed has an id of the list's own, no ``set_id``."""

    id: str
    set_id: str
    view: OrderSetView

    @classmethod
    def of(cls, view: OrderSetView) -> SetItem:
        """Return a set as the list keeps it."""
        return cls(view.id or f"usual/{view.name}", view.id, view)


class OrderSetsSection(ListSection):
    """The clinic's sets, and the usual ones, which are changed by saving them under the same name."""

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        self._new_id = new_uuid()
        super().__init__(api, t("Order sets"), t("Add a set"), parent)
        self.tests.textChanged.connect(self._say_known)

    def build(self) -> None:
        """Name, tests, in use."""
        self.name = LineEdit(name=t("Name"), max_length=100)
        self.tests = TextArea(name=t("Tests"), lines=8)
        self.known = Label("", role=TypeRole.META, tone=Tone.MUTED, wrap=True)
        self.active = Checkbox(t("Is offered"), checked=True)
        self.form.add("name", FormField(t("Name"), self.name, required=True))
        hint = t("one a line: name, panel or LOINC code")
        self.form.add("tests", FormField(t("Tests"), self.tests, hint=hint, required=True))
        self.form.body.addWidget(self.known)
        self.form.body.addWidget(self.active)

    def ask(self) -> None:
        """Ask for all sets."""
        self._load.ask(order_sets, on_result=self._show_sets, inactive=True)

    def _show_sets(self, found: Sequence[OrderSetView]) -> None:
        self.show_items([SetItem.of(one) for one in found])

    def row_of(self, item: SetItem) -> ListItem:
        """Return name and how many tests it stands for."""
        count = len(item.view.single_tests)
        return ListItem(key=item.id, title=item.view.name, title_strong=item.view.active,
                        meta=tn("{n} test", "{n} tests", count))  # fmt: skip

    def fill(self, item: SetItem | None) -> None:
        """Show a set."""
        self._new_id = new_uuid()
        self.name.setText(item.view.name if item else "")
        self.tests.setPlainText("\n".join(one.name or one.code for one in item.view.tests) if item else "")
        self.active.setChecked(item.view.active if item else True)

    def command(self, item: SetItem | None) -> Command:
        """Save the set."""
        return SaveOrderSet(
            set_id=item.set_id if item and item.set_id else self._new_id, name=self.name.text(),
            tests=tuple(self._refs(item)), active=self.active.isChecked(),
            sort_order=item.view.sort_order if item else len(self.items),
        )  # fmt: skip

    def _refs(self, item: SetItem | None) -> list[OrderedTest]:
        kept = {one.name: one for one in item.view.tests} if item else {}
        lines = [line.strip() for line in self.tests.toPlainText().splitlines()]
        return [kept.get(line) or ref_of(line) for line in lines if line]

    def _say_known(self) -> None:
        """Say what a set comes to, and which lines are ordered as they are written."""
        refs = self._refs(self.items.get(self._key))
        count = len(expected([one.name or one.code for one in refs]))
        said = [tn("{n} test", "{n} tests", count)] if refs else []
        unknown = [one.name for one in refs if not one.code]
        if unknown:
            said.append(t("Ordered as they are written: {names}", names=", ".join(unknown)))
        self.known.setText(" · ".join(said))


def ref_of(line: str) -> OrderedTest:
    """Return the panel or test that a line names; one that isn't known keeps its words."""
    panel = find_panel(line)
    if panel is not None:
        return OrderedTest(panel.code, panel.key)
    test = find_test(line)
    return OrderedTest(test.code, test.name) if test is not None else OrderedTest("", line)
