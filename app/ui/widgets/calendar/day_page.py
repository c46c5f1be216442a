"""A calendar page: model, measures, scrolling and painting; ``DayCalendar`` adds what people do with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QPixmap, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from app.ui.theme.theme import Theme
from app.ui.widgets.calendar import day_painter, overlay
from app.ui.widgets.calendar.arrange import Lane, bounds, column_items
from app.ui.widgets.calendar.geometry import Geometry
from app.ui.widgets.calendar.model import CalendarItem, DayEvent, DayModel, ItemKind
from app.ui.widgets.calendar.scene import Scene, SceneInput, build

ZOOMS = (16, 20, 24, 32, 40, 48, 60, 72)
# Device pixels up to which the page is kept as a picture; on a large screen at 200 % it would take too much memory.
LAYER_LIMIT = 6_000_000


def _scaled(rect: QRect, scale: float) -> QRect:
    return QRectF(rect.x() * scale, rect.y() * scale, rect.width() * scale, rect.height() * scale).toRect()


class DayPage(QAbstractScrollArea):
    """Columns of time under fixed heads, right of fixed hours."""

    zoom_changed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.viewport().setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._model = DayModel(day=datetime.now(UTC).date())
        self._items: dict[str, list[CalendarItem]] = {}
        self._zoom = Theme.current().tokens.event.pixels_per_20_minutes
        self._geometry = Geometry(0, 0, 0, 0, 60, 1.0)
        self._scene: Scene | None = None
        self._layer: tuple[tuple[Geometry, float], QPixmap] | None = None
        self._lifted = ""
        self._clock: Callable[[], datetime] = lambda: datetime.now(UTC)
        self._tick = QTimer(self)
        self._tick.setInterval(1000)
        self._tick.timeout.connect(self._update_holds)
        Theme.current().changed.connect(self._forget_scene)

    @property
    def model(self) -> DayModel:
        """What is shown."""
        return self._model

    def set_model(self, model: DayModel) -> None:
        """Show a day; the place that is scrolled to stays."""
        self._model = model
        self._items = column_items(model)
        self._relayout()
        self._count_down()

    def set_clock(self, clock: Callable[[], datetime]) -> None:
        """Set the clock (aware) that holds count down by."""
        self._clock = clock

    def items(self, column_id: str) -> Sequence[CalendarItem]:
        """Return what stands in a column, in the order of time."""
        return self._items.get(column_id, ())

    def ordered_items(self) -> list[CalendarItem]:
        """Return all items, column by column."""
        return [item for column in self._model.columns for item in self._items.get(column.id, ())]

    def event_by_id(self, event_id: str) -> DayEvent | None:
        """Return an event of the model."""
        return next((event for event in self._model.events if event.id == event_id), None)

    def _count_down(self) -> None:
        counting = any(hold.expires is not None for hold in self._model.holds)
        if counting and self.isVisible():
            self._tick.start()
        else:
            self._tick.stop()

    def _update_holds(self) -> None:
        for hold in self._model.holds:
            item = CalendarItem(ItemKind.HOLD, hold.id, hold.column_id, hold.start, hold.end)
            self.viewport().update(self.item_rect(item).toAlignedRect())

    def lift(self, event_id: str) -> None:
        """Draw an event as a dashed source; an empty id puts it back."""
        if event_id != self._lifted:
            self._lifted = event_id
            self._forget_scene()

    @property
    def geometry_now(self) -> Geometry:
        """The measures in use."""
        return self._geometry

    @property
    def zoom(self) -> int:
        """Pixels for 20 minutes."""
        return self._zoom

    def set_zoom(self, pixels: int) -> None:
        """Set the pixels for 20 minutes; the time in the middle stays in the middle."""
        pixels = min(ZOOMS[-1], max(ZOOMS[0], pixels))
        if pixels == self._zoom:
            return
        middle = self._geometry.minute(self._geometry.body.center().y())
        self._zoom = pixels
        self._relayout()
        self.scroll_to_minute(middle)
        self.zoom_changed.emit(pixels)

    def zoom_step(self, direction: int) -> None:
        """Go to the next zoom in (+1) or out (-1)."""
        nearest = min(range(len(ZOOMS)), key=lambda number: abs(ZOOMS[number] - self._zoom))
        self.set_zoom(ZOOMS[min(len(ZOOMS) - 1, max(0, nearest + direction))])

    def scroll_to_minute(self, minute: float) -> None:
        """Bring a time into the middle."""
        y = (minute - self._geometry.first) * self._geometry.scale
        self.verticalScrollBar().setValue(round(y - self._geometry.body.height() / 2))

    def _relayout(self) -> None:
        size = self.viewport().size()
        first, last = bounds(self._model)
        scale = self._zoom / 20
        made = Geometry(size.width(), size.height(), len(self._model.columns), first, last, scale)
        self.verticalScrollBar().setRange(0, max(0, made.content_height - size.height()))
        self.verticalScrollBar().setPageStep(size.height())
        self.verticalScrollBar().setSingleStep(self._zoom)
        self.horizontalScrollBar().setRange(0, max(0, made.content_width - size.width()))
        self.horizontalScrollBar().setPageStep(size.width())
        self.horizontalScrollBar().setSingleStep(round(made.column_width / 2))
        self._geometry = made
        self._scrolled()
        self._forget_scene()

    def _scrolled(self) -> None:
        across, down = self.horizontalScrollBar().value(), self.verticalScrollBar().value()
        self._geometry = replace(self._geometry, scroll_x=across, scroll_y=down)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Follow the scroll bars; heads and hours stay, so all is painted again."""
        del dx, dy
        self._scrolled()
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out again."""
        super().resizeEvent(event)
        self._relayout()

    def _forget_scene(self) -> None:
        self._scene = None
        self._layer = None
        self.viewport().update()

    def scene_now(self) -> Scene:
        """Return the laid-out page, built when needed."""
        if self._scene is None:
            scale = self.viewport().devicePixelRatioF()
            self._scene = build(SceneInput(self._model, self._geometry, scale, self._lifted))
        return self._scene

    def column_number(self, column_id: str) -> int:
        """Return the number of a column; -1 when it isn't shown."""
        return next((k for k, column in enumerate(self._model.columns) if column.id == column_id), -1)

    def item_rect(self, item: CalendarItem) -> QRectF:
        """Return an item's rectangle in the viewport."""
        number = self.column_number(item.column_id)
        lane = self.scene_now().lanes.get(item.id) if item.kind in {ItemKind.EVENT, ItemKind.HOLD} else None
        return self._geometry.slot(number, item.start, item.end, lane or Lane())

    def item_at(self, point: QPointF) -> CalendarItem | None:
        """Return the item under a point of the viewport; things before gaps."""
        number = self._geometry.column(point.x()) if self._geometry.in_body(point) else -1
        if number < 0:
            return None
        items = self._items.get(self._model.columns[number].id, [])
        ordered = sorted(items, key=lambda item: (item.kind is not ItemKind.EVENT, item.kind is ItemKind.GAP))
        return next((item for item in ordered if self.item_rect(item).adjusted(-2, -1, 2, 1).contains(point)), None)

    def reveal(self, rect: QRectF) -> None:
        """Scroll until a rectangle of the viewport is seen."""
        body = self._geometry.body.adjusted(0, 4, 0, -4)
        bars = ((self.verticalScrollBar(), rect.top() - body.top(), rect.bottom() - body.bottom()),
                (self.horizontalScrollBar(), rect.left() - body.left(), rect.right() - body.right()))  # fmt: skip
        for bar, before, after in bars:
            if before < 0:
                bar.setValue(bar.value() + round(before))
            elif after > 0:
                bar.setValue(bar.value() + round(after))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the page: what stays is copied from a picture of it, what moves is painted over it."""
        page = day_painter.Page(self._model, self._geometry, self.scene_now(), self.viewport().devicePixelRatioF())
        device_pixels = self.viewport().width() * self.viewport().height() * page.scale**2
        layer = self._layer_of(page) if device_pixels <= LAYER_LIMIT else None
        with QPainter(self.viewport()) as painter:
            if layer is not None:
                painter.drawPixmap(event.rect(), layer, _scaled(event.rect(), page.scale))
            else:
                day_painter.paint_page(painter, page, QRectF(event.rect()))
            self._paint_holds(painter)
            self.paint_over(painter)

    def _layer_of(self, page: day_painter.Page) -> QPixmap:
        if self._layer is None or self._layer[0] != (page.geometry, page.scale):
            picture = QPixmap(self.viewport().size() * page.scale)
            picture.setDevicePixelRatio(page.scale)
            with QPainter(picture) as painter:
                day_painter.paint_page(painter, page, QRectF(self.viewport().rect()))
            self._layer = ((page.geometry, page.scale), picture)
        return self._layer[1]

    def _paint_holds(self, painter: QPainter) -> None:
        now, scale = self._clock(), self.viewport().devicePixelRatioF()
        painter.save()
        painter.setClipRect(self._geometry.body)
        for hold in self._model.holds:
            if self.column_number(hold.column_id) >= 0:
                item = CalendarItem(ItemKind.HOLD, hold.id, hold.column_id, hold.start, hold.end)
                overlay.paint_hold(painter, hold, self.item_rect(item), now, scale)
        painter.restore()

    def paint_over(self, painter: QPainter) -> None:
        """Paint what moves over the page; for subclasses."""

    def showEvent(self, event: QShowEvent) -> None:
        """Begin to count holds down."""
        super().showEvent(event)
        self._count_down()

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop counting."""
        super().hideEvent(event)
        self._tick.stop()
