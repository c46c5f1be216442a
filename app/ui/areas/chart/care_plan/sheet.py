"""A care plan as a sheet: one stop of the Tab key, arrows go from cell to cell, Enter types, Space marks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.kernel.i18n import t
from app.ui.areas.chart.care_plan.cell_edit import CellEdit
from app.ui.areas.chart.care_plan.rows import DAY, RowKind, SheetRow
from app.ui.areas.chart.care_plan.sheet_paint import ROW, Geometry, paint_row
from app.ui.parts.patient_values import date_text
from app.ui.theme.theme import Theme
from app.ui.widgets.accessible import SpokenItem, announce_focus, install_accessible_items

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2)
_NEW = (RowKind.NEW_TASK, RowKind.NEW_PHASE)
_SHIFT = Qt.KeyboardModifier.ShiftModifier
_MOVES = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


def _letter(event: QKeyEvent) -> bool:
    """Whether a key types something that can be seen."""
    return bool(event.text().strip()) and event.text().isprintable()


class PlanSheet(QWidget):
    """Shows lines and says what the person wants; whoever listens carries it out."""

    typed = Signal(object, str, str)
    """A line, a cell of it and the text typed."""
    ticked = Signal(object)
    """A task's box."""
    marked = Signal(object, object, bool)
    """A task's line, a day, and whether it was done then."""
    removed = Signal(object)
    moved = Signal(object, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: tuple[SheetRow, ...] = ()
        self.today = date.min
        self.may = False
        self._at, self._cell = 0, ""
        install_accessible_items()
        self.setAccessibleName(t("Care plan"))
        self.setProperty("ownFocus", True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.editor = CellEdit(t("Care plan"), self)
        self._edited: tuple[str, str] | None = None
        self.editor.kept.connect(self._kept)
        self.editor.given_up.connect(self._close)

    # -- content -------------------------------------------------------------------------------------------------------

    def show_rows(self, rows: Sequence[SheetRow], today: date, *, may: bool) -> None:
        """Show other lines; keyboard and an open field stay on their line as long as it is there."""
        before = self.row.id if self.row else ""
        self.rows, self.today, self.may = tuple(rows), today, may
        ids = [row.id for row in self.rows]
        self._at = ids.index(before) if before in ids else max(0, min(self._at, len(ids) - 1))
        self._cell = self._near(self._cell)
        if self._edited is not None and self._edited[0] not in ids:
            self._close()
        self.updateGeometry()
        self._place_editor()
        self.update()

    @property
    def row(self) -> SheetRow | None:
        """The line that the keyboard is on."""
        return self.rows[self._at] if self._at < len(self.rows) else None

    @property
    def cell(self) -> str:
        """The cell that the keyboard is on."""
        return self._cell

    def go_to(self, row_id: str, cell: str = "") -> bool:
        """Put the keyboard on a line, and on a cell of it; False when it isn't there."""
        ids = [row.id for row in self.rows]
        if row_id not in ids:
            return False
        self._go(ids.index(row_id), cell or self._cell)
        return True

    def _near(self, cell: str) -> str:
        """Return the cell itself where the line has it, else the one that is most alike."""
        cells = self.row.cells if self.row else ("",)
        if cell in cells:
            return cell
        if cell.startswith(DAY) or cell == "weeks":
            return cells[-1]
        return "title" if "title" in cells else cells[0]

    # -- geometry ------------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        """Return the height of all lines."""
        return QSize(480, ROW * len(self.rows))

    def minimumSizeHint(self) -> QSize:
        """Return the height of all lines, however narrow."""
        return QSize(360, self.sizeHint().height())

    def cell_rect(self, number: int, cell: str) -> QRect:
        """Return a cell's place in this widget."""
        place = Geometry(self.width()).cell(self.rows[number], cell, self.today)
        return place.translated(0, number * ROW).toAlignedRect()

    def _hit(self, point: QPoint) -> tuple[int, str] | None:
        number = point.y() // ROW
        if not 0 <= number < len(self.rows):
            return None
        cells = self.rows[number].cells
        found = (cell for cell in cells if self.cell_rect(number, cell).contains(point))
        return number, next(found, "" if self.rows[number].kind is not RowKind.NEW_TASK else "name")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the open field on its cell."""
        super().resizeEvent(event)
        self._place_editor()

    # -- painting ------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the lines that are seen, and the ring around the cell with the keyboard."""
        geometry, seen = Geometry(self.width()), event.rect()
        first, last = max(0, seen.top() // ROW), min(len(self.rows), seen.bottom() // ROW + 1)
        with QPainter(self) as painter:
            for number in range(first, last):
                paint_row(painter, self.rows[number], number * ROW, geometry, self.today)
            if self.hasFocus() and self.row is not None and self._cell:
                self._ring(painter)

    def _ring(self, painter: QPainter) -> None:
        theme = Theme.current()
        area = QRectF(self.cell_rect(self._at, self._cell))
        inner = area.adjusted(-1, 8, 1, -8) if self._cell.startswith(DAY) else area.adjusted(-4, 4, 4, -4)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.colors.accent, theme.tokens.focus_width))
        painter.drawRoundedRect(inner, theme.tokens.radius.key, theme.tokens.radius.key)

    # -- keyboard ------------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go along with the arrows; Enter types, Space marks, Delete takes away, Alt with an arrow moves."""
        key, held = Qt.Key(event.key()), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        row = self.row
        if row is None:
            super().keyPressEvent(event)
        elif held == Qt.KeyboardModifier.AltModifier and key in _MOVES and self.may:
            self.moved.emit(row, _MOVES[key])
        elif self.may and row.kind in _NEW and _letter(event) and not held & ~_SHIFT:
            self._begin_typing(event.text())
        elif held or not (self._travel(key) or (self.may and not event.isAutoRepeat() and self._act(key, row))):
            super().keyPressEvent(event)

    def _travel(self, key: Qt.Key) -> bool:
        row = self.row
        cells = row.cells if row else ()
        across = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if key in _MOVES and 0 <= self._at + _MOVES[key] < len(self.rows):
            self._go(self._at + _MOVES[key], self._cell)
            return True
        if key in across and self._cell in cells:
            goal = cells.index(self._cell) + across[key]
            self._go(self._at, cells[max(0, min(goal, len(cells) - 1))])
            return True
        if key in {Qt.Key.Key_Home, Qt.Key.Key_End} and cells:
            self._go(self._at, cells[0 if key == Qt.Key.Key_Home else -1])
            return True
        return False

    def _act(self, key: Qt.Key, row: SheetRow) -> bool:
        if key == Qt.Key.Key_Delete and row.kind in {RowKind.PHASE, RowKind.TASK}:
            self.removed.emit(row)
        elif key == Qt.Key.Key_Insert:
            self._begin_new(row)
        elif key == Qt.Key.Key_Space or key in _ENTER:
            self._use(row, self._cell)
        else:
            return False
        return True

    def _begin_typing(self, text: str) -> None:
        """On a line for something new the first letter opens the field: else the first word was lost."""
        self._go(self._at, "name")
        self.edit()
        self.editor.setText(text)

    def _begin_new(self, row: SheetRow) -> None:
        """Type a new task for the phase that the keyboard is in."""
        wanted = RowKind.NEW_PHASE if row.kind is RowKind.NEW_PHASE else RowKind.NEW_TASK
        number = next(n for n, one in enumerate(self.rows) if one.kind is wanted and one.phase == row.phase)
        self._go(number, "name")
        self.edit()

    def _use(self, row: SheetRow, cell: str) -> None:
        if cell == "completed":
            self.ticked.emit(row)
        elif cell.startswith(DAY):
            day = date.fromisoformat(cell.removeprefix(DAY))
            self.marked.emit(row, day, day not in row.done)
        elif cell:
            self.edit()

    def _go(self, number: int, cell: str) -> None:
        self._at = number
        self._cell = self._near(cell)
        announce_focus(self, number)
        self.update()

    # -- typing --------------------------------------------------------------------------------------------------------

    def edit(self) -> None:
        """Open the field over the cell with the keyboard."""
        row = self.row
        if row is None or not self.may or self._cell == "completed" or self._cell.startswith(DAY) or not self._cell:
            return
        self._edited = (row.id, self._cell)
        self._place_editor()
        self.editor.setAccessibleName(self._cell_name(row))
        self.editor.begin(row.text(self._cell))

    def _cell_name(self, row: SheetRow) -> str:
        words = {"weeks": t("Weeks"), "description": t("Description"), "frequency": t("How often")}
        new = {RowKind.NEW_PHASE: t("New phase"), RowKind.NEW_TASK: t("New task")}
        return new.get(row.kind) or words.get(self._cell, t("Name"))

    def _place_editor(self) -> None:
        if self._edited is None:
            return
        ids = [row.id for row in self.rows]
        if self._edited[0] not in ids:
            return
        area = self.cell_rect(ids.index(self._edited[0]), self._edited[1])
        wide = max(area.width() + 8, 90 if self._edited[1] in {"weeks", "frequency"} else 260)
        self.editor.setGeometry(area.left() - 8, area.top() + 2, min(wide, self.width() - area.left()), ROW - 4)

    def _close(self) -> None:
        self._edited = None
        self.editor.put_away()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def _kept(self, text: str, step: int) -> None:
        edited, self._edited = self._edited, None
        self.editor.put_away()
        if step != 2:
            self.setFocus(Qt.FocusReason.OtherFocusReason)
        row = next((one for one in self.rows if edited and one.id == edited[0]), None)
        if row is None or edited is None:
            return
        self.typed.emit(row, edited[1], text)
        if step in {1, -1}:
            self._travel(Qt.Key.Key_Right if step > 0 else Qt.Key.Key_Left)

    # -- mouse ---------------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Put the keyboard on the cell under the pointer; a box, a day and a new line react at once."""
        found = self._hit(event.position().toPoint())
        if found is not None:
            number, cell = found
            self._go(number, cell or self._cell)
            row = self.rows[number]
            at_once = cell == "completed" or cell.startswith(DAY) or row.kind in {RowKind.NEW_TASK, RowKind.NEW_PHASE}
            if self.may and at_once and event.button() == Qt.MouseButton.LeftButton:
                self._use(row, self._cell)
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Type into the cell under the pointer."""
        if self._hit(event.position().toPoint()) is not None and self._edited is None:
            self.edit()

    # -- help ----------------------------------------------------------------------------------------------------------

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Say which line the keyboard is on."""
        super().focusInEvent(event)
        announce_focus(self, self._at)

    def event(self, event: QEvent) -> bool:
        """Show a line's whole text, or a day, as its tooltip."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            found = self._hit(event.pos())
            QToolTip.showText(event.globalPos(), self._tip(*found) if found else "", self)
            return True
        return super().event(event)

    def _tip(self, number: int, cell: str) -> str:
        row = self.rows[number]
        if not cell.startswith(DAY):
            return row.spoken()
        day = date.fromisoformat(cell.removeprefix(DAY))
        return f"{date_text(day)}: {t('done') if day in row.done else t('not done')}"

    def spoken_items(self) -> Sequence[SpokenItem]:
        """Return the lines as screen readers say them."""
        return [
            SpokenItem(row.spoken(), QRect(0, n * ROW, self.width(), ROW), self.hasFocus() and n == self._at)
            for n, row in enumerate(self.rows)
        ]
