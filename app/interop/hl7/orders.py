"""ORC, OBR, SPM and what stands below them as orders with their results; whatever groups the version has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from functools import cached_property

from app.domain.lab_messages import ReportedOrder
from app.domain.labs import LabResult
from app.interop.hl7.codes import CANCELLING, CORRECTED, FINAL, ORDER_STATUS
from app.interop.hl7.results import (
    Draft,
    Given,
    cancelled,
    comment,
    note_text,
    result_of,
    test_of,
    told_apart,
    with_parent,
    without_repeats,
)
from app.interop.hl7.segments import Segment
from app.interop.hl7.times import read_moment
from app.kernel.i18n import t


@dataclass(slots=True)
class Block:
    """One OBR with its surroundings. ``common`` is the ORC before it, ``specimen`` the SPM before or behind it."""

    request: Segment | None = None
    common: Segment | None = None
    specimen: Segment | None = None
    notes: list[Segment] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)

    @property
    def placers(self) -> tuple[str, ...]:
        """All numbers of who ordered: OBR-2, ORC-2, their groups (ORC-4), without repeats."""
        named = [self._id(self.request, 2), self._id(self.common, 2), self._id(self.common, 4)]
        return tuple(dict.fromkeys(one for one in named if one))

    @property
    def filler(self) -> str:
        """The laboratory's number: OBR-3 or ORC-3."""
        return self._id(self.request, 3) or self._id(self.common, 3)

    @property
    def cancelled(self) -> bool:
        """Whether the laboratory says that nothing comes of it: OBR-25, ORC-1 or ORC-5, and no OBX."""
        if self.drafts or self.request is None:
            return False
        if self.request.get(25).upper() == "X":
            return True
        common = self.common
        return common is not None and (common.get(1).upper() in CANCELLING or common.get(5).upper() == "CA")

    @staticmethod
    def _id(segment: Segment | None, number: int) -> str:
        return " ".join(segment.get(number).split())[:200] if segment is not None else ""

    @property
    def key(self) -> tuple[str, str]:
        """What says that two OBR are of one order: the placer's number, else the laboratory's."""
        if self.request is None and self.specimen is not None:
            return "specimen", str(self.specimen.line)
        own = self._id(self.request, 2) or self._id(self.common, 2)
        return ("placer", own) if own else ("filler", self.filler)


def blocks_of(segments: Iterable[Segment], kind: str = "") -> list[Block]:
    """Sort the segments of one person into blocks; ``kind`` is MSH-9. An OBX before any OBR gets a block of its own."""
    walk = _Walk(kind)
    for segment in segments:
        step = _STEPS.get(segment.name)
        if step is not None:
            step(walk, segment)
    walk.end()
    return walk.blocks


_ORDER_BEHIND = frozenset({"OUL^R22", "OUL^R23", "OUL^R24"})
"""Messages of specimens: the ORC of an order stands behind its OBR, not before."""
_SPECIMEN_FIRST = frozenset({"OUL^R22", "OUL^R23"})
"""Here each specimen comes before its orders, and what was observed of the specimen itself right behind it."""


