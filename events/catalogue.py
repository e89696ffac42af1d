"""The catalogue of domain events: all that can have happened.

Payloads carry ids and what changed; no addresses, no notes, no health or access facts. A field that is added
later needs a default, so that the log stays readable; a changed meaning needs a new class (`RsvpRecorded2`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

import msgspec

Answer: TypeAlias = Literal["accepted", "declined", "tentative"]
Source: TypeAlias = Literal["link", "calendar", "desk"]


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """When and where a gathering is: times in UTC, the zone as its IANA name."""

    starts_at: datetime
    ends_at: datetime
    time_zone: str
    venue: str = ""
    online_url: str = ""


class OfOrganization(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What every event says; the tag is the class's name."""

    organization_id: UUID


class OfGathering(OfOrganization, frozen=True, kw_only=True, tag=True):
    """An event about one gathering."""

    gathering_id: UUID


class GatheringCreated(OfGathering, frozen=True, kw_only=True, tag=True):
    """A coordinator began a draft."""


class GatheringPublished(OfGathering, frozen=True, kw_only=True, tag=True):
    """A draft became visible and its invitations may go out."""


class GatheringChanged(OfGathering, frozen=True, kw_only=True, tag=True):
    """Words or settings changed that move nobody's date or place."""

    changed: list[str]


class GatheringRescheduled(OfGathering, frozen=True, kw_only=True, tag=True):
    """The date, the zone or the place changed: those who said yes are asked again."""

    before: Facts
    after: Facts
    tell_declined: bool = False
    # The SEQUENCE of the move before this one: what answers had to be newer than until now.
    asked_before: int = 0


class GatheringCancelled(OfGathering, frozen=True, kw_only=True, tag=True):
    """The gathering will not be held."""


class GatheringLeftOut(OfGathering, frozen=True, kw_only=True, tag=True):
    """A day of a series was taken out while it was a draft to which nobody was invited; it is no more."""


class GatheringHeld(OfGathering, frozen=True, kw_only=True, tag=True):
    """The gathering took place: thanks and feedback may begin."""


class PartyInvited(OfGathering, frozen=True, kw_only=True, tag=True):
    """A party was put on the guest list."""

    invitation_id: UUID
    party_id: UUID


class InvitationWithdrawn(OfGathering, frozen=True, kw_only=True, tag=True):
    """A party was taken off the guest list; `tell`: it is told by mail, its calendar program too."""

    invitation_id: UUID
    party_id: UUID
    tell: bool = False


class LinkSentAgain(OfGathering, frozen=True, kw_only=True, tag=True):
    """A party asked for its link once more."""

    invitation_id: UUID
    party_id: UUID


class AddressMended(OfOrganization, frozen=True, kw_only=True, tag=True):
    """A wrong or bounced address was put right: what is open is sent again."""

    party_id: UUID
    invitation_ids: list[UUID]


class PartyErased(OfOrganization, frozen=True, kw_only=True, tag=True):
    """A party was forgotten: its names, addresses and words are gone, the counts stay."""

    party_id: UUID
    invitation_ids: list[UUID]


class RsvpRecorded(OfGathering, frozen=True, kw_only=True, tag=True):
    """A party answered, or changed its answer."""

    invitation_id: UUID
    party_id: UUID
    answer: Answer
    adults: int
    children: int
    waitlisted: bool
    source: Source


class SeatsGiven(OfGathering, frozen=True, kw_only=True, tag=True):
    """A waiting party got its seats."""

    invitation_id: UUID
    party_id: UUID
    seats: int


class AppreciationGiven(OfGathering, frozen=True, kw_only=True, tag=True):
    """Somebody thanked a person, or everyone."""

    appreciation_id: UUID


class AppreciationHidden(OfGathering, frozen=True, kw_only=True, tag=True):
    """A coordinator took a thank-you off the wall."""

    appreciation_id: UUID


class FeedbackGiven(OfGathering, frozen=True, kw_only=True, tag=True):
    """Somebody filled in the form; it does not say who."""


class GuestsWrittenTo(OfGathering, frozen=True, kw_only=True, tag=True):
    """A coordinator wrote a free message to some of the guests."""

    letter_id: UUID


class QuestionAsked(OfGathering, frozen=True, kw_only=True, tag=True):
    """A party asked the coordinator something on its page."""

    question_id: UUID


class PeopleImported(OfOrganization, frozen=True, kw_only=True, tag=True):
    """A list of contacts was taken in: how many people are new, how many changed."""

    new: int
    changed: int


class CalendarImported(OfOrganization, frozen=True, kw_only=True, tag=True):
    """A calendar file was brought in: how many events are new, how many changed, a series counting once."""

    new: int
    changed: int


class SignInRequested(OfOrganization, frozen=True, kw_only=True, tag=True):
    """A coordinator asked for a link to sign in."""

    account_id: UUID


class ColleagueInvited(OfOrganization, frozen=True, kw_only=True, tag=True):
    """A colleague was asked to work along."""

    account_id: UUID


class OrganizationChanged(OfOrganization, frozen=True, kw_only=True, tag=True):
    """The organisation's own name or settings changed."""


DomainEvent: TypeAlias = (
    GatheringCreated
    | GatheringPublished
    | GatheringChanged
    | GatheringRescheduled
    | GatheringCancelled
    | GatheringLeftOut
    | GatheringHeld
    | PartyInvited
    | InvitationWithdrawn
    | LinkSentAgain
    | AddressMended
    | PartyErased
    | RsvpRecorded
    | SeatsGiven
    | AppreciationGiven
    | AppreciationHidden
    | FeedbackGiven
    | GuestsWrittenTo
    | QuestionAsked
    | PeopleImported
    | CalendarImported
    | SignInRequested
    | ColleagueInvited
    | OrganizationChanged
)
