"""The GLP-1 panel: index, whether and why somebody is eligible, and the way since the first reading."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.domain.vitals_glp1 import Eligibility, Glp1Rule, Reason
from app.kernel.i18n import t
from app.queries.vitals_panel import Glp1Panel
from app.ui.areas.chart.vitals.room import SIDE
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import StatusKind, Tone, TypeRole
from app.ui.widgets.chip import Chip
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.paint import box, draw_text, text_width
from app.ui.widgets.panel import Panel
from app.ui.widgets.text import Label
from app.ui.widgets.timeseries.ticks import day_text

_PADDING = 16


def reason_text(verdict: Eligibility, rule: Glp1Rule) -> str:
    """Say why somebody is eligible, or isn't."""
    alone, with_one = f"{rule.bmi:g}", f"{rule.bmi_with_condition:g}"
    named = ", ".join(verdict.conditions)
    return {
        Reason.BMI: t("Eligible because BMI is {bmi} or more.", bmi=alone),
        Reason.BMI_AND_CONDITION: t("Eligible because BMI is {bmi} or more with {conditions}.", bmi=with_one,
                                    conditions=named),
        Reason.NO_CONDITION: t("Not eligible: BMI is below {bmi} and no weight-related condition is recorded.",
                               bmi=alone),
        Reason.BELOW: t("Not eligible: BMI is below {bmi}.", bmi=with_one),
        Reason.NO_BMI: t("Not known: there is no BMI. Enter weight and height."),
        Reason.NOT_ADULT: t("For adults only: a child's BMI is judged by percentiles."),
    }[verdict.reason]  # fmt: skip


def signed(value: float, unit: str) -> str:
    """Return a change with its sign: "−6.5 kg", "+0.2 %"."""
    text = f"{abs(value):.1f} {unit}"
    return text if f"{abs(value):.1f}" == "0.0" else ("−" if value < 0 else "+") + text


