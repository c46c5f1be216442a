"""From the bytes of a file to what its messages say: every message is read, or refused with the reason."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import tzinfo

from app.domain.lab_messages import LabPerson, LabReport, PersonName, PersonNumber, TakenMessage
from app.interop.hl7.codes import CONTROLS, RESULT_KINDS, kind_word
from app.interop.hl7.framing import DEFAULT_BOUNDS, Bounds, Frame, frame
from app.interop.hl7.orders import Around, blocks_of, orders_of
from app.interop.hl7.segments import Parsed, Segment, parse
from app.interop.hl7.times import read_day, read_moment, zone_of
from app.kernel.errors import Refused
from app.kernel.i18n import t

_MOST_NAMES = 20


def read_file(data: bytes, name: str, zone: tzinfo, bounds: Bounds = DEFAULT_BOUNDS) -> Iterator[TakenMessage]:
    """Read the messages of a file in their order; a message about several people becomes one for each.

    ``zone`` holds for times without one where the message doesn't name its own. Raises ``Refused`` for a file
    without any message.
    """
    framed = frame(data, bounds)
    short = framed.announced is not None and framed.announced != len(framed.frames)
    for one in framed.frames:
        source = name if len(framed.frames) == 1 else t("{file}, message {number}", file=name, number=one.number)
        found = read_frame(one, source, zone, bounds)
        told = []
        if short and one.number == len(framed.frames):
            have = len(framed.frames)
            told.append(t("the batch announces {said} messages and has {have}", said=framed.announced, have=have))
        if framed.unended and one.number == len(framed.frames):
            told.append(t("the batch has no end (BTS, FTS); messages behind this one may be missing"))
        if framed.headless and one.number == 1:
            told.append(t("before it {count} lines of a message without its beginning are not read",
                          count=framed.headless))  # fmt: skip
        yield from (replace(taken, remarks=(*taken.remarks, *told)) for taken in found) if told else found


def read_frame(one: Frame, source: str, zone: tzinfo, bounds: Bounds = DEFAULT_BOUNDS) -> list[TakenMessage]:
    """Read one message."""
    digest = hashlib.sha256(one.data).hexdigest()
    try:
        parsed = parse(one, bounds)
    except Refused as refused:
        return [TakenMessage(source=source, content_hash=digest, refusal=refused.message)]
    header = parsed.header
    zone = zone_of(header.get(7)) or zone
    sent = read_moment(header.get(7), zone)
    taken = TakenMessage(
        source=source,
        content_hash=digest,
        kind=_kind(header),
        sender=sender_of(header),
        control_id=" ".join(header.get(10).split())[:200],
        sent_at=sent.at if sent is not None else None,
        body=parsed.text,
        remarks=parsed.remarks,
    )
    try:
        return _parts(parsed, taken, zone)
    except Refused as refused:
        return [replace(taken, refusal=refused.message)]


def _kind(header: Segment) -> str:
    """MSH-9 as ``ORU^R01``; "" when it says nothing."""
    code, event = header.get(9, 1).upper(), header.get(9, 2).upper()
    if "_" in code and not event:
        code, _, event = code.partition("_")
    return f"{code}^{event}"[:40] if event else code[:40]


def sender_of(header: Segment) -> str:
    """Who sent it: application and facility (MSH-3, MSH-4)."""
    named = [" ".join((header.get(number) or header.get(number, 2)).split()) for number in (3, 4)]
    return " / ".join(one for one in named if one)[:300]


def _parts(parsed: Parsed, taken: TakenMessage, zone: tzinfo) -> list[TakenMessage]:
    code = taken.kind.partition("^")[0]
    if code not in RESULT_KINDS:
        raise Refused("NotResults", _not_results(code))
    groups = _people(parsed.segments)
    made = []
    for number, segments in enumerate(groups, 1):
        one = _part(parsed, taken, segments, zone)
        before = groups[number - 2] if number > 1 else []
        if one.report is not None and not one.report.held and before and not _has_orders(before):
            one = replace(one, report=replace(one.report, held=_two_people(before, segments)))
        if len(groups) > 1:
            digest = hashlib.sha256(f"{taken.content_hash} {number}".encode()).hexdigest()
            place = t("{source}, person {number}", source=taken.source, number=number)
            one = replace(one, source=place, content_hash=digest)
        made.append(one)
    return made


def _not_results(code: str) -> str:
    if not code:
        return t("not a result message: MSH-9 doesn't say what it is")
    what = kind_word(code)
    if not what:
        return t("not a result message: MSH-9 says {code}", code=code)
    return t("not a result message: {code} is {what}", code=code, what=what)


def _people(segments: Sequence[Segment]) -> list[list[Segment]]:
    """Split the segments where another person begins: each PID that isn't the one before again, but for its number."""
    groups: list[list[Segment]] = [[]]
    person: Segment | None = None
    for segment in segments[1:]:
        if segment.name == "PID":
            again = person is not None and person.fields[2:] == segment.fields[2:]
            if not again and (person is not None or _has_orders(groups[-1])):
                groups.append([])
            person = segment
        groups[-1].append(segment)
    return groups


