"""Rules about every tracked file: nothing of one machine, no package index, no code among the resources."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

# Written in pieces, so that this file doesn't hold what it looks for.
HOSTS = re.compile(
    "|".join(("py" + r"pi\.org", "python" + r"hosted", "registry" + r"\.npmjs", "--(?:extra-)?index" + "-url="))
)
PATHS = re.compile(r"(?<![\w.~$}/-])/(?:work|root|home/\w+|Users/\w+)" + r"/\w")
BINARY = {".png", ".ttf", ".otf", ".woff2", ".ico", ".icns", ".pdf", ".gz", ".zip"}


def tracked() -> list[Path]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def texts() -> list[tuple[str, str]]:
    files = [file for file in tracked() if file.suffix not in BINARY]
    return [(str(file.relative_to(ROOT)), file.read_text(encoding="utf-8")) for file in files]


@pytest.mark.parametrize("pattern", [HOSTS, PATHS], ids=["package index", "path of one machine"])
def test_no_file_names_something_of_this_place(pattern: re.Pattern[str]) -> None:
    found = {name: match.group() for name, text in texts() if (match := pattern.search(text))}
    assert found == {}


def test_resources_hold_no_python() -> None:
    found = [
        str(file.relative_to(ROOT))
        for file in tracked()
        if file.is_relative_to(ROOT / "resources")
        and (file.suffix in {".py", ".pyi", ".pyc", ".pth"} or file.read_bytes().startswith(b"#!"))
    ]
    assert found == []


def test_all_locks_hold_a_hash_for_everything() -> None:
    for lock in ("requirements.txt", "requirements-dev.txt", "packaging/requirements.txt"):
        entries = re.split(r"\n(?=\w)", (ROOT / lock).read_text(encoding="utf-8"))
        pinned = [entry for entry in entries if re.match(r"[\w.\[\]-]+==", entry)]
        assert len(pinned) > 40
        assert [entry.split()[0] for entry in pinned if "--hash=sha256:" not in entry] == []
        assert not [entry for entry in entries if re.match(r"[\w-]+ @|-e |[\w-]+(?:>=|~=|$)", entry)]


def test_these_checks_find_what_they_look_for() -> None:
    assert HOSTS.search("https://py" + "pi.org/simple")
    assert PATHS.search("cd /wo" + "rk/main")
    assert PATHS.search("'/ro" + "ot/x'")
    assert not PATHS.search("docs/work/x ~/home/x ${X}/root/x")
