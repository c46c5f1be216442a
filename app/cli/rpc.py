"""``rpc``: one JSON request per line on standard input, one JSON answer per line, one signed-in process."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Mapping
from typing import Any, TextIO

from app.cli.json_text import json_text
from app.cli.known import carry_out
from app.cli.output import speak_utf8
from app.cli.verbs import VERBS, Needs, Verb, bind, verb
from app.kernel.errors import AppError, Refused
from app.kernel.i18n import t
from app.workspace.workspace import Workspace

log = logging.getLogger(__name__)
MAX_LINE = 16_000_000
"""Characters of a line: a text of 10 MB still arrives, and is refused by the field that it is meant for."""
_SHOWN = 100
_HALF = re.compile("[\ud800-\udfff]")


@verb("rpc", rpc=False)
def rpc(ws: Workspace) -> None:
    """Answer JSON lines until the input ends."""
    speak_utf8(sys.stdin, sys.stdout)
    serve(ws, sys.stdin, sys.stdout)


def serve(ws: Workspace, lines: TextIO, answers: TextIO) -> None:
    """Answer every line; a bad one is answered with an error and the process goes on.

    An enrolled workstation sends and fetches meanwhile, and finds by itself that the server is gone or back.
    """
    if ws.sync is not None:
        ws.sync.begin()
    while True:
        line = lines.readline(MAX_LINE + 1)
        if not line:
            return
        _skip_rest(line, lines)
        if line.strip():
            answers.write(json_text(answer(ws, line)) + "\n")
            answers.flush()


def _skip_rest(line: str, lines: TextIO) -> None:
    """Pass over what is left of a line that is too long, so that it gets one answer."""
    while line and not line.endswith("\n"):
        line = lines.readline(MAX_LINE)


def answer(ws: Workspace, line: str) -> dict[str, Any]:
    """Carry out one line; never raises."""
    request: Mapping[str, Any] = {}
    try:
        request = _request(line)
        found, arguments = _meant(request)
        return {"id": request.get("id"), "ok": True, "result": carry_out(found, ws, arguments)}
    except AppError as error:
        return {"id": request.get("id"), "ok": False, **error.to_json()}
    except Exception as error:
        log.exception("rpc request failed")
        return {"id": request.get("id"), "ok": False, "error": "Bug", "message": type(error).__name__}


def _meant(request: Mapping[str, Any]) -> tuple[Verb, dict[str, Any]]:
    given, words = request.get("args"), request.get("do", "")
    if not isinstance(given, (dict, type(None))):
        raise Refused("BadRequest", t("A request is an object with id, do and args."), field="args")
    found = VERBS.get(" ".join(words.split())) if isinstance(words, str) else None
    if found is None or not found.rpc or found.needs is not Needs.WORKSPACE:
        raise Refused("BadRequest", t("There is nothing called {name}.", name=str(words)[:_SHOWN]), field="do")
    return found, bind(found, given or {})


def _request(line: str) -> Mapping[str, Any]:
    if len(line) > MAX_LINE:
        raise Refused("BadRequest", t("This line is too long: at most {limit} characters.", limit=MAX_LINE))
    if _HALF.search(line):
        raise Refused("BadRequest", t("This line is not UTF-8."))
    try:
        document = json.loads(line.lstrip("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise Refused("BadRequest", t("This line is not JSON.")) from error
    if not isinstance(document, dict):
        raise Refused("BadRequest", t("A request is an object with id, do and args."))
    return document
