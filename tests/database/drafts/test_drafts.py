"""Drafts on both databases: one for each kind and subject, nobody else's business."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.commands.drafts import DiscardDraft, SaveDraft
from app.kernel.errors import AppError, Refused
from app.kernel.i18n import language, later, set_language
from app.queries.drafts import my_drafts
from app.queries.open_items import my_open_items
from app.ui.shell.drafts import draft_id
from app.ui.work import Draft
from tests.support.desk import Desk

ID = draft_id("u-desk", Draft("booking", "pat-lis", ""))


def save(text: str, **more: Any) -> SaveDraft:
    values = {"draft_id": ID, "kind": "booking", "subject": "pat-lis", "title": "Book · Zygmunt Lis", **more}
    return SaveDraft(**values, body={"reason": text, "minutes": 20, "chosen": None, "tags": ["a", "ß"]})


def test_a_draft_is_kept_replaced_and_discarded(desk: Desk) -> None:
    outcome = desk.desk.run(save("chest p"))
    assert outcome.undo is None, "typing is no action to take back"
    desk.clock.advance(timedelta(seconds=2))
    desk.desk.run(save("chest pain"))
    (draft,) = desk.desk.ask(my_drafts)
    assert (draft.kind, draft.subject, draft.title) == ("booking", "pat-lis", "Book · Zygmunt Lis")
    assert draft.fields == {"reason": "chest pain", "minutes": 20, "chosen": None, "tags": ["a", "ß"]}
    assert draft.updated_at == desk.clock.now()
    desk.desk.run(DiscardDraft(draft_id=ID))
    desk.desk.run(DiscardDraft(draft_id=ID))
    assert desk.desk.ask(my_drafts) == ()


def test_drafts_come_newest_first_and_by_kind(desk: Desk) -> None:
    for number, kind in enumerate(("booking", "note", "booking")):
        desk.clock.advance(timedelta(seconds=1))
        desk.desk.run(save("x", draft_id=f"d-{number}", kind=kind, subject=str(number)))
    assert [draft.id for draft in desk.desk.ask(my_drafts)] == ["d-2", "d-1", "d-0"]
    assert [draft.id for draft in desk.desk.ask(my_drafts, kind="note")] == ["d-1"]


def test_a_draft_is_nobody_elses(desk: Desk) -> None:
    desk.desk.run(save("mine"))
    assert desk.desk2.ask(my_drafts) == ()
    assert desk.admin.ask(my_drafts) == ()
    with pytest.raises(AppError):
        desk.desk2.run(save("overwritten"))
    if not desk.online:  # on the server another person's draft can't even be seen, so there is nothing to discard
        with pytest.raises(Refused, match="somebody else"):
            desk.desk2.run(DiscardDraft(draft_id=ID))
    else:
        desk.desk2.run(DiscardDraft(draft_id=ID))
    assert desk.desk.ask(my_drafts)[0].fields["reason"] == "mine"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"kind": ""}, "kind"),
        ({"kind": "k" * 61}, "kind"),
        ({"title": "t" * 301}, "title"),
        ({"subject": "s\0"}, "subject"),
    ],
)
def test_what_no_database_takes_is_refused_by_field(desk: Desk, more: dict[str, str], field: str) -> None:
    with pytest.raises(Refused) as refusal:
        desk.desk.run(save("x", **more))
    assert refusal.value.field == field


def test_a_title_is_in_the_language_of_who_reads_it(desk: Desk) -> None:
    """It kept the language in which the form was begun, in the list of what is unfinished and in the open items."""
    title = later("Visit note of {name}", name="Zygmunt Lis")
    desk.okafor.run(SaveDraft(draft_id="d-1", kind="visit.note", subject="v-1", title=title, body={}))
    before = language()
    try:
        set_language("es")
        assert [one.title for one in desk.okafor.ask(my_drafts)] == ["Nota de visita de Zygmunt Lis"]
        assert [one.title for one in desk.okafor.ask(my_open_items)] == ["Nota de visita de Zygmunt Lis"]
    finally:
        set_language(before)
    assert [one.title for one in desk.okafor.ask(my_drafts)] == ["Visit note of Zygmunt Lis"]
