"""A message as segments, fields, repetitions, components: split only where somebody asks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.interop.hl7.charset import decode
from app.interop.hl7.encoding import Encoding
from app.interop.hl7.framing import DEFAULT_BOUNDS, Bounds, Frame
from app.kernel.errors import Refused
from app.kernel.i18n import t

_BREAK = re.compile(r"\r\n?|\n")
_NAME = re.compile(r"[A-Z][A-Z0-9]{2}")
_NEEDED = {"MSH": 12, "PID": 5, "OBR": 4, "OBX": 11}
"""Fields that a segment can't do without: shorter, the next line may be its own continuation."""

_OBX_11 = 11

_SEGMENTS = """
    ABS ACC ADD ADJ AFF AIG AIL AIP AIS AL1 APR ARQ ARV AUT BHS BLC BLG BPO BPX BTS BTX BUI CDM CDO CER CM0 CM1 CM2
    CNS CON CSP CSR CSS CTD CTI CTR DB1 DEV DG1 DMI DON DPS DRG DSC DSP DST ECD ECR EDU EQP EQU ERR EVN FAC FHS FT1
    FTS GOL GP1 GP2 GT1 IAM IAR IIM ILT IN1 IN2 IN3 INV IPC IPR ISD ITM IVC IVT LAN LCC LCH LDP LOC LRL MCP MFA MFE
    MFI MRG MSA MSH NCK NDS NK1 NPU NSC NST NTE OBR OBX ODS ODT OH1 OH2 OH3 OH4 OM1 OM2 OM3 OM4 OM5 OM6 OM7 OMC ORC
    ORG OVR PAC PCE PCR PD1 PDA PDC PEO PES PID PKG PM1 PMT PR1 PRA PRB PRC PRD PRT PSG PSH PSL PSS PTH PV1 PV2 PYE
    QAK QID QPD QRD QRF QRI RCP RDF RDT REL RF1 RFI RGS RMI RQ1 RQD RXA RXC RXD RXE RXG RXO RXR RXV SAC SCD SCH SCP
    SDD SFT SGH SGT SHP SID SLT SPM STF STZ TCC TCD TQ1 TQ2 TXA UAC UB1 UB2 URD URS VAR VND VTQ
"""
KNOWN = frozenset(_SEGMENTS.split())
"""The segments of the standard, up to version 2.9."""


class Segment:
    """One segment. Fields are counted as in the standard: ``get(5)`` is OBX-5; MSH-1 is the separator itself."""

    __slots__ = ("encoding", "fields", "line", "name")

    def __init__(self, text: str, encoding: Encoding, line: int) -> None:
        self.name = text[:3]
        self.line = line
        self.encoding = encoding
        fields = text.split(encoding.field)
        if self.name in ("MSH", "BHS", "FHS"):
            fields.insert(1, encoding.field)
        self.fields = fields

    def raw(self, field: int) -> str:
        """The field as it was written, all repetitions; "" when the segment is shorter."""
        return self.fields[field] if field < len(self.fields) else ""

    def repeats(self, field: int) -> list[str]:
        """The repetitions of a field, as written, without empty ones."""
        raw = self.raw(field)
        sign = self.encoding.repetition
        if not sign or sign not in raw:
            return [raw] if raw else []
        return [one for one in raw.split(sign) if one]

    def get(self, field: int, component: int = 1, sub: int = 1) -> str:
        """The text of a (sub-)component of the first repetition, trimmed; the explicit null ``""`` is empty."""
        raw = self.fields[field] if field < len(self.fields) else ""
        if not raw:
            return ""
        if self.encoding.is_plain(raw):
            return raw.strip() if component == 1 and sub == 1 else ""
        sign = self.encoding.repetition
        return self.part(raw.split(sign, 1)[0] if sign else raw, component, sub)

    def part(self, repetition: str, component: int, sub: int = 1) -> str:
        """The text of a (sub-)component of one repetition."""
        parts = repetition.split(self.encoding.component)
        if component > len(parts):
            return ""
        text = parts[component - 1]
        sign = self.encoding.subcomponent
        if sign and sign in text:
            subs = text.split(sign)
            text = subs[sub - 1] if sub <= len(subs) else ""
        elif sub > 1:
            return ""
        text = self.encoding.unescape(text).strip()
        return "" if text == '""' else text

    def parts(self, repetition: str) -> list[str]:
        """All components of one repetition, sub-components still in them."""
        return [self.encoding.unescape(one).strip() for one in repetition.split(self.encoding.component)]


