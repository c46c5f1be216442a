"""HL7 v2 messages for tests: made in memory, and the real ones beside the checkout."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from app.domain.lab_messages import LabReport, TakenMessage
from app.domain.labs import LabResult
from app.interop.hl7.message import read_file

ZONE = ZoneInfo("Europe/Berlin")
REAL = Path(__file__).parents[3] / "shared" / "data" / "hl7v2"
"""Real files; the folder lies beside the checkout."""


def msh(
    *, kind: str = "ORU^R01^ORU_R01", control: str = "M1", sent: str = "20260504080000", purpose: str = "P",
    app: str = "LAB", charset: str = "",
) -> str:  # fmt: skip
    """The first segment."""
    return f"MSH|^~\\&|{app}|MAIN|CLINIC|HERE|{sent}||{kind}|{control}|{purpose}|2.5.1||||||{charset}"


def pid(number: str = "4711", name: str = "Lis^Zygmunt", born: str = "19620314", sex: str = "M") -> str:
    """Whose results they are."""
    return f"PID|1||{number}^^^CLINIC^MR||{name}||{born}|{sex}"


def obr(
    placer: str = "", filler: str = "F1", test: str = "24323-8^Metabolic panel^LN", at: str = "20260504070000"
) -> str:
    """An order; ``at`` is when the specimen was taken."""
    return f"OBR|1|{placer}|{filler}|{test}|||{at}||||||||||||||||||F"


def obx(
    value: str = "98", *, test: str = "2345-7^Glucose^LN", kind: str = "NM", unit: str = "mg/dL",
    limits: str = "70-100", flag: str = "", status: str = "F", at: str = "", number: int = 1, sub: str = "",
) -> str:  # fmt: skip
    """A result."""
    return f"OBX|{number}|{kind}|{test}|{sub}|{value}|{unit}|{limits}|{flag}|||{status}|||{at}"


def join(*segments: str, end: str = "\r") -> bytes:
    """A message's bytes."""
    return (end.join(segments) + end).encode()


def read(data: bytes | Sequence[str], zone: ZoneInfo = ZONE) -> list[TakenMessage]:
    """What the messages of a file say."""
    return list(read_file(data if isinstance(data, bytes) else join(*data), "test.hl7", zone))


def report(*segments: str) -> LabReport:
    """What the only message says."""
    (message,) = read(segments)
    assert message.report is not None, message.refusal
    return message.report


def result(*fields: str) -> LabResult:
    """The only result of a message with one OBX."""
    (order,) = report(msh(), pid(), obr(), *fields).orders
    (item,) = order.items
    return item


def at(text: str) -> datetime:
    """An instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
