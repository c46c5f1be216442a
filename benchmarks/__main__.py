"""``make bench``: run every benchmark, or those named: ``python -m benchmarks search booking``."""

from __future__ import annotations

import argparse
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


def _read(words: list[str]) -> list[str]:
    known = names()
    asked = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure; without names, everything.")
    asked.add_argument("names", nargs="*", metavar="NAME", help=", ".join(known))
    chosen: list[str] = asked.parse_args(words).names
    if unknown := sorted(set(chosen) - set(known)):
        asked.error(f"no benchmark is called {', '.join(unknown)}; there are {', '.join(known)}")
    return chosen


if __name__ == "__main__":
    main(_read(sys.argv[1:]))