@dataclass(frozen=True, slots=True)
class Parsed:
    """A message taken apart. ``said`` is a character set that MSH-18 named wrongly ("?" when it named none)."""

    text: str
    segments: tuple[Segment, ...]
    encoding: Encoding
    remarks: tuple[str, ...] = ()
    broken: str = ""
    """Why no result of it may go to a chart unseen: its end is missing in the middle of one. "" when it is whole."""
    fragment: str = ""
    """Why it isn't all: it goes on in another message, or goes on with one. "" when it is."""

    @property
    def header(self) -> Segment:
        """The MSH segment."""
        return self.segments[0]


def parse(source: Frame, bounds: Bounds = DEFAULT_BOUNDS) -> Parsed:
    """Take a message apart. Raises ``Refused`` "TooBig" when it is larger than any result message."""
    if len(source.data) > bounds.message_bytes:
        raise Refused("TooBig", t("the message is larger than {mb} MB", mb=bounds.message_bytes // 2**20))
    text, codec, said = decode(source.data)
    remarks = [t("the message ends in the middle of its frame; it may be cut off")] if source.cut else []
    if said:
        remarks.append(_charset_remark(said, codec))
    encoding = Encoding.of(text, codec)
    lines = _with_addenda(_joined(text, encoding, source.line, remarks), encoding)
    if len(lines) > bounds.segments:
        raise Refused("TooBig", t("the message has more than {count} segments", count=bounds.segments))
    segments = [Segment(line, encoding, number) for number, line in lines]
    for one in segments:
        if len(one.fields) > bounds.fields:
            raise Refused(
                "TooBig", t("segment {name} has more than {count} fields", name=one.name, count=bounds.fields)
            )
    broken = _cut_off(segments[-1]) if source.open or source.cut else ""
    return Parsed(text.replace("\x00", ""), tuple(segments), encoding, tuple(remarks), broken, _fragment(segments))


def _fragment(segments: Sequence[Segment]) -> str:
    """A long message may be sent in pieces, each with a pointer to the next; a piece alone may end in a value."""
    if segments[0].get(14):
        return t("the message goes on from another one (MSH-14); take it from the laboratory in one piece")
    last = segments[-1]
    if last.name == "DSC" and last.get(1):
        return t("line {line}: the message goes on in another one (DSC-1); take it from the laboratory in one piece",
                 line=last.line)  # fmt: skip
    return ""


def _cut_off(last: Segment) -> str:
    """A value that is cut off looks like one ("12" of "120"); behind it every version wants OBX-11."""
    if last.name != "OBX" or len(last.fields) > _OBX_11:
        return ""
    return t("line {line}: the message ends in OBX-{field}; it is cut off", line=last.line, field=len(last.fields) - 1)


def _charset_remark(said: str, codec: str) -> str:
    if said == "?":
        return t("the message doesn't say its character set; read as {codec}", codec=codec)
    return t("the character set {said} of MSH-18 doesn't hold; read as {codec}", said=said, codec=codec)


def _joined(text: str, encoding: Encoding, first: int, remarks: list[str]) -> Iterator[tuple[int, str]]:
    """Yield segments with their lines; a line that begins none belongs to the one before (broken text)."""
    held, at, fields = list[str](), first, 0
    for number, line in enumerate(_BREAK.split(text), first):
        stripped = line.strip(" \t\x0b\x1c\x1d")
        if not stripped:
            continue
        if not held or _begins(stripped, held[0][:3], fields, encoding):
            if held:
                yield at, "\n".join(held)
            held, at, fields = [stripped], number, stripped.count(encoding.field)
        else:
            if len(held) == 1 and (remark := _broken(held[0][:3])) not in remarks:
                remarks.append(remark)
            held.append(line.rstrip())
            fields += line.count(encoding.field)
    if held:
        yield at, "\n".join(held)


def _with_addenda(lines: Iterator[tuple[int, str]], encoding: Encoding) -> list[tuple[int, str]]:
    """Put what ADD segments say behind the segment that they go on with, in the middle of its field."""
    whole: list[tuple[int, list[str]]] = []
    for number, line in lines:
        if line.startswith("ADD" + encoding.field) and whole:
            whole[-1][1].append(line[4:])
        else:
            whole.append((number, [line]))
    return [(number, "".join(parts)) for number, parts in whole]


def _broken(name: str) -> str:
    return t("segment {name} was broken over several lines; they were joined", name=name)


def _begins(line: str, before: str, fields: int, encoding: Encoding) -> bool:
    """Whether a line is a segment of its own. An unknown name counts unless the one before is unfinished."""
    name = line[:3]
    if not _NAME.fullmatch(name) or line[3:4] not in (encoding.field, ""):
        return False
    if name in KNOWN or name[0] == "Z":
        return True
    return before == "OBX" or fields + (before == "MSH") >= _NEEDED.get(before, 0)
