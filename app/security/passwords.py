"""Passwords of staff: what is accepted, how they are hashed, how one is made."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from itertools import pairwise

from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.security.identity import email_key
from app.security.scram import scram_verifier

__all__ = ["MIN_LENGTH", "Secrets", "bcrypt_hash", "check_password", "make_password", "make_secrets", "scram_verifier"]

MIN_LENGTH = 10
MAX_BYTES = 72
"""The backend's bcrypt ignores what comes after."""

BCRYPT_COST = 11
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"  # nothing that reads like something else
_COMMON = re.compile(r"(?:pass ?w(?:or|0r)d|passwort|contrase[nñ]a|qwert[yz]|asdf|letmein|welcome|bienvenid[oa]|1234)")


@dataclass(frozen=True, slots=True)
class Secrets:
    """What the server keeps of a password: for signing in here, and at the backend."""

    verifier: str = field(repr=False)
    bcrypt: str = field(repr=False)


def check_password(password: str, *, email: str = "", name: str = "", field: str = "password") -> None:
    """Refuse "WeakPassword" (too short, guessable, the person's own name) or "BadPassword" (can't be kept)."""
    if "\x00" in password or any("\ud800" <= char <= "\udfff" for char in password):
        raise Refused("BadPassword", t("This password has a character that cannot be stored."), field=field)
    if len(password.encode()) > MAX_BYTES:
        message = t("This password is too long: at most {limit} letters, fewer with accents.", limit=MAX_BYTES)
        raise Refused("BadPassword", message, field=field)
    if len(password) < MIN_LENGTH:
        message = t("A password has at least {limit} characters. Several words are easy to remember.", limit=MIN_LENGTH)
        raise Refused("WeakPassword", message, field=field)
    if password.isspace() or password != password.strip():
        raise Refused("BadPassword", t("A password doesn't begin or end with a space."), field=field)
    if _guessable(password):
        raise Refused("WeakPassword", t("This password is too easy to guess. Use several words."), field=field)
    if _names_its_owner(password, email, name):
        raise Refused("WeakPassword", t("A password doesn't contain your own name or e-mail."), field=field)


def _guessable(password: str) -> bool:
    folded = password.casefold()
    if len(set(folded)) < 5:
        return True
    steps = {ord(b) - ord(a) for a, b in pairwise(folded)}
    if steps <= {0, 1} or steps <= {0, -1}:
        return True
    rest = re.sub(r"[\W\d_]+", "", _COMMON.sub("", folded))
    return len(rest) < 4 and _COMMON.search(folded) is not None


def _names_its_owner(password: str, email: str, name: str) -> bool:
    folded = password.casefold()
    words = [email_key(email), email_key(email).partition("@")[0], *re.split(r"\W+", name.casefold())]
    own = [word for word in words if len(word) >= 4 and word in folded]
    return any(len(folded) - len(word) < 6 for word in own)


def bcrypt_hash(password: str, *, cost: int = BCRYPT_COST) -> str:
    """Return the hash that the backend checks the same password against."""
    import bcrypt  # noqa: PLC0415  only when an account is made

    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(cost)).decode("ascii")


def make_secrets(password: str) -> Secrets:
    """Hash a password for both doors."""
    return Secrets(scram_verifier(password), bcrypt_hash(password))


def make_password() -> str:
    """Return a new password of 80 bits, easy to read out: four groups of four."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))
