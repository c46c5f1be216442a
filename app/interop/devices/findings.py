"""What a file of somebody's devices says, before it is a row: readings in the stored unit, each with its place.

Readers yield these; ``assemble`` makes nights of phases, days of steps, pairs of half blood pressures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from app.domain.enums import DeviceProvider, HRVContext
from app.domain.measurements import MeasurementType
from app.interop.limits import DEFAULT_LIMITS, Limits
from app.interop.values import Moment


class BadFileError(ValueError):
    """A file that can't be read as a whole; the message is for people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class DeviceSetting:
    """Where the files arrive: the clinic's time zone, now (aware UTC), and the bounds."""

    zone: ZoneInfo
    now: datetime
    limits: Limits = DEFAULT_LIMITS


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What all findings share: the source's own name for the kind, when, where in the file.

    ``key`` is the id that the source gives the record, "" where it gives none; ``device`` what measured it.
    """

    kind: str
    when: Moment
    place: str = ""
    key: str = ""
    device: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value(Found):
    """One number in the stored unit; ``original`` is value and unit as they stood there, where they differ."""

    measure: MeasurementType
    value: float
    original: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressure(Found):
    """A blood pressure in mmHg."""

    systolic: float
    diastolic: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfPressure(Found):
    """A systolic or diastolic pressure in mmHg that looks for its other half."""

    systolic: bool
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Asleep(Found):
    """Sleep from ``when`` to ``end`` (aware UTC), of which ``seconds`` asleep; it belongs to ``night``."""

    end: datetime
    seconds: float
    night: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked(Found):
    """Steps of a part of a day, or of the whole of it."""

    day: date
    count: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Beats(Found):
    """Heart-rate variability in ms; RMSSD may have to be derived from SDNN."""

    rmssd: float | None
    sdnn: float | None
    provider: DeviceProvider
    context: HRVContext = HRVContext.UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class MassIndex(Found):
    """A body mass index that the source computed itself, in kg/m²."""

    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What isn't taken, and why; ``general``: alike ones are counted together."""

    kind: str
    reason: str
    place: str = ""
    general: bool = False
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whom a file says that it is of; what it doesn't say is empty. ``sex`` is "male" or "female"."""

    born: date | None = None
    sex: str = ""
    names: tuple[str, ...] = ()


Item: TypeAlias = Value | Pressure | HalfPressure | Asleep | Walked | Beats | MassIndex | Left | Owner


@dataclass(frozen=True, slots=True)
class Format:
    """A format of files: the name that metadata and reports show, and its key in ``import_link.system``."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A file whose format is known; ``items`` reads it from the start, each time it is called.

    Reading may raise ``BadFileError``, also late.
    """

    format: Format
    name: str
    items: Callable[[], Iterator[Item]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file in an archive that can't be taken; the reason is for people."""

    name: str
    reason: str
