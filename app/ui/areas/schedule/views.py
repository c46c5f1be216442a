"""Whose columns are shown: chosen in a panel, saved under a name, and back with one key (F2 to F8 without F6)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.commands.core import Outcome
from app.commands.saved_views import RemoveView, SaveView
from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.queries.saved_views import SavedViewRow, saved_views
from app.ui.areas.schedule.presenter import SchedulePresenter
from app.ui.areas.schedule.view_keys import SAVED_VIEWS as KEYS
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button, ButtonKind, IconButton
from app.ui.widgets.form import Form, FormField
from app.ui.widgets.inputs import LineEdit
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.menu import MenuItem
from app.ui.widgets.text import ElidedLabel, KeyHint, Label
from app.ui.widgets.toggles import Checkbox
from app.ui.work import Lane, PanelPage, ShellApi

KIND = "schedule"


class ProviderViews(QObject):
    """Knows the saved views; ``named`` tells what the filter is called now, ``loaded`` that the views are there.

    They are asked for when they are first needed: most days everybody's columns are shown.
    """

    named = Signal(str)
    loaded = Signal()

    def __init__(self, api: ShellApi, presenter: SchedulePresenter, parent: QObject) -> None:
        super().__init__(parent)
        self.api = api
        self.presenter = presenter
        self.rows: tuple[SavedViewRow, ...] = ()
        self._lane = Lane(self, api.workspace)
        self._known = False
        self._waiting: list[Callable[[], None]] = []

    def refresh(self) -> None:
        """Ask for the views anew."""
        self._lane.ask(saved_views, on_result=self._take, on_error=self._failed, kind=KIND)

    def refresh_known(self) -> None:
        """Ask for the views anew where they have been needed already."""
        if self._known:
            self.refresh()

    def need(self, then: Callable[[], None]) -> None:
        """Go on with the views: at once when they are known, else when they have come."""
        if self._known:
            then()
            return
        self._waiting.append(then)
        self.refresh()

    def _take(self, rows: tuple[SavedViewRow, ...]) -> None:
        self.rows, self._known = rows, True
        waiting, self._waiting = self._waiting, []
        self.loaded.emit()
        self.tell_name()
        for then in waiting:
            then()

    def _failed(self, error: AppError) -> None:
        self._waiting = []
        self.api.problem(error)

    @staticmethod
    def providers_of(view: SavedViewRow) -> frozenset[str]:
        """Return whose columns a view shows; what isn't a list of ids shows everybody."""
        ids = view.body.get("providers")
        return frozenset(one for one in ids if isinstance(one, str)) if isinstance(ids, list) else frozenset()

    def choose(self, provider_ids: frozenset[str]) -> None:
        """Show these providers' columns."""
        self.presenter.choose_providers(provider_ids)
        self.tell_name()

    def choose_number(self, number: int) -> None:
        """Show the n-th view (from 0)."""
        self.need(partial(self._choose_number, number))

    def _choose_number(self, number: int) -> None:
        if number < len(self.rows):
            self.choose(self.providers_of(self.rows[number]))
        else:
            self.api.toast(t("No view is saved on {key} yet.", key=KEYS[number]))

    def tell_name(self) -> None:
        """Say what the filter is called."""
        shown = self.presenter.shown
        if shown and not self._known and not self._waiting:
            self.need(self.tell_name)
        saved = next((view.name for view in self.rows if shown and self.providers_of(view) == shown), "")
        names = [name for key, name in self.presenter.providers if key in shown]
        several = t("{n} providers", n=len(shown))
        self.named.emit(saved or (names[0] if len(names) == 1 else several if shown else t("All providers")))

    def menu_items(self) -> list[MenuItem | None]:
        """Return a line for each saved view with its key."""
        keys = [*KEYS, *[""] * len(self.rows)]
        return [
            MenuItem(view.name, partial(self.choose, self.providers_of(view)), "users", key)
            for view, key in zip(self.rows, keys, strict=False)
        ]

    def open_panel(self) -> None:
        """Open the panel that chooses and saves."""
        self.api.show_panel(ViewsPanel(self))
        self.refresh()


