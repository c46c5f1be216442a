"""Resources out of their wrapping: a Bundle's entries, deletions among them, and whether it is one page of several."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from app.kernel.i18n import t

_DEEPEST = 3
"""How deep Bundles may stand in each other."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A resource as it stood in a file. ``deleted``: the source says that it no longer exists.

    ``line`` counts the lines of NDJSON from 1; it is 0 in a file that is one document.
    """

    where: str
    resource: Mapping[str, Any]
    full_url: str = ""
    deleted: bool = False
    line: int = 0

    @property
    def kind(self) -> str:
        """The resource's type."""
        return str(self.resource["resourceType"])


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something in a file that is no readable resource: where, what, why."""

    where: str
    resource: str
    reason: str


@dataclass(frozen=True, slots=True)
class Page(Flaw):
    """The end of a Bundle that goes on elsewhere: a flaw unless one of the files is that page.

    ``own`` and ``next`` are the addresses of this page and of the one behind it, comparable.
    """

    own: str = ""
    next: str = ""


class Entries:
    """The entries of one Bundle; ``members`` is what else it says, as far as it is known when they are read."""

    def __init__(self, members: Mapping[str, Any], level: int = 0) -> None:
        self._is_history = members.get("type") == "history"
        self._level = level
        self._seen: set[str] = set()

    def read(self, value: object, where: str) -> Iterator[Entry | Flaw]:
        """Yield the resource of an entry, or several of a Bundle in it, or what became of one."""
        if not isinstance(value, dict):
            yield Flaw(where, "", t("no JSON object"))
            return
        url = value.get("fullUrl")
        full_url = url if isinstance(url, str) else ""
        if _is_deletion(value):
            yield self._deletion(value, where, full_url)
        elif "resource" in value:
            if self._is_history:
                self._seen.add(label_of(value["resource"]) if isinstance(value["resource"], dict) else "")
            yield from resources_in(value["resource"], where, full_url, self._level + 1)
        else:
            yield Flaw(where, "Bundle.entry", t("an entry without a resource"))

    def _deletion(self, value: Mapping[str, Any], where: str, full_url: str) -> Entry | Flaw:
        """What is gone. In a history the newest comes first: what stood there before was made again after it."""
        gone = _gone(value)
        if gone is None:
            return Flaw(where, "Bundle.entry", t("an entry without a resource"))
        if label_of(gone) in self._seen:
            return Flaw(where, label_of(gone), t("deleted at its source, and made again later"))
        return Entry(where, gone, full_url, deleted=True)


def resources_in(value: object, where: str, full_url: str = "", level: int = 0) -> Iterator[Entry | Flaw]:
    """Yield a resource, or those of a Bundle."""
    if not isinstance(value, dict):
        yield Flaw(where, "", t("no JSON object"))
    elif not isinstance(value.get("resourceType"), str):
        yield Flaw(where, "", t("no resourceType"))
    elif value["resourceType"] != "Bundle":
        yield Entry(where, value, full_url)
    elif level > _DEEPEST:
        yield Flaw(where, label_of(value), t("nested too deeply"))
    else:
        yield from _bundle(value, where, level)


def _bundle(bundle: Mapping[str, Any], where: str, level: int) -> Iterator[Entry | Flaw]:
    found = bundle.get("entry", [])
    if not isinstance(found, list):
        yield Flaw(where, label_of(bundle), t("no list of entries"))
        return
    entries = Entries(bundle, level)
    for number, value in enumerate(found, 1):
        inner = t("entry {number}", number=number)
        yield from entries.read(value, f"{where}, {inner}" if where else inner)
    yield from page_of(bundle, where)


def page_of(members: Mapping[str, Any], where: str) -> Iterator[Page]:
    """Yield the page that a Bundle is, when it says that another one follows."""
    links = members.get("link")
    found: dict[str, str] = {}
    for link in links if isinstance(links, list) else ():
        if isinstance(link, dict) and isinstance(link.get("url"), str) and isinstance(link.get("relation"), str):
            found.setdefault(link["relation"], _comparable(link["url"]))
    if found.get("next"):
        reason = t("one page of several: the next one is not in these files")
        yield Page(where, label_of({"resourceType": "Bundle"}), reason, found.get("self", ""), found["next"])
    elif found.get("previous") or found.get("prev"):
        yield Page(where, "", "", found.get("self", ""))


def _comparable(url: str) -> str:
    """An address whose parameters stand in one order, since a server may write them in another."""
    try:
        parts = urlsplit(url)
        query = sorted(parse_qsl(parts.query, keep_blank_values=True))
    except ValueError:
        return url
    return repr((parts.netloc.lower(), parts.path, query))


def label_of(resource: Mapping[str, Any]) -> str:
    """Name a resource in a report: its type and id, nothing else of it, in plain characters."""
    kind, name = resource.get("resourceType"), resource.get("id")
    parts = [part for part in (kind, name) if isinstance(part, str) and part]
    return "".join(c if c.isprintable() else "?" for c in "/".join(parts))[:150]


def _is_deletion(entry: Mapping[str, Any]) -> bool:
    request = entry.get("request")
    return isinstance(request, dict) and request.get("method") == "DELETE"


def _gone(entry: Mapping[str, Any]) -> dict[str, Any] | None:
    """What a deletion names by its address, else what stands beside it as it was before."""
    parts = str(entry["request"].get("url", "")).split("?", 1)[0].strip("/").split("/")
    if len(parts) >= 2 and all(parts[-2:]):
        return {"resourceType": parts[-2], "id": parts[-1]}
    before = entry.get("resource")
    known = [before.get("resourceType"), before.get("id")] if isinstance(before, dict) else []
    return {"resourceType": known[0], "id": known[1]} if known and all(isinstance(one, str) for one in known) else None
