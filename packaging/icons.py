"""Draw the program's icon from its own brand mark, as PNG, ICO and ICNS: ``python packaging/icons.py FOLDER``."""

from __future__ import annotations

import os
import struct
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from PySide6.QtCore import QBuffer, QIODevice, QRectF, Qt  # noqa: E402
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter  # noqa: E402

from app.ui.theme.icons import paint_icon  # noqa: E402

SIZES = (16, 24, 32, 48, 64, 128, 256, 512, 1024)
_ACCENT = QColor("#0B6B5B")
_ICO_SIZES = (16, 24, 32, 48, 64, 128, 256)
_ICNS_TYPES = {16: b"icp4", 32: b"icp5", 64: b"icp6", 128: b"ic07", 256: b"ic08", 512: b"ic09", 1024: b"ic10"}


def draw(size: int) -> bytes:
    """Return the icon as a PNG: the heart with the pulse line, white on the accent colour."""
    image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    with QPainter(image) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_ACCENT)
        painter.drawRoundedRect(QRectF(0, 0, size, size), size * 0.22, size * 0.22)
        inner = round(size * 0.72)
        edge = (size - inner) / 2
        paint_icon(painter, "brand", QColor("white"), edge, edge, inner)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(buffer.data().data())


def ico(pictures: dict[int, bytes]) -> bytes:
    """Return Windows' icon file: a table of PNG pictures (a size of 256 is written as 0)."""
    chosen = [(size, pictures[size]) for size in _ICO_SIZES]
    at = 6 + 16 * len(chosen)
    table, body = struct.pack("<HHH", 0, 1, len(chosen)), b""
    for size, data in chosen:
        table += struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(data), at + len(body))
        body += data
    return table + body


def icns(pictures: dict[int, bytes]) -> bytes:
    """Return macOS' icon file: PNG pictures, each behind the name of its size."""
    parts = b"".join(
        name + struct.pack(">I", 8 + len(pictures[size])) + pictures[size] for size, name in _ICNS_TYPES.items()
    )
    return b"icns" + struct.pack(">I", 8 + len(parts)) + parts


def write(folder: Path) -> None:
    """Write all files into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures = {size: draw(size) for size in SIZES}
    for size, data in pictures.items():
        (folder / f"myhealthally-{size}.png").write_bytes(data)
    (folder / "myhealthally.ico").write_bytes(ico(pictures))
    (folder / "myhealthally.icns").write_bytes(icns(pictures))


if __name__ == "__main__":
    application = QGuiApplication(sys.argv[:1])
    write(Path(sys.argv[1]))
