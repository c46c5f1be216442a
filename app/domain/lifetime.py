"""Until when a person ages: who has died doesn't grow older in any list."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from app.domain.demographics import Demographics, read_demographics
from app.domain.patient_flags import DECEASED
from app.domain.patients import age_on


@dataclass(frozen=True, slots=True)
class Death:
    """That somebody has died; ``day`` None where all of it isn't known."""

    day: date | None = None


def death_of(demographics: object, flags: Collection[str] | None) -> Death | None:
    """Return what is known of a patient's death, from ``demographics`` (as it stands, or read) and flags."""
    details = demographics if isinstance(demographics, Demographics) else read_demographics(demographics)
    if not details.deceased and DECEASED not in (flags or ()):
        return None
    try:
        return Death(date.fromisoformat(details.died))
    except ValueError:
        return Death()


def age_reached(born: date | None, today: date, death: Death | None) -> int | None:
    """Return the age in completed years, at death where somebody has died; None where it can't be told."""
    last = today if death is None else death.day
    return age_on(born, last) if born is not None and last is not None and last >= born else None
