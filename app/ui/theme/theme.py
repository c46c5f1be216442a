"""The look of the program: tokens made into colours, fonts, palette and style sheet; switched live."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cache
from typing import ClassVar, Self

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QIcon
from PySide6.QtWidgets import QApplication, QToolTip

from app.ui.theme.contrast import mix
from app.ui.theme.focus import FocusRings
from app.ui.theme.fonts import font, load_fonts
from app.ui.theme.held_keys import HeldKeys
from app.ui.theme.icons import icon
from app.ui.theme.sheet import palette, style_sheet
from app.ui.theme.status import GLYPHS, StatusStyle
from app.ui.theme.tokens import Mode, ModeTokens, StatusKind, Tokens, Tone, TypeRole, tokens


class Appearance(StrEnum):
    """What a person chose: a mode, or the one of the operating system."""

    LIGHT = "light"
    DARK = "dark"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class ThemeColors:
    """The mode's colours for painting, and the mixtures that follow from the tokens."""

    canvas: QColor
    surface: QColor
    sunken: QColor
    line: QColor
    control_line: QColor
    text: QColor
    muted: QColor
    accent: QColor
    on_accent: QColor
    hover: QColor
    pressed: QColor
    selected: QColor
    accent_hover: QColor
    accent_pressed: QColor
    closed: QColor
    hatch: QColor
    on_accent_line: QColor

    @classmethod
    def of(cls, mode: ModeTokens, dark: bool) -> Self:
        """Mix the derived colours of a mode."""
        c, states = mode.colors, tokens().states
        closed = mix(c.sunken, c.surface, 0.55) if dark else c.sunken
        derived = {
            "hover": mix(c.text, c.surface, states.hover),
            "pressed": mix(c.text, c.surface, states.pressed),
            "selected": mix(c.accent, c.surface, states.selected),
            "accent_hover": mix(c.on_accent, c.accent, states.hover * 2),
            "accent_pressed": mix(c.text, c.accent, states.pressed * 2),
            "closed": closed,
            "hatch": mix(c.control_line, closed, 0.22),
            "on_accent_line": mix(c.on_accent, c.accent, 0.40),
        }
        plain = {field.name: getattr(c, field.name) for field in fields(c)}
        return cls(**{name: QColor(value) for name, value in (plain | derived).items()})


