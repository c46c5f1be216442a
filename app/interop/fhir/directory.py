"""Finding the record that a reference means, across all files of an import."""

from __future__ import annotations

from collections.abc import Iterable

from app.domain.import_person import PersonSeen
from app.domain.imports import SourceId
from app.interop.entries import Entry
from app.interop.fhir.identity import Reference, base_of, by_key, identifiers, reference

Scopes = tuple[str, ...]
"""Where a file stands, narrowest first: itself, its folder, everywhere."""


class Directory:
    """The records of one kind by their addresses and business identifiers, per file, per folder and over all.

    The narrowest scope that knows an address decides. What two records of a scope share identifies neither there.
    """

    def __init__(self) -> None:
        self._places: dict[tuple[str, tuple[str, ...]], SourceId | None] = {}
        self._names: dict[SourceId, frozenset[str]] = {}
        self._known: set[SourceId] = set()

    def __contains__(self, source: SourceId) -> bool:
        return source in self._known

    def __len__(self) -> int:
        return len(self._known)

    def add(self, scopes: Scopes, entry: Entry, source: SourceId, names: Iterable[str] = ()) -> None:
        """Enter a record under all its addresses; ``names`` are checked against a reference's display."""
        self._known.add(source)
        if words := PersonSeen.of(names).names:
            self._names[source] = self._names.get(source, frozenset()) | words
        for address in _addresses(entry):
            self._put(scopes, (address,), source)
        for pair in identifiers(entry.resource):
            self._put(scopes, pair, source)

    def _put(self, scopes: Scopes, key: tuple[str, ...], source: SourceId) -> None:
        for scope in scopes:
            place = (scope, key)
            self._places[place] = source if self._places.get(place, source) == source else None

    def find(self, wanted: Reference, scopes: Scopes, base: str) -> SourceId | None:
        """Return the record that is meant, the nearest one; by its address alone if it is in no file.

        None when the reference fits several, or its display names somebody else.
        """
        found = self._nearest(wanted.identifier or (wanted.key,), scopes)
        if found is not None and not wanted.identifier and _is_elsewhere(found, base):
            found = None
        if found is None and not wanted.identifier:
            found = by_key(wanted, base)
        return found if found is not None and self._fits(found, wanted.display) else None

    def _nearest(self, key: tuple[str, ...], scopes: Scopes) -> SourceId | None:
        for scope in scopes:
            if (scope, key) in self._places:
                return self._places[scope, key]
        return None

    def _fits(self, source: SourceId, display: str) -> bool:
        """A business identifier reused for somebody else shows in the name that stands beside it."""
        known, said = self._names.get(source), PersonSeen.of([display]).names
        return not known or not said or not known.isdisjoint(said)


def _is_elsewhere(found: SourceId, base: str) -> bool:
    """Whether a record is another server's: a relative reference means its own, even where the same id is known."""
    return "://" in base and "://" in found.system and found.system != base


def _addresses(entry: Entry) -> list[str]:
    found = []
    if entry.full_url and (own := reference({"reference": entry.full_url})):
        found.append(own.key)
    name = entry.resource.get("id")
    if isinstance(name, str):
        found.append(f"{entry.kind}/{name}")
        if base := base_of(entry.full_url):
            found.append(f"{base}/{entry.kind}/{name}")
    return list(dict.fromkeys(found))
