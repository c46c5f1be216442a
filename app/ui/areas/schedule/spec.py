"""What the shell knows of the schedule before it is opened."""

from __future__ import annotations

from app.domain.permissions import Permission
from app.ui.areas.schedule.view_keys import SAVED_VIEWS
from app.ui.work import Action, AreaPage, AreaSpec, ShellApi, draft_kinds
from app.ui.work.places import (
    AddToWaiting,
    BookSeveral,
    FindTime,
    NewBooking,
    NewSeries,
    ShowDay,
    ShowSeries,
    ShowWaiting,
    ToMove,
)


def _page(api: ShellApi) -> AreaPage:
    from app.ui.areas.schedule.page import SchedulePage

    return SchedulePage(api)


def _view_action(number: int, key: str) -> Action:
    return Action(id=f"schedule.view{number + 1}", title=f"Saved view {number + 1}", shortcut=key, area="schedule",
                  icon="users", handler=lambda page: page.tools.views.choose_number(number))  # fmt: skip


SPEC = AreaSpec(
    key="schedule",
    title="Schedule",
    icon="calendar",
    shortcut="Ctrl+2",
    factory=_page,
    opens=(ShowDay, NewBooking, ToMove, FindTime, BookSeveral, NewSeries, ShowSeries, ShowWaiting, AddToWaiting),
    actions=(
        Action(id="schedule.book", title="Book", shortcut="Ctrl+N", area="schedule", icon="plus", everywhere=True,
               permission=Permission.BOOK, handler=lambda page: page.book()),
        Action(id="schedule.next", title="Next available", shortcut="Ctrl+J", area="schedule", icon="next",
               everywhere=True, permission=Permission.BOOK, handler=lambda page: page.find_time()),
        Action(id="schedule.to_move", title="Visits to move", shortcut="F9", area="schedule", icon="phone",
               everywhere=True, permission=Permission.BOOK, handler=lambda page: page.work_list()),
        Action(id="schedule.several", title="Book several people together", shortcut="Ctrl+Shift+F", area="schedule",
               icon="family", everywhere=True, permission=Permission.BOOK, handler=lambda page: page.joint.several()),
        Action(id="schedule.series", title="Book a series", shortcut="Ctrl+Shift+S", area="schedule", icon="redo",
               everywhere=True, permission=Permission.BOOK, handler=lambda page: page.joint.series()),
        Action(id="schedule.waiting", title="Waiting list", shortcut="Ctrl+Shift+W", area="schedule",
               icon="hourglass", everywhere=True, permission=Permission.BOOK,
               handler=lambda page: page.joint.waiting()),
        Action(id="schedule.offer", title="Offer a free time", shortcut="Ctrl+Shift+O", area="schedule", icon="phone",
               everywhere=True, permission=Permission.BOOK, handler=lambda page: page.joint.offer()),
        Action(id="schedule.back", title="Previous day", shortcut="Ctrl+Left", area="schedule", icon="left",
               handler=lambda page: page.presenter.step(-1)),
        Action(id="schedule.on", title="Next day", shortcut="Ctrl+Right", area="schedule", icon="right",
               handler=lambda page: page.presenter.step(1)),
        Action(id="schedule.today", title="Go to today", shortcut="Ctrl+T", area="schedule", icon="today",
               handler=lambda page: page.presenter.today()),
        Action(id="schedule.pick", title="Pick a day", shortcut="Ctrl+G", area="schedule", icon="calendar",
               handler=lambda page: page.tools.pick_day()),
        Action(id="schedule.block", title="Block time", shortcut="Ctrl+Shift+B", area="schedule", icon="block",
               permission=Permission.BOOK, handler=lambda page: page.openers.block()),
        Action(id="schedule.close", title="Close a day", area="schedule", icon="sick", permission=Permission.BOOK,
               handler=lambda page: page.openers.close_day()),
        Action(id="schedule.hours", title="Weekly hours and exceptions", shortcut="Alt+O", area="schedule",
               icon="clock", handler=lambda page: page.weekly_hours()),
        Action(id="schedule.draw_hours", title="Draw hours on the calendar", shortcut="Alt+Shift+O", area="schedule",
               icon="edit", handler=lambda page: page.draw_hours(),
               enabled=lambda page: page.hours.can_edit_any),
        Action(id="schedule.print", title="Print the day sheet", shortcut="Ctrl+P", area="schedule", icon="print",
               handler=lambda page: page.openers.print_day()),
        Action(id="schedule.day", title="Show the day", shortcut="Alt+D", area="schedule", icon="calendar",
               handler=lambda page: page.presenter.show_view("day")),
        Action(id="schedule.week", title="Show the week", shortcut="Alt+W", area="schedule", icon="calendar",
               handler=lambda page: page.presenter.show_view("week")),
        Action(id="schedule.month", title="Show the month", shortcut="Alt+M", area="schedule", icon="calendar",
               handler=lambda page: page.presenter.show_view("month")),
        Action(id="schedule.views", title="Providers shown, saved views", shortcut="Ctrl+Shift+V", area="schedule",
               icon="filter", handler=lambda page: page.tools.views.open_panel()),
        *(_view_action(number, key) for number, key in enumerate(SAVED_VIEWS)),
    ),
    draft_kinds=(draft_kinds.BOOKING, draft_kinds.BOOKING_FAMILY, draft_kinds.BOOKING_SERIES,
                 draft_kinds.BOOKING_WAITING),
)  # fmt: skip