class ViewsPanel(PanelPage):
    """Ticks providers, at once; saves the choice under a name."""

    watches = frozenset({"saved_view"})

    def __init__(self, views: ProviderViews, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._views = views
        self._act = Lane(self, views.api.workspace)
        shown = views.presenter.shown
        self._boxes: dict[str, Checkbox] = {}
        boxes = column(gap=0)
        for key, name in views.presenter.providers:
            self._boxes[key] = Checkbox(name, checked=not shown or key in shown)
            self._boxes[key].toggled.connect(self._ticked)
            boxes.addWidget(self._boxes[key])
        self._name = LineEdit(name=t("Name of the view"))
        self._name.returnPressed.connect(self._save)
        self._save_button = Button(t("Save this view"), icon="plus")
        self._save_button.clicked.connect(self._save)
        self._form = Form()
        self._form.add("name", FormField(t("Name of the view"), self._name))
        self._saved = column(gap=4)
        body = column(gap=12, parent=self)
        body.addLayout(boxes)
        body.addWidget(self._form)
        body.addWidget(self._save_button)
        body.addWidget(Label(t("Saved views"), strong=True))
        body.addLayout(self._saved)
        body.addStretch(1)
        views.loaded.connect(self._show)
        self._show()

    def title(self) -> str:
        """Return the heading."""
        return t("Providers shown")

    def first_focus(self) -> QWidget | None:
        """Begin with the first provider."""
        return next(iter(self._boxes.values()), self._name)

    def refresh(self) -> None:
        """Ask for the views anew."""
        self._views.refresh()

    def _chosen(self) -> frozenset[str]:
        ticked = frozenset(key for key, box in self._boxes.items() if box.isChecked())
        return frozenset() if len(ticked) == len(self._boxes) else ticked

    def _ticked(self, _on: bool) -> None:
        self._views.choose(self._chosen())

    def _show(self) -> None:
        while self._saved.count():
            item = self._saved.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.deleteLater()
        keys = [*KEYS, *[""] * len(self._views.rows)]
        for view, key in zip(self._views.rows, keys, strict=False):
            self._saved.addWidget(self._line(view, key))
        if not self._views.rows:
            self._saved.addWidget(Label(t("None yet. The first one gets F2."), role=TypeRole.META, tone=Tone.MUTED))

    def _line(self, view: SavedViewRow, key: str) -> QWidget:
        line = QWidget()
        show = Button(view.name, kind=ButtonKind.QUIET, small=True)
        show.clicked.connect(lambda: self._take(view))
        layout = row(show, STRETCH, gap=8, parent=line)
        names = [name for one, name in self._views.presenter.providers if one in self._views.providers_of(view)]
        layout.addWidget(ElidedLabel(", ".join(names), role=TypeRole.META, tone=Tone.MUTED), 1)
        if key:
            layout.addWidget(KeyHint(key))
        if view.own:
            remove = IconButton("close", t("Remove {name}", name=view.name), small=True)
            remove.clicked.connect(lambda: self._remove(view))
            layout.addWidget(remove)
        return line

    def _take(self, view: SavedViewRow) -> None:
        chosen = self._views.providers_of(view)
        for key, box in self._boxes.items():
            box.blockSignals(True)
            box.setChecked(not chosen or key in chosen)
            box.blockSignals(False)
        self._views.choose(chosen)

    def _save(self) -> None:
        self._form.clear_errors()
        name = self._name.text().strip()
        same = next((view for view in self._views.rows if view.own and view.name == name), None)
        body = {"providers": sorted(self._chosen())}
        command = SaveView(name=name, kind=KIND, body=body) if same is None else SaveView(
            name=name, kind=KIND, body=body, view_id=same.id
        )  # fmt: skip
        self._act.execute(command, on_done=lambda o: self._done(t("Saved the view {name}", name=name), o),
                          on_refused=self._refused)  # fmt: skip

    def _remove(self, view: SavedViewRow) -> None:
        text = t("Removed the view {name}", name=view.name)
        self._act.execute(RemoveView(view_id=view.id), on_done=lambda o: self._done(text, o), on_refused=self._refused)

    def _done(self, text: str, outcome: Outcome) -> None:
        self._name.clear()
        self._views.api.did(text, outcome)
        self._views.refresh()

    def _refused(self, error: AppError) -> None:
        self._form.show_error(error.field, error.message)
