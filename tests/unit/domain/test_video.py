"""Where a video room is, and what a browser may be sent to."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.enums import TelemedStatus
from app.domain.video import joined, may_open, room_address

TEMPLATE = "https://meet.example.org/{room}?lang=en"


def test_the_template_names_the_room() -> None:
    assert room_address(TEMPLATE, "room-1") == "https://meet.example.org/room-1?lang=en"
    assert room_address(TEMPLATE, "https://video.example.net/abc") == "https://video.example.net/abc"
    assert room_address(TEMPLATE, "../admin") == "https://meet.example.org/..%2Fadmin?lang=en", (
        "no step up from its place"
    )
    assert room_address(None, "room-1") is None
    assert room_address("https://meet.example.org/", "room-1") is None


@given(st.text(min_size=1, max_size=40).filter(lambda text: not text.lower().startswith("http")))
def test_a_room_cannot_leave_its_place_in_the_address(room: str) -> None:
    try:
        room.encode()
    except UnicodeEncodeError:
        return
    address = room_address(TEMPLATE, room)
    assert address is not None
    assert may_open(address)
    parts = urlsplit(address)
    assert (parts.hostname, parts.query, unquote(parts.path[1:])) == ("meet.example.org", "lang=en", room)


@pytest.mark.parametrize(
    "address",
    [
        "http://meet.example.org/x", "file:///etc/passwd", "javascript:alert(1)", "https://", "https:///x",
        "https://user@evil.example/x", "https://meet.example.org@evil.example", "https://meet.example.org\\@evil/x",
        "https://meet.example.org/a b", "https://meet.example.org/\n", "https://[::1", "https://h:port/", "smb://x/y",
        "", "//meet.example.org/x",
    ],
)  # fmt: skip
def test_nothing_but_a_plain_https_address_is_opened(address: str) -> None:
    assert not may_open(address)


def test_the_states_that_joining_goes_through() -> None:
    started, waiting, active = TelemedStatus.NOT_STARTED, TelemedStatus.WAITING, TelemedStatus.ACTIVE
    assert joined(started, patient=False) == (waiting,)
    assert joined(started, patient=True) == (waiting, active)
    assert joined(waiting, patient=True) == (active,)
    assert joined(waiting, patient=False) == ()
    assert joined(active, patient=True) == ()
    with pytest.raises(KeyError):
        joined(TelemedStatus.ENDED, patient=True)
