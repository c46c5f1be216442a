"""Brings back forms that wait to be finished: those put aside in this window, and drafts kept from before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QObject

from app.kernel.i18n import t
from app.ui.shell.drafts import Drafts
from app.ui.shell.toasts import STAYS
from app.ui.shell.window import MainWindow
from app.ui.widgets.menu import MenuItem, open_menu
from app.ui.work import Draft, RestoreDraft, ToastButton, ToastTone


class Unfinished(QObject):
    """Offers them after sign-in, and whenever the person asks for parked forms."""

    def __init__(
        self, window: MainWindow, drafts: Drafts, navigate: Callable[[RestoreDraft], object], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._window = window
        self._drafts = drafts
        self._navigate = navigate

    def begin(self) -> None:
        """Say what was left, with a button that goes on with it."""
        self._drafts.offer("", self._say)

    def show(self) -> None:
        """Bring a parked form back, a menu when there are several; where none is parked, the drafts that are kept."""
        panels = self._window.panels
        parked = panels.parked
        if len(parked) == 1:
            panels.show_panel(parked[0])
        elif parked:
            items = [MenuItem(panel.title(), partial(panels.show_panel, panel), icon="tray") for panel in parked]
            open_menu(self._window.rail.parked, t("Parked"), items)
        else:
            self._drafts.offer("", self._choose)

    def _known(self, drafts: Sequence[Draft]) -> list[Draft]:
        """Those that an area of this person's can open and that aren't open already."""
        shown = [panel.draft() for panel in self._window.panels.panels]
        opened = {(draft.kind, draft.subject) for draft in shown if draft is not None}
        can_open = self._window.stack.area_for
        return [
            draft for draft in drafts
            if (draft.kind, draft.subject) not in opened and can_open(RestoreDraft(draft=draft)) is not None
        ]  # fmt: skip

    def _say(self, drafts: Sequence[Draft]) -> None:
        known = self._known(drafts)
        if known:
            one = t("Not finished: {what}", what=known[0].title)
            text = one if len(known) == 1 else t("Forms not finished: {n}", n=len(known))
            button = ToastButton(t("Continue"), partial(self._go_on, known))
            self._window.toasts.show(text, ToastTone.INFO, button, shown_ms=STAYS)

    def _choose(self, drafts: Sequence[Draft]) -> None:
        known = self._known(drafts)
        if known:
            self._go_on(known)
        else:
            self._window.toasts.show(t("No form waits to be finished."), ToastTone.INFO)

    def _go_on(self, drafts: Sequence[Draft]) -> None:
        items = [MenuItem(draft.title, partial(self._restore, draft), icon="edit") for draft in drafts]
        if len(drafts) == 1:
            self._restore(drafts[0])
        else:
            open_menu(self._window.top.field, t("Forms not finished"), items)

    def _restore(self, draft: Draft) -> None:
        self._navigate(RestoreDraft(draft=draft))
