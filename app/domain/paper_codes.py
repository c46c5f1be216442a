"""Verification codes of excuse notes: short, read aloud without mistakes, checked by arithmetic, not to be guessed.

Twelve characters in groups of four, of an alphabet without I, L, O and U: eleven at random (55 bits) and one to check.
The check character is a weighted sum in the field of 32 elements: every wrong character and every two that changed
places are noticed. What a person reads as I, L or O is taken for 1 or 0.
"""

from __future__ import annotations

import hashlib
import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 12
_GROUP = 4
_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0"})


def new_code() -> str:
    """Return a fresh code without separators, as it is kept."""
    return complete("".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1)))


def complete(free: str) -> str:
    """Return a code of its free characters, with the one to check them."""
    return free + _check(free)


def spare_code(code: str, note_id: str) -> str:
    """Return the code of a note whose own is another note's here already: the same one whoever asks."""
    number = int.from_bytes(hashlib.sha256(f"{code}\0{note_id}".encode()).digest()[:7])
    return complete("".join(ALPHABET[number >> 5 * place & 31] for place in range(LENGTH - 1)))


def read_code(text: str) -> str | None:
    """Return the code in what somebody typed or scanned, as it is kept; None when there is a mistake in it."""
    kept = "".join(c for c in text.upper() if not c.isspace() and c not in "-–—_.").translate(_READ_AS)
    if len(kept) != LENGTH or any(c not in ALPHABET for c in kept):
        return None
    return kept if _check(kept[:-1]) == kept[-1] else None


def shown(code: str) -> str:
    """Return a code as it is printed: ``7K3P-XQ9D-2MTA``."""
    return "-".join(code[at : at + _GROUP] for at in range(0, len(code), _GROUP))


def _check(text: str) -> str:
    """Sum each value times its place's power of the field's generator: no two places weigh the same."""
    total, weight = 0, 2
    for character in text:
        total ^= _times(weight, ALPHABET.index(character))
        weight = _times(weight, 2)
    return ALPHABET[total]


def _times(one: int, other: int) -> int:
    """Multiply in GF(32), reduced by x⁵ + x² + 1."""
    product = 0
    while other:
        if other & 1:
            product ^= one
        other >>= 1
        one <<= 1
        if one & 32:
            one ^= 0b100101
    return product
