"""What no store could take is refused by its name before anything is asked, and every answer is JSON; no server."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any, cast

import pytest

from app.cli.given import read_value
from app.cli.json_text import json_text
from app.cli.main import run
from app.cli.new_password import new_password
from app.cli.output import Output
from app.cli.rpc import MAX_LINE, answer
from app.domain.enums import SeverityLevel
from app.kernel.errors import Refused, Unavailable
from app.setup.session import Session, SessionOptions
from app.workspace.workspace import Workspace

NOBODY = cast("Workspace", None)
"""Nothing here gets as far as the workspace."""


@pytest.mark.parametrize(
    ("do", "args", "field"),
    [
        ("patients search", {"text": "a\0b"}, "text"),
        ("hold", {"slot": "a\ud800b"}, "slot"),
        ("patients add", {"demographics": {"mrn": ["x", {"y": "\0"}]}}, "demographics"),
        ("patients edit", {"patient": "p", "changes": {"\0": 1}}, "changes"),
        ("care-plans add-phase", {"plan": "p", "name": "x", "weeks": float("nan")}, "weeks"),
        ("hold", {"slot": "s", "minutes": 10**19}, "minutes"),
        ("slots next", {"after": "9999-12-31T23:59:59Z"}, "after"),
        ("slots next", {"after": "0001-01-01T00:00:00+14:00"}, "after"),
        ("slots next", {"after": "2026-03-08T02:30:00"}, "after"),
        ("slots next", {"timeFrom": "25:00"}, "timeFrom"),
        ("walk-in", {"patient": "p", "provider": "q", "type": 7}, "type"),
        ("patients search", [], "args"),
        (["patients", "search"], {}, "do"),
    ],
)
def test_what_cant_be_meant_is_refused_by_its_name(do: Any, args: Any, field: str) -> None:
    run(["--help"])
    said = answer(NOBODY, json.dumps({"id": 1, "do": do, "args": args}))
    assert (said["ok"], said.get("field")) == (False, field), said
    assert said["error"] in ("BadValue", "BadCommand", "BadRequest")


def test_a_word_that_no_verb_can_mean_is_a_slip_and_a_rule_says_no(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 2 is for what was typed wrongly, 1 for what somebody or some rule refuses."""
    with pytest.raises(Refused) as slip:
        read_value(SeverityLevel, "PURPLE", "severity")
    assert Output(as_json=True).problem(slip.value) == 2
    assert json.loads(capsys.readouterr().out) == {
        "error": "BadCommand", "field": "severity", "message": "severity is not one of GREEN, YELLOW, ORANGE, RED."
    }  # fmt: skip
    assert Output(as_json=True).problem(Refused("TooSoon", "no")) == 1
    assert Output(as_json=True).problem(Unavailable("ServerLost", "gone")) == 3


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (["patients", "edit", "p", "--changes", "{"], "changes"),
        (["patients", "edit", "p", "--changes", "[" * 100_000], "changes"),
        (["patients", "add", "--demographics", "nothing"], "demographics"),
        (["lists", "show", "p"], "list"),
        (["lists", "show", "p", "toys"], "list"),
        (["visits", "list", "--limit", "many"], "limit"),
        (["availability", "add", "p", "--to", "12:00"], "from"),
        (["cover", "set", "a"], "byUser"),
    ],
)
def test_a_slip_names_the_argument_as_the_help_does(
    words: list[str], field: str, capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    assert run([*words, "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["field"] == field


def test_a_line_that_is_no_request_is_told_so_in_json() -> None:
    cut = '{"id": 1, "do": "patients search", "args": {"text": "' + "x" * MAX_LINE
    lines = ["[" * 100_000, "null", '{"id": 1, "do": "\udcff"}', cut, '{"id": NaN, "do": "\\ud800"}']
    for line in lines:
        said = answer(NOBODY, line)
        assert (said["ok"], said["error"]) == (False, "BadRequest"), line[:50]
        json_text(said).encode("utf-8")
    assert answer(NOBODY, '\ufeff{"id": 7, "do": "nothing"}')["id"] == 7, "a byte order mark is no mistake"


def test_every_answer_is_json_in_utf_8() -> None:
    strange = {"a": [float("nan"), float("-inf"), 1.5], "b": "half \ud800", "c": "배수지"}
    read = json.loads(json_text(strange).encode("utf-8"))
    assert read == {"a": [None, None, 1.5], "b": "half \ud800", "c": "배수지"}
    assert "배수지" in json_text({"c": "배수지"})


@pytest.mark.parametrize(
    "words", [["--as"], ["patients", "search", "lis", "--as", "--json"], ["--profile=", "db", "url"]]
)
def test_an_option_for_every_verb_without_its_value_is_a_slip(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*words, "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"] == "Usage"


def test_a_usage_error_names_the_argument(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["slots", "next", "--count", "many", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["field"] == "count"
    assert run(["patients", "--json"]) == 2
    assert len(json.loads(capsys.readouterr().out)["message"]) < 100, "not the whole help"


def test_json_is_utf_8_in_a_terminal_of_another_language(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="latin-1"))
    assert run(["배수지", "--json"]) == 2
    sys.stdout.flush()
    assert "배수지" in json.loads(raw.getvalue().decode("utf-8"))["message"]


class Terminal:
    """Somebody sits there."""

    def isatty(self) -> bool:
        return True


def test_a_new_password_is_given_typed_twice_or_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MHA_NEW_PASSWORD", "quite another phrase 7")
    assert new_password() == ("quite another phrase 7", False)
    monkeypatch.delenv("MHA_NEW_PASSWORD")
    assert new_password()[1], "nobody can be asked"
    typed = ["a long phrase", "a long phrase", "", "a long phrase", "a slip"]
    monkeypatch.setattr("getpass.getpass", lambda _prompt: typed.pop(0))
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert new_password() == ("a long phrase", False)
    assert new_password()[1], "nothing was typed"
    with pytest.raises(Refused):
        new_password()


def test_a_password_kept_in_the_keyring_is_enough(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    kept = {("password", "dana@harbor.example"): "kept phrase"}
    monkeypatch.setattr("app.setup.session.recall", lambda service, account: kept.get((service, account)))
    given: list[str] = []

    def sign_in(_work: object, _find: object, _email: str, password: str) -> Any:
        given.append(password)
        raise Refused("WrongPassword", "for once", field="password")

    monkeypatch.setattr("app.setup.offline.OfflineWork.sign_in", sign_in)
    values = {"MHA_HOME": str(tmp_path), "MHA_DATABASE_URL": "postgresql:///clinic?host=/nowhere"}
    options = SessionOptions.from_environment(email="Dana@harbor.example", environment=values)
    with Session(options, print) as session, pytest.raises(Refused):
        session.workspace()
    assert given == ["kept phrase"]
