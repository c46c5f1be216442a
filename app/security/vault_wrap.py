"""Wrapping the store's data key: AES-256-GCM under a key made of password and workstation secret, or recovery key."""

from __future__ import annotations

import base64
import hmac
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.security.scram import saslprep

KEY_BYTES: Final = 32
_SALT_BYTES: Final = 16
_NONCE_BYTES: Final = 12


@dataclass(frozen=True, slots=True)
class Cost:
    """What guessing a password costs: Argon2id passes, memory in KiB, lanes. RFC 9106's second choice."""

    time: int = 3
    memory: int = 64 * 1024
    lanes: int = 4


COST: Final = Cost()
_LEAST: Final = Cost(2, 16 * 1024, 1)
_MOST: Final = Cost(20, 1024 * 1024, 16)


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A sealed data key: nothing of it is secret."""

    nonce: bytes
    sealed: bytes

    def to_json(self) -> dict[str, str]:
        """Return it as keys.json holds it."""
        return {"nonce": encode(self.nonce), "sealed": encode(self.sealed)}

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> Wrapped:
        """Read it; raises ValueError, KeyError or TypeError when it is damaged."""
        nonce, sealed = decode(entry["nonce"]), decode(entry["sealed"])
        if len(nonce) != _NONCE_BYTES or len(sealed) != KEY_BYTES + 16:
            raise ValueError("a wrapped key has another length")
        return cls(nonce, sealed)


@dataclass(frozen=True, slots=True)
class PersonKey:
    """What a password and the workstation secret make: the wrapping key, and a value that tells right from wrong."""

    wrapping: bytes = field(repr=False)
    check: bytes = field(repr=False)


def new_salt() -> bytes:
    """Return a fresh salt."""
    return os.urandom(_SALT_BYTES)


def person_key(password: str, workstation_secret: bytes, salt: bytes, cost: Cost = COST) -> PersonKey:
    """Make a person's wrapping key, of the password as the server compares it."""
    typed = saslprep(password).encode("utf-8", "surrogatepass")
    guess = hash_secret_raw(typed, salt, cost.time, cost.memory, cost.lanes, KEY_BYTES, Type.ID)
    both = derive(guess + workstation_secret, b"MyHealthAlly person v1", salt=salt, length=2 * KEY_BYTES)
    return PersonKey(both[:KEY_BYTES], both[KEY_BYTES:])


def derive(secret: bytes, purpose: bytes, *, salt: bytes = b"", length: int = KEY_BYTES) -> bytes:
    """Return a key for one purpose (HKDF-SHA256)."""
    return HKDF(SHA256(), length, salt or None, purpose).derive(secret)


def wrap(wrapping: bytes, data_key: bytes, bound: bytes) -> Wrapped:
    """Seal the data key; ``bound`` is authenticated with it: a changed lease or owner doesn't open any more."""
    nonce = os.urandom(_NONCE_BYTES)
    return Wrapped(nonce, AESGCM(wrapping).encrypt(nonce, data_key, bound))


def unwrap(wrapping: bytes, wrapped: Wrapped, bound: bytes) -> bytes | None:
    """Return the data key, None when key, seal or what is bound to it isn't what it was."""
    try:
        return AESGCM(wrapping).decrypt(wrapped.nonce, wrapped.sealed, bound)
    except InvalidTag:
        return None


def same(one: bytes, other: bytes) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(one, other)


def bound(*parts: str) -> bytes:
    """Return the associated data of a seal, unambiguous whatever the parts hold."""
    return json.dumps(parts, ensure_ascii=True, separators=(",", ":")).encode("ascii")


def cost_from_json(entry: Mapping[str, Any]) -> Cost:
    """Read the cost of a password, within bounds (a changed file must not make us take a machine's whole memory)."""
    cost = Cost(int(entry["time"]), int(entry["memory"]), int(entry["lanes"]))
    for name in ("time", "memory", "lanes"):
        if not getattr(_LEAST, name) <= getattr(cost, name) <= getattr(_MOST, name):
            raise ValueError(f"{name} is out of bounds")
    return cost


def encode(content: bytes) -> str:
    """Return bytes as text for JSON."""
    return base64.b64encode(content).decode("ascii")


def decode(text: str) -> bytes:
    """Return the bytes of a text; raises ValueError when it is none of ours."""
    return base64.b64decode(text, validate=True)
