"""The tools above the calendar: dates, day/week/month, whose columns, and the actions at the right."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from app.kernel.i18n import t
from app.ui.areas.schedule.joint import JointDesk
from app.ui.areas.schedule.openers import Openers
from app.ui.areas.schedule.presenter import SchedulePresenter, ScheduleState, View
from app.ui.areas.schedule.views import ProviderViews
from app.ui.parts.words import day_plain, day_title, month_title, week_title
from app.ui.theme.tokens import TypeRole
from app.ui.widgets.button import Button, ButtonKind, IconButton
from app.ui.widgets.date_fields import DatePopup
from app.ui.widgets.menu import MenuItem, open_menu
from app.ui.widgets.text import Label
from app.ui.widgets.toggles import SegmentedControl
from app.ui.widgets.toolbar import GAP, ToolAction, Toolbar
from app.ui.work import ShellApi

NARROW = 800
"""Below this width the title is short."""


class ScheduleTools(Toolbar):
    """Shows where the schedule is and leads elsewhere; ``book`` books at the cursor."""

    def __init__(
        self, api: ShellApi, presenter: SchedulePresenter, openers: Openers, joint: JointDesk,
        book: Callable[[], None], parent: QWidget,
    ) -> None:  # fmt: skip
        super().__init__(name=t("Schedule tools"), parent=parent)
        self._api = api
        self._presenter = presenter
        self.views = ProviderViews(api, presenter, self)
        self._state: ScheduleState | None = None
        back = IconButton("left", t("Back"), kind=ButtonKind.SECONDARY, keys="Ctrl+Left")
        self.to_today = Button(t("Today"))
        on = IconButton("right", t("Forward"), kind=ButtonKind.SECONDARY, keys="Ctrl+Right")
        self.title = Label("", role=TypeRole.PATIENT, strong=True)
        self.pick = IconButton("calendar", t("Pick a day"), keys="Ctrl+G")
        self.span = SegmentedControl(
            [(View.DAY.value, t("Day")), (View.WEEK.value, t("Week")), (View.MONTH.value, t("Month"))], name=t("View")
        )
        self.filter = Button(t("All providers"), icon="filter")
        back.clicked.connect(partial(presenter.step, -1))
        on.clicked.connect(partial(presenter.step, 1))
        self.to_today.clicked.connect(presenter.today)
        self.pick.clicked.connect(self.pick_day)
        self.span.changed.connect(lambda key: presenter.show_view(View(key)))
        self.filter.clicked.connect(self.choose_providers)
        self.views.named.connect(self._name_filter)
        self.add_left(back, self.to_today, on, self.title, self.pick, self.span, self.filter)
        self._add_actions(openers, joint, book)

    def _add_actions(self, openers: Openers, joint: JointDesk, book: Callable[[], None]) -> None:
        for action in (
            ToolAction("next", t("Next available"), openers.next_available, icon="next", keys="Ctrl+J"),
            ToolAction(
                "waiting",
                t("Waiting list"),
                joint.waiting,
                icon="hourglass",
                keys="Ctrl+Shift+W",
                kind=ButtonKind.QUIET,
            ),
            ToolAction(
                "several",
                t("Several people…"),
                joint.several,
                icon="family",
                keys="Ctrl+Shift+F",
                kind=ButtonKind.QUIET,
            ),
            ToolAction("series", t("Series…"), joint.series, icon="redo", keys="Ctrl+Shift+S", kind=ButtonKind.QUIET),
            ToolAction("print", t("Print"), openers.print_day, icon="print", keys="Ctrl+P", kind=ButtonKind.QUIET),
            ToolAction("block", t("Block"), openers.block, icon="block", kind=ButtonKind.QUIET),
            ToolAction("close", t("Close a day"), openers.close_day, icon="sick", kind=ButtonKind.QUIET),
            ToolAction("book", t("Book"), book, icon="plus", keys="Ctrl+N", kind=ButtonKind.PRIMARY),
        ):
            self.add_action(action)

    def refresh(self) -> None:
        """Ask for the saved views anew, where they are in use."""
        self.views.refresh_known()

    def show_state(self, state: ScheduleState) -> None:
        """Show the date, how much is shown and whose week it is."""
        self._state = state
        self.span.set_current(state.view.value)
        if state.provider:
            self.filter.setText(state.provider)
        else:
            self.views.tell_name()
        self._fit()

    def _name_filter(self, name: str) -> None:
        """Saved views may come in while a week is shown: that is one provider's, whatever the days show."""
        week_of = self._state.provider if self._state is not None else ""
        self.filter.setText(week_of or name)
        self._fit()

    def _fit(self) -> None:
        """Give way from the least needed on; what is left out has a key: Ctrl+G, Ctrl+Shift+V, Ctrl+T, Alt+D/W/M."""
        if self._state is None:
            return
        self.title.setText(self._title_text(self._state, narrow=self.width() < NARROW))
        giving_way = (self.pick, self.filter, self.to_today, self.span)
        for widget in giving_way:
            widget.setVisible(True)
        for widget in giving_way:
            self._left.invalidate()  # new texts and hidden widgets count at once
            if self._left.sizeHint().width() + self.more.sizeHint().width() + 2 * GAP <= self.width():
                break
            widget.setVisible(False)
        self._left.invalidate()
        self._fold()

    def _title_text(self, state: ScheduleState, *, narrow: bool) -> str:
        if state.view is View.MONTH:
            return month_title(state.day)
        if state.view is View.WEEK and state.model is not None and state.model.columns:
            first, last = (date.fromisoformat(state.model.columns[end].id) for end in (0, -1))
            return self._with_year(week_title(first, last), last)
        return self._with_year(day_plain(state.day) if narrow else day_title(state.day), state.day)

    def _with_year(self, text: str, day: date) -> str:
        """Another year is said: 7 November is a Sunday in one and a Saturday in the next."""
        return text if day.year == self._api.workspace.reader().today.year else f"{text} {day.year}"

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Use the room there is."""
        super().resizeEvent(event)
        self._fit()

    def pick_day(self) -> None:
        """Open a month to choose a day from."""
        anchor = self.pick if self.pick.isVisible() else self.title
        today = self._api.workspace.reader().today
        DatePopup(self._presenter.day, today, self._presenter.show_day, anchor).open_below(anchor)

    def choose_providers(self) -> None:
        """Choose whose columns are shown: everybody, one, or a saved view."""
        self.views.need(self._open_choice)

    def _open_choice(self) -> None:
        items: list[MenuItem | None] = [MenuItem(t("All providers"), partial(self._only, ""))]
        items += [MenuItem(name, partial(self._only, key)) for key, name in self._presenter.providers]
        saved = self.views.menu_items()
        if saved:
            items += [None, *saved]
        items += [None, MenuItem(t("Several, and saved views"), self.views.open_panel, "list")]
        open_menu(self.filter, t("Providers"), items)

    def _only(self, provider_id: str) -> None:
        self.views.choose(frozenset({provider_id}) if provider_id else frozenset())
