"""The workstation secret in a real Secret Service: gnome-keyring on a bus and in a home of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]

PROGRAM = """
import json, secretstorage
from contextlib import closing
from app.kernel.errors import Refused
from app.security.keyring import keyring_state
from app.security.workstation_key import forget_workstation_secret, make_workstation_secret, workstation_secret

state = keyring_state()
said = {"backend": state.backend, "usable": state.usable, "before": workstation_secret("clinic") is None}
made = make_workstation_secret("clinic")
said["again"] = make_workstation_secret("clinic") == workstation_secret("clinic") == made
with closing(secretstorage.dbus_init()) as bus:
    collection = secretstorage.get_default_collection(bus)
    said["items"] = [item.get_attributes()["username"] for item in collection.get_all_items()]
    collection.lock()
    try:
        workstation_secret("clinic")
    except Refused as error:
        said["locked"] = error.to_json()
    try:
        make_workstation_secret("another clinic")
    except Refused as error:
        said["lockedMaking"] = error.to_json()
print(json.dumps(said))
"""
LATER = """
import json
from app.security.workstation_key import forget_workstation_secret, workstation_secret
kept = workstation_secret("clinic")
forget_workstation_secret("clinic")
print(json.dumps({"kept": kept is not None and len(kept), "after": workstation_secret("clinic") is None}))
"""
UNLOCKED = 'printf %s "$KEYRING_WORDS" | gnome-keyring-daemon --unlock --components=secrets --daemonize >/dev/null; '


@pytest.fixture
def session(tmp_path: Path) -> dict[str, str]:
    """The environment of a session of its own."""
    for program in ("dbus-run-session", "gnome-keyring-daemon"):
        if shutil.which(program) is None:
            if os.environ.get("CI"):
                pytest.fail(f"{program} is missing: packaging/setup.sh dev installs it")
            pytest.skip(f"{program} isn't installed here")
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    (tmp_path / "home").mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DBUS_", "XDG_", "PYTHON_KEY"))}
    kept.pop("DISPLAY", None)  # nobody can be asked to unlock anything
    kept.pop("WAYLAND_DISPLAY", None)
    words = {"KEYRING_WORDS": "granite umbrella"}
    return {**kept, **words, "HOME": str(tmp_path / "home"), "XDG_RUNTIME_DIR": str(runtime)}


def run(environment: dict[str, str], program: str, *, start: str = UNLOCKED) -> Any:
    command = ["dbus-run-session", "--", "sh", "-c", start + '"$@"', "sh", sys.executable, "-c", program]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_real_secret_service_keeps_it_and_says_when_it_is_locked(session: dict[str, str]) -> None:
    said = run(session, PROGRAM)
    locked, making = said.pop("locked"), said.pop("lockedMaking")
    assert said == {
        "backend": "keyring.backends.SecretService.Keyring",
        "usable": True,
        "before": True,
        "again": True,
        "items": ["clinic"],
    }
    for refused in (locked, making):
        assert refused["error"] == "NoKeyring"
        assert refused["field"] == "keyring"
        assert "Locked" in refused["message"]
    files = [file.read_bytes() for file in Path(session["HOME"]).rglob("*.keyring")]
    assert files
    assert run(session, LATER) == {"kept": 32, "after": True}, "kept beyond the session"


def test_without_a_secret_service_enrolment_is_refused_with_the_reason(session: dict[str, str]) -> None:
    program = """
import json
from app.kernel.errors import Refused
from app.security.workstation_key import make_workstation_secret
try:
    make_workstation_secret("clinic")
except Refused as error:
    print(json.dumps(error.to_json()))
"""
    bare = {**session, "PATH": str(Path(session["HOME"]) / "nothing"), "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere"}
    done = subprocess.run(
        [sys.executable, "-c", program], env=bare, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    refused = json.loads(done.stdout)
    assert refused["error"] == "NoKeyring"
    assert "fail" in refused["message"]
