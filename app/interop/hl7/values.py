"""The value of an OBX segment, by its type: a number where it is one, else what stands there as text."""

from __future__ import annotations

import re

from app.domain.labs import Value
from app.interop.hl7.ranges import plain_number
from app.interop.hl7.segments import Segment
from app.interop.hl7.times import read_day
from app.kernel.i18n import t

TEXT_TYPES = frozenset({"TX", "FT"})
_PLAIN = TEXT_TYPES | {"ST", "NM", "", "GTS", "SI"}
_CODED = frozenset({"CE", "CWE", "CNE", "CF", "IS", "ID"})
_TIMES = frozenset({"DT", "TM", "TS", "DTM"})
_STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?(?:\.\d+)?)?([+-]\d{4})?")
_CLOCK = re.compile(r"(\d\d)(\d\d)(\d\d)?(?:\.\d+)?([+-]\d{4})?")
_MONTH = re.compile(r"([12]\d{3})(\d\d)")
_DECEMBER = 12
_OBX_5 = 5


def read_value(segment: Segment) -> tuple[Value, str]:
    """Return the value of an OBX segment, and what of it the value doesn't show (a code), for the note."""
    kind = segment.get(2).upper()
    repeats = [one for one in segment.repeats(_OBX_5) if one != '""']
    if kind in _PLAIN:
        return _plain(segment, kind, repeats), ""
    read = [_typed(segment, kind, one) for one in repeats]
    if len(read) == 1:
        return read[0]
    joined = "; ".join(str(value) for value, _ in read if value != "")
    return joined, "; ".join(note for _, note in read if note)


def _plain(segment: Segment, kind: str, repeats: list[str]) -> Value:
    """Text as it stands: delimiters in it that nobody escaped belong to it. Some laboratories send numbers as text."""
    texts = [segment.encoding.unescape(one) for one in repeats]
    if kind in TEXT_TYPES:
        text = "\n".join(one.rstrip() for one in "\n".join(texts).strip("\n").split("\n")).strip()
    else:
        text = "; ".join(one for one in (text.strip() for text in texts) if one)
    number = plain_number(text)
    if number is None or (kind not in ("NM", "SI") and not _is_measured(segment, text)):
        return text
    return number


def _is_measured(segment: Segment, text: str) -> bool:
    """Whether a number in a text field is one: it has a unit or a range. Otherwise it may be a code or a lot."""
    return bool(segment.raw(6) or segment.raw(7)) and not re.match(r"[+-]?0\d", text)


def _typed(segment: Segment, kind: str, text: str) -> tuple[Value, str]:
    parts = ["" if part == '""' else part for part in segment.parts(text)]
    if kind == "SN":
        return _structured(parts), ""
    if kind in _CODED:
        return _coded(parts)
    if kind in _TIMES:
        return (_clock(parts[0]) if kind == "TM" else _day(parts[0])), ""
    if kind == "ED":
        return _document(parts), ""
    if kind == "RP":
        return t("Document kept by the laboratory: {where}", where=" ".join(part for part in parts if part)), ""
    if kind in ("CP", "MO", "CQ"):
        words = " ".join(part.replace(segment.encoding.subcomponent or "&", " ") for part in parts if part)
        number = plain_number(words)
        return (words if number is None else number), ""
    return " ".join(part for part in parts if part), ""


def _structured(parts: list[str]) -> Value:
    """SN: comparator, number, separator, number. ``^33`` is 33, ``>^100`` is ">100", ``^1^:^128`` is "1:128"."""
    if len(parts) == 1 and (plain := plain_number(parts[0])) is not None:
        return plain  # a sender who takes it for NM
    sign, first, between, second = (parts + [""] * 4)[:4]
    if sign in ("", "=") and not (between or second):
        number = plain_number(first)
        return first if number is None else number
    return f"{sign if sign != '=' else ''}{first}{between}{second}"


def _coded(parts: list[str]) -> tuple[Value, str]:
    """A coded value: its text, else the original text, else the code; the code itself goes to the note."""
    code, text, system, other_code, other_text, other_system = (parts + [""] * 6)[:6]
    original = parts[8] if len(parts) > 8 else ""
    value = text or other_text or original or code or other_code
    named = code or other_code
    scheme = system if code else other_system
    return value, f"{scheme} {named}" if named and scheme and named != value else ""


def _day(text: str) -> str:
    """A day, with its time where one stands there, as people read it; a month or year stays one. No zone is shifted."""
    if (found := _MONTH.fullmatch(text)) and 0 < int(found[2]) <= _DECEMBER:
        return f"{found[1]}-{found[2]}"
    if found := _STAMP.fullmatch(text):
        if read_day(text[:8]) is None:
            return text
        day, clock = f"{found[1]}-{found[2]}-{found[3]}", f"{found[4]}:{found[5]}" if found[4] else ""
        seconds = f":{found[6]}" if found[6] and found[6] != "00" else ""
        return " ".join(one for one in (day, clock + seconds, found[7]) if one)
    return text


def _clock(text: str) -> str:
    """A time of day (TM)."""
    if (found := _CLOCK.fullmatch(text)) and int(found[1]) < 24 and int(found[2]) < 60:
        return f"{found[1]}:{found[2]}" + (f":{found[3]}" if found[3] else "") + (f" {found[4]}" if found[4] else "")
    return text


def _document(parts: list[str]) -> str:
    """ED: name what is embedded. A plain text is the value itself; the rest stays with the message."""
    _, kind, subtype, encoding, data = (parts + [""] * 5)[:5]
    if encoding.upper() in ("A", "") and kind.upper() in ("TEXT", "TX", "FT") and subtype.upper() not in ("PDF", "RTF"):
        return data
    size = len(data) * 3 // 4 if encoding.upper() == "BASE64" else len(data)
    name = (subtype or kind or "?").upper()[:20]
    return t("{kind} document, {size} KB: it is in the laboratory's message", kind=name, size=max(1, size // 1024))
