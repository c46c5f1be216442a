"""Which of two records survives a merge, and what it takes from the other. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from app.commands.merging import MergePatients
from app.commands.patients import FieldChange
from app.domain.patient_merge import FieldMeeting, Meeting, compare
from app.queries.merges import MergeSide


def better_survivor(one: MergeSide, other: MergeSide) -> bool:
    """Whether ``one`` should stay: who signs in with an account does, else who has more, else who came first.

    The phone's account of the other one would show an empty record.
    """
    if (one.login_email is None) != (other.login_email is None):
        return one.login_email is not None
    mine, theirs = sum(one.rows.values()), sum(other.rows.values())
    return mine > theirs or (mine == theirs and one.created_at <= other.created_at)


@dataclass
class MergeChoices:
    """The two records and the choices made for fields that differ."""

    kept: MergeSide
    dropped: MergeSide
    taken: dict[str, bool] = field(default_factory=dict)

    @property
    def meetings(self) -> tuple[FieldMeeting, ...]:
        """The fields of both records."""
        return compare(self.kept.fields, self.dropped.fields)

    @property
    def open_fields(self) -> tuple[FieldMeeting, ...]:
        """The fields that aren't the same on both sides and not only the survivor's."""
        return tuple(one for one in self.meetings if one.meeting not in (Meeting.SAME, Meeting.ONLY_KEPT))

    def takes(self, meeting: FieldMeeting) -> bool:
        """Whether the survivor gets something of the dropped record in this field."""
        return self.taken.get(meeting.field, meeting.meeting is not Meeting.DIFFERENT)

    def value(self, meeting: FieldMeeting) -> Any:
        """Return what the survivor will have."""
        if not self.takes(meeting):
            return meeting.kept
        return meeting.dropped if meeting.meeting is Meeting.DIFFERENT else meeting.suggested

    def choose(self, field_name: str, take: bool) -> None:
        """Take the dropped record's value of a field, or leave the survivor's."""
        self.taken[field_name] = take

    def swapped(self) -> MergeChoices:
        """Return the merge the other way round, with fresh choices."""
        return MergeChoices(self.dropped, self.kept)

    @property
    def new_flags(self) -> tuple[str, ...]:
        """Flags that the survivor gets."""
        return tuple(flag for flag in self.dropped.flags if flag not in self.kept.flags)

    def command(self) -> MergePatients:
        """Return the merge as a command."""
        take = tuple(
            FieldChange(one.field, one.kept, self.value(one)) for one in self.open_fields if self.value(one) != one.kept
        )
        return MergePatients(keep_id=self.kept.id, drop_id=self.dropped.id, take=take, add_flags=self.new_flags)
