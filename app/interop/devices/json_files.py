"""Which maker's JSON a document is, by its shape; several documents in one file are read one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

from app.interop.devices.findings import BadFileError, DeviceSetting, Format, Item, Left, Owner
from app.interop.devices.fitbit import FITBIT, is_fitbit, read_fitbit
from app.interop.devices.garmin import GARMIN, is_garmin, read_garmin
from app.interop.devices.google_fit import GOOGLE_FIT, is_google_fit, read_google_fit
from app.interop.devices.ihealth import IHEALTH, is_ihealth, read_ihealth
from app.interop.devices.jawbone import JAWBONE, is_jawbone, read_jawbone
from app.interop.devices.open_mhealth import OPEN_MHEALTH, is_open_mhealth, read_open_mhealth
from app.interop.devices.oura import OURA, is_oura, read_oura
from app.interop.devices.withings import WITHINGS, is_withings, read_withings
from app.interop.strict_json import BadJsonError, decode_all
from app.kernel.i18n import t

_BOM = b"\xef\xbb\xbf"
_MEGABYTE = 1024 * 1024
MOST_BYTES = 50 * _MEGABYTE
"""A document is known by its whole shape, so all of it is in memory, seven times as large as the file."""


@dataclass(frozen=True, slots=True)
class _Maker:
    """One format of documents."""

    format: Format
    knows: Callable[[object], bool]
    read: Callable[[object, DeviceSetting], Iterator[Item]]


_MAKERS = (
    _Maker(WITHINGS, is_withings, read_withings),
    _Maker(IHEALTH, is_ihealth, read_ihealth),
    _Maker(JAWBONE, is_jawbone, read_jawbone),
    _Maker(GOOGLE_FIT, is_google_fit, read_google_fit),
    _Maker(FITBIT, is_fitbit, read_fitbit),
    _Maker(GARMIN, is_garmin, read_garmin),
    _Maker(OURA, is_oura, read_oura),
    _Maker(OPEN_MHEALTH, is_open_mhealth, read_open_mhealth),
)


def format_of_json(stream: BinaryIO, setting: DeviceSetting) -> Format:
    """Return the format of the first document that is known. Raises ``BadFileError`` where none is."""
    maker = next((found for _, one in _documents(stream, setting) if (found := _maker(one)) is not None), None)
    if maker is None:
        raise BadFileError(t("not a file of devices that is known here"))
    return maker.format


def read_json(stream: BinaryIO, setting: DeviceSetting) -> Iterator[Item]:
    """Yield what the documents of the file's format hold; others are left out. Raises ``BadFileError``."""
    first: _Maker | None = None
    for place, document in _documents(stream, setting):
        maker = _maker(document)
        first = first or maker
        if maker is None or maker is not first:
            reason = t("not a file of devices that is known here")
            yield Left(kind="Document", reason=reason, place=place)
            continue
        for item in maker.read(document, setting):
            yield _placed(item, place)


def _placed(item: Item, outer: str) -> Item:
    """Put the document before the place in it."""
    if isinstance(item, Owner) or not outer:
        return item
    return replace(item, place=f"{outer}, {item.place}" if item.place else outer)


def _maker(document: object) -> _Maker | None:
    return next((one for one in _MAKERS if one.knows(document)), None)


def _documents(stream: BinaryIO, setting: DeviceSetting) -> Iterator[tuple[str, Any]]:
    """Yield a file's documents with their places: one, the bodies of saved answers, or one a line."""
    limit = min(setting.limits.document_bytes, MOST_BYTES)
    data = stream.read(limit + 1)
    if len(data) > limit:
        raise BadFileError(t("JSON of more than {limit} MB: export a shorter time", limit=limit // _MEGABYTE))
    try:
        text = data.removeprefix(_BOM).decode("utf-8")
    except UnicodeDecodeError as problem:
        at = problem.start
        raise BadFileError(t("no UTF-8 at byte {at} (0x{byte:02x})", at=at, byte=problem.object[at])) from None
    try:
        yield from _bodies(decode_all(text, setting.limits.depth))
    except BadJsonError as problem:
        lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
        if len(lines) < 2 or not all(
            line.lstrip().startswith("{") and line.rstrip().endswith("}") for _, line in lines
        ):
            raise BadFileError(problem.reason) from None
        yield from _lines(lines, setting)


def _lines(lines: list[tuple[int, str]], setting: DeviceSetting) -> Iterator[tuple[str, Any]]:
    for number, line in lines:
        try:
            value = decode_all(line, setting.limits.depth)
        except BadJsonError as problem:
            raise BadFileError(t("line {number}: {reason}", number=number, reason=problem.reason)) from None
        yield t("line {number}", number=number), value


def _bodies(value: Any) -> Iterator[tuple[str, Any]]:
    """Saved answers of an interface stand in a list, each with its body."""
    if isinstance(value, list) and value and all(isinstance(one, dict) and "body" in one and "header" not in one
                                                 for one in value):  # fmt: skip
        for number, one in enumerate(value, 1):
            yield t("entry {number}", number=number), one["body"]
    else:
        yield "", value
