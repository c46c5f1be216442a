"""The design tokens of ``resources/theme/tokens.json`` as frozen values; knows nothing of Qt."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from app.kernel.resources import resource


class Mode(StrEnum):
    """The two looks."""

    LIGHT = "light"
    DARK = "dark"


class TypeRole(StrEnum):
    """The six sizes of text; each has a size and a line height in pixels."""

    META = "meta"
    BODY = "body"
    INPUT = "input"
    SECTION = "section"
    PATIENT = "patient"
    FIGURE = "figure"


class StatusKind(StrEnum):
    """The six status colours; always shown with an icon or a word."""

    PLANNED = "planned"
    ARRIVED = "arrived"
    WITH = "with"
    DONE = "done"
    CRITICAL = "critical"
    HELD = "held"


class Tone(StrEnum):
    """What a text's colour says; the theme knows the colour."""

    TEXT = "text"
    MUTED = "muted"
    ACCENT = "accent"
    ON_ACCENT = "on_accent"
    WARN = "warn"
    CRITICAL = "critical"
    DONE = "done"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Colors:
    """One mode's colours, as ``#RRGGBB``."""

    canvas: str
    surface: str
    sunken: str
    line: str
    control_line: str
    text: str
    muted: str
    accent: str
    on_accent: str


@dataclass(frozen=True, slots=True)
class StatusColors:
    """Text (and bar) colour and fill of a status."""

    text: str
    fill: str


@dataclass(frozen=True, slots=True)
class ModeTokens:
    """Everything that differs between light and dark."""

    colors: Colors
    status: Mapping[StatusKind, StatusColors]


@dataclass(frozen=True, slots=True)
class TypeSize:
    """Size and line height in pixels."""

    size: int
    line: int


@dataclass(frozen=True, slots=True)
class Shell:
    """Widths and heights of the window's parts, in pixels."""

    rail: int
    rail_collapsed: int
    top_bar: int
    side_panel: int
    comparison_panel: int
    form: int


@dataclass(frozen=True, slots=True)
class Radius:
    """Corner radii in pixels."""

    control: int
    panel: int
    chip: int
    key: int


@dataclass(frozen=True, slots=True)
class States:
    """Strengths of hover, press, selection and so on, 0 to 1; the bar in pixels."""

    hover: float
    pressed: float
    selected: float
    disabled: float
    done_fill: float
    selected_bar: int


@dataclass(frozen=True, slots=True)
class EventTokens:
    """Measures of calendar events, in pixels."""

    bar: int
    one_line_below: int
    pixels_per_20_minutes: int
    short_names_below: int


@dataclass(frozen=True, slots=True)
class Tokens:
    """All tokens. Times are milliseconds, lengths are device-independent pixels."""

    gaps: tuple[int, ...]
    page_margin: int
    panel_padding: int
    row_compact: int
    row_comfortable: int
    control: int
    shell: Shell
    radius: Radius
    family: str
    regular: int
    strong: int
    scale: Mapping[TypeRole, TypeSize]
    states: States
    focus_width: int
    focus_gap: int
    event: EventTokens
    fade_ms: int
    drop_ms: int
    icon_size: int
    skeleton_after_ms: int
    modes: Mapping[Mode, ModeTokens]


def _mode(body: Mapping[str, Any]) -> ModeTokens:
    status = {StatusKind(kind): StatusColors(**pair) for kind, pair in body["status"].items()}
    return ModeTokens(Colors(**body["colors"]), status)


def parse(body: Mapping[str, Any]) -> Tokens:
    """Build the tokens from the parsed file; a missing or surplus key raises."""
    kind = body["type"]
    return Tokens(
        gaps=tuple(body["grid"]["gaps"]),
        page_margin=body["grid"]["page_margin"],
        panel_padding=body["grid"]["panel_padding"],
        row_compact=body["density"]["row_compact"],
        row_comfortable=body["density"]["row_comfortable"],
        control=body["density"]["control"],
        shell=Shell(**body["shell"]),
        radius=Radius(**body["radius"]),
        family=kind["family"],
        regular=kind["weight"]["regular"],
        strong=kind["weight"]["strong"],
        scale={TypeRole(role): TypeSize(**size) for role, size in kind["scale"].items()},
        states=States(**body["states"]),
        focus_width=body["focus"]["width"],
        focus_gap=body["focus"]["gap"],
        event=EventTokens(**body["event"]),
        fade_ms=body["motion"]["fade"],
        drop_ms=body["motion"]["drop"],
        icon_size=body["icon"]["size"],
        skeleton_after_ms=body["loading"]["skeleton_after"],
        modes={Mode(mode): _mode(part) for mode, part in body["modes"].items()},
    )


@cache
def tokens() -> Tokens:
    """Return the program's tokens, read once."""
    return parse(json.loads(resource("theme", "tokens.json").read_text(encoding="utf-8")))
