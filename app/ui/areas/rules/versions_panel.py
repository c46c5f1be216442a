"""The versions of a rule: what it said, who changed it when; one of them can be taken up again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtWidgets import QWidget

from app.kernel.errors import AppError
from app.kernel.i18n import t, tn
from app.queries.rule_versions import RuleVersionRow, rule_versions
from app.ui.areas.rules import words
from app.ui.areas.rules.rule_form import form_of_version
from app.ui.areas.rules.version_words import version_words
from app.ui.parts.words import clock, day_short
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.layouts import column
from app.ui.widgets.lists import ListCard, ListItem
from app.ui.widgets.states import StateStack
from app.ui.widgets.text import Label
from app.ui.work import Lane, PanelPage, ShellApi


class VersionsPanel(PanelPage):
    """Enter on a version hands its body to ``take``; nothing is changed by that alone."""

    def __init__(self, api: ShellApi, rule_id: str, name: str, take: Callable[[Mapping[str, Any]], object]) -> None:
        super().__init__()
        self._api, self._rule_id, self._name, self._take = api, rule_id, name, take
        self._bodies: dict[str, Mapping[str, Any]] = {}
        self._said: dict[str, str] = {}
        self.detail = Label("", tone=Tone.MUTED, wrap=True)
        self._lane = Lane(self, api.workspace)
        self.list = ListCard(name=t("Versions"), fit=True, max_rows=10)
        self.list.chosen.connect(self._chosen)
        self.list.current_changed.connect(lambda key: self.detail.setText(self._said.get(key, "")))
        self._stack = StateStack(self.list)
        self._stack.retry.connect(self.refresh)
        about = Label(t("Enter puts a version back into the editor. It holds once it is saved."), role=TypeRole.META,
                      tone=Tone.MUTED, wrap=True)  # fmt: skip
        column(about, self._stack, self.detail, gap=12, parent=self)
        self.refresh()

    def title(self) -> str:
        """Return the rule's name."""
        return self._name

    def meta(self) -> str:
        """Return how many there are."""
        return tn("{n} version", "{n} versions", len(self._bodies)) if self._bodies else ""

    def first_focus(self) -> QWidget | None:
        """The list has the keyboard."""
        return self.list

    def refresh(self) -> None:
        """Ask for the versions."""
        self._stack.set_loading()
        self._lane.ask(rule_versions, on_result=self._show, on_error=self._failed, rule_id=self._rule_id)

    def _show(self, found: tuple[RuleVersionRow, ...]) -> None:
        self._bodies = {str(one.number): one.body for one in found}
        self._said = {str(one.number): version_words(form_of_version(one.body), one.back_test) for one in found}
        self.list.set_items([self._line(one) for one in found])
        self._stack.set_ready()
        if found:
            self.list.set_current(str(found[0].number))
        self.retitle()

    def _line(self, one: RuleVersionRow) -> ListItem:
        form = form_of_version(one.body)
        local = one.at.astimezone(self._api.zone)
        when = f"{day_short(local.date(), self._api.workspace.reader().today)} {clock(one.at, self._api.zone)}"
        return ListItem(
            key=str(one.number), lead=str(one.number), title_strong=False,
            title=words.compared_words(form.metric, form.condition, form.window_days),
            subtitle=" · ".join(filter(None, (when, one.by_name))), sub_meta=t("On") if form.enabled else t("Off"),
        )  # fmt: skip

    def _chosen(self, key: str) -> None:
        self._take(self._bodies[key])
        self.finished.emit()

    def _failed(self, error: AppError) -> None:
        self._stack.set_error(error.message)