class BmiScale(QWidget):
    """Where the index stands between the thresholds, and where it came from."""

    def __init__(self) -> None:
        super().__init__()
        self._panel: Glp1Panel | None = None
        self._zone = ZoneInfo("UTC")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_panel(self, panel: Glp1Panel, zone: ZoneInfo) -> None:
        """Show another panel."""
        self._panel, self._zone = panel, zone
        self.setVisible(panel.latest is not None)
        self.update()

    def sizeHint(self) -> QSize:
        """Return a line of the scale with a label above and below."""
        return QSize(240, 54)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint scale, thresholds, the first and the latest index."""
        panel = self._panel
        if panel is None or panel.latest is None:
            return
        now, first = panel.latest.bmi, panel.first.bmi if panel.first is not None else panel.latest.bmi
        low = min(25.0, now - 1, first - 1, panel.rule.bmi_with_condition - 1)
        high = max(36.0, now + 1, first + 1, panel.rule.bmi + 2)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint(painter, panel, lambda value: 2 + (value - low) / (high - low) * (self.width() - 4), now, first)

    def _paint(
        self, painter: QPainter, panel: Glp1Panel, x: Callable[[float], float], now: float, first: float
    ) -> None:
        c, y = Theme.current().colors, 27.0
        box(painter, QRectF(0, y - 3, self.width(), 6), 3, c.sunken)
        eligible = panel.rule.bmi
        box(painter, QRectF(x(eligible), y - 3, self.width() - x(eligible), 6), 3, c.line)
        for value, color in ((panel.rule.bmi_with_condition, c.control_line), (eligible, c.text)):
            painter.fillRect(QRectF(x(value) - 0.75, y - 8, 1.5, 16), color)
        self._text(painter, x(panel.rule.bmi_with_condition), 38, f"{panel.rule.bmi_with_condition:g}", muted=True)
        self._text(painter, x(eligible), 38, f"{eligible:g}", muted=False)
        if abs(first - now) > 0.05:
            self._arrow(painter, x(first), x(now), y)
            if abs(x(first) - x(now)) > 34:
                self._text(painter, x(first), 0, f"{first:.1f}", muted=True)
        self._text(painter, x(now), 0, f"{now:.1f}", muted=False, strong=True)
        painter.setPen(QPen(c.text, 9.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawPoint(QPointF(x(now), y))

    def _arrow(self, painter: QPainter, start: float, end: float, y: float) -> None:
        c = Theme.current().colors
        painter.setPen(QPen(c.text, 1.5))
        painter.drawLine(QPointF(start, y), QPointF(end, y))
        side = 1.0 if end > start else -1.0
        tip = end - 6 * side
        painter.setBrush(c.text)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawPolygon(
            QPolygonF([QPointF(tip, y), QPointF(tip - 6 * side, y - 4), QPointF(tip - 6 * side, y + 4)])
        )
        painter.setBrush(c.surface)
        painter.setPen(QPen(c.muted, 1.5))
        painter.drawEllipse(QPointF(start, y), 4, 4)

    def _text(self, painter: QPainter, x: float, top: float, text: str, *, muted: bool, strong: bool = False) -> None:
        c, wide = Theme.current().colors, text_width(text, TypeRole.META, strong)
        left = min(max(0.0, x - wide / 2), self.width() - wide - 1)
        area = QRectF(left, top, wide + 1, 16)
        draw_text(painter, area, text, TypeRole.META, c.muted if muted else c.text, strong=strong)


class Glp1Card(Panel):
    """The panel beside the chart."""

    def __init__(self) -> None:
        super().__init__(t("GLP-1"))
        self.figure = Label("", role=TypeRole.FIGURE, strong=True)
        self.of = Label("", tone=Tone.MUTED)
        self.reason = Label("", wrap=True)
        self.scale = BmiScale()
        self.note = Label("", role=TypeRole.META, tone=Tone.MUTED, wrap=True)
        self._chip: Chip | None = None
        self._rows: QVBoxLayout = column(gap=6)
        self.content.addLayout(row(self.figure, self.of, STRETCH, gap=8))
        self.add(self.reason, self.scale)
        self.content.addLayout(self._rows)
        self.add(self.note)
        self.note.hide()

    def show_panel(self, panel: Glp1Panel, zone: ZoneInfo, *, older_missing: bool) -> None:
        """Show a patient's panel; ``older_missing``: the first reading may lie on the server."""
        latest = panel.latest
        self.figure.setText("–" if latest is None else f"{latest.bmi:.1f}")
        self.of.setText(
            t("no BMI yet") if latest is None
            else t("BMI on {date}", date=day_text(latest.at.astimezone(zone).date(), "d MMM yyyy"))
        )  # fmt: skip
        self.reason.setText(reason_text(panel.verdict, panel.rule))
        self.scale.show_panel(panel, zone)
        self._set_chip(panel)
        self._set_rows(panel)
        self.note.setText(t("Older readings need the server.") if older_missing else "")
        self.note.setVisible(older_missing)

    def _set_chip(self, panel: Glp1Panel) -> None:
        if self._chip is not None:
            self.head.removeWidget(self._chip)
            self._chip.deleteLater()
            self._chip = None
        if panel.verdict.reason in (Reason.NO_BMI, Reason.NOT_ADULT):
            return
        if panel.verdict.eligible:
            self._chip = Chip(t("Eligible"), icon="check", kind=StatusKind.DONE)
        else:
            self._chip = Chip(t("Not eligible"))
        self.head.addWidget(self._chip)

    def _set_rows(self, panel: Glp1Panel) -> None:
        while (item := self._rows.takeAt(0)) is not None:
            inner = item.layout()
            while inner is not None and (part := inner.takeAt(0)) is not None:
                widget = part.widget()
                if widget is not None:
                    widget.deleteLater()
        lines: list[tuple[str, str]] = []
        if panel.since_first is not None:
            change = f"{signed(panel.since_first.kg, 'kg')}, {signed(panel.since_first.percent, '%')}"
            since = t("Since {date}", date=day_text(panel.since_first.since, "d MMM yyyy"))
            lines.append((since, change))
        if panel.last_month is not None:
            lines.append((t("Last 30 days"), signed(panel.last_month.kg, "kg")))
        lines += [(one.display, one.detail) for one in panel.medicines]
        if panel.verdict.conditions and panel.verdict.reason is Reason.BMI:
            threshold = f"{panel.rule.bmi_with_condition:g}"
            lines.append((t("Also eligible from {bmi} by", bmi=threshold), ", ".join(panel.verdict.conditions)))
        for name, value in lines:
            self._rows.addLayout(_line(name, value))


def _line(name: str, value: str) -> QBoxLayout:
    """A name and its value at the right; many words go below, and never take the room of what they answer."""
    if text_width(name, TypeRole.BODY) + 8 + text_width(value, TypeRole.BODY) > SIDE - 2 * _PADDING:
        return column(Label(name, tone=Tone.MUTED, wrap=True), Label(value, wrap=True), gap=0)
    line = row(Label(name, tone=Tone.MUTED, elide=True), Label(value), gap=8)
    line.setStretch(0, 1)
    return line
