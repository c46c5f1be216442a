"""OBX segments as results: test, value, unit, range, flag, state, time, notes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import NamedTuple

from app.domain.lab_codes import flagged
from app.domain.labs import FINAL, MAX_SYSTEM, MAX_TEXT, PRELIMINARY, LabResult
from app.interop.hl7.codes import (
    CANCELLED,
    FLAGS,
    LOINC,
    STATUS,
    STATUS_WORDS,
    UNDIRECTED,
    UNDIRECTED_CRITICAL,
    flag_of,
)
from app.interop.hl7.encoding import Encoding
from app.interop.hl7.ranges import Range, flag_at_open_end, may_group, plain_number, read_range
from app.interop.hl7.segments import Segment
from app.interop.hl7.times import read_moment
from app.interop.hl7.values import TEXT_TYPES, read_value
from app.kernel.errors import Refused
from app.kernel.i18n import t

_CODE = 8
"""Characters that NTE-1 and NTE-2 have at most."""
_LOCAL = frozenset({"", "L", "LOCAL"})
_POWER_BASE = re.compile(r"[xX*×]?\s?10")
_POWER = re.compile(r"[+-]?\d{1,2}(?!\d)")
_LOINC = re.compile(r"\d{1,7}-\d")


MAX_CODE, MAX_NAME = 100, 500
"""Characters of a code or a unit, and of a name, that a result has; what is longer stands in its note."""


@dataclass(frozen=True, slots=True)
class Given:
    """What results take over from around them: zone of times, the order's time, state and name, the laboratory."""

    zone: tzinfo
    at: datetime | None = None
    status: str = ""
    name: str = ""
    sender: str = ""


@dataclass(slots=True)
class Draft:
    """A result in the making: OBX segments that continue one text, and the notes behind it."""

    segment: Segment
    more: list[Segment] = field(default_factory=list)
    notes: list[Segment] = field(default_factory=list)

    def takes(self, other: Segment) -> bool:
        """Whether another OBX goes on with this one's text: one line of a report each."""
        mine = self.segment
        return (
            not self.notes
            and other.get(2).upper() in TEXT_TYPES
            and mine.get(2).upper() in TEXT_TYPES
            and other.get(11) == mine.get(11)
            and (other.raw(3) == mine.raw(3) or not other.raw(3))
            and not any(other.raw(i) or mine.raw(i) for i in (6, 7, 8))
        )


class Test(NamedTuple):
    """A coded field; ``system`` is the coding system of a code that isn't LOINC, as the message names it."""

    code: str
    name: str
    system: str = ""


def test_of(segment: Segment, number: int) -> Test:
    """Return a coded field (OBX-3, OBR-4). LOINC goes first, wherever it stands in the field."""
    raw = segment.raw(number)
    return (_seen_test if len(raw) <= _SHORT else _test)(raw, segment.encoding)


def _test(raw: str, encoding: Encoding) -> Test:
    if encoding.repetition:
        raw = raw.split(encoding.repetition, 1)[0]
    parts = [" ".join(encoding.unescape(part).split()) for part in raw.split(encoding.component)]
    parts = ["" if part == '""' else part for part in parts] + [""] * 9
    trios = [(parts[i], parts[i + 1], parts[i + 2]) for i in (0, 3)]
    name = trios[0][1] or trios[1][1] or parts[8]
    loinc = [code for code, _, system in trios if system.upper() in LOINC and is_loinc(code)]
    plain = [code for code, _, system in trios if not system and is_loinc(code)]
    name = name or trios[0][0] or trios[1][0]
    if loinc or plain:
        return Test((loinc or plain)[0], name)
    code, _, system = trios[0] if trios[0][0] else trios[1]
    return Test(code, name, system)


def _namespace(system: str, sender: str) -> str:
    """Whose a code is: the coding system's, and where that is a laboratory's own, that laboratory's."""
    own = system.upper() in _LOCAL or system.startswith("99")
    return " ".join(part for part in (sender if own else "", system) if part)[:MAX_SYSTEM]


_SHORT = 300
_seen_test = lru_cache(maxsize=4096)(_test)
"""A laboratory writes the same few hundred tests in every message."""


