"""Requests, messages, alerts and video rooms without the server; rules, summaries and reports say that they need it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from app.cli.rpc import serve
from app.db.models import Alert, ClinicSettings, Message, Visit, VisitRequest
from app.domain.enums import SeverityLevel, VisitMode
from app.setup.session import Session, SessionOptions
from tests.cli.test_offline import Cli, cli, clinic, clinic_name, desk_template, gone, keyring
from tests.database.clinical.test_alerts import raise_alert
from tests.database.scheduling.test_requests import ask_for
from tests.support.desk import DAY, Desk, login_of

__all__ = ["cli", "clinic", "clinic_name", "desk_template", "gone", "keyring"]

NEED_IT: tuple[tuple[str, dict[str, str]], ...] = (
    ("rules list", {}), ("rules run", {}), ("rules held", {}), ("rules backtest", {"rule": "any"}),
    ("rules enable", {"rule": "any"}), ("summaries run", {"week": "2026-05-04"}), ("reports visits", {}),
    ("reports missed", {}), ("reports over-time", {}), ("reports slots", {}), ("reports waiting", {}),
    ("reports open", {}),
)  # fmt: skip


def said(who: str, *lines: tuple[str, dict[str, Any]]) -> list[Any]:
    """Answer lines in one process of ``rpc``."""
    answers = io.StringIO()
    asked = "".join(json.dumps({"id": 1, "do": do, "args": args}) + "\n" for do, args in lines)
    with Session(SessionOptions.from_environment(email=login_of(who).email), lambda _text: None) as session:
        serve(session.workspace(), io.StringIO(asked), answers)
    return [json.loads(line) for line in answers.getvalue().splitlines()]


def done(who: str, *lines: tuple[str, dict[str, Any]]) -> list[Any]:
    """The results; all must be well."""
    found = said(who, *lines)
    assert [one for one in found if not one["ok"]] == []
    return [one["result"] for one in found]


def test_what_reaches_the_clinic_without_the_server(clinic: Desk, cli: Cli, gone: Callable[[bool], None]) -> None:
    slot = clinic.slot("14:00", day=DAY + timedelta(days=1))
    room = clinic.slot("15:00", mode=VisitMode.VIRTUAL)
    clinic.write(update(ClinicSettings).values(room_url_template="https://meet.example.org/{room}"))
    ask_for(clinic, "req", visit_mode=VisitMode.IN_PERSON)
    ask_for(clinic, "off")
    raise_alert(clinic, "info", "INFO")
    raise_alert(clinic, "late", "WARNING")
    assert cli("offline", "enrol", who="admin")[0] == 0
    for who in ("desk", "okafor"):
        assert cli("sync", "now", who=who)[0] == 0
    gone(True)
    board, _, _, shown, converted, _, _, written, _, made = done(
        "desk",
        ("requests list", {}), ("requests triage", {"request": "req", "severity": "RED"}),
        ("requests propose", {"request": "req", "slot": slot}), ("requests show", {"request": "req"}),
        ("requests convert", {"request": "req"}), ("requests cancel", {"request": "off", "reason": "Elsewhere"}),
        ("messages send", {"patient": "pat-lis", "text": "Please call us."}), ("messages sent", {}),
        ("alerts dismiss", {"alert": "info", "reason": "Known"}),
        ("book", {"slot": room, "patient": "pat-roux", "mode": "VIRTUAL"}),
    )  # fmt: skip
    assert {one["id"] for one in board["items"]} == {"req", "off"}
    assert shown["proposal"]["state"] == "held"
    assert [one["text"] for one in written["items"]] == ["Please call us."]
    joined, _, left = done("okafor", ("visit join", {"visit": made["visitId"]}),
                           ("alerts resolve", {"alert": "late", "note": "Called"}), ("alerts list", {}))  # fmt: skip
    assert (joined["status"], joined["roomUrl"].startswith("https://meet.example.org/")) == ("WAITING", True)
    assert left["items"] == []
    refused = said("admin", *NEED_IT)
    assert [one["error"] for one in refused] == ["NeedsServer"] * len(NEED_IT)
    assert cli("rules", "run", who="admin")[0] == 3
    gone(False)
    for who in ("desk", "okafor"):
        assert cli("sync", "now", who=who)[1]["needsAttention"] == 0
    request = clinic.rows(select(VisitRequest.severity, VisitRequest.status).where(VisitRequest.id == "req"))[0]
    assert (request.severity, request.status.value) == (SeverityLevel.RED, "CONVERTED_TO_VISIT")
    assert {row.id for row in clinic.rows(select(Visit.id))} >= {converted["visitId"], made["visitId"]}
    assert [row.content for row in clinic.rows(select(Message.content))] == ["Please call us."]
    assert {row.status for row in clinic.rows(select(Alert.status))} == {"DISMISSED", "RESOLVED"}
