"""Referrals and excuse notes on the command line: the whole way, their PDFs, and what a code says."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.cli.rpc import serve
from app.setup.session import Session, SessionOptions
from tests.cli.test_contract import Call, call, clinic  # noqa: F401 - fixtures
from tests.support.clinics import staff
from tests.support.papers import text_of_file
from tests.support.postgres import Server

pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture
def provider(clinic: dict[str, str], server: Server, clinic_db: str) -> str:  # noqa: F811
    """The PROVIDER of the tests becomes the provider that has a schedule."""
    import psycopg

    with psycopg.connect(server.owner_url(clinic_db)) as owner:
        owner.execute("UPDATE public.providers SET user_id = (SELECT user_id FROM desktop.login WHERE email = %s) "
                      "WHERE id = %s", (staff("PROVIDER").email, clinic["provider"]))  # fmt: skip
    return clinic["provider"]


def test_a_referral_from_draft_to_answer(call: Call, clinic: dict[str, str], provider: str, tmp_path: Path) -> None:  # noqa: F811
    code, made = call("referrals", "create", "--patient", clinic["patient"], "--specialty", "Cardiology", "--reason",
                      "Chest pain", "--priority", "STAT", role="PROVIDER")  # fmt: skip
    assert (code, made["status"]) == (0, "PENDING")
    referral = made["referralId"]
    code, refused = call("referrals", "send", referral, role="PROVIDER")
    assert (code, refused["error"], refused["field"]) == (1, "RecipientNeeded", "referredTo")
    code, refused = call("referrals", "send", referral, role="MEDICAL_ASSISTANT")
    assert (code, refused["error"]) == (1, "NotAllowed")
    call("referrals", "cancel", referral, "--reason", "again", role="PROVIDER")
    _, made = call("referrals", "create", "--patient", clinic["patient"], "--specialty", "Cardiology", "--reason",
                   "Chest pain", "--to", "Dr Hill", role="PROVIDER")  # fmt: skip
    referral = made["referralId"]
    assert call("referrals", "send", referral, role="PROVIDER")[1]["status"] == "SENT"
    target = tmp_path / "letter.pdf"
    code, written = call("export", "pdf", "referral", referral, str(target), role="PROVIDER")
    assert (code, written["bytes"]) == (0, target.stat().st_size)
    assert "Dr Hill" in text_of_file(target)
    code, refused = call("export", "pdf", "referral", referral, str(tmp_path / "no" / "x.pdf"), role="PROVIDER")
    assert (code, refused["error"], refused["field"]) == (1, "NotWritten", "file")
    assert call("referrals", "accept", referral, "--appointment", "2030-01-07", role="MEDICAL_ASSISTANT")[0] == 0
    _, done = call("referrals", "complete", referral, "--answer", "Fine", role="MEDICAL_ASSISTANT")
    assert done["status"] == "COMPLETED"
    _, listed = call("referrals", "list", "--patient", clinic["patient"])
    assert [(row["status"], row["overdue"]) for row in listed["items"]] == [("COMPLETED", False), ("CANCELLED", False)]
    assert call("referrals", "show", referral)[1]["answer"] == "Fine"


def test_a_note_from_draft_to_withdrawal(call: Call, clinic: dict[str, str], provider: str, tmp_path: Path) -> None:  # noqa: F811
    today = datetime.now(UTC).date()
    days = ("--from", today.isoformat(), "--to", (today + timedelta(days=3)).isoformat())
    code, made = call("notes", "draft", "--patient", clinic["patient"], *days, "--reason", "Influenza", "--provider",
                      provider, role="MEDICAL_ASSISTANT")  # fmt: skip
    assert (code, made["status"]) == (0, "DRAFT")
    assert call("notes", "send", made["noteId"], role="MEDICAL_ASSISTANT")[1]["error"] == "NotAllowed"
    _, sent = call("notes", "send", made["noteId"], role="PROVIDER")
    assert (sent["status"], sent["code"]) == ("SENT", made["code"])
    _, said = call("notes", "verify", sent["code"].lower(), role="MEDICAL_ASSISTANT")
    assert (said["standing"], said["initials"], set(said)) == ("VALID", "Z. L.", {
        "code", "standing", "initials", "type", "startDate", "endDate", "issued", "withdrawn",
        "elsewhere"})  # fmt: skip
    target = tmp_path / "note.pdf"
    assert call("export", "pdf", "note", made["noteId"], str(target), role="MEDICAL_ASSISTANT")[0] == 0
    text = text_of_file(target)
    assert sent["code"] in text
    assert "Influenza" not in text
    assert call("notes", "withdraw", made["noteId"], "--reason", "Mistake", role="PROVIDER")[0] == 0
    assert call("notes", "verify", sent["code"])[1]["standing"] == "WITHDRAWN"
    assert call("notes", "verify", "0000-0000-0001")[1]["error"] == "BadCode"
    assert call("notes", "verify", "000000000000")[1]["error"] == "NoSuchNote"
    _, listed = call("notes", "list", "--status", "WITHDRAWN")
    assert [row["id"] for row in listed["items"]] == [made["noteId"]]


def test_a_draft_is_changed_by_field_and_thrown_away(call: Call, clinic: dict[str, str], provider: str) -> None:  # noqa: F811
    _, made = call("notes", "draft", "--patient", clinic["patient"], "--from", "2030-01-07", "--to", "2030-01-09",
                   "--reason", "Flu", "--provider", provider, role="MEDICAL_ASSISTANT")  # fmt: skip
    note = made["noteId"]
    code, changed = call("notes", "change", note, "--to", "2030-01-11", "--type", "SCHOOL", "--show-reason",
                         role="MEDICAL_ASSISTANT")  # fmt: skip
    assert (code, changed["changed"]) == (0, ["endDate", "showReason", "type"])
    _, seen = call("notes", "show", note)
    assert (seen["startDate"], seen["endDate"], seen["type"]) == ("2030-01-07", "2030-01-11", "SCHOOL")
    assert (seen["reason"], seen["showReason"]) == ("Flu", True)
    assert call("notes", "change", note, "--no-show-reason", role="MEDICAL_ASSISTANT")[1]["changed"] == ["showReason"]
    assert call("notes", "discard", note, role="MEDICAL_ASSISTANT")[0] == 0
    assert call("notes", "show", note)[1]["error"] == "NoSuchNote"


def test_in_rpc_too(call: Call, clinic: dict[str, str], provider: str) -> None:  # noqa: F811
    answers = io.StringIO()
    with Session(SessionOptions.from_environment(email=staff("PROVIDER").email), lambda _text: None) as session:
        given = {
            "patient": clinic["patient"],
            "from": "2030-01-07",
            "to": "2030-01-09",
            "reason": "Flu",
            "type": "SCHOOL",
        }
        asked = {"id": 1, "do": "notes draft", "args": given}
        lines = [json.dumps(asked), json.dumps({"id": 2, "do": "referrals list", "args": {"overdue": True}})]
        serve(session.workspace(), io.StringIO("\n".join(lines) + "\n"), answers)
    first, second = (json.loads(line) for line in answers.getvalue().splitlines())
    assert (first["ok"], first["result"]["status"]) == (True, "DRAFT")
    assert second["result"] == {"items": [], "more": False, "cursor": None}
