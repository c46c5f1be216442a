"""The clinic's letterhead and sheet, from what its settings hold. Nothing in them is trusted."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from app.documents.model import ACCENT, Letterhead, Paper

_LETTER = frozenset(["BZ", "CA", "CL", "CO", "CR", "GT", "MX", "NI", "PA", "PH", "PR", "SV", "US", "VE"])
"""Regions that write on Letter paper (Unicode CLDR, paperSize)."""
_MAX_LOGO = 2_000_000
_KINDS = ("data:image/png;base64,", "data:image/jpeg;base64,", "data:image/svg+xml;base64,")


def letterhead(clinic_name: str, branding: Mapping[str, Any]) -> Letterhead:
    """Read ``clinics.branding_config``; what isn't text is left out, an unreadable logo too."""
    address = _text(branding, "address")
    lines = [line.strip() for line in address.splitlines() if line.strip()]
    lines += [line for line in (_text(branding, "phone"), _text(branding, "email")) if line]
    return Letterhead(
        name=_text(branding, "name") or clinic_name, lines=tuple(lines[:6]), logo=read_logo(branding.get("logo")),
        color=_text(branding, "primaryColor") or ACCENT, foot=_text(branding, "footer"),
    )  # fmt: skip


def paper(locale: str, region: str) -> Paper:
    """Return the sheet of a locale ("en_GB", "es-MX"); one without a region takes the clinic's ``region``."""
    parts = locale.replace("_", "-").split("-")
    found = next((part for part in reversed(parts[1:]) if len(part) == 2), region)
    return Paper.LETTER if found.upper() in _LETTER else Paper.A4


def read_logo(value: object) -> bytes:
    """Return the bytes of a logo kept as a data URL; empty for anything else."""
    if not isinstance(value, str) or len(value) > _MAX_LOGO:
        return b""
    kind = next((kind for kind in _KINDS if value.startswith(kind)), None)
    if kind is None:
        return b""
    try:
        return base64.b64decode(value[len(kind) :], validate=True)
    except (binascii.Error, ValueError):
        return b""


def _text(values: Mapping[str, Any], key: str) -> str:
    found = values.get(key)
    return found.strip()[:300] if isinstance(found, str) else ""