class _Walk:
    """Where the walk over the segments stands."""

    def __init__(self, kind: str) -> None:
        self.behind = kind in _ORDER_BEHIND
        self.specimen_first = kind in _SPECIMEN_FIRST
        self.ahead: list[Draft] | None = None
        self.blocks: list[Block] = []
        self.common: Segment | None = None
        self.specimen: Segment | None = None
        self.waiting: list[Segment] = []
        self.at_order = True
        self.of_next = True
        """Whether a note is about what comes: nothing of the person, or of the order, has come yet."""
        self.of_specimen = False

    def pid(self, _segment: Segment) -> None:
        self.of_next = True

    def orc(self, segment: Segment) -> None:
        last = self.blocks[-1] if self.blocks else None
        if last is not None and last.common is None and self.at_order and self._is_of(segment, last):
            last.common = segment
        else:
            self.common = segment
            self.of_next = True
        self.at_order = True

    def _is_of(self, segment: Segment, block: Block) -> bool:
        """Whether an ORC right behind an OBR is that one's: by their numbers, else by the kind of the message."""
        if block.request is None:
            return False
        pairs = [(segment.get(number), block.request.get(number)) for number in (2, 3)]
        told = [mine == theirs for mine, theirs in pairs if mine and theirs]
        return all(told) if told else self.behind

    def obr(self, segment: Segment) -> None:
        before = self.blocks[-1] if self.blocks else None
        common = self.common
        if (
            common is None
            and before is not None
            and not self.behind
            and before.key == Block(segment, before.common).key
        ):
            common = before.common
        self._open(Block(segment, common, self.specimen))
        self.at_order = True

    def _open(self, block: Block) -> None:
        """Notes about the person, before any order, go with the first one: nobody reads them elsewhere."""
        block.notes.extend(self.waiting)
        self.blocks.append(block)
        self.common, self.waiting = None, []
        self.of_next = self.of_specimen = False
        if self.ahead:
            block.drafts.extend(self.ahead)
        self.ahead = None

    def spm(self, segment: Segment) -> None:
        """OUL names the specimen before the orders, ORU behind the results."""
        if self.specimen_first:
            self.end()
            self.ahead = []
        self.specimen, self.of_specimen = segment, True
        if not self.specimen_first and self.blocks and self.blocks[-1].specimen is None:
            self.blocks[-1].specimen = segment

    def obx(self, segment: Segment) -> None:
        if self.ahead is None and not self.blocks:
            self._open(Block(None, self.common, self.specimen))
        drafts = self.blocks[-1].drafts if self.ahead is None else self.ahead
        if drafts and not (self.at_order or self.of_specimen) and drafts[-1].takes(segment):
            drafts[-1].more.append(segment)
        else:
            drafts.append(Draft(segment))
        self.at_order = self.of_specimen = False

    def end(self) -> None:
        """What was observed of a specimen that no order follows is kept by itself; so are notes of no order."""
        if self.ahead:
            self._open(Block(None, None, self.specimen))
        self.ahead = None
        if self.waiting and self.blocks:
            self.blocks[-1].notes.extend(self.waiting)
            self.waiting = []

    def nte(self, segment: Segment) -> None:
        """A note is about what it stands behind: person, order, request, result or specimen."""
        if self.ahead and not self.of_specimen:
            self.ahead[-1].notes.append(segment)
        elif not self.blocks or self.of_next or self.ahead is not None:
            self.waiting.append(segment)
        elif self.blocks[-1].drafts and not (self.at_order or self.of_specimen):
            self.blocks[-1].drafts[-1].notes.append(segment)
        else:
            self.blocks[-1].notes.append(segment)


_STEPS = {"PID": _Walk.pid, "ORC": _Walk.orc, "OBR": _Walk.obr, "SPM": _Walk.spm, "OBX": _Walk.obx, "NTE": _Walk.nte}


@dataclass(frozen=True, slots=True)
class Around:
    """What holds for all orders of a message: the zone of its times, who sent it, and what is to be said of it."""

    zone: tzinfo
    sender: str
    remarks: list[str]


def orders_of(blocks: Sequence[Block], around: Around) -> tuple[ReportedOrder, ...]:
    """Make orders: blocks of one number are one order, children go with their parent's."""
    parents = _Parents(blocks)
    around.remarks.extend(_unread_times(blocks, around.zone))
    groups: dict[tuple[str, str], list[Block]] = {}
    for block in blocks:
        groups.setdefault(parents.home(block), []).append(block)
    made = [_order(group, around, parents) for group in groups.values()]
    return tuple(order for order in made if order.items or order.tests)