def _has_orders(segments: Sequence[Segment]) -> bool:
    return any(one.name in ("ORC", "OBR", "OBX", "SPM") for one in segments)


def _two_people(before: Sequence[Segment], segments: Sequence[Segment]) -> str:
    """Two that differ, one right behind the other: the results may be either's."""
    first, second = (next((one.line for one in group if one.name == "PID"), 0) for group in (before, segments))
    return t("lines {first} and {second}: two different PID stand before these results", first=first, second=second)


def _part(parsed: Parsed, taken: TakenMessage, segments: Sequence[Segment], zone: tzinfo) -> TakenMessage:
    remarks = [*taken.remarks, *_own_segments(segments)]
    blocks = blocks_of(segments, taken.kind)
    if not any(block.drafts or block.cancelled for block in blocks):
        none = parsed.fragment or t("the message has no results (no OBX segment)")
        return replace(taken, remarks=tuple(remarks), refusal=none)
    pid = next((one for one in segments if one.name == "PID"), None)
    if pid is not None and pid.get(7) and read_day(pid.get(7)) is None:
        remarks.append(t("line {line}: {field} is no complete day", line=pid.line, field="PID-7"))
    orders = orders_of(blocks, Around(zone, taken.sender, remarks))
    if not any(order.items for order in orders):
        return replace(taken, remarks=tuple(remarks), refusal=t("the message has no results (all OBX are empty)"))
    report = LabReport(person=_person(pid), orders=orders, held=_held(parsed, pid, segments))
    return replace(taken, remarks=tuple(dict.fromkeys(remarks)), report=report)


def _own_segments(segments: Sequence[Segment]) -> list[str]:
    """Segments that only the laboratory understands stay with the message."""
    names = sorted({one.name for one in segments if one.name.startswith("Z")})
    if not names:
        return []
    return [t("segments of the laboratory's own, kept with the message: {names}", names=", ".join(names))]


def _held(parsed: Parsed, pid: Segment | None, segments: Sequence[Segment]) -> str:
    purpose = parsed.header.get(11).upper()
    if parsed.broken and segments[-1] is parsed.segments[-1]:
        return parsed.broken
    if parsed.fragment:
        return parsed.fragment
    if purpose == "T":
        return t("the message is marked as training (MSH-11)")
    if purpose == "D":
        return t("the message is marked as a test (MSH-11)")
    if pid is None:
        return t("the message names no person (no PID segment)")
    return next((_control(one) for one in segments if one.name == "SPM" and one.get(11).upper() in CONTROLS), "")


def _control(specimen: Segment) -> str:
    """Analyzers send what they measure of their own controls in the same messages, at times with a person's number."""
    return t("line {line}: the specimen is a control of the laboratory's, not a patient's (SPM-11)", line=specimen.line)


def _person(pid: Segment | None) -> LabPerson:
    if pid is None:
        return LabPerson()
    sex = pid.get(8).upper()[:1]
    names = []
    for text in pid.repeats(5)[:_MOST_NAMES]:
        family, given = pid.part(text, 1), " ".join(one for one in (pid.part(text, 2), pid.part(text, 3)) if one)
        if family or given:
            names.append(PersonName(family=" ".join(family.split())[:200], given=" ".join(given.split())[:200]))
    return LabPerson(
        names=tuple(dict.fromkeys(names)),
        numbers=tuple(_numbers(pid)),
        birth_date=read_day(pid.get(7)),
        sex=sex if sex in ("M", "F") else "",
    )


def _numbers(pid: Segment) -> Iterator[PersonNumber]:
    """PID-3, then PID-2 and PID-4 of older versions; each number once."""
    seen: set[str] = set()
    for field in (3, 2, 4):
        for text in pid.repeats(field)[:_MOST_NAMES]:
            value = pid.part(text, 1)[:200]
            if value and value not in seen:
                seen.add(value)
                assigner = pid.part(text, 4) or pid.part(text, 4, 2) or pid.part(text, 6)
                kind = pid.part(text, 5).upper()[:20]
                yield PersonNumber(value=value, assigner=assigner[:200], kind=kind)
