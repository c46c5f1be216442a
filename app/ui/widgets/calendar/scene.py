"""The day as a list of pictures and texts in content coordinates; built when data or size change, painted often."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPixmap

from app.ui.theme.theme import Theme
from app.ui.theme.tokens import TypeRole
from app.ui.widgets.calendar.arrange import Lane, event_lanes
from app.ui.widgets.calendar.geometry import Geometry
from app.ui.widgets.calendar.model import DayBlock, DayEvent, DayModel, DaySlot, EventLook, clock_text
from app.ui.widgets.calendar.pieces import PlacedText, place
from app.ui.widgets.calendar.tiles import GLYPH, TileKey, glyph_room, glyph_top, tile
from app.ui.widgets.paint import text_width

LINE = 16
LEFT = 12
CLEAR = 3
# Below this width an event shows its name and nothing beside it.
TIGHT = 72


@dataclass(slots=True)
class Scene:
    """What to paint, and where each thing is (``rects`` by id, content coordinates)."""

    tiles: list[tuple[QPixmap, QPointF]] = field(default_factory=list)
    texts: list[PlacedText] = field(default_factory=list)
    labels: list[QRectF] = field(default_factory=list)
    closed: list[QRectF] = field(default_factory=list)
    hatched: list[QRectF] = field(default_factory=list)
    numbers: list[tuple[QRectF, str]] = field(default_factory=list)
    rects: dict[str, QRectF] = field(default_factory=dict)
    lanes: dict[str, Lane] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SceneInput:
    """What a scene is built from; ``lifted`` is the event that is being dragged (its place is drawn dashed)."""

    model: DayModel
    geometry: Geometry
    scale: float
    lifted: str = ""


def build(given: SceneInput) -> Scene:
    """Lay out a day."""
    builder = _Builder(given)
    builder.closed_time()
    for block in given.model.blocks:
        builder.block(block)
    for slot in given.model.slots:
        builder.slot(slot)
    for event in given.model.events:
        builder.event(event)
    # Texts of one weight and colour stand together: the painter changes its pen a few times, not a thousand.
    builder.scene.texts.sort(key=lambda text: (text.strong, text.color.rgba()))
    return builder.scene


def line_tops(height: float, crossing: float | None) -> tuple[float, float]:
    """Return where an event's two lines begin, so that the now-line at ``crossing`` goes between or beside them."""
    spare = max(0.0, min(4.0, (height - 2 * LINE) / 2))
    usual = (spare, spare + LINE)
    if crossing is None:
        return usual
    below = crossing + CLEAR
    choices = (usual, (spare, below), (below, below + LINE), (crossing - CLEAR - 2 * LINE, crossing - CLEAR - LINE))
    for first, second in choices:
        fits = first >= 0 and second + LINE <= height and second >= first + LINE
        if fits and all(_clear(top, crossing) for top in (first, second)):
            return first, second
    return usual


def _clear(top: float, crossing: float) -> bool:
    return crossing + 2 < top + 2 or crossing - 2 > top + LINE - 2