class _Parents:
    """Which result a child's OBR belongs to: OBR-26 names it, OBR-29 its order."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self._homes = {number: block.key for block in blocks for number in (*block.placers, block.filler) if number}
        self._blocks = blocks

    @cached_property
    def _values(self) -> dict[tuple[str, str], str]:
        """What each result says, by test and sub-id; read only where a child names its parent's result."""
        found: dict[tuple[str, str], str] = {}
        for block in self._blocks:
            for draft in block.drafts:
                one = draft.segment
                found.setdefault((one.get(3), one.get(4)), one.get(5, 2) or one.get(5))
        return found

    def home(self, block: Block) -> tuple[str, str]:
        """The key of the order that a block's results go to."""
        request = block.request
        if request is None:
            return block.key
        for component in (1, 2):
            number = request.get(29, component)
            if number and number in self._homes:
                return self._homes[number]
        return block.key

    def name(self, block: Block) -> str:
        """What the results of a child are about; "" for a block without parent."""
        request = block.request
        if request is None or not request.raw(26):
            return ""
        return request.get(26, 3) or self._values.get((request.get(26, 1), request.get(26, 2)), "")


def _order(group: Sequence[Block], around: Around, parents: _Parents) -> ReportedOrder:
    items: list[LabResult] = []
    zone = around.zone
    for block in group:
        items.extend(_items(block, around, parents))
    first = group[0]
    names = [test_of(block.request, 4) for block in group if block.request is not None]
    statuses = [ORDER_STATUS.get(block.request.get(25).upper(), "") for block in group if block.request is not None]
    finished = all(status in (FINAL, CORRECTED, "", "cancelled") for status in statuses)
    return ReportedOrder(
        placer_ids=tuple(dict.fromkeys(number for block in group for number in block.placers)),
        filler_id=first.filler,
        tests=tuple(dict.fromkeys((name or code)[:200] for code, name, _ in names if name or code)),
        items=told_apart(without_repeats(items, around.remarks)),
        ordered_by=_ordered_by(first),
        specimen=_specimen(first),
        collected_at=_collected(first, zone),
        reported_at=_time(first.request, 22, zone),
        final=finished and all(item.final or item.void for item in items),
    )


def _items(block: Block, around: Around, parents: _Parents) -> list[LabResult]:
    request, zone = block.request, around.zone
    status = ORDER_STATUS.get(request.get(25).upper(), "") if request is not None else ""
    name = test_of(request, 4).name if request is not None else ""
    given = Given(zone, _collected(block, zone) or _time(request, 22, zone), status, name, around.sender)
    if request is not None and block.cancelled:
        return [cancelled(request, given, block.notes)]
    made = (result_of(draft, given, around.remarks) for draft in block.drafts)
    items = [item for item in made if item is not None]
    text = note_text(block.notes)
    if text:
        items.append(comment(text, given, status))
    parent = parents.name(block)
    return with_parent(items, parent) if parent else items


def _collected(block: Block, zone: tzinfo) -> datetime | None:
    """When the specimen was taken: OBR-7, SPM-17, OBR-8, else when the laboratory got it (OBR-14, SPM-18)."""
    times = ((block.request, 7), (block.specimen, 17), (block.request, 8), (block.request, 14), (block.specimen, 18))
    return next((at for at in (_time(segment, number, zone) for segment, number in times) if at is not None), None)


def _unread_times(blocks: Iterable[Block], zone: tzinfo) -> Iterator[str]:
    """Say which times of orders and specimens are none."""
    for block in blocks:
        for segment, number in ((block.request, 7), (block.specimen, 17)):
            if segment is not None and segment.get(number) and _time(segment, number, zone) is None:
                yield t("line {line}: {field} is no time", line=segment.line, field=f"{segment.name}-{number}")


def _time(segment: Segment | None, number: int, zone: tzinfo) -> datetime | None:
    moment = read_moment(segment.get(number), zone) if segment is not None else None
    return moment.at if moment is not None and moment.has_day else None


def _ordered_by(block: Block) -> str:
    """The name of who ordered (OBR-16, ORC-12), as people read it."""
    for segment, number in ((block.request, 16), (block.common, 12)):
        if segment is not None and segment.raw(number):
            name = f"{segment.get(number, 3)} {segment.get(number, 2)}".strip()
            if name:
                return name[:200]
    return ""


def _specimen(block: Block) -> str:
    if block.specimen is not None:
        found = block.specimen.get(4, 2) or block.specimen.get(4, 5) or block.specimen.get(4)
        if found:
            return found[:200]
    return "" if block.request is None else (block.request.get(15, 1, 2) or block.request.get(15))[:200]
