"""The chart's header, the same on all tabs: who this is and what must not be missed."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from app.kernel.i18n import t
from app.queries.chart import ChartHead
from app.ui.areas.chart.head_words import chips_of, visit_texts, who_text
from app.ui.areas.chart.neighbour import NeighbourButton
from app.ui.parts.beyond import kept_since
from app.ui.parts.link_state import LinkState, not_yet
from app.ui.parts.words import clock
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import StatusKind, Tone, TypeRole
from app.ui.widgets.button import Button, ButtonKind, IconButton
from app.ui.widgets.chip import StatusChip
from app.ui.widgets.chip_flow import ChipFlow
from app.ui.widgets.layouts import column, row
from app.ui.widgets.lists import ChipSpec
from app.ui.widgets.paint import text_width
from app.ui.widgets.panel import Strip
from app.ui.widgets.text import ElidedLabel, Label
from app.ui.work import ShellApi

_SIDE, _GAP, _ROOMY = 24, 12, 760
_COUNTED = ("labs", "messages")
"""Tabs that say how much waits there."""
_PATIENT_TABLES = ("patients", "patient_detail")


class ChartHeader(QFrame):
    """Signals say what was clicked; the page does it."""

    details = Signal()
    stepped = Signal(int)
    """To the next (1) or the previous (-1) patient of my day."""
    chip = Signal(str)
    """A chip was opened: "allergies", or a tab's key."""
    out = Signal()
    """What leaves the chart (on paper, as a file) is wanted."""
    survivor = Signal()
    """The record that this one is part of is wanted."""

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._api = api
        self._head: ChartHead | None = None
        self._found: list[tuple[ChipSpec, str]] = []
        self.name = ElidedLabel("", role=TypeRole.PATIENT, strong=True)
        self.who, self.who_below = (ElidedLabel("", tone=Tone.MUTED) for _ in range(2))
        for label in (self.name, self.who):  # their widths are set below: a layout takes no notice of those otherwise
            label.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.previous = IconButton("left", t("Previous patient of my day"), keys="Alt+Left")
        self.next = NeighbourButton()
        self.details_button = IconButton("user", t("Details of the patient"), keys="F2")
        self.out_button = Button(t("Print, export"), icon="print", kind=ButtonKind.QUIET)
        self.out_button.setToolTip(t("Print the chart, or export the record"))
        self.out_button.setAccessibleName(t("Print, export"))
        wide = self.out_button.sizeHint().width()
        self.out_button.setText("")
        self._out_widths = self.out_button.sizeHint().width(), wide
        self.chips = ChipFlow()
        self.visits = Label("", role=TypeRole.META, tone=Tone.MUTED)
        self.visits_below = ElidedLabel("", role=TypeRole.META, tone=Tone.MUTED)
        self.live = Label("", role=TypeRole.META, tone=Tone.MUTED)
        self.merged = _Merged()
        self._first = row(self.name, self.who, gap=_GAP)
        self._first.addStretch(1)
        for button in (self.out_button, self.details_button, self.previous, self.next):
            self._first.addWidget(button)
        self._second, self._third = row(self.who_below, gap=16), row(self.chips, self.visits, self.live, gap=16)
        self._second.setStretch(0, 1)
        self._third.setStretch(0, 1)
        column(
            self._first, self._second, self._third, self.visits_below, self.merged,
            gap=6, margins=(_SIDE, 12, _SIDE, 8), parent=self,
        )  # fmt: skip
        self._connect()
        self.show_nobody()

    def _connect(self) -> None:
        self.details_button.clicked.connect(self.details)
        self.out_button.clicked.connect(self.out)
        self.chips.chosen.connect(self.chip)
        self.previous.clicked.connect(lambda: self.stepped.emit(-1))
        self.next.clicked.connect(lambda: self.stepped.emit(1))
        self.merged.button.clicked.connect(self.survivor)
        self._api.sync.changed.connect(self._show_link)

    @property
    def head(self) -> ChartHead | None:
        """Whose header it is; None while nobody's is shown."""
        return self._head

    def show_nobody(self) -> None:
        """Show nothing: the patient before is gone, the next isn't known yet."""
        self._head, self._found = None, []
        for label in (self.name, self.who, self.who_below, self.visits, self.visits_below, self.live):
            label.setText("")
        self.chips.show_chips([])
        self.merged.hide()
        self.out_button.setEnabled(False)
        self.previous.setEnabled(False)
        self.next.show_person(None, self._api.zone)

    def show_head(self, head: ChartHead) -> None:
        """Show who it is; widgets stay, so that the focus does too."""
        self._head = head
        self.name.setText(head.name)
        self.name.setAccessibleName(head.name)
        text = who_text(head, self._api.workspace.reader().today)
        for label in (self.who, self.who_below):
            label.setText(text)
        self.out_button.setEnabled(True)
        before = head.beside(-1)
        self.previous.setEnabled(before is not None)
        tip = t("Previous patient of my day")
        self.previous.setToolTip(f"{tip}: {before.name}" if before else tip)
        self.previous.setVisible(bool(head.my_day))
        self.next.show_person(head.beside(1), self._api.zone)
        self.merged.show_merge(head)
        self._show_link()
        self._fit()
        QTimer.singleShot(0, self, self._lay_out)

    def _show_link(self) -> None:
        """Say whether what is shown is live and which visits are known, and mark what the server hasn't confirmed."""
        head = self._head
        if head is None:
            return
        link, zone = LinkState.of(self._api.sync), self._api.zone
        visits = "   ·   ".join(visit_texts(head, zone, kept_since(self._api.sync, "visits")))
        self.visits.setText(visits)
        self.visits_below.setText(visits)
        if link.as_of is None:
            self.live.setText(t("As of {time}, live", time=clock(head.as_of, zone)))
        else:
            self.live.setText(t("As of {time}", time=clock(link.as_of, zone)))
        self.live.set_tone(Tone.MUTED if link.as_of is None else Tone.WARN)
        unsent = link.unsent(head.id, _PATIENT_TABLES)
        waits = [ChipSpec(not_yet(), "clock", StatusKind.HELD, outlined=True)] if unsent else []
        self._found = [*chips_of(head, self._api.zone), *((one, "") for one in waits)]
        self._fit_chips()

    def _fit(self) -> None:
        """Put who it is beside the name where both fit whole, else below it.

        The name is cut last: before that whoever is next is told by the time alone, and then without a word.
        """
        name = round(text_width(self.name.text(), TypeRole.PATIENT, True)) + 2
        who = round(text_width(self.who.text(), TypeRole.BODY)) + 2
        narrow, wide = self._out_widths
        self.next.set_short(0)
        taken = self._taken()
        for short in (1, 2):
            if self.width() - taken - narrow >= name:
                break
            self.next.set_short(short)
            taken = self._taken()
        free = self.width() - taken - name - _GAP - who
        beside = free >= narrow
        self.out_button.setText(t("Print, export") if free >= wide else "")
        room = self.width() - taken - (wide if free >= wide else narrow)
        self.name.setFixedWidth(max(40, min(name, room)))
        self.who.setFixedWidth(who if beside else 0)
        self.who.setVisible(beside)
        self.who_below.setVisible(not beside)
        roomy = self.width() > _ROOMY
        self.visits.setVisible(roomy)
        self.visits_below.setVisible(not roomy and bool(self.visits.text()))
        self._place_visits(who if roomy and not beside else None)
        self._fit_chips()

    def _place_visits(self, who: int | None) -> None:
        """Put the visits beside who it is, where that has a line of its own and room: the chips have theirs whole."""
        labels = (self.visits, self.live)
        wide = sum(one.sizeHint().width() + 16 for one in labels)
        up = who is not None and who + wide <= self.width() - 2 * _SIDE
        line, other = (self._second, self._third) if up else (self._third, self._second)
        for label in labels:
            if line.indexOf(label) < 0:
                other.removeWidget(label)
                line.addWidget(label)

    def _fit_chips(self) -> None:
        """Show the chips; those that the tabs' own counts repeat give way where one line has no room for all."""
        beside = [one for one in (self.visits, self.live) if self._third.indexOf(one) >= 0 and not one.isHidden()]
        room = self.width() - 2 * _SIDE - sum(one.sizeHint().width() + 16 for one in beside)
        fewer = [(one, key) for one, key in self._found if key not in _COUNTED or one.kind is not None]
        shown = self._found
        if self.chips.wide([one for one, _ in shown]) > room >= self.chips.wide([one for one, _ in fewer]):
            shown = fewer
        if tuple(one for one, _ in shown) != self.chips.chips:
            self.chips.show_chips([one for one, _ in shown], [key for _, key in shown])

    def _taken(self) -> int:
        """Pixels that margins, gaps and the buttons beside the name take."""
        there: tuple[Button, ...] = (self.details_button, self.previous, self.next)
        buttons = [one for one in there if one.isVisibleTo(self)]
        return 2 * _SIDE + sum(one.sizeHint().width() + _GAP for one in buttons) + 2 * _GAP

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose where the words go; lines that came or went change the height, which is asked for afterwards."""
        super().resizeEvent(event)
        self._fit()
        QTimer.singleShot(0, self, self._lay_out)

    def _lay_out(self) -> None:
        """Take the height that the lines have now: a layout that is being carried out takes no notice of it."""
        layout = self.layout()
        if layout is not None:
            layout.invalidate()
        self.updateGeometry()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the surface."""
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), Theme.current().colors.surface)


class _Merged(Strip):
    """The record is part of another one by now."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ElidedLabel("")
        self.button = Button(t("Open that record"), small=True)
        self.items.addWidget(StatusChip(StatusKind.HELD, t("Merged")))
        self.items.addWidget(self.text, 1)
        self.items.addWidget(self.button)
        self.hide()

    def show_merge(self, head: ChartHead) -> None:
        """Show where the record went, or nothing."""
        self.text.setText(t("This record is part of that of {name}.", name=head.merged_name))
        self.setVisible(bool(head.merged_into))