class _Builder:
    """Collects a scene."""

    def __init__(self, given: SceneInput) -> None:
        self._model, self._lifted, self._scale = given.model, given.lifted, given.scale
        # Content coordinates: the geometry without its scrolling.
        self._geometry = replace(given.geometry, scroll_x=0, scroll_y=0)
        self._columns = {column.id: number for number, column in enumerate(given.model.columns)}
        self._shut = {column.id for column in given.model.columns if column.closed}
        self.scene = Scene(lanes=event_lanes(given.model.events, given.model.holds))
        self._theme = Theme.current()
        self._narrow = self._geometry.column_width < self._theme.tokens.event.short_names_below
        self._short = "·"

    def _tile(
        self,
        look: str,
        rect: QRectF,
        event: DayEvent | None = None,
        glyphs: tuple[str, ...] = (),
        top: int | None = None,
    ) -> None:
        status = event.status if event else None
        width, height = int(rect.width()), int(rect.height())
        at = glyph_top(height, two_lines=False) if top is None else top
        key = TileKey(look, width, height, status, glyphs, at, self._theme.mode, self._scale)
        self.scene.tiles.append((tile(key), rect.topLeft()))

    def closed_time(self) -> None:
        """Sink the time outside of hours, and hatch closed columns."""
        geometry = self._geometry
        for column_id in self._shut:
            rect = geometry.span(self._columns[column_id], geometry.first, geometry.last)
            self.scene.hatched.append(rect)
        for closed in self._model.closed:
            number = self._columns.get(closed.column_id)
            if number is not None and closed.column_id not in self._shut:
                start, end = max(closed.start, geometry.first), min(closed.end, geometry.last)
                if end > start:
                    self.scene.closed.append(geometry.span(number, start, end))

    def block(self, block: DayBlock) -> None:
        """Lay out a blocked time: hatched, its reason on a plain label."""
        number = self._columns.get(block.column_id)
        if number is None:
            return
        rect = self._geometry.slot(number, block.start, block.end)
        self.scene.rects[block.id] = rect
        self._tile("block", rect)
        width = min(text_width(block.text, TypeRole.META), rect.width() - 16)
        top = rect.top() + min(4, (rect.height() - LINE) / 2)
        self.scene.labels.append(QRectF(rect.left() + 4, top, width + 8, LINE))
        muted = self._theme.colors.muted
        self.scene.texts.append(place(block.text, rect.left() + 8, top, rect.width() - 16, muted))

    def slot(self, slot: DaySlot) -> None:
        """Lay out a free time; an alternative shows its number and time."""
        number = self._columns.get(slot.column_id)
        if number is None or slot.column_id in self._shut:
            return
        rect = self._geometry.slot(number, slot.start, slot.end)
        self.scene.rects[slot.id] = rect
        glyphs = (slot.glyph,) if slot.glyph else ()
        if not slot.number:
            self._tile("free", rect, glyphs=glyphs)
            return
        self._tile("alternative", rect, glyphs=glyphs)
        top = rect.top() + (rect.height() - LINE) / 2
        self.scene.numbers.append((QRectF(rect.left() + 4, top, 16, 16), str(slot.number)))
        color = self._theme.colors.text
        self.scene.texts.append(place(clock_text(slot.start), rect.left() + 28, top, rect.width() - 36, color))

    def event(self, event: DayEvent) -> None:
        """Lay out a visit on one or two lines."""
        number = self._columns.get(event.column_id)
        if number is None:
            return
        rect = self._geometry.slot(number, event.start, event.end, self.scene.lanes.get(event.id))
        self.scene.rects[event.id] = rect
        to_move = event.look is EventLook.TO_MOVE
        glyphs = ("phone",) if to_move else (*event.glyphs, self._theme.status(event.status).icon)
        two = rect.height() >= 2 * LINE
        tight = rect.width() < TIGHT
        if tight:
            glyphs = glyphs[-1:] if two else ()
        lifted = event.id == self._lifted
        look = "source" if lifted else {EventLook.PLAIN: "event"}.get(event.look, event.look.value)
        # Where overbooked visits are squeezed, the glyph takes the second line and leaves the first one to the name.
        top = int(rect.height()) - GLYPH - 6 if tight and two else glyph_top(rect.height(), two_lines=two)
        self._tile(look, rect, event, glyphs, top)
        quiet = lifted or to_move
        color = self._theme.colors.muted if quiet else self._theme.status(event.status).text
        room = 4 if tight else glyph_room(len(glyphs))
        if two and not to_move and not tight:
            self._two_lines(event, rect, color, room)
        else:
            self._one_line(event, rect, color, room, to_move=to_move)

    def _names(self, event: DayEvent, rect: QRectF) -> tuple[str, str]:
        narrow = self._narrow or rect.width() < self._theme.tokens.event.short_names_below - 12
        name = event.short_name if narrow and event.short_name else event.name
        kind = event.short_type if narrow and event.short_type else event.type
        return name, kind

    def _two_lines(self, event: DayEvent, rect: QRectF, color: QColor, room: float) -> None:
        name, kind = self._names(event, rect)
        now = self._model.now if self._model.now_column in {"", event.column_id} else None
        crossing = None
        if now is not None and event.start < now < event.end:
            crossing = self._geometry.y(now) - rect.top()
        first, second = line_tops(rect.height(), crossing)
        left, right = rect.left() + LEFT, rect.right()
        texts = self.scene.texts
        texts.append(place(name, left, rect.top() + first, right - left - room, color, strong=True))
        width = right - left - 6
        texts.append(place(self._time_and_kind(event, kind, int(width)), left, rect.top() + second, width, color))

    def _time_and_kind(self, event: DayEvent, kind: str, width: int) -> str:
        """The second line: the type where it fits whole, else its short form, else the time alone."""
        time = clock_text(event.start)
        lines = [f"{time} {self._short} {one}" for one in (kind, event.short_type) if one]
        return next((line for line in lines if text_width(line, TypeRole.META) <= width), time)

    def _one_line(self, event: DayEvent, rect: QRectF, color: QColor, room: float, *, to_move: bool) -> None:
        name, kind = self._names(event, rect)
        tight = rect.width() < TIGHT
        left = rect.left() + (8 if to_move or tight else LEFT)
        width = rect.right() - left - room
        top = rect.top() + (2 if (to_move or tight) and rect.height() >= 2 * LINE else (rect.height() - LINE) / 2)
        strong = not to_move
        self.scene.texts.append(place(name, left, top, width, color, strong=strong))
        taken = text_width(name, TypeRole.META, strong) + 6
        # The type only where it fits whole: half a word says nothing.
        if not to_move and kind and text_width(kind, TypeRole.META) <= int(width - taken):
            self.scene.texts.append(place(kind, left + taken, top, width - taken, color))
