"""The list of rules with what each is now: a draft, on, off, held, shared."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from app.kernel.i18n import t
from app.queries.rules import RuleRow
from app.ui.areas.rules import words
from app.ui.areas.rules.rule_form import RuleForm
from app.ui.widgets.lists import ListCard, ListItem


class RuleList(ListCard):
    """Rows by the rule's id; edited ones say so, new ones stand on top."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(name=t("Rules"), fit=False, parent=parent)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the rule that is shown in view: what a run says below the list takes its room."""
        super().resizeEvent(event)
        if self.currentIndex().isValid():
            self.scrollTo(self.currentIndex())

    def show_rules(
        self, rules: Sequence[RuleRow], edits: Mapping[str, RuleForm], held: Collection[str], current: str
    ) -> None:
        """Show them, with the keyboard on ``current``."""
        saved = {one.rule_id for one in rules}
        items = [_new(form) for key, form in edits.items() if key not in saved]
        items += [_item(one, edits.get(one.rule_id), one.rule_id in held) for one in rules]
        if tuple(items) == self.items() and self.current_key == current:
            return
        blocked = self.blockSignals(True)
        self.set_items(items)
        if any(item.key == current for item in items):
            self.set_current(current)
        self.blockSignals(blocked)


def _new(form: RuleForm) -> ListItem:
    return ListItem(key=form.rule_id, title=form.name or t("New rule"), meta=t("Draft"),
                    subtitle=words.kind_words(form.severity, form.action), dashed=True)  # fmt: skip


def _item(rule: RuleRow, edited: RuleForm | None, held: bool) -> ListItem:
    state = t("On") if rule.enabled else t("Off")
    about = [words.kind_words(rule.severity, rule.action)]
    if rule.shared:
        about.append(t("shared"))
    if edited is not None:
        about.append(t("changed, not saved"))
    if rule.condition is None:
        about.append(t("can't be read"))
    return ListItem(key=rule.rule_id, title=edited.name if edited is not None else rule.name,
                    subtitle=" · ".join(about), meta=t("Held") if held else state,
                    after_icon="pause" if held else "")  # fmt: skip
