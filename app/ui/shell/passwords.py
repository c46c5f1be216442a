"""Passwords at the desk: unlocking without the server, and slowing down who guesses."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from app.kernel.clock import Clock

_FREE_TRIES = 3
_LONGEST = 60


class PasswordCheck:
    """Knows whether a password is the one of the sign-in, without keeping it: scrypt with a random salt, in memory."""

    def __init__(self, password: str) -> None:
        self._salt = secrets.token_bytes(16)
        self._hash = self._derive(password)

    def matches(self, password: str) -> bool:
        """Compare; takes some 50 ms, so not on the GUI thread."""
        return hmac.compare_digest(self._hash, self._derive(password))

    def _derive(self, password: str) -> bytes:
        data = password.encode("utf-8", "surrogatepass")
        return hashlib.scrypt(data, salt=self._salt, n=2**14, r=8, p=1)


class Throttle:
    """After three wrong passwords for an e-mail the next try has to wait: 2, 4, 8 … up to 60 seconds."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures: dict[str, tuple[int, datetime]] = {}

    def wait_seconds(self, email: str) -> int:
        """Return how many seconds are left; 0 when a try is free."""
        count, last = self._failures.get(_key(email), (0, self._clock.now()))
        if count < _FREE_TRIES:
            return 0
        until = last + timedelta(seconds=min(2 ** (count - _FREE_TRIES + 1), _LONGEST))
        left = (until - self._clock.now()).total_seconds()
        return max(0, -int(-left // 1))

    def failed(self, email: str) -> None:
        """Count a wrong password."""
        count, _ = self._failures.get(_key(email), (0, self._clock.now()))
        self._failures[_key(email)] = (count + 1, self._clock.now())

    def succeeded(self, email: str) -> None:
        """Forget the failures."""
        self._failures.pop(_key(email), None)


def _key(email: str) -> str:
    return email.strip().casefold()
