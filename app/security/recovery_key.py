"""The recovery key: printed once at enrolment for the clinic's safe, typed in when keyring or password are lost.

160 random bits in groups of four, without letters that read like others, and a last group that tells a typing
error from a key of another workstation.
"""

from __future__ import annotations

import hmac
import re
import secrets
from hashlib import sha256
from typing import Final

from app.kernel.errors import Refused
from app.kernel.i18n import t

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U
_LOOK_ALIKES: Final = str.maketrans("ILO", "110")
_LETTERS: Final = 32
_CHECK: Final = 4
_GROUP: Final = 4


def make_recovery_key() -> str:
    """Return a new key as it is printed: nine groups of four."""
    body = "".join(secrets.choice(_ALPHABET) for _ in range(_LETTERS))
    whole = body + _check_group(body)
    return "-".join(whole[start : start + _GROUP] for start in range(0, len(whole), _GROUP))


def recovery_secret(typed: str) -> bytes:
    """Return the secret of a typed key: spaces, dashes, case and look-alikes don't matter.

    Raises Refused "WrongRecoveryKey" when it was mistyped.
    """
    whole = re.sub(r"[\s\-\u2010-\u2015]+", "", typed).upper().translate(_LOOK_ALIKES)
    body, check = whole[:_LETTERS], whole[_LETTERS:]
    known = len(whole) == _LETTERS + _CHECK and set(whole) <= set(_ALPHABET)
    if not known or not hmac.compare_digest(check, _check_group(body)):
        message = t("This isn't a recovery key as it was printed: nine groups of four. Compare it letter by letter.")
        raise Refused("WrongRecoveryKey", message, field="recoveryKey")
    return body.encode("ascii")


def _check_group(body: str) -> str:
    digest = sha256(b"MyHealthAlly recovery check" + body.encode("ascii")).digest()
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:_CHECK])
