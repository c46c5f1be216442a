"""Messages on the command line: shapes, refusals, rpc's reach."""

from __future__ import annotations

from app.cli.verbs import VERBS
from tests.cli.test_contract import Call, call, clinic

__all__ = ["call", "clinic"]


def test_a_conversation_is_begun_answered_given_away_and_done(call: Call, clinic: dict[str, str]) -> None:
    code, sent = call("messages", "send", "--patient", clinic["patient"], "--subject", "Form", "--text", "It is ready.")
    assert (code, sent["patientId"]) == (0, clinic["patient"])
    thread = sent["threadId"]
    code, answer = call("messages", "send", "--thread", thread, "--text", "العربية", role="PROVIDER")
    assert (code, answer["threadId"]) == (0, thread)
    code, shown = call("messages", "show", thread, role="MEDICAL_ASSISTANT")
    assert [(one["text"], one["fromPatient"], one["readAt"]) for one in shown["messages"]] == [
        ("العربية", False, None), ("It is ready.", False, None)
    ]  # fmt: skip
    assert (shown["subject"], shown["unread"], shown["answered"], shown["done"]) == ("Form", 0, True, False)
    assert call("messages", "read", thread)[1]["read"] == 0
    assert call("messages", "assign", thread, "--role", "PROVIDER", role="MEDICAL_ASSISTANT")[0] == 0
    _, mine = call("messages", "list", "--box", "mine", role="PROVIDER")
    assert [(one["id"], one["ownerRole"]) for one in mine["items"]] == [(thread, "PROVIDER")]
    assert mine["unread"] == {"mine": 0, "unassigned": 0, "all": 0}
    assert call("messages", "done", thread)[1] == {"threadId": thread, "closed": True, "warnings": []}
    assert call("messages", "list", "--patient", clinic["patient"])[1]["items"] == []
    assert [one["done"] for one in call("messages", "list", "--box", "done")[1]["items"]] == [True]
    assert call("messages", "reopen", thread)[1]["closed"] is False
    assert [one["id"] for one in call("messages", "sent", role="PROVIDER")[1]["items"]] == [answer["messageId"]]


def test_a_message_refers_to_papers_and_addresses(call: Call, clinic: dict[str, str]) -> None:
    patient = clinic["patient"]
    _, order = call(
        "labs", "order", "--patient", patient, "--tests", "CBC", "--provider", clinic["provider"], role="PROVIDER"
    )
    (one,) = call("messages", "attachable", patient)[1]["items"]
    assert (one["table"], one["id"], one["url"]) == (
        "lab_orders", order["orderId"], f"myhealthally://lab_orders/{order['orderId']}"
    )  # fmt: skip
    code, sent = call("messages", "send", "--patient", patient, "--text", "For the laboratory", "--attach",
                      f"lab_orders/{order['orderId']}", "--attach", "https://files.example/map.pdf")  # fmt: skip
    assert code == 0
    (shown,) = call("messages", "show", sent["threadId"])[1]["messages"]
    assert shown["attachments"] == [
        {"type": "lab_order", "url": one["url"], "filename": one["name"], "size": None},
        {"type": "", "url": "https://files.example/map.pdf", "filename": "", "size": None},
    ]
    for wrong in ("ftp://files.example/a", "excuse_notes/none", "users/1"):
        code, refused = call("messages", "send", "--patient", patient, "--text", "x", "--attach", wrong)
        assert (code, refused["field"]) == (1, "attachments")


def test_refusals_name_the_field(call: Call, clinic: dict[str, str]) -> None:
    code, wrong = call("messages", "send", "--text", "x")
    assert (code, wrong["field"]) == (1, "patientId")
    code, wrong = call("messages", "send", "--patient", clinic["patient"], "--text", " ")
    assert (code, wrong["field"]) == (1, "text")
    assert call("messages", "show", "none")[1]["error"] == "NoThread"
    assert call("messages", "approve", "none")[1]["field"] == "heldId"
    assert call("messages", "held")[1] == {"items": [], "more": False}


def test_templates_are_kept(call: Call, clinic: dict[str, str]) -> None:
    assert call("messages", "template", "Ready", "--body", "Dear {name}", role="PROVIDER")[1]["error"] == "NotAllowed"
    code, made = call("messages", "template", "Ready", "--body", "Dear {name}, it is ready.")
    assert code == 0
    call("messages", "template", "Ready", "--body", "Dear {name}", "--template", made["templateId"], "--retire")
    (one,) = call("messages", "templates", role="MEDICAL_ASSISTANT")[1]["items"]
    assert (one["id"], one["body"], one["active"]) == (made["templateId"], "Dear {name}", False)


def test_rpc_reaches_them() -> None:
    for words in ("list", "show", "send", "read", "assign", "done", "templates"):
        assert VERBS[f"messages {words}"].rpc
