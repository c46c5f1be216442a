"""How big, deep and long an input may be. Everything imported is hostile until it is read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what is read; bytes are counted after decompression."""

    document_bytes: int = 200 * 1024 * 1024
    line_bytes: int = 16 * 1024 * 1024
    depth: int = 64
    entries: int = 1_000_000


DEFAULT_LIMITS = Limits()