class Theme(QObject):
    """The one theme of the process: ``Theme.current()``. Painting code asks it each time: a switch needs no wiring."""

    changed = Signal()
    _instance: ClassVar[Theme | None] = None

    def __init__(self) -> None:
        super().__init__()
        self._appearance = Appearance.LIGHT
        self._mode = Mode.LIGHT
        self._reduced: bool | None = None
        self._rings: FocusRings | None = None
        self._held_keys: HeldKeys | None = None
        self._installed = False

    @classmethod
    def current(cls) -> Theme:
        """Return the theme, made on first use."""
        if cls._instance is None:
            cls._instance = cls()
        return cls._instance

    def install(self, app: QApplication, appearance: Appearance = Appearance.SYSTEM) -> None:
        """Give the application its style, fonts, palette, style sheet, focus ring and guard of held keys."""
        load_fonts()
        app.setStyle("Fusion")
        app.setFont(font())
        QToolTip.setFont(font(TypeRole.META))
        if not self._installed:
            app.styleHints().colorSchemeChanged.connect(self._system_changed)
            self._held_keys = HeldKeys(app)
            self._installed = True
        self._rings = FocusRings(app, lambda: self.colors.accent)
        self.set_appearance(appearance, force=True)

    @property
    def mode(self) -> Mode:
        """The mode shown now."""
        return self._mode

    @property
    def appearance(self) -> Appearance:
        """What the person chose."""
        return self._appearance

    @property
    def tokens(self) -> Tokens:
        """All tokens."""
        return tokens()

    @property
    def colors(self) -> ThemeColors:
        """The colours of the mode shown now."""
        return _colors(self._mode)

    def status(self, kind: StatusKind) -> StatusStyle:
        """Return how a status looks in the mode shown now."""
        return _status(self._mode, kind)

    def tone(self, tone: Tone) -> QColor:
        """Return the colour of a tone in the mode shown now."""
        return _tone(self._mode, tone)

    def done_fill(self) -> QColor:
        """Return the fill of something done: it recedes to 55 % over the surface."""
        mode = tokens().modes[self._mode]
        return QColor(mix(mode.status[StatusKind.DONE].fill, mode.colors.surface, tokens().states.done_fill))

    def font(self, role: TypeRole = TypeRole.BODY, strong: bool = False) -> QFont:
        """Return the shared font of a role."""
        return font(role, strong)

    def icon(self, name: str, size: int = 20) -> QIcon:
        """Return a QIcon in the text colour, for menus and actions; ask again after ``changed``."""
        colors = self.colors
        faint = QColor(colors.muted)
        faint.setAlphaF(tokens().states.disabled)
        return icon(name, colors.muted, faint, size)

    def set_appearance(self, appearance: Appearance, *, force: bool = False) -> None:
        """Switch the look now, in all windows; emits ``changed`` when the mode differs."""
        self._appearance = appearance
        mode = _system_mode() if appearance is Appearance.SYSTEM else Mode(appearance.value)
        if mode is self._mode and not force:
            return
        self._mode = mode
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.setPalette(palette(self._mode))
            app.setStyleSheet(style_sheet(self._mode))
        self.changed.emit()

    @contextmanager
    def as_on_paper(self) -> Iterator[None]:
        """Let what is painted within have the light look: a picture for a file is printed and sent to others.

        Nothing on the screen changes; only for painting that ends before the event loop goes on.
        """
        shown, self._mode = self._mode, Mode.LIGHT
        try:
            yield
        finally:
            self._mode = shown

    @property
    def reduced_motion(self) -> bool:
        """Whether to move nothing: the person's choice here, else the operating system's."""
        return _system_reduces_motion() if self._reduced is None else self._reduced

    def set_reduced_motion(self, reduced: bool | None) -> None:
        """Choose; ``None`` follows the operating system."""
        self._reduced = reduced

    def fade_ms(self) -> int:
        """Return the length of a fade in milliseconds, 0 with reduced motion."""
        return 0 if self.reduced_motion else tokens().fade_ms

    def drop_ms(self) -> int:
        """Return the length of a drop in milliseconds, 0 with reduced motion."""
        return 0 if self.reduced_motion else tokens().drop_ms

    def _system_changed(self) -> None:
        if self._appearance is Appearance.SYSTEM:
            self.set_appearance(Appearance.SYSTEM)


@cache
def _colors(mode: Mode) -> ThemeColors:
    return ThemeColors.of(tokens().modes[mode], mode is Mode.DARK)


@cache
def _tone(mode: Mode, tone: Tone) -> QColor:
    part = tokens().modes[mode]
    statuses = {Tone.WARN: StatusKind.ARRIVED, Tone.CRITICAL: StatusKind.CRITICAL, Tone.DONE: StatusKind.DONE}
    if tone in statuses:
        return QColor(part.status[statuses[tone]].text)
    if tone is Tone.DISABLED:
        return QColor(mix(part.colors.text, part.colors.surface, tokens().states.disabled))
    return QColor(getattr(part.colors, tone.value))


@cache
def _status(mode: Mode, kind: StatusKind) -> StatusStyle:
    pair = tokens().modes[mode].status[kind]
    return StatusStyle(kind, QColor(pair.text), QColor(pair.fill), GLYPHS[kind])


def _system_mode() -> Mode:
    dark = QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark
    return Mode.DARK if dark else Mode.LIGHT


def _system_reduces_motion() -> bool:
    # Qt knows the operating system's wish from 6.12 on; before, motion stays. The style hints are kept in a
    # name: their accessibility hints die with the last reference to them.
    style_hints = QGuiApplication.styleHints()
    preference = getattr(getattr(style_hints, "accessibility", object)(), "motionPreference", None)
    return preference is not None and "Reduced" in str(preference())
