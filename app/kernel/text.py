"""Text that people type: what is refused, and how names are folded for search."""

from __future__ import annotations

import re
import unicodedata

from app.kernel.errors import Refused
from app.kernel.fold import fold
from app.kernel.i18n import t

__all__ = [
    "MAX_LONG", "MAX_SHORT", "clean_identifier", "clean_optional", "clean_text", "fold", "has_hidden_characters",
    "isolated", "whole_text", "without_hidden",
]  # fmt: skip

MAX_SHORT = 500
MAX_LONG = 100_000

# Bidirectional controls and zero-width characters: kept in names and notes, refused in identifiers.
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_HIDDEN = re.compile("[\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def has_hidden_characters(value: str) -> bool:
    """Tell whether bidirectional or zero-width characters stand in the text (they are shown flagged)."""
    return _HIDDEN.search(value) is not None


def without_direction(value: str) -> str:
    """Return the text without bidirectional controls, which make the words beside it read otherwise than they are.

    What only joins or parts letters stays: some scripts need it.
    """
    return _DIRECTION.sub("", value)


def isolated(value: str) -> str:
    """Return a text to be shown among others, never to be kept: one in Arabic or Hebrew letters keeps its own order.

    Without it the figures behind an Arabic name are drawn before it.
    """
    if value.isascii() or not any(unicodedata.bidirectional(sign) in ("R", "AL") for sign in value):
        return value
    return f"\u2068{without_direction(value)}\u2069"


def without_hidden(value: str) -> str:
    """Return the text without bidirectional and zero-width characters: as it is, not as it wants to look."""
    return _HIDDEN.sub("", value)


def whole_text(value: str, field: str) -> None:
    """Refuse what no database can keep: NUL and lone surrogates; ``Refused`` "BadValue" names ``field``."""
    if "\x00" in value:
        raise Refused("BadValue", t("This text has a NUL character. Remove it and try again."), field=field)
    if not value.isascii() and _SURROGATE.search(value):
        raise Refused("BadValue", t("This text has half a character that cannot be stored."), field=field)


def clean_text(value: str, field: str, max_length: int = MAX_SHORT, *, required: bool = False) -> str:
    """Return the text without surrounding space, in NFC; refuse what no database can keep.

    ``max_length`` counts characters. Raises ``Refused`` "BadValue" that names ``field`` for NUL,
    lone surrogates, text that is too long (never cut), and an empty text when ``required``.
    """
    whole_text(value, field)
    if len(value) > max_length:
        message = t("This text has {length} characters; at most {limit} are kept.", length=len(value), limit=max_length)
        raise Refused("BadValue", message, field=field)
    value = value.strip() if value.isascii() else unicodedata.normalize("NFC", value).strip()
    if required and not value:
        raise Refused("BadValue", t("This field is needed."), field=field)
    return value


def clean_optional(value: str | None, field: str, max_length: int = MAX_SHORT) -> str | None:
    """Clean a text that may be left out; an empty one becomes ``None``."""
    if value is None:
        return None
    return clean_text(value, field, max_length) or None


def clean_identifier(value: str, field: str, max_length: int = 254) -> str:
    """Clean an identifier or e-mail address: also refuses hidden characters, spaces and controls."""
    value = clean_text(value, field, max_length, required=True)
    if has_hidden_characters(value) or any(unicodedata.category(c) in ("Cc", "Cf", "Zs", "Zl", "Zp") for c in value):
        raise Refused("BadValue", t("This has hidden characters or spaces in it."), field=field)
    return value
