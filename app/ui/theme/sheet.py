"""Palette and style sheet for Qt's stock controls, from the tokens."""

from __future__ import annotations

from dataclasses import asdict
from functools import cache
from string import Template

from PySide6.QtGui import QColor, QPalette

from app.kernel.resources import resource
from app.ui.theme.contrast import mix
from app.ui.theme.tokens import Mode, StatusKind, tokens

_ROLES = {
    QPalette.ColorRole.Window: "canvas",
    QPalette.ColorRole.WindowText: "text",
    QPalette.ColorRole.Base: "surface",
    QPalette.ColorRole.AlternateBase: "surface",
    QPalette.ColorRole.Text: "text",
    QPalette.ColorRole.Button: "surface",
    QPalette.ColorRole.ButtonText: "text",
    QPalette.ColorRole.BrightText: "on_accent",
    QPalette.ColorRole.ToolTipBase: "surface",
    QPalette.ColorRole.ToolTipText: "text",
    QPalette.ColorRole.PlaceholderText: "muted",
    QPalette.ColorRole.Link: "accent",
    QPalette.ColorRole.LinkVisited: "accent",
    QPalette.ColorRole.Highlight: "accent",
    QPalette.ColorRole.HighlightedText: "on_accent",
    QPalette.ColorRole.Accent: "accent",
    QPalette.ColorRole.Light: "surface",
    QPalette.ColorRole.Midlight: "line",
    QPalette.ColorRole.Mid: "line",
    QPalette.ColorRole.Dark: "control_line",
    QPalette.ColorRole.Shadow: "control_line",
}
_DIMMED = (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText)


def values(mode: Mode) -> dict[str, str]:
    """Return the names the style sheet may use, with their values as CSS."""
    token, part = tokens(), tokens().modes[mode]
    c = part.colors
    found = dict(asdict(c))
    found |= {
        "hover": mix(c.text, c.surface, token.states.hover),
        "pressed": mix(c.text, c.surface, token.states.pressed),
        "selected": mix(c.accent, c.surface, token.states.selected),
        "disabled": mix(c.text, c.surface, token.states.disabled),
        "radius": f"{token.radius.control}px",
        "panel_radius": f"{token.radius.panel}px",
        "control": f"{token.control}px",
        "row": f"{token.row_compact}px",
        "critical": part.status[StatusKind.CRITICAL].text,
    }
    return found


@cache
def palette(mode: Mode) -> QPalette:
    """Return the palette of a mode."""
    made = QPalette()
    part = tokens().modes[mode].colors
    for role, name in _ROLES.items():
        made.setColor(role, QColor(getattr(part, name)))
    faint = QColor(mix(part.text, part.surface, tokens().states.disabled))
    for role in _DIMMED:
        made.setColor(QPalette.ColorGroup.Disabled, role, faint)
    return made


@cache
def style_sheet(mode: Mode) -> str:
    """Return the style sheet of a mode: ``resources/theme/style.qss`` with its names filled in."""
    template = Template(resource("theme", "style.qss").read_text(encoding="utf-8"))
    return template.substitute(values(mode))
