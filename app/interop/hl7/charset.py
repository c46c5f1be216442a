"""Which characters the bytes of a message are: by what MSH-18 says where that can be true, else by the bytes."""

from __future__ import annotations

import codecs
import re
from functools import cache

_NAMED = {
    "ASCII": "ascii", "ISO IR6": "ascii", "ISO IR 6": "ascii",
    "8859/1": "iso-8859-1", "8859/2": "iso-8859-2", "8859/3": "iso-8859-3", "8859/4": "iso-8859-4",
    "8859/5": "iso-8859-5", "8859/6": "iso-8859-6", "8859/7": "iso-8859-7", "8859/8": "iso-8859-8",
    "8859/9": "iso-8859-9", "8859/10": "iso-8859-10", "8859/13": "iso-8859-13", "8859/14": "iso-8859-14",
    "8859/15": "iso-8859-15", "8859/16": "iso-8859-16",
    "ISO IR14": "shift_jis", "ISO IR87": "iso2022_jp", "ISO IR159": "iso2022_jp_1",
    "GB 18030-2000": "gb18030", "GB18030": "gb18030", "KS X 1001": "euc_kr", "CNS 11643-1992": "euc_tw",
    "BIG-5": "big5", "BIG5": "big5", "UNICODE": "utf-8", "UNICODE UTF-8": "utf-8", "UTF-8": "utf-8", "UTF8": "utf-8",
    "UNICODE UTF-16": "utf-16", "UNICODE UTF-32": "utf-32", "ANSI": "cp1252", "WINDOWS-1252": "cp1252",
}  # fmt: skip

_ISO = re.compile(r"(?:ISO[ _-]?)?(?:IR)?[ _-]?8859[-/ _]?(\d{1,2})")
_MSH = re.compile(rb"MSH([^\w\s])([^\r\n]*)")
_MSH_18 = 16
"""Its place among what stands behind the separator, which is MSH-1 itself."""

_SWITCH = re.compile(rb"\x1b[$(][@-~$()]")
"""Where a text of ISO 2022 changes its characters; no other text has an escape byte followed so."""
_SWITCHED = ("iso2022_jp_2", "iso2022_jp_ext", "iso2022_jp_2004")

_ASCII = rb"MSH|^~&#@{}[] PID 09 az +AGE- &#228; =E4 \u00e4 \n"
"""The signs, and what some codecs read as an escape."""

GUESS = "cp1252"
"""What 8-bit text is read as when nothing fits: it is reported, and a name read so matches nobody by chance."""


def codec_named(name: str) -> str | None:
    """Return Python's codec for what MSH-18 may say; None for a name that is none."""
    plain = " ".join(name.upper().split())
    if not plain:
        return None
    if plain in _NAMED:
        return _known(_NAMED[plain])
    found = _ISO.fullmatch(plain)
    if found:
        return _known(f"iso-8859-{int(found[1])}")
    return _known(plain.replace(" ", "-")) if re.fullmatch(r"[A-Z0-9 _-]{3,20}", plain) else None


@cache
def _known(name: str) -> str | None:
    """Only codecs of text in which the structure's signs are ASCII bytes: the message was found by them.

    Python has others (``hex``, ``unicode_escape``, EBCDIC, UTF-16) under such names: they make another text of it.
    """
    try:
        found = codecs.lookup(name)
        plain = _ASCII.decode(name) == _ASCII.decode("ascii")
    except (LookupError, UnicodeError, ValueError):
        return None
    return found.name if plain else None


def whole_file(data: bytes) -> bytes:
    """Return the file as bytes of an ASCII superset without byte order mark: UTF-16 and UTF-32 become UTF-8."""
    for mark, codec in ((codecs.BOM_UTF8, ""), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
                        (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):  # fmt: skip
        if data.startswith(mark):
            return data.decode(codec, "replace").encode() if codec else data[len(mark) :]
    at = data[:64].find(b"M\0S\0H")
    if at >= 0:
        return data.decode("utf-16-be" if at % 2 else "utf-16-le", "replace").encode()
    return data


def decode(data: bytes) -> tuple[str, str, str]:
    """Decode one message: its text, the codec, and what MSH-18 said when that was not true or missing ("" else).

    UTF-8 goes before everything: text of another kind is hardly ever valid UTF-8 by chance, and many senders
    write it whatever they say. Text that changes its characters on the way (ISO 2022, as in Japan) is all ASCII
    bytes, signs of the message's structure among them, so it goes before UTF-8.
    """
    declared = _declared(data)
    named = [codec for codec in map(codec_named, declared) if codec is not None]
    said = declared[0] if declared else ""
    if data.isascii() and b"\x1b" not in data:
        return data.decode("ascii"), named[0] if named else "utf-8", ""
    switched = _SWITCHED if _SWITCH.search(data) is not None else ()
    for codec in dict.fromkeys((*switched, "utf-8", *named)):
        try:
            text = data.decode(codec)
        except (UnicodeDecodeError, LookupError):
            continue
        return text, codec, said if named and codec not in (*switched, *named) else ""
    try:
        return data.decode(GUESS), GUESS, said or "?"
    except UnicodeDecodeError:
        return data.decode("latin-1"), "latin-1", said or "?"


def _declared(data: bytes) -> list[str]:
    """All names in MSH-18: the first repetition is empty where ASCII is only the beginning."""
    found = _MSH.search(data[:4096])
    fields = found[2].split(found[1], _MSH_18 + 1) if found is not None else ()
    if len(fields) <= _MSH_18:
        return []
    names = (one.decode("ascii", "replace").strip()[:40] for one in re.split(rb"[~^]", fields[_MSH_18])[:10])
    return [name for name in names if name]
