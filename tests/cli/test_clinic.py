"""``clinic show`` and ``clinic set``: what the clinic has chosen, on the command line."""

from __future__ import annotations

from tests.cli.test_contract import Call, call, clinic

__all__ = ["call", "clinic"]


def test_what_is_given_changes_and_all_else_stays(call: Call) -> None:
    code, before = call("clinic", "show", role="MEDICAL_ASSISTANT")
    assert (code, before["proposalHours"]) == (0, 24)
    code, after = call("clinic", "set", "--proposal-hours", "48", "--late-after-minutes", "12")
    assert code == 0
    assert after == {**before, "proposalHours": 48, "lateAfterMinutes": 12}
    assert call("clinic", "show")[1] == after


def test_what_cannot_be_is_refused_by_its_field(call: Call) -> None:
    for words, error, field in (
        (("--proposal-hours", "0"), "BadValue", "proposal_hours"),
        (("--timezone", "Mars/Base"), "BadValue", "timezone"),
        ((), "Required", "name"),
    ):
        code, refused = call("clinic", "set", *words)
        assert (code, refused["error"], refused["field"]) == (1, error, field)
    code, refused = call("clinic", "set", "--proposal-hours", "48", role="MEDICAL_ASSISTANT")
    assert (code, refused["error"]) == (1, "NotAllowed")
