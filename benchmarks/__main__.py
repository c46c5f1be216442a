"""``make bench``: run every benchmark, or those named: ``python -m benchmarks search booking``."""

from __future__ import annotations

import importlib
import pkgutil
import sys

import benchmarks

HELPERS = {"__main__", "large_clinic", "busy_clinic", "inbox_rows"}


def names() -> list[str]:
    """Return the benchmarks that there are."""
    return sorted(one.name for one in pkgutil.iter_modules(benchmarks.__path__) if one.name not in HELPERS)


def main(chosen: list[str]) -> None:
    """Run benchmarks one after the other; each prints its own figures."""
    for name in chosen or names():
        print(f"== {name}", flush=True)
        sys.argv = [f"benchmarks/{name}.py"]
        importlib.import_module(f"benchmarks.{name}").main()


if __name__ == "__main__":
    main(sys.argv[1:])
