"""From an e-mail address to the PostgreSQL role that its owner signs in as."""

from __future__ import annotations

import unicodedata
from hashlib import sha256

PREFIX = "mha_u_"
_ASCII_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def email_key(email: str) -> str:
    """Return the address as accounts compare it: trimmed, in NFC, A to Z in lower case.

    Only A to Z are folded: PostgreSQL's own ``lower`` differs from machine to machine beyond ASCII.
    """
    return unicodedata.normalize("NFC", email.strip(" \t\r\n\f\v")).translate(_ASCII_LOWER)


def login_role(email: str) -> str:
    """Return the opaque name of the login role: everybody on a server can see all role names."""
    return PREFIX + sha256(email_key(email).encode()).hexdigest()[:40]
