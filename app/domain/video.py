"""The rooms of virtual visits: their address, and which address may be opened at all."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from app.domain.enums import TelemedStatus
from app.domain.states import TELEMED, TelemedAction

ROOM = "{room}"


def room_address(template: str | None, room_id: str) -> str | None:
    """Return where a room is: `room_id` itself when the backend made an address of it, else by the clinic's template.

    None without either. The room's name is quoted whole: it can't leave its place in the address.
    """
    if room_id.lower().startswith(("https://", "http://")):
        return room_id
    if not template or ROOM not in template or not room_id:
        return None
    return template.replace(ROOM, quote(room_id, safe=""))


def may_open(address: str) -> bool:
    """Tell whether a browser may be sent there: https with a host, without a person's name or a control character."""
    if any(ord(one) <= 32 or ord(one) == 127 for one in address):
        return False
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    return parts.scheme == "https" and bool(host) and "@" not in parts.netloc and "\\" not in address


def joined(status: TelemedStatus, *, patient: bool) -> tuple[TelemedStatus, ...]:
    """Return the states that a session takes when the provider joins, one after the other; `patient` is there already.

    Empty for one that stays as it is. Raises ``KeyError`` for one that has ended.
    """
    steps = []
    if status is TelemedStatus.NOT_STARTED:
        status = TELEMED[status, TelemedAction.FIRST_JOIN]
        steps.append(status)
    elif status is TelemedStatus.ENDED:
        raise KeyError(status)
    if status is TelemedStatus.WAITING and patient:
        steps.append(TELEMED[status, TelemedAction.SECOND_JOIN])
    return tuple(steps)
