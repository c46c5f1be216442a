"""The clinics this computer knows: embedded ones and servers, in ``profiles.json``."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.kernel.paths import Paths

DEMO = "demo"
"""Name of the demo clinic's own profile."""
FIRST = "clinic"
"""Name of the first clinic with a database on this computer."""


class ProfileKind(StrEnum):
    """Where a profile's database is."""

    EMBEDDED = "embedded"
    SERVER = "server"


@dataclass(frozen=True, slots=True)
class Profile:
    """One configured clinic. ``hosts``, ``port``, ``database`` and ``ca_file`` only for servers."""

    name: str
    kind: ProfileKind
    title: str = ""
    hosts: tuple[str, ...] = ()
    port: int = 5432
    database: str = "clinic"
    ca_file: str = ""
    last_email: str = ""

    @property
    def is_demo(self) -> bool:
        """Whether this is the demo clinic."""
        return self.name == DEMO


@dataclass(frozen=True, slots=True)
class Profiles:
    """All configured clinics and the one used last."""

    items: tuple[Profile, ...] = ()
    last: str = ""

    def find(self, name: str) -> Profile | None:
        """Return the profile of that name."""
        return next((profile for profile in self.items if profile.name == name), None)

    def choose(self, name: str | None) -> Profile:
        """Return the named profile, else the last used, else the only one; refuse when none fits."""
        if name:
            found = self.find(name)
            if found is None:
                raise Refused("NoProfile", t("There is no clinic {name} here.", name=name), field="profile")
            return found
        found = self.find(self.last)
        if found is None and len(self.items) == 1:
            found = self.items[0]
        if found is None:
            raise Refused("NoProfile", t("No clinic is set up here yet. Try: myhealthally demo"), field="profile")
        return found

    def with_profile(self, profile: Profile, *, use: bool = True) -> Profiles:
        """Return the list with this profile added or replaced."""
        others = tuple(item for item in self.items if item.name != profile.name)
        return Profiles((*others, profile), profile.name if use else self.last)


def load_profiles(paths: Paths) -> Profiles:
    """Read the file; a missing one is an empty list, a damaged one is refused by name and left as it is."""
    file = paths.profiles_file
    if not file.exists():
        return Profiles()
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        items = tuple(_profile(entry) for entry in document["profiles"])
        return Profiles(items, str(document.get("last", "")))
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise Refused("BadProfiles", t("The file {file} can't be read.", file=str(file)), field="profile") from error


def _profile(entry: Mapping[str, Any]) -> Profile:
    known = {name: entry[name] for name in Profile.__dataclass_fields__ if name in entry}
    profile = Profile(**known)
    return replace(profile, kind=ProfileKind(profile.kind), hosts=tuple(profile.hosts))


def save_profiles(paths: Paths, profiles: Profiles) -> None:
    """Write the file in one step, readable by this person only."""
    folder = paths.config
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    document = {"last": profiles.last, "profiles": [asdict(profile) for profile in profiles.items]}
    handle, name = tempfile.mkstemp(dir=folder, prefix=".profiles")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(document, stream, indent=1, ensure_ascii=False)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(paths.profiles_file)
    finally:
        temporary.unlink(missing_ok=True)


def remember(paths: Paths, profile: Profile) -> None:
    """Add or replace a profile and make it the last used."""
    save_profiles(paths, load_profiles(paths).with_profile(profile))
