"""Text with columns as spreadsheets write it: its encoding, its divider, its rows with their line numbers.

Nothing is guessed that could be wrong without a sign: when an old 8-bit encoding can't be told from
another by what the words would be, the file is refused until somebody says which it is.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from app.interop.limits import DEFAULT_LIMITS, Limits
from app.kernel.errors import Refused
from app.kernel.i18n import t

DIVIDERS = (",", ";", "\t", "|")
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_OLD = ("cp1252", "cp1250")
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Row:
    """A row's fields, and the line in the file where it ends."""

    line: int
    fields: tuple[str, ...]


def unpacked(data: bytes, limits: Limits = DEFAULT_LIMITS) -> bytes:
    """Return the bytes of a file, unpacked if it is gzipped; refuse one that is too big or damaged."""
    if data.startswith(_GZIP):
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(data)) as packed:
                data = packed.read(limits.document_bytes + 1)
        except (OSError, EOFError, zlib.error):
            raise _bad(t("the compressed file is damaged or cut off")) from None
    if len(data) > limits.document_bytes:
        raise _bad(t("a file of more than {limit} bytes", limit=limits.document_bytes))
    return data


def decoded(data: bytes, encoding: str | None = None) -> str:
    """Return the text: by its byte order mark, as UTF-8, else in the one old encoding in which words are words."""
    if encoding is None:
        encoding = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    if encoding is None:
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            encoding = _old_encoding(data)
    try:
        return data.decode(encoding)
    except LookupError:
        raise Refused("BadMap", t("There is no encoding {name}.", name=encoding), field="encoding") from None
    except UnicodeDecodeError as error:
        raise _bad(t("no {encoding} at byte {at}", encoding=encoding, at=error.start)) from None


def _old_encoding(data: bytes) -> str:
    """Choose between Western and Central European Windows text by letters in words; refuse when both read well."""
    readable: dict[str, str] = {}
    for name in _OLD:
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        if not _spoilt(text):
            readable[name] = text
    if len(set(readable.values())) == 1:
        return next(iter(readable))
    raise Refused(
        "UnknownEncoding",
        t("The file's encoding can't be told: save it as UTF-8, or name the encoding (cp1250, cp1252) in the map."),
        field="encoding",
    )


def _spoilt(text: str) -> bool:
    """Tell whether signs stand in the middle of words, as they do in text read in the wrong encoding."""
    before = ""
    for letter in text:
        if ord(letter) > 127 and not letter.isalpha() and before.isalpha() and letter not in "’–—\xa0´":
            return True
        before = letter
    return False


def divider_of(text: str) -> str:
    """Return the sign between the columns of the first line that isn't empty."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(DIVIDERS, key=lambda sign: len(next(csv.reader([first], delimiter=sign), [])))


def rows_of(text: str, divider: str) -> Iterator[Row | tuple[int, str]]:
    """Yield the rows that aren't empty; for a line that can't be read, its number and why, and no more after it."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=divider, strict=True)
    while True:
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield reader.line_num, str(error)
            return
        if any(field.strip() for field in fields):
            yield Row(reader.line_num, tuple(field.strip() for field in fields))


def _bad(reason: str) -> Refused:
    return Refused("UnreadableFile", reason, field="file")
