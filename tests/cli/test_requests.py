"""Visit requests on the command line: shapes, refusals, rpc's reach."""

from __future__ import annotations

import psycopg
import pytest

from app.cli.verbs import VERBS
from tests.cli.test_contract import Call, call, clinic
from tests.support.postgres import Server

__all__ = ["call", "clinic"]

_ASK = """
INSERT INTO visit_requests (id, patient_id, "requestType", "visitMode", reason_text, severity, status, updated_at)
VALUES (%s, %s, 'SCHEDULED', 'VIRTUAL', 'Dizzy', 'GREEN', 'NEW', now())
"""


@pytest.fixture
def request_id(server: Server, clinic_db: str, clinic: dict[str, str]) -> str:
    """A patient's wish as the backend writes it."""
    with psycopg.connect(server.owner_url(clinic_db)) as connection:
        connection.execute(_ASK, ("req-1", clinic["patient"]))
    return "req-1"


def test_from_a_wish_to_a_visit(call: Call, clinic: dict[str, str], request_id: str) -> None:
    role = "MEDICAL_ASSISTANT"
    (one,) = call("requests", "list", role=role)[1]["items"]
    assert (one["id"], one["patientName"], one["status"], one["reasonText"], one["proposal"]) == (
        request_id, "Zygmunt Lis", "NEW", "Dizzy", None
    )  # fmt: skip
    later = call("slots", "next", "--provider", clinic["provider"], "--count", "12")[1]["items"][-1]["id"]
    code, early = call("requests", "convert", request_id, "--slot", later, role=role)
    assert (code, early["error"], early["field"]) == (1, "BadTransition", "status")
    code, done = call("requests", "triage", request_id, "--severity", "RED", "--note", "Call first", role=role)
    assert (code, done["status"]) == (0, "TRIAGED")
    code, done = call("requests", "propose", request_id, "--slot", later, role=role)
    assert (code, done["status"], done["slotId"]) == (0, "AWAITING_PATIENT_CONFIRMATION", later)
    (one,) = call("requests", "list", "--box", "patient", role=role)[1]["items"]
    assert (one["severity"], one["note"], one["proposal"]["state"], one["proposal"]["heldUntil"]) == (
        "RED", "Call first", "held", done["heldUntil"]
    )  # fmt: skip
    code, made = call("requests", "convert", request_id, role="PROVIDER")
    assert (code, made["status"], made["slotId"]) == (0, "CONVERTED_TO_VISIT", later)
    (visit,) = call("visits", "list")[1]["items"]
    assert (visit["id"], visit["visitMode"], visit["reason"]) == (made["visitId"], "VIRTUAL", "Dizzy")
    code, late = call("requests", "cancel", request_id, "--reason", "Mistake", role=role)
    assert (code, late["error"], late["server"]["visitId"]) == (1, "StateChanged", made["visitId"])
    assert call("requests", "show", request_id)[1]["visitId"] == made["visitId"]
    assert call("requests", "list")[1]["items"] == []


def test_a_request_is_cancelled_with_a_reason(call: Call, request_id: str) -> None:
    assert call("requests", "cancel", request_id)[0] == 2
    assert call("requests", "cancel", request_id, "--reason", "Went elsewhere")[1]["status"] == "CANCELLED"
    (one,) = call("requests", "list", "--box", "closed")[1]["items"]
    assert one["closeReason"] == "Went elsewhere"
    assert call("requests", "triage", "nothing", "--severity", "RED")[1]["field"] == "requestId"


def test_everything_is_in_rpcs_reach() -> None:
    ours = [words for words in VERBS if words.split()[0] == "requests"]
    assert len(ours) == 6
    assert all(VERBS[words].rpc for words in ours)
