"""When a message was read, as it stands within a line."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from pytestqt.qtbot import QtBot

from app.domain.messages import Attachment, read_attachments
from app.queries.message_thread import MessageRow
from app.ui.parts.messages.bubbles import Bubble, Moment
from app.ui.parts.messages.words import attachment_word, receipt_word

ZONE = ZoneInfo("America/New_York")
TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("read_at", "words"),
    [
        (None, "not read yet"),
        (datetime(2026, 11, 23, 15, 58, tzinfo=UTC), "read today 10:58"),
        (datetime(2026, 11, 22, 12, 47, tzinfo=UTC), "read Sun 22 Nov 07:47"),
        (datetime(2025, 11, 22, 12, 47, tzinfo=UTC), "read 22 Nov 2025 07:47"),
    ],
)
def test_since_when_the_patient_has_read_it(read_at: datetime | None, words: str) -> None:
    assert receipt_word(read_at, ZONE, TODAY) == words


def test_an_attachments_name_stands_as_it_is_and_not_as_it_wants_to_look() -> None:
    spoofed = Attachment("https://files.example/x", "invoice\u202efdp.exe", "image\u2066/png", 2000)
    assert attachment_word(spoofed) == "invoicefdp.exe · image/png · 2 kB"
    assert attachment_word(Attachment("https://files.example/x", "\u202e\u200b ")) == "Attachment"


def test_a_size_that_no_file_has_is_not_said() -> None:
    read = read_attachments([{"url": "https://a.example/1", "filename": "scan.pdf", "size": 10**30}])
    assert [attachment_word(one) for one in read] == ["scan.pdf"]


def test_without_the_server_a_patients_message_that_was_read_is_not_called_unsent(qtbot: QtBot) -> None:
    said = {}
    for theirs in (True, False):
        one = MessageRow(
            message_id="m", sender_id="s", sender_name="Somebody", from_patient=theirs, text="Hello", cut=False,
            attachments=(), read=theirs, read_at=None, created_at=datetime(2026, 11, 23, 15, 58, tzinfo=UTC),
        )  # fmt: skip
        bubble = Bubble(one)
        qtbot.addWidget(bubble)
        bubble.show_state(
            one, Moment(ZONE, TODAY), unsent=True
        )  # its row waits to go out: here, the mark that it is read
        said[theirs] = bubble.meta.text()
    assert said == {True: "Somebody · 10:58", False: "Somebody · 10:58 · not yet sent"}
