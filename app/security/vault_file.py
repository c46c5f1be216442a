"""What keys.json holds: who may open the store here and until when. Names are hashed, keys are sealed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.security.vault_wrap import Cost, Wrapped, bound, cost_from_json, decode, encode

FORMAT: Final = 1
_MAX_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class PersonEntry:
    """One person's seal: when it was made and until when it counts (the server's time), and the clocks' difference.

    ``skew`` is the server's clock minus this workstation's when the person last signed in online.
    """

    salt: bytes
    cost: Cost
    check: bytes
    granted: datetime
    until: datetime
    skew: timedelta
    wrapped: Wrapped

    def bound_to(self, vault_id: str, name: str) -> bytes:
        """Return what the seal vouches for: whose it is, where, and until when."""
        lease = (_stamp(self.granted), _stamp(self.until), str(_milliseconds(self.skew)))
        return bound("MyHealthAlly person v1", vault_id, name, *lease)

    def to_json(self) -> dict[str, Any]:
        """Return it as keys.json holds it."""
        cost = {"time": self.cost.time, "memory": self.cost.memory, "lanes": self.cost.lanes}
        lease = {"granted": _stamp(self.granted), "until": _stamp(self.until), "skewMs": _milliseconds(self.skew)}
        seal = {"salt": encode(self.salt), "check": encode(self.check), **self.wrapped.to_json()}
        return {**lease, **seal, "cost": cost}

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> PersonEntry:
        """Read it; raises ValueError, KeyError or TypeError when it is damaged."""
        return cls(
            salt=decode(entry["salt"]),
            cost=cost_from_json(entry["cost"]),
            check=decode(entry["check"]),
            granted=_instant(entry["granted"]),
            until=_instant(entry["until"]),
            skew=timedelta(milliseconds=int(entry["skewMs"])),
            wrapped=Wrapped.from_json(entry),
        )


@dataclass(frozen=True, slots=True)
class KeyFile:
    """The whole file. ``latest`` is the latest time ever seen, by the server's clock; ``skew`` is the last known."""

    vault_id: str
    secret_check: bytes
    data_check: bytes
    recovery: Wrapped
    latest: datetime
    skew: timedelta
    people: Mapping[str, PersonEntry]

    def with_person(self, name: str, entry: PersonEntry) -> KeyFile:
        """Return it with a person added or renewed."""
        return replace(self, people={**self.people, name: entry})

    def without_person(self, name: str) -> KeyFile:
        """Return it without a person."""
        return replace(self, people={key: entry for key, entry in self.people.items() if key != name})

    def to_bytes(self) -> bytes:
        """Return the file's content; a checksum tells damage from a wrong password."""
        content = {
            "format": FORMAT,
            "id": self.vault_id,
            "secretCheck": encode(self.secret_check),
            "dataCheck": encode(self.data_check),
            "recovery": self.recovery.to_json(),
            "latest": _stamp(self.latest),
            "skewMs": _milliseconds(self.skew),
            "people": {name: entry.to_json() for name, entry in self.people.items()},
        }
        return json.dumps({"content": content, "sum": _sum(content)}, indent=1).encode("ascii")

    @classmethod
    def from_bytes(cls, raw: bytes) -> KeyFile:
        """Read a file's content; raises ValueError, KeyError or TypeError when it is damaged."""
        document = json.loads(raw)
        content = document["content"]
        if content["format"] != FORMAT or document["sum"] != _sum(content):
            raise ValueError("not what was written")
        return cls(
            vault_id=str(content["id"]),
            secret_check=decode(content["secretCheck"]),
            data_check=decode(content["dataCheck"]),
            recovery=Wrapped.from_json(content["recovery"]),
            latest=_instant(content["latest"]),
            skew=timedelta(milliseconds=int(content["skewMs"])),
            people={str(name): PersonEntry.from_json(entry) for name, entry in content["people"].items()},
        )


def read_key_file(path: Path) -> KeyFile | None:
    """Read a key file; None when there is none. Raises Refused "KeysDamaged"."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ValueError("too large")
        return KeyFile.from_bytes(path.read_bytes())
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError, OSError, OverflowError, RecursionError) as error:
        raise damaged() from error


def damaged() -> Refused:
    """Return the refusal for keys that aren't what was written."""
    message = t("The keys of this workstation's offline data are damaged. Sign in online, or use the recovery key.")
    return Refused("KeysDamaged", message, field="workstation")


def _sum(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode("ascii")).hexdigest()


def _stamp(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="milliseconds")


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(UTC)


def _milliseconds(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)
