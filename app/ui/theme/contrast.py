"""Colour arithmetic: mixing as CSS ``color-mix`` does it, and WCAG contrast."""

from __future__ import annotations


def _channels(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def mix(top: str, below: str, amount: float) -> str:
    """Return ``top`` at ``amount`` (0 to 1) over ``below``, all as ``#RRGGBB``."""
    pairs = zip(_channels(top), _channels(below), strict=True)
    return "#" + "".join(f"{round(a * amount + b * (1 - amount)):02X}" for a, b in pairs)


def _linear(channel: int) -> float:
    value = channel / 255
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def luminance(color: str) -> float:
    """Return the relative luminance (WCAG 2.2) of ``#RRGGBB``."""
    red, green, blue = (_linear(channel) for channel in _channels(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)
