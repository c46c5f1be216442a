"""Where icons, fonts, translations and migrations lie: in a checkout, an installed package or a frozen build."""

from __future__ import annotations

from pathlib import Path

from app.kernel.program import bundle_folder

_PACKAGE = Path(__file__).resolve().parents[1]


def _root(name: str) -> Path:
    frozen = bundle_folder()
    candidates = [_PACKAGE / "_bundled" / name, _PACKAGE.parent / name]
    if frozen is not None:
        candidates.insert(0, frozen / name)
    for candidate in candidates:
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"the program's folder {name!r} is missing: install it again")


def resource(*parts: str) -> Path:
    """Return the path of a bundled resource, such as ``resource("theme", "tokens.json")``."""
    return _root("resources").joinpath(*parts)


def migrations_root() -> Path:
    """Return the folder of the database migrations (Alembic's and the SQL scripts)."""
    return _root("migrations")
