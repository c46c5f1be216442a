"""Where two texts differ, so that only that is marked. Pure."""

from __future__ import annotations

from difflib import SequenceMatcher

Span = tuple[int, int]
_GAP = 1
_LONGEST = 2_000


def differing(one: str, other: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """Return the spans (start, end) of each text that the other doesn't have in that place.

    Marks that only one sign separates become one; texts of thousands of signs are marked as a whole.
    """
    if one == other:
        return (), ()
    if max(len(one), len(other)) > _LONGEST:
        return _whole(one), _whole(other)
    parts = SequenceMatcher(None, one, other, autojunk=False).get_opcodes()
    mine = [(a, b) for tag, a, b, _, _ in parts if tag != "equal" and b > a]
    theirs = [(c, d) for tag, _, _, c, d in parts if tag != "equal" and d > c]
    in_place = [(n, n + 1) for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b]
    # Figures that changed places are seen best where they stand: 12 and 21 differ in both.
    if len(one) == len(other) and len(in_place) <= 2 * sum(end - start for start, end in mine):
        return _joined(in_place), _joined(in_place)
    return _joined(mine), _joined(theirs)


def _whole(text: str) -> tuple[Span, ...]:
    return ((0, len(text)),) if text else ()


def _joined(spans: list[Span]) -> tuple[Span, ...]:
    found: list[Span] = []
    for start, end in spans:
        if found and start - found[-1][1] <= _GAP:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return tuple(found)
