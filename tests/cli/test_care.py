"""Lists and care plans on the command line and in ``rpc``."""

from __future__ import annotations

import psycopg
from psycopg.types.json import Jsonb

from tests.cli.test_contract import Call, call, clinic  # noqa: F401 - fixtures
from tests.support.postgres import Server

PROVIDER = "PROVIDER"


def test_a_problem_from_its_beginning_to_its_end(call: Call, clinic: dict[str, str]) -> None:  # noqa: F811
    patient = clinic["patient"]
    code, made = call("lists", "add", patient, "conditions", "--name", "Gout", "--since", "2024-05", role=PROVIDER)
    assert code == 0, made
    item = made["id"]
    code, _ = call("lists", "change", patient, "conditions", item, "--field", "note", "--to", "Left", role=PROVIDER)
    assert code == 0
    assert call("lists", "confirm", patient, "conditions", role=PROVIDER)[0] == 0
    code, shown = call("lists", "show", patient, "conditions", role=PROVIDER)
    (own,) = [one for one in shown["items"] if one["id"] == item]
    assert (code, own["note"], own["confirmed"], own["active"]) == (0, "Left", True, True)
    assert call("lists", "end", patient, "conditions", item, role=PROVIDER)[0] == 0
    _, shown = call("lists", "show", patient, "conditions", role=PROVIDER)
    assert not next(one for one in shown["items"] if one["id"] == item)["active"]
    code, refused = call("lists", "add", patient, "conditions", "--name", "X", "--dose", "1", role=PROVIDER)
    assert (code, refused["field"]) == (1, "dose")
    code, refused = call("lists", "add", patient, "conditions", "--name", "X", role="MEDICAL_ASSISTANT")
    assert (code, refused["error"]) == (1, "NotAllowed")


def test_what_is_no_list_is_shown_and_begun_anew(
    call: Call,  # noqa: F811
    clinic: dict[str, str],  # noqa: F811
    server: Server,
    clinic_db: str,
) -> None:
    patient = clinic["patient"]
    with psycopg.connect(server.url(clinic_db)) as connection:
        connection.execute("UPDATE public.patients SET demographics = %s WHERE id = %s",
                           [Jsonb({"allergies": "none", "medications": {"a": 1}}), patient])  # fmt: skip
    assert call("lists", "show", patient, "allergies", role=PROVIDER)[1]["raw"] == "none"
    assert "raw" not in call("lists", "show", patient, "conditions", role=PROVIDER)[1]
    code, refused = call("lists", "replace", patient, "allergies", "--seen", "some", role=PROVIDER)
    assert (code, refused["field"]) == (1, "seen")
    assert call("lists", "replace", patient, "allergies", "--seen", "none", role=PROVIDER) == (0, {"replaced": "none"})
    assert call("lists", "add", patient, "allergies", "--name", "Latex", role=PROVIDER)[0] == 0
    assert call("lists", "replace", patient, "medications", "--seen", '{"a": 1}', role=PROVIDER)[0] == 0
    assert not call("lists", "show", patient, "medications", role=PROVIDER)[1]["asked"]
    with psycopg.connect(server.url(clinic_db)) as connection:
        connection.execute("UPDATE public.patients SET demographics = %s WHERE id = %s",
                           [Jsonb({"conditions": ["Asthma", 17]}), patient])  # fmt: skip
    assert call("lists", "show", patient, "conditions", role=PROVIDER)[1]["lost"] == [17]
    assert call("lists", "replace", patient, "conditions", "--seen", "17", role=PROVIDER) == (0, {"replaced": 17})
    kept = call("lists", "show", patient, "conditions", role=PROVIDER)[1]
    assert [one["name"] for one in kept["items"]] == ["Asthma"]
    assert "lost" not in kept


def test_the_lists_of_a_merged_record_are_asked_of_the_survivor(
    call: Call,  # noqa: F811
    clinic: dict[str, str],  # noqa: F811
) -> None:
    """An empty list under a person's name would say that there is nothing."""
    _, drop = call("patients", "add", "--first-name", "Ziggy", "--last-name", "Lys", role="MEDICAL_ASSISTANT")
    verbs = [
        ("series", drop["id"], "WEIGHT"), ("labs", "list", "--patient", drop["id"]),
        ("care-plans", "list", "--patient", drop["id"]), ("chart", "timeline", drop["id"]),
        ("summaries", "list", drop["id"]), ("chart", "devices", drop["id"]),
        ("lists", "show", drop["id"], "allergies"),
    ]  # fmt: skip
    for verb in verbs:
        assert call(*verb, role=PROVIDER)[0] == 0, verb
    assert call("patients", "merge", clinic["patient"], drop["id"])[0] == 0
    for verb in verbs:
        code, refused = call(*verb, role=PROVIDER)
        assert (code != 0, refused["error"], refused["into"]) == (True, "Merged", clinic["patient"]), verb


def test_a_plan_is_made_filled_and_marked(call: Call, clinic: dict[str, str]) -> None:  # noqa: F811
    code, made = call("care-plans", "make", "--patient", clinic["patient"], role=PROVIDER)
    assert code == 0, made
    plan = made["id"]
    assert call("care-plans", "add-phase", plan, "--name", "Begin", "--weeks", "4", role=PROVIDER)[0] == 0
    _, task = call("care-plans", "add-task", plan, "Begin", "--title", "Walk", "--frequency", "daily", role=PROVIDER)
    assert call("care-plans", "mark", plan, task["task"], role=PROVIDER)[0] == 0
    _, plans = call("care-plans", "list", "--patient", clinic["patient"], role=PROVIDER)
    (own,) = [one for one in plans["items"] if one["id"] == plan]
    (found,) = own["phases"][0]["tasks"]
    assert (found["title"], found["done"], found["due"], own["percent"]) == ("Walk", 1, 1, 100)
    of = ("--patient", clinic["patient"])
    for field, to in (("title", "Walk far"), ("completed", "yes"), ("frequency", "weekly")):
        changed = call("care-plans", "change", plan, *of, "--task", task["task"], "--field", field, "--to", to,
                       role=PROVIDER)  # fmt: skip
        assert changed[0] == 0, changed
    assert call("care-plans", "change", plan, *of, "--phase", "Begin", "--field", "weeks", "--to", "6",
                role=PROVIDER)[0] == 0  # fmt: skip
    assert call("care-plans", "change", plan, *of, "--phase", "Begin", "--field", "x", "--to", "6",
                role=PROVIDER)[1]["field"] == "field"  # fmt: skip
    (kept,) = call("care-plans", "list", *of, role=PROVIDER)[1]["items"]
    ((phase),) = kept["phases"]
    assert (phase["weeks"], phase["tasks"][0]["title"], phase["tasks"][0]["completed"]) == (6, "Walk far", True)
    assert call("care-plans", "keep", plan, "First weeks", *of, role=PROVIDER)[0] == 0
    assert [one["name"] for one in call("care-plans", "templates", role=PROVIDER)[1]["items"]] == ["First weeks"]
    code, refused = call("care-plans", "mark", plan, "none", role=PROVIDER)
    assert (code, refused["field"]) == (1, "task")
