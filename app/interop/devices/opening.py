"""Which format a file is, told by what stands in it, never by its name; plain, gzipped, or in a ZIP archive."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from typing import BinaryIO, cast

from app.interop.devices.apple_health import APPLE, read_apple_health
from app.interop.devices.findings import BadFileError, DeviceSetting, Format, Item, Opened, Refusal
from app.interop.devices.fit import FIT, read_fit
from app.interop.devices.fit_messages import MARK
from app.interop.devices.json_files import format_of_json, read_json
from app.interop.devices.tables import format_of_table, read_tables
from app.interop.documents import Source
from app.kernel.i18n import t

_HEAD = 4096
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_BOM = b"\xef\xbb\xbf"
_MOST_MEMBERS = 20_000
_ENCRYPTED = 1
"""The bit of a member's flags that says that it has a password."""

Read = Callable[[BinaryIO, DeviceSetting], Iterator[Item]]
Opening = Callable[[], AbstractContextManager[BinaryIO]]


def open_files(source: Source, setting: DeviceSetting) -> Iterator[Opened | Refusal]:
    """Yield the files in a file: itself, or what a ZIP archive holds. Raises ``BadFileError``."""
    with source.open() as stream:
        head = stream.read(4)
    if not head:
        raise BadFileError(t("the file is empty"))
    if head == _ZIP:
        yield from _members(source, setting)
    else:
        yield _opened(source.name, lambda: _plain(source.open), setting)


@contextmanager
def _plain(open_: Callable[[], BinaryIO]) -> Iterator[BinaryIO]:
    with ExitStack() as stack:
        stream = stack.enter_context(open_())
        packed = stream.read(2) == _GZIP
        stream.seek(0)
        if packed:
            stream = cast(BinaryIO, stack.enter_context(gzip.GzipFile(fileobj=stream)))
        yield stream


def _members(source: Source, setting: DeviceSetting) -> Iterator[Opened | Refusal]:
    try:
        with source.open() as stream, zipfile.ZipFile(stream) as archive:
            members = [one for one in archive.infolist() if not one.is_dir() and not _is_hidden(one.filename)]
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, zlib.error):
        raise BadFileError(t("the compressed file is damaged or cut off")) from None
    if len(members) > _MOST_MEMBERS:
        raise BadFileError(t("more than {limit} entries", limit=_MOST_MEMBERS))
    for member in members:
        name = f"{source.name}, {_shown(member.filename)}"
        if member.flag_bits & _ENCRYPTED:
            yield Refusal(name, t("it has a password"))
            continue
        try:
            yield _opened(name, partial(_member, source, member), setting)
        except BadFileError as problem:
            yield Refusal(name, problem.reason)


def _is_hidden(name: str) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in name.split("/"))


def _shown(name: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in name)[-200:]


@contextmanager
def _member(source: Source, info: zipfile.ZipInfo) -> Iterator[BinaryIO]:
    with ExitStack() as stack:
        archive = stack.enter_context(zipfile.ZipFile(stack.enter_context(source.open())))
        yield cast(BinaryIO, stack.enter_context(archive.open(info)))


@contextmanager
def _whole() -> Iterator[None]:
    """Damaged compression, found wherever it is, refuses the file."""
    try:
        yield
    except (gzip.BadGzipFile, zipfile.BadZipFile, EOFError, zlib.error, NotImplementedError):
        raise BadFileError(t("the compressed file is damaged or cut off")) from None


def _opened(name: str, open_: Opening, setting: DeviceSetting) -> Opened:
    with _whole(), open_() as stream:
        made_by, read = _recognise(stream.read(_HEAD), open_, setting)

    def items() -> Iterator[Item]:
        with _whole(), open_() as stream:
            yield from read(stream, setting)

    return Opened(made_by, name, items)


def _recognise(head: bytes, open_: Opening, setting: DeviceSetting) -> tuple[Format, Read]:
    """Return the format and its reader. Raises ``BadFileError`` for what is none of them."""
    if head[8:12] == MARK:
        return FIT, read_fit
    text = head.removeprefix(_BOM).lstrip()
    if not text:
        raise BadFileError(t("the file is empty"))
    if text.startswith(b"<"):
        return APPLE, read_apple_health
    if text[:1] in (b"{", b"["):
        with open_() as stream:
            return format_of_json(stream, setting), read_json
    with open_() as stream:
        return format_of_table(stream, setting), read_tables
