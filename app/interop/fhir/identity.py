"""Which record elsewhere a resource is, so that importing it again finds what it became here.

The system is what made the id: a server's base address, ``urn:uuid`` for ids that are UUIDs anyway, or
``local`` for a bare id without an address. A resource without an id is known by a business identifier,
else by its content.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from app.domain.import_digest import fingerprint
from app.domain.imports import SourceId
from app.interop.entries import Entry
from app.interop.values import Object, SkipError, obj, objects, token
from app.kernel.i18n import t

LOCAL = "local"
UUID = "urn:uuid"
CONTENT = "content"

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
# Wider than FHIR's own rule ([A-Za-z0-9.-]{1,64}): underscores and longer ids are common and harmless.
_ID = re.compile(r"[A-Za-z0-9._~:@=+-]{1,200}", re.ASCII)
_ABSOLUTE = re.compile(r"(https?://.+)/([A-Z][A-Za-z]+)/([^/?#]+)(?:/_history/[^/?#]+)?/?", re.ASCII)
_RELATIVE = re.compile(r"([A-Z][A-Za-z]+)/([^/?#]+)(?:/_history/[^/?#]+)?/?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference, taken apart. One of: contained id, a URL-like key, or a business identifier."""

    kind: str = ""
    contained: str = ""
    key: str = ""
    identifier: tuple[str, str] | None = None
    display: str = ""


def is_uuid(text: str) -> bool:
    """Tell whether a text is a UUID."""
    return _UUID.fullmatch(text) is not None


def known_id(resource: Object) -> str:
    """Return the resource's id, "" when it has none; ``SkipError`` for one that can't be an id."""
    name = resource.get("id")
    if name is None:
        return ""
    if not isinstance(name, str) or not _ID.fullmatch(name):
        raise SkipError(t("its id is not a valid FHIR id"))
    return name


def base_of(full_url: str) -> str:
    """Return the server's base address in a fullUrl, "" when there is none."""
    match = _ABSOLUTE.fullmatch(full_url)
    return _normal(match[1]) if match else ""


def _normal(base: str) -> str:
    scheme, _, rest = base.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme.lower()}://{host.lower()}{slash}{path}".rstrip("/")


def source_id(entry: Entry) -> SourceId:
    """Return which record a resource is. Raises ``SkipError`` for an impossible id."""
    resource, kind = entry.resource, entry.kind
    name = known_id(resource)
    if name:
        return identified(kind, name, base_of(entry.full_url))
    if entry.full_url.startswith("urn:") and len(entry.full_url) <= 200 and entry.full_url.isascii():
        system, _, value = entry.full_url.rpartition(":")
        return SourceId(system.lower(), kind, value.lower())
    for system, value in identifiers(resource):
        if len(system) <= 200 and len(value) <= 200:
            return SourceId(f"identifier {system}", kind, value)
    return SourceId(CONTENT, kind, fingerprint(_hashable(resource)))


def identified(kind: str, name: str, base: str) -> SourceId:
    """Return the record with this id at this base address ("" for none)."""
    if is_uuid(name):
        return SourceId(UUID, kind, name.lower())
    return SourceId(base or LOCAL, kind, name)


def identifiers(resource: Object) -> Iterator[tuple[str, str]]:
    """Yield (system, value) of the business identifiers that have both."""
    for identifier in objects(resource.get("identifier")):
        system, value = token(identifier.get("system")), token(identifier.get("value"))
        if system and value:
            yield system, value


def _hashable(value: object) -> object:
    """Turn exact decimals into text, so that content can be hashed."""
    if isinstance(value, dict):
        return {key: _hashable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_hashable(item) for item in value]
    return value if value is None or isinstance(value, str | int) else str(value)


def reference(value: object, kind: str = "") -> Reference | None:
    """Take a Reference apart; None when it points to nothing. ``kind`` is what it must be, if that is known."""
    found = obj(value)
    display = token(found.get("display"))
    target = token(found.get("reference"))
    if target.startswith("#"):
        return Reference(kind, contained=target[1:], display=display)
    if "?" in target:
        return _conditional(target, display)
    if target:
        match = _ABSOLUTE.fullmatch(target)
        if match:
            return Reference(match[2], key=f"{_normal(match[1])}/{match[2]}/{match[3]}", display=display)
        match = _RELATIVE.fullmatch(target)
        if match:
            return Reference(match[1], key=f"{match[1]}/{match[2]}", display=display)
        return Reference(kind, key=target.lower() if target.startswith("urn:") else target, display=display)
    logical = obj(found.get("identifier"))
    pair = (token(logical.get("system")), token(logical.get("value")))
    if pair[1]:
        return Reference(token(found.get("type")) or kind, identifier=pair, display=display)
    return Reference(kind, display=display) if display else None


def _conditional(target: str, display: str) -> Reference:
    address, _, question = target.partition("?")
    kind = address.rpartition("/")[2]
    for part in question.split("&"):
        name, _, value = part.partition("=")
        if name == "identifier":
            system, divider, text = unquote(value).rpartition("|")
            return Reference(kind, identifier=(system if divider else "", text), display=display)
    return Reference(kind, display=display)


def by_key(found: Reference, base: str) -> SourceId | None:
    """Return the record that a reference names by its address alone, whether or not it is in the files."""
    if found.key.startswith("urn:uuid:") and is_uuid(found.key[9:]):
        return SourceId(UUID, found.kind, found.key[9:])
    match = _ABSOLUTE.fullmatch(found.key)
    if match:
        return identified(match[2], match[3], match[1]) if _ID.fullmatch(match[3]) else None
    match = _RELATIVE.fullmatch(found.key)
    if match and _ID.fullmatch(match[2]):
        return identified(match[1], match[2], base)
    return None