@lru_cache(maxsize=4096)
def is_loinc(code: str) -> bool:
    """Tell whether a code is a LOINC one by form and check digit (mod 10, doubling from the right)."""
    if not _LOINC.fullmatch(code):
        return False
    digits, check = code.split("-")
    total = sum(sum(divmod(int(d) * (2 - i % 2), 10)) for i, d in enumerate(reversed(digits)))
    return (10 - total % 10) % 10 == int(check)


def unit_of(segment: Segment) -> str:
    """Return OBX-6 as written: the unit itself, else its text. ``10^3/uL`` without escapes is one unit, not two."""
    first, second = segment.get(6, 1), segment.get(6, 2)
    if second and _POWER_BASE.fullmatch(first) and _POWER.match(second):
        return f"{first}{segment.encoding.component}{second}"
    return " ".join((segment.get(6, 1) or segment.get(6, 2) or segment.get(6, 4) or segment.get(6, 5)).split())


def result_of(draft: Draft, given: Given, remarks: list[str]) -> LabResult | None:
    """Make a result; None for an OBX that says nothing at all. Raises ``Refused`` "TooBig" for an endless text."""
    segment = draft.segment
    code, name, system = test_of(segment, 3)
    value, shown = read_value(segment)
    if draft.more:
        texts = [str(value), *(str(read_value(one)[0]) for one in draft.more)]
        value = "\n".join(texts).strip("\n")
    unit, status, said = unit_of(segment), *_status(segment, given)
    limits = read_range(_range_text(segment), unit)
    flags = list(_flags(segment))
    flag, words = flag_of(flags)
    long = [t("Code: {code}", code=code)] * (len(code) > MAX_CODE) + [name] * (len(name) > MAX_NAME)
    long += [t("Unit: {unit}", unit=unit)] * (len(unit) > MAX_CODE)
    doubt = t("a comma before three digits can mean two things: not compared with its range")
    unsure = [doubt] * (isinstance(value, str) and may_group(value))
    note = _note([shown, *words, said, *unsure, _range_note(limits), *long, note_text(draft.notes)])
    if (isinstance(value, str) and len(value) > MAX_TEXT) or len(note) > MAX_TEXT:
        field = "NTE-3" if len(note) > MAX_TEXT else "OBX-5"
        raise Refused("TooBig", t("line {line}: {field} is longer than {count} characters",
                                  line=segment.line, field=field, count=MAX_TEXT))  # fmt: skip
    if value == "" and not note and not name:
        return None
    number = float(value) if not isinstance(value, str) else None
    made = LabResult(
        code=code[:MAX_CODE],
        name=(name or code or given.name or t("Result without a name"))[:MAX_NAME],
        value=value,
        unit="" if len(unit) > MAX_CODE else unit,
        low=limits.low,
        high=limits.high,
        flag=flag or flag_at_open_end(number, limits),
        observed_at=_observed(segment, given, remarks),
        status=status,
        note=note,
        system=_namespace(system, given.sender) if code and not is_loinc(code) else "",
    )
    if flag == "HH" and not _says_high(flags):
        return replace(made, flag="LL") if flagged(replace(made, flag="")) in ("L", "LL") else made
    return _directed(made, limits) if flag == "A" and UNDIRECTED.issuperset(flags) else made


def _says_high(flags: Sequence[str]) -> bool:
    """Whether one of the marks that mean "critical" says by itself that the value is high."""
    plain = {" ".join(code.upper().split()) for code in flags}
    return any(FLAGS.get(one) == "HH" for one in plain - UNDIRECTED_CRITICAL)


def _directed(item: LabResult, limits: Range) -> LabResult:
    """Say high or low of a result that is only marked as not normal, where its range tells."""
    plain = replace(item, flag="")
    number = float(item.value) if not isinstance(item.value, str) else None
    flag = flagged(plain) or flag_at_open_end(number, limits)
    return replace(item, flag=flag) if flag else item


def _range_text(segment: Segment) -> str:
    """Return OBX-7 as people write a range; some senders make two components of its limits."""
    raw, encoding = segment.raw(7), segment.encoding
    for sign in (encoding.component, encoding.subcomponent):
        if sign and raw.count(sign) == 1 and None not in [plain_number(one) for one in raw.split(sign)]:
            return raw.replace(sign, " - ")
    return encoding.unescape(raw).replace('""', "")


