"""The document type declaration of an XML file, cut off before a parser sees it; its lines stay counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from app.interop.devices.findings import BadFileError
from app.kernel.i18n import t

_MOST = 1 << 20
_BOM = b"\xef\xbb\xbf"


def without_doctype(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the bytes of an XML file in UTF-8 without its DOCTYPE. Raises ``BadFileError`` for an odd beginning."""
    rest = iter(chunks)
    head = b""
    for data in rest:
        head += data
        cut = _prolog(head)
        if cut is not None:
            yield cut
            break
        if len(head) > _MOST:
            raise BadFileError(t("no XML that begins with an element"))
    else:
        yield head
    yield from rest


def _prolog(head: bytes) -> bytes | None:
    """Return the beginning without the declaration, once all of it is there."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in head[:100]:
        raise BadFileError(t("XML that isn't UTF-8"))
    at = 3 if head.startswith(_BOM) else 0
    while at < len(head):
        if head[at : at + 1] in (b" ", b"\t", b"\r", b"\n"):
            at += 1
        elif head.startswith(b"<!--", at):
            at = _behind(head, b"-->", at + 4)
        elif head.startswith(b"<?", at):
            at = _behind(head, b"?>", at)
        elif head.startswith(b"<!DOCTYPE", at):
            end = _declaration(head, at)
            return None if end is None else head[:at] + b"\n" * head.count(b"\n", at, end) + head[end:]
        elif len(head) - at < 9:
            return None
        else:
            return head
        if at < 0:
            return None
    return None


def _behind(head: bytes, mark: bytes, at: int) -> int:
    found = head.find(mark, at)
    return -1 if found < 0 else found + len(mark)


def _declaration(head: bytes, at: int) -> int | None:
    """Return where the declaration ends: at ``]>`` when it has an inner part, else at ``>``.

    Where it is broken inside, as iOS 16 wrote it, its end is still the first ``]`` before a ``>``.
    """
    opened, closed = head.find(b"[", at), head.find(b">", at)
    if closed < 0 and opened < 0:
        return None
    if opened < 0 or 0 <= closed < opened:
        return closed + 1
    end = head.find(b"]", opened)
    while end >= 0:
        behind = end + 1
        while head[behind : behind + 1] in (b" ", b"\t", b"\r", b"\n"):
            behind += 1
        if head[behind : behind + 1] == b">":
            if b"<!ENTITY" in head[opened:end]:
                raise BadFileError(t("XML with entities of its own, which no export of Apple Health has"))
            return behind + 1
        end = head.find(b"]", behind)
    return None
