"""Reports on the command line: figures, a file, who may ask; and entering the room of a virtual visit."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from tests.cli.test_contract import Call, call, clinic
from tests.support.clinics import staff
from tests.support.postgres import Server

__all__ = ["call", "clinic"]


@pytest.fixture
def visit(call: Call, clinic: dict[str, str]) -> dict[str, str]:
    """A visit that stands in the calendar; returns its id and the day (UTC) as the report takes it."""
    (slot,) = call("slots", "next", "--provider", clinic["provider"], "--count", "1")[1]["items"]
    code, made = call("book", "--slot", slot["id"], "--patient", clinic["patient"], "--reason", "Follow-up")
    assert code == 0
    return {"id": made["visitId"], "start": slot["startTime"], "slot": slot["id"]}


def test_visits_are_counted_by_provider_in_the_days_that_are_said(
    call: Call, clinic: dict[str, str], visit: dict[str, str]
) -> None:
    day = datetime.fromisoformat(visit["start"]).date()
    days = ("--from", (day - timedelta(days=1)).isoformat(), "--to", (day + timedelta(days=1)).isoformat())
    code, found = call("reports", "visits", *days)
    assert code == 0
    assert (found["from"], found["to"], found["more"]) == (days[1], days[3], False)
    (one,) = found["items"]
    assert (one["id"], one["name"], one["visits"], one["planned"]) == (clinic["provider"], "Dr Ngozi Okafor", 1, 1)
    assert found["total"]["visits"] == 1
    assert datetime.fromisoformat(found["asOf"]) <= datetime.now(UTC) + timedelta(minutes=1)
    code, before = call("reports", "visits", "--from", "2020-01-01", "--to", "2020-01-31")
    assert (code, before["items"]) == (0, [])


def test_without_days_it_is_this_month(call: Call) -> None:
    code, found = call("reports", "missed")
    first, last = date.fromisoformat(found["from"]), date.fromisoformat(found["to"])
    assert code == 0
    assert (first.day, (last + timedelta(days=1)).day, first.month) == (1, 1, last.month)


@pytest.mark.parametrize("kind", ["visits", "missed", "over-time", "slots", "waiting", "open"])
def test_every_report_is_there_for_an_admin_only(call: Call, kind: str) -> None:
    assert call("reports", kind)[0] == 0
    code, refused = call("reports", kind, role="MEDICAL_ASSISTANT")
    assert (code, refused["error"]) == (1, "NotAllowed")


@pytest.mark.parametrize("kind", ["visits", "missed", "over-time", "slots", "waiting"])
def test_every_figure_is_a_number(call: Call, visit: dict[str, str], kind: str) -> None:
    day = datetime.fromisoformat(visit["start"]).date()
    days = ("--from", (day - timedelta(days=1)).isoformat(), "--to", (day + timedelta(days=1)).isoformat())
    found = call("reports", kind, *days)[1]
    lines = [*found["items"], *([found["total"]] if found["total"] else [])]
    assert lines or kind == "waiting"
    for line in lines:
        figures = {key: value for key, value in line.items() if key not in ("id", "name")}
        assert figures
        assert all(value is None or isinstance(value, int | float) for value in figures.values()), figures


def test_a_report_is_written_to_a_file(call: Call, visit: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "visits.csv"
    day = datetime.fromisoformat(visit["start"]).date()
    days = ("--from", (day - timedelta(days=1)).isoformat(), "--to", (day + timedelta(days=1)).isoformat())
    code, said = call("reports", "visits", *days, "--file", str(file))
    assert (code, said["file"], said["rows"]) == (0, str(file), 1)
    assert said["bytes"] == file.stat().st_size
    with file.open(encoding="utf-8-sig", newline="") as lines:
        head, first, total = list(csv.reader(lines))
    assert head[:3] == ["id", "name", "visits"]
    assert (first[1], first[2], total[2]) == ("Dr Ngozi Okafor", "1", "1")


def test_days_the_wrong_way_round_are_refused(call: Call) -> None:
    code, refused = call("reports", "visits", "--from", "2026-05-02", "--to", "2026-05-01")
    assert code == 1
    assert refused["field"]


def test_a_provider_enters_the_room_of_their_own_virtual_visit(
    call: Call, clinic: dict[str, str], visit: dict[str, str], server: Server, clinic_db: str
) -> None:
    with psycopg.connect(server.owner_url(clinic_db)) as owner:
        owner.execute(
            "UPDATE providers SET user_id = %s WHERE id = %s", [staff("PROVIDER").user_id, clinic["provider"]]
        )
        owner.execute("UPDATE visits SET visit_mode = 'VIRTUAL' WHERE id = %s", [visit["id"]])
        owner.execute("UPDATE desktop.clinic_settings SET room_url_template = 'https://rooms.example/{room}'")
    code, refused = call("visit", "join", visit["id"], role="MEDICAL_ASSISTANT")
    assert (code, refused["error"]) == (1, "NotAllowed")
    code, entered = call("visit", "join", visit["id"], role="PROVIDER")
    assert (code, entered["visitId"], entered["status"]) == (0, visit["id"], "WAITING")
    assert entered["roomUrl"].startswith("https://rooms.example/")
    code, again = call("visit", "join", visit["id"], role="PROVIDER")
    assert (again["roomUrl"], again["providerJoinedAt"]) == (entered["roomUrl"], entered["providerJoinedAt"])
    code, closed = call("visit", "close-room", visit["id"], role="PROVIDER")
    assert (code, closed["status"]) == (0, "ENDED")
    code, late = call("visit", "join", visit["id"], role="PROVIDER")
    assert (code, late["error"]) == (1, "SessionEnded")
