"""Draws every widget in light and dark to PNG files, to be looked at: ``python -m tests.ui.widgets.gallery FOLDER``."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, time
from pathlib import Path

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QPointF, Qt, QTimer
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from app.ui.theme.theme import Appearance, Theme
from app.ui.theme.tokens import StatusKind, Tone, TypeRole
from app.ui.widgets.board.board import Board
from app.ui.widgets.button import Button, ButtonKind, IconButton
from app.ui.widgets.calendar.day_calendar import DayCalendar
from app.ui.widgets.calendar.drag import Drag, DragKind
from app.ui.widgets.calendar.model import DropKind, DropVerdict
from app.ui.widgets.calendar.month_grid import MonthDay, MonthGrid
from app.ui.widgets.calendar.tray import TrayBar, TrayItem
from app.ui.widgets.calendar.week import week_columns
from app.ui.widgets.chip import Avatar, Chip, Icon, StatusChip
from app.ui.widgets.date_fields import DateField, TimeField
from app.ui.widgets.figures import Figure, FigureStrip
from app.ui.widgets.form import Form, FormField
from app.ui.widgets.inputs import Combo, LineEdit, PhoneField, SearchField, TextArea
from app.ui.widgets.layouts import STRETCH, Item, column, row
from app.ui.widgets.lists import ChipSpec, ListCard, ListItem
from app.ui.widgets.mini_calendar import MiniCalendar
from app.ui.widgets.panel import Note, Panel, Strip
from app.ui.widgets.side_panel import SidePanel
from app.ui.widgets.states import EmptyState, ErrorState, Skeleton
from app.ui.widgets.table import CHIP_ROLE, MUTED_ROLE, STRONG_ROLE, Table
from app.ui.widgets.text import Divider, KeyHint, Label
from app.ui.widgets.toast import Toast
from app.ui.widgets.toggles import Checkbox, SegmentedControl, Switch
from app.ui.widgets.toolbar import ToolAction, Toolbar
from tests.ui.widgets import samples

NO_PARENT = QModelIndex()
TODAY = date(2026, 11, 24)
NAMES = ("Anna Kowalska", "李秀英 Li Xiuying", "محمد الحسن", "देवेश शर्मा", "רות אברהם", "สมชาย ใจดี", "김민준 Kim Min-jun")


def nothing() -> None:
    """Stand for an action."""


def line(*items: Item) -> QWidget:
    """Return items side by side in a widget."""
    made = QWidget()
    row(*items, gap=8, parent=made)
    return made


def page(width: int, height: int) -> tuple[QWidget, QVBoxLayout]:
    """Return an empty page on the canvas."""
    made = QWidget()
    made.setObjectName("page")
    made.setAutoFillBackground(True)
    made.setFixedSize(width, height)
    return made, column(gap=16, margins=(24, 24, 24, 24), parent=made)


def controls() -> QWidget:
    """Return buttons, chips, switches and so on."""
    made, body = page(1000, 1000)
    bar = Toolbar(name="Schedule")
    bar.add_left(IconButton("left", "Previous day", kind=ButtonKind.SECONDARY), Button("Today"))
    bar.add_left(IconButton("right", "Next day", kind=ButtonKind.SECONDARY))
    bar.add_left(Label("Tuesday 24 November", role=TypeRole.PATIENT, strong=True))
    bar.add_left(SegmentedControl([("day", "Day"), ("week", "Week"), ("month", "Month")], name="View"))
    bar.add_action(ToolAction("block", "Block", nothing, "block", kind=ButtonKind.QUIET))
    bar.add_action(ToolAction("next", "Next available", nothing, "next"))
    bar.add_action(ToolAction("book", "Book", nothing, "plus", "Ctrl+N", ButtonKind.PRIMARY))
    strip = Strip()
    strip.items.addWidget(StatusChip(StatusKind.ARRIVED, "To move (14)", strong=True))
    strip.items.addWidget(Label("Dr Wójcik is off sick. 3 of 17 agreed a new time."))
    strip.items.addWidget(Label("Next: Χρήστος Βέργος, 11:00, not called yet", tone=Tone.MUTED))
    strip.items.addStretch(1)
    strip.items.addWidget(Button("Work through the list", kind=ButtonKind.QUIET, keys="F9", small=True))
    figures = FigureStrip(
        [
            Figure("30", "Expected until 17:00"),
            Figure("4", "Waiting now, and 2 walk-ins"),
            Figure("38", "Longest wait, Élodie Roux", "min", Tone.CRITICAL),
            Figure("22", "Done", "of 58"),
            Figure("2", "Missed: 1 not here, 1 left"),
        ],
        name="Today in figures",
    )
    disabled = Button("Disabled", kind=ButtonKind.PRIMARY)
    disabled.setEnabled(False)
    body.addWidget(bar)
    body.addWidget(strip)
    body.addWidget(figures)
    check, switch = Checkbox("Waiting list", checked=True), Switch("On", checked=True)
    body.addWidget(line(check, Checkbox("Off"), switch, Switch("Off"), STRETCH))
    body.addWidget(
        line(
            Button("Check in", kind=ButtonKind.PRIMARY, keys="Return"),
            Button("Call", icon="phone"),
            Button("Print", kind=ButtonKind.QUIET, icon="print"),
            Button("Place 11:20", small=True),
            disabled,
            KeyHint("Ctrl+K"),
            KeyHint("Return"),
            Avatar("Dana Whitfield"),
            Avatar("Marisol Ibarra", size=40),
            Icon("brand", size=20, tone=Tone.ACCENT),
            STRETCH,
        )
    )
    kinds = [StatusChip(kind, kind.value.capitalize()) for kind in StatusKind]
    body.addWidget(line(*kinds, Chip("French", icon="globe"), Chip("2 min late", icon="clock"), STRETCH))
    yellow = Chip("Yellow", icon="clock", kind=StatusKind.ARRIVED, outlined=True)
    online = Chip("Online", icon="cloud", kind=StatusKind.DONE, large=True)
    body.addWidget(line(yellow, online, StatusChip(StatusKind.PLANNED, "Expected", strong=True, large=True), STRETCH))
    body.addWidget(Note("Two similar names today.", "Anna Kowalski, born 1991, is at 15:00. Ask for the birth date."))
    body.addWidget(
        Note("Held: 38 patients exceed the limit of 20.", "Nothing has been raised.", kind=StatusKind.CRITICAL)
    )
    body.addWidget(
        line(
            Toast("Priya Raghavan moved to 12:20", action="Undo", run=nothing, keys="Ctrl+Z", icon="undo"),
            Toast("Saved"),
            STRETCH,
        )
    )
    body.addWidget(Divider())
    for role in TypeRole:
        body.addWidget(
            line(*[Label(f"{role} 1234 {name}", role=role, strong=k > 0) for k, name in enumerate(NAMES[:3])])
        )
    body.addStretch(1)
    return made


def forms() -> QWidget:
    """Return fields, lists, month and side panel."""
    made, body = page(1180, 760)
    form = Form()
    form.add("name", FormField("Name", LineEdit("Anna Kowalska"), required=True))
    form.add_row(
        ("birth", FormField("Date of birth", DateField(date(1962, 3, 14), name="b", today=lambda: TODAY, past=True))),
        ("time", FormField("Time", TimeField(time(14, 20), name="t"))),
        ("phone", FormField("Phone", PhoneField("(415) 555-0142"), hint="mobile first")),
    )
    combo = Combo([("f", "Follow-up"), ("n", "New patient")], name="Type")
    form.add_row(("type", FormField("Type", combo)), ("mail", FormField("E-mail", LineEdit("anna@"))))
    form.add("why", FormField("Reason", TextArea("New BP tablets since 2 Nov, dizzy", name="r"), hint="48 of 500"))
    form.field("mail").set_error("is not an e-mail address")
    mode = SegmentedControl([("in", "In person", "room"), ("v", "Virtual", "video")], name="Mode")
    form.body.addWidget(mode)
    form.body.addStretch(1)
    requests = Panel("Requests", meta="oldest 3 h", flush=True)
    requests.set_count(4)
    rows = ListCard(name="Requests", framed=False)
    rows.set_items(
        [
            ListItem("1", "배수지 Bae Su-ji", "Chest tightness since this morning", meta="6 min",
                     chip=ChipSpec("Red", "warn", StatusKind.CRITICAL)),
            ListItem("2", "Ömer Aksoy", "Ankle swollen after a fall", meta="51 min",
                     chip=ChipSpec("Orange", "flag", StatusKind.ARRIVED)),
            ListItem("3", "Ivy Chukwu", "Cough for two weeks", meta="2 h",
                     chip=ChipSpec("Yellow", "clock", StatusKind.ARRIVED, outlined=True)),
        ]
    )  # fmt: skip
    requests.add(rows)
    free = Panel("Next free", meta="↵ hold and book", flush=True)
    slots = ListCard(name="Next free", framed=False)
    slots.set_items(
        [ListItem(str(n), "Dr Okafor", lead=f"1{n}:20", meta="20 min", title_strong=False) for n in range(4)]
    )
    free.add(slots)
    panel = SidePanel("New appointment", way_out="Park it")
    found = ListCard(name="Patients found")
    found.set_items(
        [
            ListItem("a", "Anna Kowalska", "Born 14 Mar 1962 · 64", meta="MRN 40417", sub_meta="(415) 555-0142",
                     subtitle_text=True),
            ListItem("b", "Anna Kowalski", "Born 3 Sep 1991 · 35", meta="MRN 51186", sub_meta="(415) 555-0187",
                     subtitle_text=True),
            ListItem("c", "Jan Kowalski", "Born 27 Jun 1958 · 68", meta="MRN 22903", sub_meta="(415) 555-0142",
                     subtitle_text=True),
        ]
    )  # fmt: skip
    found.set_current("a")
    search = SearchField(name="Patient")
    search.setText("kowalzky")
    search.set_trailing("3 similar")
    panel.add(FormField("Patient", search, hint="name, birth date, phone or MRN"), found, MiniCalendar(TODAY, TODAY))
    panel.set_action(Button("Book for Anna Kowalska 14:20", kind=ButtonKind.PRIMARY, keys="Ctrl+Return"))
    left = column(form, gap=16)
    middle = column(requests, free, STRETCH, gap=16)
    both = row(gap=24)
    both.addLayout(left, 3)
    both.addLayout(middle, 2)
    both.addWidget(panel)
    body.addLayout(both)
    search.setFocus()
    return made


class People(QAbstractTableModel):
    """A small table."""

    HEADS = ("Name", "Born", "Status", "Visits")

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = NO_PARENT) -> int:
        return len(NAMES)

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex = NO_PARENT) -> int:
        return 4

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> object:
        return self.HEADS[section] if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = 0) -> object:
        cells: Sequence[object] = (NAMES[index.row()], "14 Mar 1962", "", 12 + index.row())
        if role == Qt.ItemDataRole.DisplayRole:
            return cells[index.column()]
        if role == STRONG_ROLE:
            return index.column() == 0
        if role == MUTED_ROLE:
            return index.column() == 1
        if role == CHIP_ROLE and index.column() == 2:
            kind = list(StatusKind)[index.row() % 5]
            return ChipSpec(kind.value.capitalize(), Theme.current().status(kind).icon, kind)
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == 3:
            return int(Qt.AlignmentFlag.AlignRight)
        return None


def states() -> QWidget:
    """Return table, skeleton, empty and error states."""
    made, body = page(1000, 640)
    people = Panel("Visits", meta="as of 10:42", flush=True)
    table = Table(name="Visits")
    table.setModel(People(table))
    table.setColumnWidth(0, 260)
    table.selectRow(1)
    people.content.addWidget(table, 1)
    loading, empty, wrong = Panel("Loading", flush=True), Panel("Empty"), Panel("Error")
    loading.add(Skeleton(rows=5))
    empty.add(EmptyState("Nobody is waiting.", action="Add a walk-in", run=nothing, keys="Ctrl+Shift+N"))
    wrong.add(ErrorState("The list could not be read", detail="The server does not answer. Nothing is lost."))
    body.addWidget(people, 1)
    below = row(gap=16)
    for panel in (loading, empty, wrong):
        below.addWidget(panel, 1)
    body.addLayout(below)
    return made


def schedule(width: int = 1232, narrow: bool = False) -> QWidget:
    """Return a day with a drag under way, and the tray."""
    made = QWidget()
    made.setAutoFillBackground(True)
    made.setFixedSize(width, 780)
    calendar = DayCalendar(name="Tuesday 24 November")
    calendar.set_clock(lambda: samples.NOW)
    calendar.set_model(samples.day())
    tray = TrayBar(
        legend=[
            (StatusKind.PLANNED, "Planned"),
            (StatusKind.ARRIVED, "Arrived"),
            (StatusKind.WITH, "With provider"),
            (StatusKind.DONE, "Done"),
            (StatusKind.HELD, "Held"),
        ]
    )
    parked = [samples.event(number, "p0", 540, 40 if number == 7 else 20, 0) for number in (7, 13)]
    tray.set_items([TrayItem(event) for event in parked])
    column(calendar, tray, gap=8, margins=(24, 12, 24, 12), parent=made).setStretch(0, 1)
    calendar.set_tray(tray)
    calendar.set_check_drop(
        lambda event, _column, _start, _end: DropVerdict(
            DropKind.WARN, f"Dr Okafor has Lunch until 13:00 · {event.name}: you may override", "Release to override"
        )
    )
    event = next(event for event in samples.day().events if event.column_id == "p1" and event.start > 660)
    if not narrow:
        drag = Drag(event, DragKind.MOVE, 0, 740, 740 + event.end - event.start, grab=10)
        QTimer.singleShot(0, calendar, lambda: calendar.set_drag(drag, QPointF(190, 380)))
    else:
        calendar.setFocus()
        calendar.focus_id("s3")
    return made


def today(width: int = 900) -> QWidget:
    """Return the arrival board."""
    made, body = page(width, 640)
    board = Board(name="Arrivals")
    board.set_lanes(samples.board())
    body.addWidget(board, 1)
    QTimer.singleShot(0, board, lambda: board.focus_card("c0"))
    return made


def month() -> QWidget:
    """Return a month with its free capacity."""
    made, body = page(900, 680)
    grid = MonthGrid(name="November 2026")
    days = [
        MonthDay(
            TODAY.replace(day=n), free=(n * 7) % 23, total=60, closed=n % 7 in {1, 0}, note="Dr Wójcik off" * (n == 24)
        )
        for n in range(1, 31)
    ]
    grid.set_month(TODAY, days, TODAY)
    body.addWidget(grid, 1)
    grid.setFocus()
    return made


def week() -> QWidget:
    """Return a week of one provider."""
    made, body = page(900, 780)
    days = [TODAY.replace(day=23 + number) for number in range(5)]
    columns = week_columns(days, meta={day: f"{day.day % 6} free" for day in days}, closed={days[3]: "Day off"})
    source = samples.day(5)
    ids = {f"p{number}": column.id for number, column in enumerate(columns)}
    model = replace(
        source,
        columns=columns,
        events=tuple(replace(e, column_id=ids[e.column_id]) for e in source.events if e.column_id != "p3"),
        slots=tuple(replace(s, column_id=ids[s.column_id]) for s in source.slots),
        holds=(),
        closed=(),
        blocks=tuple(replace(b, column_id=ids[b.column_id]) for b in source.blocks),
        now_column=TODAY.isoformat(),
    )
    calendar = DayCalendar(name="Week")
    calendar.set_model(model)
    body.addWidget(calendar, 1)
    return made


PAGES: dict[str, Callable[[], QWidget]] = {
    "controls": controls,
    "forms": forms,
    "states": states,
    "today": today,
    "today-narrow": lambda: today(720),
    "month": month,
    "week": week,
    "schedule": schedule,
    "schedule-narrow": lambda: schedule(872, True),
}


def draw(folder: Path, names: Sequence[str] = ()) -> None:
    """Draw the pages into a folder."""
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    folder.mkdir(parents=True, exist_ok=True)
    for appearance in (Appearance.LIGHT, Appearance.DARK):
        Theme.current().install(app, appearance)
        for name, make in PAGES.items():
            if names and name not in names:
                continue
            widget = make()
            widget.show()
            widget.activateWindow()
            for _ in range(3):
                app.processEvents()
            widget.grab().save(str(folder / f"{name}-{appearance.value}.png"))
            widget.close()


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    draw(Path(sys.argv[1]), sys.argv[2:])
