"""Choosing a person's name among several, and writing it down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from app.interop.fhir.values import is_current
from app.interop.values import Object, obj, objects, string, strings, token

# Best first; "maiden" and "old" names are former ones, an anonymous one is no name.
_USES = ("official", "usual", "", "temp", "nickname", "anonymous", "old", "maiden")
_PERIODS = ("start", "end")


@dataclass(frozen=True, slots=True)
class PersonName:
    """A name in parts; ``text`` is how the source writes it as a whole."""

    use: str = ""
    family: str = ""
    given: tuple[str, ...] = ()
    prefix: tuple[str, ...] = ()
    suffix: tuple[str, ...] = ()
    text: str = ""
    start: str = ""
    end: str = ""
    current: bool = True

    @property
    def first(self) -> str:
        """The given names."""
        return " ".join(self.given)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to call the person by."""
        return not (self.family or self.given or self.text)

    @property
    def full(self) -> str:
        """The whole name with titles."""
        if not (self.family or self.given):
            return self.text
        return " ".join([*self.prefix, *self.given, self.family, *self.suffix]).replace("  ", " ").strip()

    def to_json(self) -> dict[str, Any]:
        """Return the parts that there are."""
        parts = {
            "use": self.use,
            "text": self.text,
            "family": self.family,
            "given": list(self.given),
            "prefix": list(self.prefix),
            "suffix": list(self.suffix),
            "start": self.start,
            "end": self.end,
        }
        return {key: value for key, value in parts.items() if value}


def person_names(resource: Object, today: date) -> list[PersonName]:
    """Return all names that say something, best first; equals stay in the source's order."""
    found = [_name(value, f"name[{i}]", today) for i, value in enumerate(objects(resource.get("name")))]
    return sorted((name for name in found if not name.is_empty), key=_rank)


def single_name(value: object, field: str, today: date) -> PersonName:
    """Read one HumanName."""
    return _name(obj(value), field, today)


def _name(value: Object, field: str, today: date) -> PersonName:
    period = obj(value.get("period"))
    start, end = (string(period.get(key), f"{field}.period.{key}", 50) for key in _PERIODS)
    return PersonName(
        use=string(value.get("use"), f"{field}.use", 50),
        family=string(value.get("family"), f"{field}.family"),
        given=tuple(strings(value.get("given"), f"{field}.given")),
        prefix=tuple(strings(value.get("prefix"), f"{field}.prefix")),
        suffix=tuple(strings(value.get("suffix"), f"{field}.suffix")),
        text=string(value.get("text"), f"{field}.text", 1000),
        start=start,
        end=end,
        current=is_current(value.get("period"), today),
    )


def _rank(name: PersonName) -> tuple[bool, int, bool]:
    use = token(name.use)
    place = _USES.index(use) if use in _USES else _USES.index("")
    return not name.current, place, not (name.family or name.given)
