"""``rpc``: one JSON request per line on standard input, one JSON answer per line, one signed-in process."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Mapping
from typing import Any, TextIO

from app.cli.verbs import VERBS, Needs, bind, verb
from app.kernel.errors import AppError, Refused
from app.kernel.i18n import t
from app.workspace.workspace import Workspace

log = logging.getLogger(__name__)
MAX_LINE = 4_000_000


@verb("rpc", rpc=False)
def rpc(ws: Workspace) -> None:
    """Answer JSON lines until the input ends."""
    serve(ws, sys.stdin, sys.stdout)


def serve(ws: Workspace, lines: TextIO, answers: TextIO) -> None:
    """Answer every line; a bad one is answered with an error and the process goes on."""
    while True:
        line = lines.readline(MAX_LINE + 1)
        if not line:
            return
        _skip_rest(line, lines)
        if line.strip():
            answers.write(json.dumps(answer(ws, line), ensure_ascii=False, default=str) + "\n")
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
        found = VERBS.get(" ".join(str(request.get("do", "")).split()))
        if found is None or not found.rpc or found.needs is not Needs.WORKSPACE:
            raise Refused("BadRequest", t("There is nothing called {name}.", name=request.get("do")), field="do")
        arguments = bind(found, request.get("args") or {})
        return {"id": request.get("id"), "ok": True, "result": found.function(ws, **arguments)}
    except AppError as error:
        return {"id": request.get("id"), "ok": False, **error.to_json()}
    except Exception as error:
        log.exception("rpc request failed")
        return {"id": request.get("id"), "ok": False, "error": "Bug", "message": type(error).__name__}


def _request(line: str) -> Mapping[str, Any]:
    if len(line) > MAX_LINE:
        raise Refused("BadRequest", t("This line is too long."))
    try:
        document = json.loads(line)
    except ValueError as error:
        raise Refused("BadRequest", t("This line is not JSON.")) from error
    if not isinstance(document, dict) or not isinstance(document.get("args", {}), (dict, type(None))):
        raise Refused("BadRequest", t("A request is an object with id, do and args."))
    return document