def _range_note(limits: Range) -> str:
    return t("Range: {limits}", limits=limits.text) if limits.text else ""


def _flags(segment: Segment) -> Iterable[str]:
    for one in segment.repeats(8):
        yield segment.part(one, 1) or segment.part(one, 2)


def _status(segment: Segment, given: Given) -> tuple[str, str]:
    """Return our word for OBX-11, else for OBR-25, and what to add in words."""
    letter = segment.get(11).upper()
    if letter in STATUS:
        return STATUS[letter], STATUS_WORDS.get(letter, "")
    if given.status and not letter:
        return given.status, ""
    return PRELIMINARY, t("the laboratory doesn't say whether this is final")


def _observed(segment: Segment, given: Given, remarks: list[str]) -> datetime | None:
    text = segment.get(14)
    if not text:
        return given.at
    moment = read_moment(text, given.zone)
    if moment is None or not moment.has_day:
        remarks.append(t("line {line}: OBX-14 is no time; the order's is taken", line=segment.line))
        return given.at
    return moment.at


def note_text(notes: Sequence[Segment]) -> str:
    """Return the text of NTE segments, a line each."""
    lines = []
    for one in notes:
        repeats = one.repeats(3) or [_misplaced(one)]
        lines.append("\n".join(one.encoding.unescape(text).rstrip() for text in repeats if text != '""'))
    return "\n".join(lines).strip("\n")


def _misplaced(note: Segment) -> str:
    """A note's text that stands where its number or source (a code) belongs: some laboratories leave fields out."""
    return next((text for text in (note.raw(2), note.raw(1)) if " " in text.strip() or len(text) > _CODE), "")


def _note(parts: Sequence[str]) -> str:
    return "\n".join(part for part in parts if part)


def without_repeats(items: Sequence[LabResult], remarks: list[str]) -> tuple[LabResult, ...]:
    """Leave out results that stand there twice, word for word."""
    once = tuple(dict.fromkeys(items))
    if len(once) < len(items):
        remarks.append(t("{count} results stand in the message twice", count=len(items) - len(once)))
    return once


def comment(text: str, given: Given, status: str = "") -> LabResult:
    """Return what a laboratory says about all of an order as a result of its own, so that nobody misses it."""
    return LabResult(name=t("Comment of the laboratory"), value=text, status=status or FINAL, observed_at=given.at)


def cancelled(request: Segment, given: Given, notes: Sequence[Segment]) -> LabResult:
    """Return the laboratory's word that an order brings no result, as a result of its own: it stands with its order."""
    code, name, system = test_of(request, 4)
    return LabResult(
        code=code[:MAX_CODE],
        name=(name or code or t("Result without a name"))[:MAX_NAME],
        observed_at=given.at,
        status=CANCELLED,
        note=_note([t("cancelled by the laboratory"), note_text(notes)]),
        system=_namespace(system, given.sender) if code and not is_loinc(code) else "",
    )


def with_parent(items: Iterable[LabResult], parent: str) -> list[LabResult]:
    """Say of each result whose it is: the susceptibilities of an organism. One name tests of several organisms."""
    return [_renamed(item, f"{item.name} ({parent[:200]})") for item in items]


def told_apart(items: Sequence[LabResult]) -> tuple[LabResult, ...]:
    """Number results of one test at one time (two organisms of a culture): they are no corrections of each other."""
    seen: Counter[tuple[str, datetime | None]] = Counter()
    made = []
    for item in items:
        seen[item.key, item.observed_at] += 1
        number = seen[item.key, item.observed_at]
        made.append(item if number == 1 else _renamed(item, f"{item.name} ({number})"))
    return tuple(made)


def _renamed(item: LabResult, name: str) -> LabResult:
    """The code alone would say that it is the same test; it goes to the note."""
    note = "\n".join(part for part in (item.code and t("Code: {code}", code=item.code), item.note) if part)
    return replace(item, code="", system="", name=name[:MAX_NAME], note=note)
