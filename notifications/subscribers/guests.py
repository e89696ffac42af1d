"""What guests and coordinators write to each other: letters, questions, thanks."""

from __future__ import annotations

from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from events import UNFINISHED, AppreciationGiven, GuestsWrittenTo, LoggedEvent, QuestionAsked, subscriber
from events.subscribers import Unfinished
from notifications import kinds
from notifications.desk_mail import as_recipient, write_to_desk
from notifications.installation import here
from notifications.kinds import Words
from notifications.occasion import Occasion, contact_of, first_owner, occasion
from notifications.recipients import Recipient, recipients
from notifications.rounds import write_page
from notifications.writing import Round, write_to_guests
from planner.accounts.models import Account
from planner.appreciation.models import Appreciation
from planner.gatherings.models import Gathering, Status
from planner.gatherings.standing import STATES
from planner.i18n import best_language
from planner.i18n import gettext as _
from planner.invitations.models import Invitation, Letter, Question


@subscriber("mail-letters", GuestsWrittenTo)
def send_letter(session: Session, event: LoggedEvent) -> Unfinished | None:
    """A coordinator's own words go to those whose answers were chosen."""
    payload = event.payload
    letter = session.get(Letter, payload.letter_id) if isinstance(payload, GuestsWrittenTo) else None
    gathering = session.get(Gathering, event.gathering_id)
    if letter is None or gathering is None or gathering.status == Status.DRAFT:
        return None
    account = session.get(Account, letter.account_id) if letter.account_id else None
    writer = account.name if account else contact_of(session, gathering).name
    why = Round(
        kind="letter",
        wording=lambda about, _invitation, _rsvp, _link: kinds.letter(about, letter, writer),
        key=lambda invitation: f"{letter.id}:{invitation.id}",
        event_id=event.id,
        with_calendar=False,
    )
    chosen = sa.or_(*(STATES[name] for name in letter.audience))
    return None if write_page(session, here(), gathering, why, chosen) else UNFINISHED


@subscriber("mail-questions", QuestionAsked)
def pass_on_question(session: Session, event: LoggedEvent) -> None:
    """A party's question reaches the contact; a reply to the mail reaches the party."""
    payload = event.payload
    question = session.get(Question, payload.question_id) if isinstance(payload, QuestionAsked) else None
    if question is None:
        return
    gathering = question.invitation.gathering
    party = question.invitation.party
    guests = recipients(session, gathering.organization, [party])[party.id]
    wording = partial(_question, party=party.name, words=question.words, gathering=gathering, replied=bool(guests))
    for recipient in _coordinators(session, gathering):
        write_to_desk(
            session,
            here(),
            recipient,
            "question",
            lambda: occasion(gathering, contact_of(session, gathering)),
            wording,
            key=str(event.id),
            event_id=event.id,
            organization_id=event.organization_id,
            gathering=gathering,
            reply_to=guests[0].address if guests else "",
        )


def _question(about: Occasion, *, party: str, words: str, gathering: Gathering, replied: bool) -> Words:
    named = {"name": party, "title": about.title}
    reply = _("%(name)s has no mail address here: please ring, or say it in person.") % named
    if replied:
        reply = _("A reply to this mail goes to %(name)s.") % named
    return Words(
        _("%(name)s asks about %(title)s") % named,
        {
            "headline": _("%(name)s asks") % named,
            "words": words,
            "reply": reply,
            "page": here().settings.url(f"/manage/gatherings/{gathering.id}/guests"),
            "why": _("You get this mail because guests of this event are told to ask you. Nobody else sees it."),
        },
    )


def _coordinators(session: Session, gathering: Gathering) -> list[Recipient]:
    """The gathering's contact, else who planned it, else an owner."""
    contact = contact_of(session, gathering)
    organization = gathering.organization
    if contact.address:
        language = best_language(*organization.languages)
        names, is_person = (contact.name or organization.name,), bool(contact.name)
        return [Recipient(names=names, address=contact.address, language=language, close=is_person)]
    owner = first_owner(session, organization)
    return [as_recipient(owner, organization)] if owner else []


@subscriber("mail-thanks", AppreciationGiven)
def pass_on_thanks(session: Session, event: LoggedEvent) -> None:
    """Who is thanked gets the words at once; where only a name was given, a coordinator passes them on."""
    payload = event.payload
    given = session.get(Appreciation, payload.appreciation_id) if isinstance(payload, AppreciationGiven) else None
    gathering = session.get(Gathering, event.gathering_id)
    if given is None or gathering is None or given.hidden_at is not None or given.to_everyone:
        return
    if given.to_invitation is not None:
        _thank_party(session, event, gathering, given, given.to_invitation)
        return
    people = _coordinators(session, gathering)
    if given.to_account is not None:
        people = [as_recipient(given.to_account, gathering.organization)]
    for recipient in people:
        write_to_desk(
            session,
            here(),
            recipient,
            "thanks",
            lambda: occasion(gathering, contact_of(session, gathering)),
            partial(_thanks, given=given, gathering=gathering),
            key=str(given.id),
            event_id=event.id,
            organization_id=event.organization_id,
            gathering=gathering,
        )


def _thank_party(
    session: Session, event: LoggedEvent, gathering: Gathering, given: Appreciation, invitation: Invitation
) -> None:
    why = Round(
        kind="thanks",
        wording=lambda about, _invitation, _rsvp, link: kinds.thanked(
            about, given.from_name, given.words, link, shared=given.shared, passed_on=bool(given.to_name)
        ),
        key=lambda _invitation: str(given.id),
        event_id=event.id,
        with_calendar=False,
        always=True,
    )
    if invitation.withdrawn_at is None:
        write_to_guests(session, here(), gathering, [invitation], why)


def _thanks(about: Occasion, *, given: Appreciation, gathering: Gathering) -> Words:
    named = {"name": given.from_name, "title": about.title, "to": given.to_name}
    page = here().settings.url(f"/manage/gatherings/{gathering.id}/afterwards")
    if given.to_account_id is None:
        return Words(
            _("Please pass on: %(name)s thanks %(to)s") % named,
            {
                "base": "desk",
                "headline": _("%(name)s thanks %(to)s") % named,
                "words": given.words,
                "explained": _("They wrote the name themselves: %(to)s. Please pass these words on.") % named,
                "page": page,
                "page_words": _("See all thanks"),
                "why": _("You get this mail because you look after this event."),
            },
        )
    explained = _("Only you can read this.")
    if given.shared:
        explained = _("You may agree there to show it to the guests, or keep it for yourself.")
    return Words(
        _("%(name)s thanks you: %(title)s") % named,
        {
            "base": "desk",
            "headline": _("%(name)s thanks you") % named,
            "words": given.words,
            "explained": explained,
            "page": page,
            "page_words": _("See all thanks"),
            "why": _("You get this mail because somebody thanked you by name."),
        },
    )
