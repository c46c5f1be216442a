"""QR codes as dark and light modules."""

from __future__ import annotations

import segno


def modules(content: str) -> tuple[tuple[bool, ...], ...]:
    """Return the code's rows, dark modules True, without the quiet zone. At least 15 % of it may get lost."""
    code = segno.make_qr(content, error="m")
    return tuple(tuple(bool(module) for module in row) for row in code.matrix)
