"""Messages: how long they are, what a template fills in, which references may be opened."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from app.domain.enums import Role
from app.kernel.text import has_hidden_characters

_OUTSIDE = "outside:"
MOST_TEXT = 20_000
"""Characters of a message or of a template."""
MOST_SUBJECT = 200
MOST_ATTACHMENTS = 10
MOST_ADDRESS = 2_000
MOST_BYTES = 2**50
"""No file is larger: who says so says nothing."""
THREAD_ROLES = (Role.MEDICAL_ASSISTANT, Role.PROVIDER, Role.ADMIN)
"""Roles that may look after a conversation when no one person does."""
PLACEHOLDERS = ("name", "provider", "date", "clinic")
"""What a template may have in braces."""

RECORD_TYPES = {"excuse_notes": "excuse_note", "referrals": "referral", "lab_orders": "lab_order"}
"""Tables whose rows a message may refer to, and what an attachment's ``type`` calls them."""

_RECORD = re.compile(r"myhealthally://(excuse_notes|referrals|lab_orders)/([0-9A-Za-z_-]{1,64})")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_CONTROL = re.compile(r"[\x00-\x20\x7f-\x9f\\]")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A reference that belongs to a message; ``size`` in bytes, None when unknown. Never the content itself."""

    url: str
    filename: str = ""
    type: str = ""
    size: int | None = None


@dataclass(frozen=True, slots=True)
class SafeLink:
    """An address that may be handed to the browser; ``host`` is where it leads."""

    url: str
    host: str


@dataclass(frozen=True, slots=True)
class RecordLink:
    """A row of the patient's own record that a message refers to: the phone's program has it too."""

    table: str
    id: str

    @property
    def url(self) -> str:
        """The address that stands for it: no browser opens it, the clinic's programs do."""
        return f"myhealthally://{self.table}/{self.id}"


def record_link(url: str) -> RecordLink | None:
    """Return what of the record an attachment's address stands for, None when it is another address."""
    found = _RECORD.fullmatch(url)
    return RecordLink(found[1], found[2]) if found else None


def fill_template(body: str, values: Mapping[str, str]) -> str:
    """Put what is known in the place of ``{name}`` and the like; once only, and what isn't known stays as it is."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1]) or found[0], body)


def unknown_placeholders(body: str) -> tuple[str, ...]:
    """Return what stands in braces and would never be filled in, each once."""
    return tuple(dict.fromkeys(name for name in _PLACEHOLDER.findall(body) if name not in PLACEHOLDERS))


def left_open(text: str) -> tuple[str, ...]:
    """Return the placeholders that are still in a text: it shouldn't be sent like that."""
    return tuple(dict.fromkeys(name for name in _PLACEHOLDER.findall(text) if name in PLACEHOLDERS))


def read_attachments(value: Any) -> tuple[Attachment, ...]:
    """Return the references of a message as its writer left them; what can't be read is left out."""
    found = []
    for one in value if isinstance(value, list) else ():
        if not isinstance(one, dict) or not isinstance(one.get("url"), str):
            continue
        size = one.get("size")
        known = isinstance(size, int) and not isinstance(size, bool) and 0 <= size <= MOST_BYTES
        found.append(
            Attachment(one["url"], _text(one.get("filename")), _text(one.get("type")), size if known else None)
        )
    return tuple(found)


def unreadable_attachments(value: Any) -> int:
    """Return how many references of a message can't be read: they are counted, not hidden."""
    if value is None:
        return 0
    return len(value) - len(read_attachments(value)) if isinstance(value, list) else 1


def safe_link(url: str) -> SafeLink | None:
    """Return an address that a browser may open: http or https to a named host, nothing hidden in it; else None."""
    if len(url) > MOST_ADDRESS or _CONTROL.search(url) or has_hidden_characters(url):
        return None
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
        shown = host.encode("idna").decode() if host else ""
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not shown or "@" in parts.netloc:
        return None
    return SafeLink(url, shown)


def sendable_link(url: str) -> SafeLink | None:
    """Return an address that the clinic may send to a patient: a safe one that is encrypted on its way; else None."""
    link = safe_link(url)
    return link if link is not None and url.startswith("https://") else None


def outside_sender(name: str) -> str:
    """Return the ``sender_id`` of who wrote elsewhere and has no account here; it names them and opens nothing."""
    return f"{_OUTSIDE}{name}"


def outside_name(sender_id: str) -> str:
    """Return the name in an ``outside_sender``, "" for an account's id."""
    return sender_id.removeprefix(_OUTSIDE) if sender_id.startswith(_OUTSIDE) else ""


def is_outside(user_id: str | None) -> bool:
    """Tell whether somebody elsewhere is meant, who has no account here."""
    return user_id is not None and user_id.startswith(_OUTSIDE)


def with_participant(participants: Any, patient_user: str, sender: str) -> list[Any]:
    """Return a conversation's participants with the sender among them, otherwise as the backend left them."""
    kept = list(participants) if isinstance(participants, list) else [patient_user]
    return kept if sender in kept else [*kept, sender]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
