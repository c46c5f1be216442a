"""Controls by real keys and clicks: buttons, choices, forms, lists, toolbar, panels, states, toasts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, time
from functools import partial

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QKeyEvent, QKeySequence, QShortcut, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QMenu, QRadioButton, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from app.ui.theme.theme import Theme
from app.ui.theme.tokens import StatusKind, TypeRole
from app.ui.widgets.button import Button, ButtonKind, IconButton, LinkButton
from app.ui.widgets.chip import Avatar, StatusChip, initials
from app.ui.widgets.date_fields import DateField, DatePopup, TimeField
from app.ui.widgets.dates import DateWords
from app.ui.widgets.figures import Figure, FigureStrip
from app.ui.widgets.form import Form, FormField
from app.ui.widgets.inputs import Combo, LineEdit, PhoneField, SearchField, TextArea
from app.ui.widgets.layouts import column
from app.ui.widgets.lists import ListCard, ListItem, meta_room
from app.ui.widgets.menu import MenuItem, PopupMenu, open_menu
from app.ui.widgets.mini_calendar import MiniCalendar
from app.ui.widgets.paint import text_width
from app.ui.widgets.panel import Panel
from app.ui.widgets.states import EmptyState, ErrorState, Skeleton, StateStack
from app.ui.widgets.table import Table
from app.ui.widgets.text import KeyHint, Label
from app.ui.widgets.toast import WIDEST, Toast, ToastHost
from app.ui.widgets.toggles import Checkbox, SegmentedControl, Switch
from app.ui.widgets.toolbar import ToolAction, Toolbar
from tests.ui.widgets.gallery import NAMES, People

Key = Qt.Key
LEFT = Qt.MouseButton.LeftButton
TODAY = date(2026, 11, 24)


def show(qtbot: QtBot, *widgets: QWidget, size: tuple[int, int] = (420, 320)) -> QWidget:
    window = QWidget()
    column(*widgets, gap=8, margins=(8, 8, 8, 8), parent=window)
    window.resize(*size)
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    return window


def test_a_button_says_its_keys_and_works_by_space(qtbot: QtBot) -> None:
    button = Button("Book", kind=ButtonKind.PRIMARY, icon="plus", keys="Ctrl+Return")
    _window = show(qtbot, button)
    assert button.accessibleName() == "Book"
    assert button.toolTip() == "Book (Ctrl ↵)"
    button.setFocus()
    with qtbot.waitSignal(button.clicked):
        QTest.keyClick(button, Key.Key_Space)
    before = button.sizeHint().width()
    button.setText("Book for Anna Kowalska 14:20")
    assert button.sizeHint().width() > before
    assert button.accessibleName() == "Book for Anna Kowalska 14:20"


BUTTONS: tuple[Callable[[], Button], ...] = (
    lambda: Button("Book"),
    lambda: IconButton("left", "Back"),
    lambda: LinkButton("More"),
)


@pytest.mark.parametrize("make", BUTTONS, ids=["button", "icon", "link"])
def test_enter_presses_the_button_that_has_the_focus(qtbot: QtBot, make: Callable[[], Button]) -> None:
    button, form = make(), QWidget()
    pressed, booked = list[bool](), list[bool]()
    button.clicked.connect(lambda: pressed.append(True))
    column(button, parent=form)
    QShortcut(QKeySequence("Ctrl+Return"), form, lambda: booked.append(True))
    _window = show(qtbot, form)
    button.setFocus()
    qtbot.waitUntil(button.hasFocus)
    for number, key in enumerate((Key.Key_Return, Key.Key_Enter, Key.Key_Space), start=1):
        QTest.keyClick(button, key)
        assert len(pressed) == number
    QTest.keyClick(button, Key.Key_Enter, Qt.KeyboardModifier.KeypadModifier)
    assert len(pressed) == 4
    QTest.keyClick(button, Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert (len(pressed), booked) == (4, [True])
    QTest.keyClick(button, Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    held = QKeyEvent(QEvent.Type.KeyPress, Key.Key_Return, Qt.KeyboardModifier.NoModifier, "", autorep=True)
    QApplication.sendEvent(button, held)
    button.setEnabled(False)
    QTest.keyClick(button, Key.Key_Return)
    assert len(pressed) == 4


def test_enter_on_a_button_is_not_the_dialogs_default(qtbot: QtBot) -> None:
    dialog = QDialog()
    qtbot.addWidget(dialog)
    other, default = Button("Copy"), Button("Close")
    column(other, default, parent=dialog)
    default.setDefault(True)
    got = list[str]()
    other.clicked.connect(lambda: got.append("other"))
    default.clicked.connect(lambda: got.append("default"))
    with qtbot.waitExposed(dialog):
        dialog.show()
    for button in (other, default):
        button.setFocus()
        QTest.keyClick(button, Key.Key_Return)
    assert got == ["other", "default"]


def test_a_disabled_button_does_nothing(qtbot: QtBot) -> None:
    button = Button("Book")
    _window = show(qtbot, button)
    button.setEnabled(False)
    with qtbot.assertNotEmitted(button.clicked):
        QTest.mouseClick(button, LEFT)


def test_an_icon_button_has_a_name_and_is_square(qtbot: QtBot) -> None:
    button = IconButton("left", "Previous day", keys="Alt+Left")
    assert (button.accessibleName(), button.toolTip()) == ("Previous day", "Previous day (Alt ←)")
    assert button.sizeHint().width() == button.sizeHint().height() == 32


def test_segments_follow_the_arrows(qtbot: QtBot) -> None:
    control = SegmentedControl([("day", "Day"), ("week", "Week"), ("month", "Month")], name="View")
    _window = show(qtbot, control)
    assert control.current == "day"
    focused = QApplication.focusWidget()
    assert focused is not None
    with qtbot.waitSignal(control.changed) as signal:
        QTest.keyClick(focused, Key.Key_Right)
    assert signal.args == ["week"]
    with qtbot.waitSignal(control.changed) as signal:
        control.set_current("month")
    assert control.current == "month"
    with pytest.raises(KeyError):
        control.set_current("year")


def _is_wide(control: QWidget, width: int) -> Callable[[], bool]:
    return lambda: control.width() == width


def test_a_choice_that_is_on_can_be_taken_again_and_none_may_be_on(qtbot: QtBot) -> None:
    control = SegmentedControl([("day", "Day"), ("week", "Week")], name="View")
    qtbot.addWidget(control)
    with qtbot.waitExposed(control):
        control.show()
    changed: list[str] = []
    again: list[str] = []
    control.changed.connect(changed.append)
    control.again.connect(again.append)
    day, week = control.findChildren(QRadioButton)
    QTest.mouseClick(day, Qt.MouseButton.LeftButton)
    assert (changed, again) == ([], ["day"])
    QTest.mouseClick(week, Qt.MouseButton.LeftButton)
    assert (changed, again) == (["week"], ["day"])
    QTest.keyClick(week, Qt.Key.Key_Space)
    assert again == ["day", "week"]
    control.show_current("")
    assert (control.current, changed) == ("", ["week"])
    QTest.mouseClick(week, Qt.MouseButton.LeftButton)
    assert (control.current, changed, again) == ("week", ["week", "week"], ["day", "week"])
    QTest.keyClick(week, Qt.Key.Key_Left)
    assert (control.current, changed[-1], again) == ("day", "day", ["day", "week"]), "one of them still"


def test_segments_leave_out_their_keys_before_a_word_is_cut(qtbot: QtBot) -> None:
    control = SegmentedControl([("no", "Nothing"), ("yes", "Message")], name="Next")
    words = control.sizeHint().width()
    control.set_keys(("Alt 1", "Alt 2"))
    assert control.minimumSizeHint().width() == words < control.sizeHint().width()
    window = show(qtbot, control)
    for width, keys in ((control.sizeHint().width(), True), (words, False)):
        control.setFixedWidth(width)
        qtbot.waitUntil(_is_wide(control, width), timeout=10_000)
        assert [one._roomy for one in control._segments] == [keys, keys]
    window.close()


def test_choices_without_room_stand_in_a_menu_and_no_word_is_cut(qtbot: QtBot) -> None:
    choices = [(word.lower(), word) for word in ("Everybody's", "Given to me", "Ended", "My open items")]
    control = SegmentedControl(choices, name="Whose")
    window = show(qtbot, control)
    whole = control.sizeHint().width()
    control.setFixedWidth(whole - 60)
    qtbot.waitUntil(_is_wide(control, whole - 60), timeout=10_000)
    assert control.folded() == ("my open items",)
    assert control.sizeHint().width() == whole, "it grows again as soon as there is room"
    heard: list[str] = []
    control.changed.connect(heard.append)
    control.more.setFocus()
    QTest.keyClick(control.more, Key.Key_Space)
    menu = control.findChild(PopupMenu)
    assert menu is not None
    assert [action.text() for action in menu.actions()] == ["My open items"]
    menu.actions()[0].trigger()
    menu.close()
    assert (control.current, heard) == ("my open items", ["my open items"])
    assert control.folded() == ("given to me", "ended"), "the one that is on is longer"
    words = [one for one in control.findChildren(QRadioButton) if one.isVisible()]
    assert all(one.width() >= one.minimumSizeHint().width() for one in words)
    control.setFixedWidth(whole)
    qtbot.waitUntil(_is_wide(control, whole), timeout=10_000)
    assert (control.folded(), control.more.isHidden()) == ((), True)
    window.close()


@pytest.mark.parametrize("kind", [Checkbox, Switch])
def test_a_click_on_the_words_counts(qtbot: QtBot, kind: type[Checkbox | Switch]) -> None:
    toggle = kind("Waiting list")
    _window = show(qtbot, toggle)
    QTest.mouseClick(toggle, LEFT, Qt.KeyboardModifier.NoModifier, QPoint(toggle.width() - 5, 16))
    assert toggle.isChecked()
    assert toggle.sizeHint().height() >= 32


def test_labels_never_read_markup(qtbot: QtBot) -> None:
    label = Label("<b>not bold</b> & <img src=x>")
    assert label.textFormat() == Qt.TextFormat.PlainText
    assert label.sizeHint().height() == 20
    wide = Label("one two three four five six seven eight nine ten", wrap=True)
    assert wide.heightForWidth(80) > wide.heightForWidth(400) == 20
    assert wide.heightForWidth(80) % 20 == 0


def test_a_cut_label_tells_the_whole_text(qtbot: QtBot) -> None:
    label = Label("Oluwaseun Adébáyọ̀ Okafor the third", elide=True)
    _window = show(qtbot, label, size=(120, 60))
    assert label.toolTip() == label.text()
    label.window().resize(600, 60)
    qtbot.waitUntil(lambda: not label.toolTip())


def test_chips_and_avatars_are_words_for_screen_readers() -> None:
    assert StatusChip(StatusKind.CRITICAL, "Critical").text() == "Critical"
    assert Avatar("Dr Adaeze Okafor").text() == "AO"
    assert [initials(name) for name in ("Dana Whitfield", "李秀英", "", "Ana-Lucía de la Ñáñez")] == [
        "DW",
        "李",
        "?",
        "AÑ",
    ]
    assert KeyHint("Ctrl+Shift+N").text() == "Ctrl ⇧ N"


def toolbar(qtbot: QtBot) -> tuple[QWidget, Toolbar, list[str]]:
    ran: list[str] = []
    bar = Toolbar(name="Schedule")
    bar.add_left(Button("Today"))
    for key, text, kind in (
        ("block", "Block", ButtonKind.QUIET),
        ("print", "Print", ButtonKind.QUIET),
        ("next", "Next available", ButtonKind.SECONDARY),
        ("book", "Book", ButtonKind.PRIMARY),
    ):
        bar.add_action(ToolAction(key, text, partial(ran.append, key), "plus", kind=kind))
    return show(qtbot, bar, size=(700, 60)), bar, ran


def test_a_toolbar_folds_from_the_right_and_keeps_the_primary_action_longest(qtbot: QtBot) -> None:
    window, bar, _ran = toolbar(qtbot)
    assert bar.folded() == ()
    folded: list[tuple[str, ...]] = []
    for width in range(700, 150, -10):
        window.resize(width, 60)
        QApplication.processEvents()
        assert bar.sizeHint().height() <= 32
        if not folded or folded[-1] != bar.folded():
            folded.append(bar.folded())
    assert folded[:4] == [(), ("next",), ("print", "next"), ("block", "print", "next")]
    assert folded[-1] == ("block", "print", "next", "book")
    window.resize(700, 60)
    QApplication.processEvents()
    assert bar.folded() == ()


def test_folded_actions_run_from_more(qtbot: QtBot) -> None:
    window, bar, ran = toolbar(qtbot)
    window.resize(240, 60)
    QApplication.processEvents()
    bar.set_enabled("print", False, "No printer")
    menu = bar.open_more()
    assert isinstance(menu, QMenu)
    texts = {action.text(): action for action in menu.actions()}
    assert set(texts) == {"Block", "Print", "Next available"}
    assert not texts["Print"].isEnabled()
    assert texts["Print"].toolTip() == "No printer"
    texts["Next available"].trigger()
    assert ran == ["next"]
    menu.close()


def test_an_error_names_its_field_and_goes_when_it_is_edited(qtbot: QtBot) -> None:
    form = Form()
    form.add("name", FormField("Name", LineEdit("Anna")))
    field = form.add("phone", FormField("Phone", LineEdit("12")))
    _window = show(qtbot, form)
    form.show_error("phone", "has too few digits")
    assert field.error == "Phone: has too few digits"
    assert field.control.hasFocus()
    assert field.control.accessibleDescription() == "Phone: has too few digits"
    assert field.control.property("invalid")
    QTest.keyClicks(field.control, "3")
    assert not field.error
    assert not form.has_errors()
    form.show_error("nobody", "The server refused it")
    assert not form.has_errors()
    form.show_error("name", "Name is missing")
    assert form.field("name").error == "Name is missing"
    form.clear_errors()
    assert not form.has_errors()


def test_a_search_field_hands_down_to_its_results(qtbot: QtBot) -> None:
    field = SearchField(name="Patient")
    _window = show(qtbot, field)
    QTest.keyClicks(field, "kow")
    with qtbot.waitSignal(field.results_wanted):
        QTest.keyClick(field, Key.Key_Down)
    with qtbot.waitSignal(field.chosen):
        QTest.keyClick(field, Key.Key_Return)
    QTest.keyClick(field, Key.Key_Escape)
    assert not field.text()


def test_a_phone_is_tidied_when_it_is_left(qtbot: QtBot) -> None:
    field = PhoneField(name="Phone", tidy=lambda typed: f"tidy {typed}")
    other = LineEdit(name="Other")
    _window = show(qtbot, field, other)
    QTest.keyClicks(field, "+1 (415) 555-0142")
    assert field.digits() == "+14155550142"
    QTest.keyClick(field, Key.Key_Tab)
    assert field.text() == "tidy +1 (415) 555-0142"


def test_more_than_can_be_kept_is_not_pasted_and_says_so(qtbot: QtBot) -> None:
    """Ten million characters held the window up for many seconds, then their page was a bug."""
    area = TextArea("before", name="Reason")
    _window = show(qtbot, area)
    area.setFocus()
    QApplication.clipboard().setText("line\n" * 20_000)
    QTest.keyClick(area, Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert (area.toPlainText(), QToolTip.text().split(":")[0]) == ("before", "Nothing was pasted")
    QApplication.clipboard().setText(("x" * 99 + "\n") * 999 + "x" * 94)
    QTest.keyClick(area, Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(area, Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert len(area.toPlainText()) == 100_000
    QTest.keyClick(area, Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(area, Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert len(area.toPlainText()) == 99_994, "what is replaced doesn't count"


def test_a_text_area_lets_tab_go_on(qtbot: QtBot) -> None:
    area, other = TextArea(name="Reason"), LineEdit(name="Other")
    _window = show(qtbot, area, other)
    area.setFocus()
    QTest.keyClick(area, Key.Key_Tab)
    assert other.hasFocus()


def test_a_combo_speaks_in_keys(qtbot: QtBot) -> None:
    combo = Combo([("f", "Follow-up"), ("n", "New patient")], name="Type", current="n")
    _window = show(qtbot, combo)
    assert combo.current == "n"
    with qtbot.waitSignal(combo.changed) as signal:
        QTest.keyClick(combo, Key.Key_Up)
    assert signal.args == ["f"]
    with qtbot.assertNotEmitted(combo.changed):
        combo.set_items([("x", "Other"), ("f", "Follow-up")])
    assert combo.current == "f"
    with pytest.raises(KeyError):
        combo.set_current("gone")


def test_a_date_is_typed_stepped_and_picked(qtbot: QtBot) -> None:
    field = DateField(name="Born", today=lambda: TODAY, past=True, words=DateWords())
    other = LineEdit(name="Other")
    _window = show(qtbot, field, other)
    QTest.keyClicks(field, "3/14/62")
    with qtbot.waitSignal(field.changed) as signal:
        QTest.keyClick(field, Key.Key_Tab)
    assert signal.args == [date(1962, 3, 14)]
    assert field.text() == "14 Mar 1962"
    field.setFocus()
    QTest.keyClick(field, Key.Key_Up)
    assert field.text() == "15 Mar 1962"
    field.selectAll()
    QTest.keyClicks(field, "31 Feb 1962")
    QTest.keyClick(field, Key.Key_Tab)
    assert field.value is None
    assert field.is_wrong
    assert field.text() == "31 Feb 1962", "what was typed stays to be mended"


def test_a_day_that_is_only_read_stays_and_what_is_typed_takes_the_place_of_any_other(qtbot: QtBot) -> None:
    field = DateField(date(2026, 11, 24), name="Until", today=lambda: TODAY)
    other = LineEdit(name="Other")
    _window = show(qtbot, field, other)
    field.setReadOnly(True)
    field.setFocus()
    QTest.keyClick(field, Key.Key_Up)
    QTest.keyClick(field, Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert field.value == date(2026, 11, 24)
    assert field.findChild(DatePopup) is None
    assert not field._button.isVisible()
    field.setReadOnly(False)
    assert field._button.isVisible()
    other.setFocus()
    field.setFocus()
    QTest.keyClicks(field, "25 Dec 2026")
    QTest.keyClick(field, Key.Key_Return)
    QTest.keyClicks(field, "26 Dec 2026")
    assert field.value == date(2026, 12, 26)


def test_the_month_opens_under_a_date_and_is_picked_by_keyboard(qtbot: QtBot) -> None:
    field = DateField(date(2026, 11, 24), name="Day", today=lambda: TODAY)
    _window = show(qtbot, field)
    QTest.keyClick(field, Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    popup = field.findChild(DatePopup)
    assert popup is not None
    days = popup.calendar.days
    with qtbot.waitSignal(field.changed) as signal:
        for key in (Key.Key_Right, Key.Key_Down, Key.Key_PageDown, Key.Key_Return):
            QTest.keyClick(days, key)
    assert signal.args == [date(2027, 1, 2)]
    assert field.text() == "2 Jan 2027"


def test_the_month_says_where_it_is_and_tells_a_new_month(qtbot: QtBot) -> None:
    month = MiniCalendar(TODAY, TODAY)
    _window = show(qtbot, month)
    assert "24" in month.days.accessibleName()
    assert month.title.text() == "November 2026"
    with qtbot.waitSignal(month.month_shown) as signal:
        QTest.keyClick(month.days, Key.Key_End)
        QTest.keyClick(month.days, Key.Key_Right)
    assert signal.args == [date(2026, 12, 1)]
    assert month.title.text() == "December 2026"
    tenth = month.days.cell(date(2026, 12, 10)).center().toPoint()
    with qtbot.waitSignal(month.picked) as picked:
        QTest.mouseClick(month.days, LEFT, Qt.KeyboardModifier.NoModifier, tenth)
    assert picked.args == [date(2026, 12, 10)]


def test_a_time_is_typed_and_stepped_within_the_day(qtbot: QtBot) -> None:
    field, other = TimeField(time(9), name="Time", step=20), LineEdit(name="Other")
    _window = show(qtbot, field, other)
    field.selectAll()
    QTest.keyClicks(field, "2.20 pm")
    QTest.keyClick(field, Key.Key_Tab)
    assert (field.value, field.text()) == (time(14, 20), "14:20")
    field.set_value(time(0, 10))
    QTest.keyClick(field, Key.Key_Down)
    assert field.value == time(0)
    field.set_value(time(23, 50))
    QTest.keyClick(field, Key.Key_Up)
    assert field.value == time(23, 59)


def items(*keys: str) -> list[ListItem]:
    return [ListItem(key, f"Name {key}", "Born 14 Mar 1962", meta=f"MRN {key}") for key in keys]


def test_a_list_keeps_its_row_when_the_rows_change(qtbot: QtBot) -> None:
    found = ListCard(name="Patients found")
    _window = show(qtbot, found)
    found.set_items(items("a", "b", "c"))
    found.set_current("b")
    found.set_items(items("x", "b", "a"))
    assert found.current_key == "b"
    with qtbot.waitSignal(found.chosen) as signal:
        QTest.keyClick(found, Key.Key_Return)
    assert signal.args == ["b"]
    QTest.keyClick(found, Key.Key_Down)
    assert found.current_key == "a"
    assert found.items()[0].spoken() == "Name x, Born 14 Mar 1962, MRN x"


@pytest.mark.parametrize("by_click", [False, True])
def test_one_click_chooses_only_where_that_is_wanted(qtbot: QtBot, by_click: bool) -> None:
    found = ListCard(name="Found", by_click=by_click)
    found.set_items(items("a", "b"))
    _window = show(qtbot, found)
    chosen: list[str] = []
    found.chosen.connect(chosen.append)
    at = found.visualRect(found.model().index(1, 0)).center()
    QTest.mouseClick(found.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, at)
    assert chosen == (["b"] if by_click else [])
    assert found.current_key == "b"
    QTest.keyClick(found, Key.Key_Return)
    assert chosen == (["b", "b"] if by_click else ["b"])


def test_a_list_is_as_high_as_its_rows(qtbot: QtBot) -> None:
    found = ListCard(name="Found", max_rows=3)
    found.set_items(items("a", "b"))
    assert found.height() == 2 * 52 + 2
    found.set_items(items(*"abcdefgh"))
    assert found.height() == 3 * 52 + 2


def test_a_table_chooses_with_enter_and_shows_no_grid(qtbot: QtBot) -> None:
    table = Table(name="Visits")
    table.setModel(People(table))
    _window = show(qtbot, table, size=(600, 300))
    assert not table.showGrid()
    assert not table.alternatingRowColors()
    table.setFocus()
    QTest.keyClick(table, Key.Key_Down)
    with qtbot.waitSignal(table.chosen) as signal:
        QTest.keyClick(table, Key.Key_Return)
    assert signal.args is not None
    assert signal.args[0].data() == NAMES[1]


def test_figures_are_read_out_and_replaced_in_place(qtbot: QtBot) -> None:
    strip = FigureStrip([Figure("30", "Expected"), Figure("38", "Longest wait", "min")], name="Today")
    _window = show(qtbot, strip)
    cells = [widget for widget in strip.findChildren(QWidget) if widget.accessibleName()]
    assert [cell.accessibleName() for cell in cells] == ["30, Expected", "38 min, Longest wait"]
    strip.show_figures([Figure("29", "Expected"), Figure("39", "Longest wait", "min")])
    assert [cell.accessibleName() for cell in cells] == ["29, Expected", "39 min, Longest wait"]


def test_a_panel_head_carries_count_and_meta() -> None:
    panel = Panel("Requests", meta="oldest 3 h")
    panel.set_count(4)
    assert (panel.heading.text(), panel.count.text(), panel.meta.text()) == ("Requests", "4", "oldest 3 h")
    panel.set_count(None)
    assert panel.count.isHidden()


def test_nothing_shows_before_150_ms_then_a_skeleton(qtbot: QtBot) -> None:
    content = Label("rows")
    stack = StateStack(content)
    _window = show(qtbot, stack)
    stack.set_loading()
    assert not isinstance(stack.shown, Skeleton)
    assert stack.shown is not content
    qtbot.waitUntil(lambda: isinstance(stack.shown, Skeleton), timeout=2000)
    stack.set_ready()
    assert stack.shown is content
    stack.set_loading()
    qtbot.wait(200)
    assert stack.shown is content, "rows that are there stay while they are loaded again"


def test_empty_and_error_states_offer_one_action(qtbot: QtBot) -> None:
    ran: list[str] = []
    stack = StateStack(Label("rows"))
    _window = show(qtbot, stack)
    stack.set_empty("Nobody is waiting.", "Add a walk-in", lambda: ran.append("add"))
    empty = stack.shown
    assert isinstance(empty, EmptyState)
    assert empty.button is not None
    QTest.mouseClick(empty.button, LEFT)
    assert ran == ["add"]
    stack.set_error("The list could not be read", "Nothing is lost.")
    wrong = stack.shown
    assert isinstance(wrong, ErrorState)
    with qtbot.waitSignal(stack.retry):
        QTest.mouseClick(wrong.button, LEFT)


def test_a_toast_undoes_and_leaves(qtbot: QtBot) -> None:
    undone: list[bool] = []
    window = show(qtbot, Label("page"), size=(600, 400))
    host = ToastHost(window)
    bar = Toast("Moved to 12:20", action="Undo", run=lambda: undone.append(True))
    host.show(bar)
    assert bar.isVisible()
    assert bar.button is not None
    QTest.mouseClick(bar.button, LEFT)
    assert undone == [True]
    assert host.toast is None


def test_a_toast_leaves_by_itself_and_the_next_takes_its_place(qtbot: QtBot) -> None:
    window = show(qtbot, Label("page"), size=(600, 400))
    host = ToastHost(window)
    host.show(Toast("First"))
    second = Toast("Second", shown_ms=30)
    host.show(second)
    assert host.toast is second
    qtbot.waitUntil(lambda: host.toast is None, timeout=2000)


def test_a_key_that_has_no_room_is_left_out_of_a_button_not_cut(qtbot: QtBot) -> None:
    with_key, without = (Button("Firmar la nota", kind=ButtonKind.PRIMARY, icon="edit", keys=keys)
                         for keys in ("Ctrl+Enter", ""))  # fmt: skip
    _window = show(qtbot, with_key, without)
    wide = with_key.sizeHint()
    for button in (with_key, without):
        button.setFixedSize(wide)
    assert with_key.grab().toImage() != without.grab().toImage()
    for button in (with_key, without):
        button.setFixedSize(wide.width() - 20, wide.height())
    assert with_key.grab().toImage() == without.grab().toImage()
    assert "Ctrl" in with_key.toolTip()


def test_a_long_hint_gives_way_to_the_form(qtbot: QtBot) -> None:
    field = FormField("Paciente", LineEdit(name="Paciente"), hint="nombre, nacimiento, teléfono o n.º de historia")
    window = show(qtbot, field, size=(240, 90))
    assert window.width() == 240
    assert field.rect().contains(field.hint.geometry())
    assert field.hint.toolTip() == field.hint.text()
    assert field.label.width() >= field.label.sizeHint().width()


LONG = "Booked Zygmunt Lis. The patient has another visit at that time, with Dr Fernández, and waits for an echo."


def test_a_long_message_takes_more_lines_and_stays_in_the_window(qtbot: QtBot) -> None:
    window = show(qtbot, Label("page"), size=(420, 400))
    host = ToastHost(window)
    short = host.show(Toast("Moved", action="Undo", run=lambda: None)).size()
    long = host.show(Toast(LONG, action="Undo", run=lambda: None))
    assert window.rect().contains(long.geometry())
    assert long.height() > short.height()
    assert long.button is not None
    assert long.rect().contains(long.button.geometry())
    assert long.label.height() == long.label.heightForWidth(long.label.width())
    window.resize(1400, 400)
    qtbot.waitUntil(lambda: long.width() > 420)
    assert long.width() <= WIDEST


@pytest.fixture
def still() -> Iterator[None]:
    """Motion as the system that asks for less of it."""
    Theme.current().set_reduced_motion(True)
    yield
    Theme.current().set_reduced_motion(None)


def test_a_toast_fades_in(qtbot: QtBot) -> None:
    window = show(qtbot, Label("page"), size=(600, 400))
    toast = ToastHost(window).show(Toast("Saved"))
    assert toast.graphicsEffect() is not None
    qtbot.waitUntil(lambda: toast.graphicsEffect() is None, timeout=5000)


def test_with_reduced_motion_a_toast_is_there_at_once(qtbot: QtBot, still: None) -> None:
    window = show(qtbot, Label("page"), size=(600, 400))
    toast = ToastHost(window).show(Toast("Saved"))
    assert toast.graphicsEffect() is None


@pytest.mark.parametrize("place", ["bottom", "top"])
def test_a_toast_never_covers_the_field_in_use(qtbot: QtBot, place: str) -> None:
    window = QWidget()
    field = LineEdit(name="Name", parent=window)
    window.resize(600, 400)
    field.setGeometry(150, 340 if place == "bottom" else 10, 300, 32)
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    host = ToastHost(window)
    toast = host.show(Toast("Saved"))
    field.setFocus()
    QApplication.processEvents()
    assert not toast.geometry().intersects(field.geometry())
    window.resize(500, 380)
    QApplication.processEvents()
    assert not toast.geometry().intersects(field.geometry())


@pytest.mark.usefixtures("qapp")
def test_a_long_number_leaves_the_name_its_place() -> None:
    short = ListItem(key="a", title="Blaine Schroeder", meta="MRN 40401")
    long = ListItem(key="b", title="Blaine Schroeder", meta="MRN 68ee5dd1-b17f-4956-99b3-691a0a379565")
    assert 252 / 3 <= meta_room(long, 252) <= 252 - text_width(long.title, TypeRole.BODY, True) - 8
    assert meta_room(long, 150) == 150 / 3, "where both are too long, each gets some room"
    assert meta_room(short, 252) == meta_room(short, 900), "a short one is never cut"
    assert meta_room(long, 900) > meta_room(long, 252)
    dated = ListItem(key="c", title="Type 2 diabetes, getting better", meta="21 Nov 2025")
    assert meta_room(dated, 180) == meta_room(dated, 900), "a date that is cut could be any day's"


def test_a_menu_at_the_right_edge_ends_where_its_button_does(qtbot: QtBot) -> None:
    window = QWidget()
    window.resize(400, 200)
    button = Button("Me", parent=window)
    button.setGeometry(330, 10, 60, 32)
    qtbot.addWidget(window)
    window.show()
    menu = open_menu(button, "Me", [MenuItem("Open a second desk at this computer", lambda: None)])
    qtbot.waitUntil(menu.isVisible)
    assert menu.width() > 70
    assert menu.geometry().right() <= button.mapToGlobal(QPoint(button.width(), 0)).x()
    menu.close()
    menu = open_menu(button, "Where it leads", [MenuItem("https://a.example/?x=1&y=2", lambda: None)])
    assert menu.actions()[0].iconText() == "https://a.example/?x=1&y=2", "an address is read as it is"
    menu.close()


def test_each_paragraph_of_what_people_wrote_begins_on_its_own_side(qtbot: QtBot) -> None:
    label = Label("Hello\nمرحبا بكم", wrap=True, theirs=True)
    qtbot.addWidget(label)
    label.setFixedSize(300, 60)
    label.show()
    picture = label.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    scale, half = picture.width() / 300, picture.height() // 2

    def inked(top: int, bottom: int) -> tuple[float, float]:
        paper = picture.pixelColor(0, picture.height() - 1).value()
        found = [x for x in range(picture.width()) for y in range(top, bottom)
                 if abs(picture.pixelColor(x, y).value() - paper) > 60]  # fmt: skip
        return min(found) / scale, max(found) / scale

    line = int(20 * scale)
    first, second = inked(0, min(line, half)), inked(line, 2 * line)
    assert first[0] < 20, first
    assert first[1] < 150, first
    assert second[1] > 280, second
    assert second[0] > 150, second


def test_the_wheel_turns_a_choice_only_where_the_keyboard_is(qtbot: QtBot) -> None:
    """Who scrolled a form past "Urgent" made another priority of it."""
    place = QWidget()
    combo = Combo([("A", "A"), ("B", "B"), ("C", "C")], name="Choice", current="A")
    other = LineEdit(name="Other")
    column(combo, other, parent=place)
    qtbot.addWidget(place)
    place.show()
    other.setFocus()
    qtbot.waitUntil(other.hasFocus, timeout=10_000)

    def turn() -> bool:
        event = QWheelEvent(QPointF(5, 5), QPointF(5, 5), QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton,
                            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)  # fmt: skip
        QApplication.sendEvent(combo, event)
        return event.isAccepted()

    assert (turn(), combo.current) == (False, "A")
    combo.setFocus()
    qtbot.waitUntil(combo.hasFocus, timeout=10_000)
    turn()
    assert combo.current == "B"


def text_of(field: LineEdit | TextArea) -> str:
    return field.toPlainText() if isinstance(field, TextArea) else field.text()


@pytest.mark.parametrize("kind", [LineEdit, TextArea])
def test_ctrl_z_is_the_windows_in_a_field_in_which_nothing_was_typed(
    qtbot: QtBot, kind: type[LineEdit | TextArea]
) -> None:
    """After saving, the keyboard is in the emptied field, and the message offers to take back what was saved."""
    window, undone = QWidget(), []
    field = kind(name="Value")
    field.setParent(window)
    QShortcut(QKeySequence("Ctrl+Z"), window, lambda: undone.append(1))
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    QTest.keyClicks(field, "12")
    QTest.keyClick(field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert (text_of(field), undone) == ("", []), "what was typed is taken back first"
    QTest.keyClick(field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert undone == [], "once too often is nothing"
    if isinstance(field, TextArea):
        field.setPlainText("")
    else:
        field.setText("")
    QTest.keyClick(field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert undone == [1]
