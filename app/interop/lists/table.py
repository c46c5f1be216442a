"""Text with columns as spreadsheets write it: its encoding, its divider, its rows with their line numbers.

Nothing is guessed that could be wrong without a sign: when an old 8-bit encoding can't be told from
another by what the words would be, the file is refused until somebody says which it is.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from app.interop.limits import DEFAULT_LIMITS, Limits
from app.kernel.errors import Refused
from app.kernel.i18n import t

DIVIDERS = (",", ";", "\t", "|")
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_OLD = ("cp1252", "cp1250")
_MAC = "mac_roman"
_GZIP = b"\x1f\x8b"
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_HINT = re.compile(r"\s*sep=([,;\t|])\s*", re.IGNORECASE)
_HINT_FIELDS = ("sep=", "")
_SAMPLE = 400


_TITLES_IN = {
    "cp1250": (b"nazwisko", b"urodzenia"),
    "cp1252": (b"apellido", b"nombre", b"nacimiento", b"naissance", b"cognome", b"nascita", b"nascimento",
               b"sobrenome", b"achternaam", b"geboortedatum"),
}  # fmt: skip
"""Words in column titles of languages that are written in one of the old encodings only."""


_MAC_LETTERS = re.compile(rb"[A-Za-z][\x80-\x9f]")
"""Where old Macintosh programs, still some spreadsheets today, write accented letters, Windows has signs."""

_NO_WORD = re.compile(r"[à-ÿ][A-Z]")
"""What an apostrophe of Windows looks like there: Dell’Anna becomes DellíAnna."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row's fields, and the line in the file where it ends."""

    line: int
    fields: tuple[str, ...]

    def at(self, place: int) -> str:
        """Return the field of a column; "" where the row ends before it."""
        return self.fields[place] if place < len(self.fields) else ""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that can't be read: the line where it begins, and why. ``last``: nothing behind it can be told apart."""

    line: int
    problem: str
    last: bool


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
    if data.startswith(_WORKBOOKS):
        raise _bad(t("an Excel workbook or a ZIP archive: save the sheet as CSV first"))
    if data.startswith(b"%PDF") or data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"<", b"{", b"["):
        raise _bad(t("it looks like HTML, XML, JSON or PDF: save the list as CSV first"))
    return data


def decoded(data: bytes, encoding: str | None = None) -> str:
    """Return the text: by its byte order mark, as UTF-8, else in the one old encoding in which words are words."""
    if encoding is None:
        encoding = next((name for mark, name in _MARKS if data.startswith(mark)), None) or _wide(data)
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


def _wide(data: bytes) -> str | None:
    """Return which UTF-16 it is where the mark is missing: every other byte of its column titles is zero."""
    for start, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        sample = data[start:_SAMPLE:2]
        if len(sample) > 1 and sample.count(0) * 2 > len(sample):
            return name
    return None


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
    mac = data.decode(_MAC) if _MAC_LETTERS.search(data) else ""
    if mac and not _spoilt(mac) and not _NO_WORD.search(mac):
        readable[_MAC] = mac
    if len(set(readable.values())) == 1:
        return next(iter(readable))
    told = _by_titles(data)
    if told in readable and _MAC not in readable:
        return told
    raise Refused(
        "UnknownEncoding",
        t("The file's encoding can't be told: save it as UTF-8, or name it (cp1250, cp1252, mac_roman) in the map."),
        field="encoding",
    )


def _by_titles(data: bytes) -> str:
    """Return the encoding of the language that the titles are in; "" where they don't tell."""
    titles = data.lstrip().split(b"\n", 1)[0].lower()
    found = [name for name, words in _TITLES_IN.items() if any(word in titles for word in words)]
    return found[0] if len(found) == 1 else ""


def _spoilt(text: str) -> bool:
    """Tell whether signs or letters of the other case stand in words, as in text read in the wrong encoding."""
    before = ""
    for letter, behind in zip(text, f"{text[1:]} ", strict=True):
        if ord(letter) > 127 and before.isalpha():
            if not letter.isalpha():
                if letter not in "’–—\xa0´":
                    return True
            elif letter != "ß" and behind.isalpha() and before.isupper() == behind.isupper() != letter.isupper():
                return True
        before = letter
    return False


def divider_of(text: str) -> str:
    """Return the sign between the columns of the first line that isn't empty; Excel's ``sep=;`` says it."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    if hint := _HINT.fullmatch(first):
        return hint[1]
    return max(DIVIDERS, key=lambda sign: len(next(csv.reader([first], delimiter=sign), [])))


class _Lines:
    """The lines of a text, one after the other; keeps the one that was given out last."""

    def __init__(self, text: str) -> None:
        self._lines = io.StringIO(text, newline="")
        self.last = ""

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.last = line
            yield line


def rows_of(text: str, divider: str) -> Iterator[Row | BadRow]:
    """Yield the rows that aren't empty, without Excel's ``sep=``.

    A row with a broken quote is reported and stepped over; one whose quotes don't end on its line is the last.
    """
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=divider, strict=True)
    while True:
        begun = reader.line_num + 1
        try:
            fields = tuple(_bare(field) for field in next(reader))
        except StopIteration:
            return
        except csv.Error as error:
            last = reader.line_num != begun or lines.last.count('"') % 2 == 1
            yield BadRow(begun, str(error), last)
            if last:
                return
            continue
        if any(fields) and not (begun == 1 and (fields[0].lower(), *fields[1:]) == _HINT_FIELDS):
            yield Row(reader.line_num, fields)


def _bare(field: str) -> str:
    """Return a field without space around it, and without the formula that keeps a spreadsheet from changing it."""
    field = field.strip()
    return field[2:-1] if field.startswith('="') and field.endswith('"') and field.count('"') == 2 else field


def _bad(reason: str) -> Refused:
    return Refused("UnreadableFile", reason, field="file")
