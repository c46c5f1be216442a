"""Laboratories on the command line: order, results, signature, requisition, and through ``rpc``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.test_contract import Call, call, clinic  # noqa: F401 - fixtures
from tests.cli.test_papers import provider  # noqa: F401 - fixture
from tests.support.papers import text_of_file

pytestmark = pytest.mark.usefixtures("qapp")


def test_from_the_order_to_the_signature(
    call: Call,  # noqa: F811
    clinic: dict[str, str],  # noqa: F811
    provider: str,  # noqa: F811
    tmp_path: Path,
) -> None:
    assert provider
    patient = clinic["patient"]
    code, refused = call("labs", "order", "--patient", patient, "--tests", "CBC", role="MEDICAL_ASSISTANT")
    assert (code, refused["error"]) == (1, "NotAllowed")
    code, made = call("labs", "order", "--patient", patient, "--tests", "BMP, TSH", "--fasting", role="PROVIDER")
    assert (code, made["status"], made["tests"]) == (0, "ORDERED", ["BMP", "TSH"])
    order = made["orderId"]
    code, started = call("labs", "start", order, role="MEDICAL_ASSISTANT")
    assert (code, started["status"]) == (0, "IN_PROGRESS")
    file = tmp_path / "results.json"
    file.write_text(json.dumps([{"code": "2823-3", "name": "Potassium", "value": 6.9, "unit": "mmol/L"}, 17]))
    code, refused = call("labs", "result", order, str(file), role="PROVIDER")
    assert (code, refused["error"], refused["field"]) == (1, "BadResults", "file")
    file.write_text(json.dumps([{"code": "2823-3", "name": "Potassium", "value": 6.9, "unit": "mmol/L"}]))
    code, done = call("labs", "result", order, str(file), role="PROVIDER")
    assert (code, done["status"], done["critical"], done["alerts"]) == (0, "COMPLETED", 1, 1)
    code, listed = call("labs", "review", role="MEDICAL_ASSISTANT")
    assert (code, [one["orderId"] for one in listed["items"]], "6.9" in json.dumps(listed)) == (0, [order], False)
    code, refused = call("labs", "show", order, role="MEDICAL_ASSISTANT")
    assert (code, refused["error"]) == (1, "NotAllowed")
    code, signed = call("labs", "sign", order, "--next", "CALL", "--say", "The doctor calls", role="PROVIDER")
    assert (code, signed["signed"]) == (0, 1)
    code, page = call("labs", "list", "--patient", patient, role="MEDICAL_ASSISTANT")
    assert code == 0
    assert (page["items"][0]["review"], page["items"][0]["releasedText"]) == ("SIGNED", "The doctor calls")
    paper = tmp_path / "order.pdf"
    code, written = call("labs", "requisition", order, str(paper), role="MEDICAL_ASSISTANT")
    assert (code, written["bytes"] > 1000) == (0, True)
    text = text_of_file(paper)
    assert "Basic metabolic panel" in text
    assert order in text
    assert "6.9" not in text
