"""SCRAM-SHA-256 verifiers (RFC 5802, RFC 7677), made here so that the server never sees a new password.

SASLprep follows libpq, which makes the proof at sign-in: text that SASLprep forbids is used as it is.
"""

from __future__ import annotations

import hmac
import secrets
import stringprep
import unicodedata
from base64 import b64encode
from hashlib import pbkdf2_hmac, sha256

ITERATIONS = 8192
"""Every connection pays for them (some milliseconds); PostgreSQL's own default is 4096."""

_SALT_BYTES = 16
_FORBIDDEN = (
    stringprep.in_table_c12,
    stringprep.in_table_c21_c22,
    stringprep.in_table_c3,
    stringprep.in_table_c4,
    stringprep.in_table_c5,
    stringprep.in_table_c6,
    stringprep.in_table_c7,
    stringprep.in_table_c8,
    stringprep.in_table_c9,
    stringprep.in_table_a1,
)


def saslprep(password: str) -> str:
    """Return the password as SCRAM hashes it (RFC 4013); unchanged where the profile forbids a character."""
    if password.isascii():
        return password
    mapped = "".join(_mapped(char) for char in password)
    prepared = unicodedata.normalize("NFKC", mapped)
    if not prepared or any(forbidden(char) for char in prepared for forbidden in _FORBIDDEN):
        return password
    return prepared if _directions_agree(prepared) else password


def _mapped(char: str) -> str:
    # U+200B is in both tables; libpq makes it a space.
    if stringprep.in_table_c12(char):
        return " "
    return "" if stringprep.in_table_b1(char) else char


def _directions_agree(text: str) -> bool:
    """Text with right-to-left letters has no left-to-right ones, and begins and ends with the former."""
    right = [stringprep.in_table_d1(char) for char in text]
    if not any(right):
        return True
    return right[0] and right[-1] and not any(stringprep.in_table_d2(char) for char in text)


def scram_verifier(password: str, *, iterations: int = ITERATIONS, salt: bytes | None = None) -> str:
    """Return what ``ALTER ROLE … PASSWORD`` keeps: iterations, salt, stored key and server key."""
    if iterations < 4096:
        raise ValueError("at least 4096 iterations")
    grain = salt if salt is not None else secrets.token_bytes(_SALT_BYTES)
    salted = pbkdf2_hmac("sha256", saslprep(password).encode(), grain, iterations)
    stored_key = sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server_key = hmac.digest(salted, b"Server Key", "sha256")
    return f"SCRAM-SHA-256${iterations}:{_base64(grain)}${_base64(stored_key)}:{_base64(server_key)}"


def _base64(data: bytes) -> str:
    return b64encode(data).decode("ascii")
