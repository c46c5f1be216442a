"""The key for the safe: strong, printed in groups, and typing errors are told from another workstation's key."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.errors import Refused
from app.security.recovery_key import make_recovery_key, recovery_secret

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def test_it_is_160_bits_in_groups_without_look_alikes() -> None:
    keys = {make_recovery_key() for _ in range(200)}
    assert len(keys) == 200
    for key in keys:
        assert [len(group) for group in key.split("-")] == [4] * 9
        assert set(key) <= set(ALPHABET + "-")
    secrets = [recovery_secret(key) for key in keys]
    assert {len(secret) for secret in secrets} == {32}  # 32 letters of 5 bits
    assert {chr(secret[place]) for secret in secrets for place in range(32)} == set(ALPHABET)


def test_spaces_case_and_look_alikes_do_not_matter() -> None:
    key = make_recovery_key()
    spoken = key.lower().replace("-", "  ").replace("0", "o").replace("1", "l")
    assert recovery_secret(spoken) == recovery_secret(key)
    assert recovery_secret(key.replace("-", "–")) == recovery_secret(key)


@given(place=st.integers(0, 35), letter=st.sampled_from(ALPHABET))
def test_one_wrong_letter_is_a_typing_error(place: int, letter: str) -> None:
    key = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    whole = next(key + check for check in _checks(key))
    typed = whole[:place] + letter + whole[place + 1 :]
    if typed == whole:
        assert recovery_secret(typed)
        return
    with pytest.raises(Refused) as caught:
        recovery_secret(typed)
    assert (caught.value.code, caught.value.field) == ("WrongRecoveryKey", "recoveryKey")


def _checks(body: str) -> list[str]:
    from app.security import recovery_key

    return [recovery_key._check_group(body)]


@pytest.mark.parametrize("typed", ["", "ABCD", "ü" * 36, "U" * 36, "0" * 35, "0" * 37, "\x00" * 36])
def test_nonsense_is_refused(typed: str) -> None:
    with pytest.raises(Refused, match="nine groups"):
        recovery_secret(typed)
