"""Visit notes, tasks and cover on the command line: shapes, refusals, rpc's reach."""

from __future__ import annotations

from app.cli.verbs import VERBS
from tests.cli.test_contract import Call, call, clinic
from tests.support.clinics import staff

__all__ = ["call", "clinic"]


def booked(call: Call, clinic: dict[str, str]) -> str:
    """A visit of the patient; returns its id."""
    _, free = call("slots", "next", "--count", "1", "--provider", clinic["provider"])
    slot = free["items"][0]
    code, made = call("book", "--patient", clinic["patient"], "--slot", slot["id"], "--mode", slot["visitMode"])
    assert code == 0
    return str(made["visitId"])


def test_a_note_is_written_signed_and_added_to(call: Call, clinic: dict[str, str]) -> None:
    visit = booked(call, clinic)
    words = ("notes", "visit", "write", visit, "--reason", "Cough")
    assert call(*words, role="MEDICAL_ASSISTANT")[1]["error"] == "NotAllowed"
    code, begun = call(*words, role="PROVIDER")
    assert code == 0
    code, half = call("notes", "visit", "sign", visit, role="PROVIDER")
    assert (code, half["error"], half["field"]) == (1, "NoteIncomplete", "assessment")
    call("notes", "visit", "write", visit, "--plan", "Rest", role="PROVIDER")
    code, stale = call("notes", "visit", "sign", visit, "--content", begun["content"], role="PROVIDER")
    assert (code, stale["error"]) == (1, "FieldChanged")
    code, signed = call("notes", "visit", "sign", visit, role="PROVIDER")
    assert (code, signed["noteId"], signed["warnings"]) == (0, begun["noteId"], [])
    assert call("notes", "visit", "write", visit, "--plan", "Work", role="PROVIDER")[0] == 1
    assert call("notes", "visit", "discard", visit, role="PROVIDER")[0] == 1
    assert call("notes", "visit", "add", visit, "X-ray clear", role="PROVIDER")[0] == 0
    _, shown = call("notes", "visit", "show", visit, role="MEDICAL_ASSISTANT")
    assert (shown["status"], shown["reason"], shown["plan"]) == ("SIGNED", "Cough", "Rest")
    assert [one["text"] for one in shown["addenda"]] == ["X-ray clear"]
    _, listed = call("notes", "visit", "list", clinic["patient"], "--text", "ray")
    assert [one["id"] for one in listed["items"]] == [signed["noteId"]]


def test_tasks_are_given_listed_tried_and_done(call: Call, clinic: dict[str, str]) -> None:
    code, made = call("tasks", "add", "CALL_BACK", "--patient", clinic["patient"], "--title", "Form?", "--due",
                      "2020-01-02", role="PROVIDER")  # fmt: skip
    assert code == 0
    _, listed = call("tasks", "list", role="MEDICAL_ASSISTANT")
    (one,) = listed["items"]
    assert (one["id"], one["ownerRole"], one["overdue"], one["dueOn"]) == (
        made["taskId"], "MEDICAL_ASSISTANT", True, "2020-01-02"
    )  # fmt: skip
    assert call("tasks", "tried", one["id"], "no answer", role="MEDICAL_ASSISTANT")[0] == 0
    assert call("tasks", "later", one["id"], "2030-01-01", role="MEDICAL_ASSISTANT")[0] == 0
    assert call("tasks", "give", one["id"], "--role", "PROVIDER", role="MEDICAL_ASSISTANT")[0] == 0
    assert call("tasks", "list", role="MEDICAL_ASSISTANT")[1]["items"] == []
    (theirs,) = call("tasks", "list", role="PROVIDER")[1]["items"]
    assert (theirs["attempts"], theirs["dueOn"], theirs["overdue"]) == (1, "2030-01-01", False)
    assert call("tasks", "do", one["id"], "--outcome", "Told", role="PROVIDER")[1]["status"] == "DONE"
    assert call("tasks", "reopen", one["id"], role="PROVIDER")[1]["status"] == "OPEN"
    assert call("tasks", "do", one["id"], "--outcome", "Told", role="PROVIDER")[1]["status"] == "DONE"
    code, late = call("tasks", "cancel", one["id"], role="PROVIDER")
    assert (code, late["error"]) == (1, "StateChanged")
    (ended,) = call("tasks", "list", "--inbox", "ended")[1]["items"]
    assert ended["outcome"] == "Told"
    assert call("tasks", "do", "nothing")[1]["field"] == "taskId"


def test_cover_and_open_items(call: Call, clinic: dict[str, str]) -> None:
    _, people = call("staff", "list")
    ids = {one["email"]: one["id"] for one in people["items"]}
    doctor, desk = ids[staff("PROVIDER").email], ids[staff("MEDICAL_ASSISTANT").email]
    span = ("--from", "2020-01-01T00:00:00Z", "--to", "2020-06-01T00:00:00Z")
    code, refused = call("cover", "set", doctor, desk, *span, "--sign", role="PROVIDER")
    assert (code, refused["field"]) == (1, "maySign")
    code, made = call("cover", "set", doctor, desk, "--from", "2099-01-01T00:00:00Z", "--to", "2099-06-01T00:00:00Z",
                      role="PROVIDER")  # fmt: skip
    assert code == 0
    (one,) = call("cover", "list")[1]["items"]
    assert (one["id"], one["forUser"], one["byUser"], one["maySign"]) == (made["coverId"], doctor, desk, False)
    assert call("cover", "end", made["coverId"], role="PROVIDER")[0] == 0
    assert call("cover", "list")[1]["items"] == []
    call("tasks", "add", "REVIEW", "--patient", clinic["patient"], "--to", doctor)
    (item,) = call("open-items", role="PROVIDER")[1]["items"]
    assert (item["kind"], item["patientName"]) == ("task", "Zygmunt Lis")
    assert call("staff", "reassign", doctor, desk)[1]["tasks"] == 1
    assert call("open-items", role="PROVIDER")[1]["items"] == []


def test_everything_is_in_rpcs_reach() -> None:
    ours = [words for words in VERBS if words.split()[0] in ("tasks", "cover", "open-items")]
    assert len(ours) >= 10
    assert all(VERBS[words].rpc for words in ours)
