"""What a chart shows, weekly summaries and rules' files, on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.cli.test_contract import Call, call, clinic  # noqa: F401 - fixtures

PROVIDER = "PROVIDER"
RULE = {
    "name": "High pressure", "metric": "bp", "windowDays": 7, "severity": "warn",
    "condition": {"op": ">", "threshold": 150}, "priority": 5,
}  # fmt: skip


def _task(call: Call, patient: str, title: str) -> tuple[int, Any]:  # noqa: F811
    words = ("--patient", patient, "--title", title, "--role", PROVIDER)
    return call("tasks", "add", "CALL_BACK", *words, role=PROVIDER)


def test_a_chart_shows_what_was_written_and_keeps_who_opened_it(call: Call, clinic: dict[str, str]) -> None:  # noqa: F811
    patient = clinic["patient"]
    assert call("lists", "add", patient, "allergies", "--name", "Penicillin", role=PROVIDER)[0] == 0
    assert call("measure", patient, "BLOOD_PRESSURE", "152/91", role=PROVIDER)[0] == 0
    assert _task(call, patient, "Call back")[0] == 0
    code, shown = call("chart", "show", patient, role=PROVIDER)
    assert code == 0, shown
    assert (shown["lastName"], shown["dateOfBirth"]) == ("Lis", "1949-11-30")
    assert [one["name"] for one in shown["allergies"]["items"]] == ["Penicillin"]
    pressure = next(one for one in shown["vitals"] if one["metric"] == "BLOOD_PRESSURE")
    assert (pressure["value"], pressure["second"], pressure["unit"]) == (152, 91, "mmHg")
    assert [(one["kind"], one["what"]) for one in shown["open"]] == [("task", "Call back")]
    code, log = call("chart", "access", patient)
    assert (code, [one["what"] for one in log["items"]]) == (0, ["OPEN"])
    code, refused = call("chart", "access", patient, role=PROVIDER)
    assert (code, refused["error"]) == (1, "NotAllowed")
    code, refused = call("chart", "show", "nobody", role=PROVIDER)
    assert (code, refused["error"]) == (1, "NoPatient")


def test_the_timeline_is_paged_and_chosen_from(call: Call, clinic: dict[str, str]) -> None:  # noqa: F811
    patient = clinic["patient"]
    for title in ("First", "Second", "Third"):
        _task(call, patient, title)
    call("measure", patient, "WEIGHT", "82", "--unit", "kg", role=PROVIDER)
    code, page = call("chart", "timeline", patient, "--limit", "2", role=PROVIDER)
    assert (code, len(page["items"]), page["more"]) == (0, 2, True)
    _, rest = call("chart", "timeline", patient, "--limit", "5", "--cursor", page["cursor"], role=PROVIDER)
    whole = [*page["items"], *rest["items"]]
    assert sorted(one["what"] for one in whole if one["kind"] == "task") == ["First", "Second", "Third"]
    assert [one["readings"] for one in whole if one["kind"] == "readings"] == [{"WEIGHT": 1}]
    _, some = call("chart", "timeline", patient, "--text", "seco", role=PROVIDER)
    assert [one["what"] for one in some["items"]] == ["Second"]
    assert call("chart", "timeline", patient, "--kind", "nonsense", role=PROVIDER)[0] == 2
    assert call("chart", "devices", patient, role=PROVIDER) == (
        0,
        {"files": [], "items": [], "more": False, "runs": []},
    )


def test_a_week_is_listed_sent_and_printed(call: Call, clinic: dict[str, str], tmp_path: Path) -> None:  # noqa: F811
    patient = clinic["patient"]
    call("measure", patient, "WEIGHT", "82", "--unit", "kg", role=PROVIDER)
    _, taken = call("chart", "timeline", patient, "--kind", "readings", role=PROVIDER)
    day = taken["items"][0]["at"][:10]
    assert call("summaries", "send", patient, "--week", day, role=PROVIDER)[1]["error"] == "NoSummary"
    assert call("summaries", "run", "--week", day)[0] == 0
    code, weeks = call("summaries", "list", patient, role=PROVIDER)
    assert (code, len(weeks["items"])) == (0, 1)
    assert weeks["items"][0]["weekStart"] <= day <= weeks["items"][0]["weekEnd"]
    assert weeks["items"][0]["figures"]["weightTrend"]["value"] == 82
    code, sent = call("summaries", "send", patient, "--week", day, role=PROVIDER)
    assert code == 0, sent
    _, thread = call("messages", "show", sent["threadId"], role=PROVIDER)
    assert thread["messages"][0]["text"] == sent["text"]
    assert "82" in sent["text"]
    file = tmp_path / "week.pdf"
    assert call("export", "pdf", "week", patient, str(file), "--week", day, role=PROVIDER)[0] == 0
    assert file.read_bytes().startswith(b"%PDF")


def test_a_rule_is_written_from_a_file_and_changed_by_one(call: Call, tmp_path: Path) -> None:  # noqa: F811
    file = tmp_path / "rule.json"
    file.write_text(json.dumps(RULE))
    code, made = call("rules", "save", str(file))
    assert code == 0, made
    assert not made["enabled"]
    _, shown = call("rules", "show", "high pressure")
    assert {key: shown[key] for key in ("name", "metric", "windowDays", "priority")} == {
        key: RULE[key] for key in ("name", "metric", "windowDays", "priority")
    }
    file.write_text(json.dumps({"priority": 9}))
    assert call("rules", "save", str(file), "--rule", made["ruleId"])[0] == 0
    _, changed = call("rules", "show", made["ruleId"])
    assert (changed["priority"], changed["condition"], changed["version"]) == (9, shown["condition"], 2)
    file.write_text(json.dumps(changed))  # what was printed goes back as it is
    assert call("rules", "save", str(file), "--rule", made["ruleId"])[0] == 0


def test_what_is_wrong_with_a_rules_file_is_named(call: Call, tmp_path: Path) -> None:  # noqa: F811
    file = tmp_path / "rule.json"
    for text, field in (
        ("[", "file"), ("[]", "file"), (json.dumps({**RULE, "windowdays": 3}), "windowdays"),
        (json.dumps({**RULE, "metric": "SHOE_SIZE"}), "metric"),
        (json.dumps({**RULE, "windowDays": "7"}), "windowDays"),
        (json.dumps({key: RULE[key] for key in RULE if key != "severity"}), "severity"), ("[" * 100_000, "file"),
    ):  # fmt: skip
        file.write_text(text)
        code, refused = call("rules", "save", str(file))
        assert (code, refused["field"]) == (1, field), text[:80]
    assert call("rules", "save", str(tmp_path / "none.json"))[1]["field"] == "file"
    assert call("rules", "save", str(file), role=PROVIDER)[0] == 1
    assert call("rules", "list")[1]["items"] == []
