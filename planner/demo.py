"""Sample data for a newcomer: a family centre with made-up families, events ahead and one that was held."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from events.log import LogEntry
from planner.accounts import actions as accounts
from planner.accounts.models import Membership, Organization
from planner.appreciation.models import Appreciation
from planner.database import utc_now
from planner.feedback.models import Feedback
from planner.gatherings import actions as gatherings
from planner.gatherings.fields import GatheringFields
from planner.gatherings.models import Gathering, Visibility
from planner.gatherings.programme import Part
from planner.invitations import actions as invitations
from planner.invitations.models import Invitation
from planner.parties.actions import PartyFields
from planner.parties.models import Group, GroupMember, Kind, PartyMember
from planner.rsvps.actions import Said, answer
from planner.rsvps.models import Answer, Rsvp, Source
from planner.times import local_instant

OWNER: Final = "hanna.brandt@lindenhof.example"
ZONE: Final = "Europe/Berlin"

# Household, its adults, language, adults, children.
_HOUSEHOLDS: Final = [
    ("Okafor-Lindqvist", ["Amina Okafor", "Jonas Lindqvist"], "en", 2, 3),
    ("Haddad", ["Rania Haddad"], "en", 2, 4),
    ("Yıldız", ["Emre Yıldız"], "en", 2, 2),
    ("Nguyễn", ["Lan Nguyễn"], "en", 1, 2),
    ("Kowalczyk", ["Marta Kowalczyk"], "en", 1, 1),
    ("Tesfaye", ["Almaz Tesfaye"], "en", 1, 1),
    ("Petrenko", ["Olena Petrenko"], "en", 1, 2),
    ("Silva", ["Rui Silva"], "es", 2, 1),
    ("Becker and Rahimi", ["Clara Becker", "Omid Rahimi"], "en", 2, 2),
    ("García Molina", ["Lucía García"], "es", 2, 2),
    ("Fernández", ["Mateo Fernández"], "es", 1, 3),
    ("Novak", ["Iva Novak"], "en", 2, 1),
    ("Osei", ["Kwame Osei"], "en", 2, 2),
    ("Lindholm", ["Elsa Lindholm"], "en", 1, 1),
    ("Ben Amor", ["Salma Ben Amor"], "en", 2, 3),
    ("Weber", ["Tim Weber"], "en", 2, 1),
    ("Horvat", ["Ana Horvat"], "en", 1, 2),
    ("Diallo", ["Fatou Diallo"], "en", 2, 3),
]
_PROFESSIONALS: Final = [
    ("Ji-woo Kim", "Speech therapist"),
    ("Tomasz Wiśniewski", "Librarian, City Library"),
    ("Derya Demir", "Gardener, Linden School"),
]
_SOUP: Final = (
    "We cook three soups together, then librarians and parents read stories in four languages. "
    "Grown-ups sit, children lie on the big quilt. Bring slippers."
)
# Of three events, minutes after the start, what happens, who leads it.
_EVENING: Final = [
    (0, "Hello, slippers, and who cooks which soup", "Hanna Brandt"),
    (20, "Three soups", "Rania Haddad and Emre Yıldız"),
    (60, "Stories in four languages", "Tomasz Wiśniewski, librarian, and three parents"),
    (105, "We wash up together", ""),
]
_MORNING: Final = [
    (0, "Hello, and who plants where", "Amina Okafor, parent of 2b"),
    (15, "Digging, sowing, worms", "Derya Demir, gardener"),
    (90, "What grows on my grandmother’s balcony", "Three grandparents"),
    (135, "Soup, then seeds to take home", "Rania Haddad, parent"),
]
_PICNIC: Final = [(0, "Blankets and dishes find each other", ""), (90, "Football for all sizes", "Kwame Osei")]


def make(session: Session) -> Membership:
    """Makes the sample data where there is none; the owner's membership."""
    known = session.scalars(
        sa.select(Membership).where(Membership.account.has(email_key=OWNER)).order_by(Membership.created_at)
    ).first()
    if known is not None:
        return known
    owner = accounts.found_organization(session, "Lindenhof Family Centre", OWNER)
    owner.account.name, owner.profession = "Hanna Brandt", "Family coordinator"
    organization = owner.organization
    organization.time_zone, organization.country, organization.region = ZONE, "DE", "BE"
    organization.observed = ["muslim", "orthodox"]
    organization.address = "Lindenweg 12"
    organization.contact_name, organization.contact_phone = "Hanna Brandt", "030 555 01 23"
    organization.contact_email = OWNER
    session.flush()
    _held_walk(session, owner)
    _open_events(session, owner)
    _soup_and_stories(session, owner)
    _spread_over_days(session)
    return owner


def _spread_over_days(session: Session) -> None:
    """Lets what was just made have happened bit by bit over the last days, so that pages look lived in."""
    session.flush()
    entries = session.scalars(sa.select(LogEntry).order_by(LogEntry.id)).all()
    answers = {str(rsvp.invitation_id): rsvp for rsvp in session.scalars(sa.select(Rsvp))}
    answered = 0
    for entry in reversed(entries):
        # Each answer lies further back than the one after it; what is not an answer came right before.
        entry.occurred_at -= 2 * answered**2 * timedelta(minutes=1)
        if entry.type != "RsvpRecorded":
            continue
        answered += 1
        # Whoever answered twice has the later answer, which comes first here.
        if rsvp := answers.pop(str(entry.data["invitation_id"]), None):
            rsvp.answered_at = entry.occurred_at
            rsvp.waiting_since = rsvp.waiting_since and entry.occurred_at


def _soup_and_stories(session: Session, owner: Membership) -> None:
    soup = _plan(
        session,
        owner,
        23,
        time(17, 30),
        2,
        title="Soup & Stories: family night",
        description=_SOUP,
        venue="Garden Room, Lindenweg 12, ground floor, no steps",
        capacity=24,
        programme=_parts(_EVENING),
        topics=["Reading", "Food"],
    )
    asked = invitations.invite(session, soup, _everyone(), actor=owner.actor)
    _name_people(session, asked)
    _make_group(session, owner.organization, "Class 2b", asked[:10])
    _make_group(session, owner.organization, "Reading circle", asked[6:14])
    gatherings.publish(session, soup, actor=owner.actor)
    _answers(session, asked[:13], "yyyymnyyywymn")
    answer(session, asked[18].id, Said(answer=Answer.ACCEPTED), Source.LINK)
    answer(session, asked[5].id, Said(answer=Answer.ACCEPTED), Source.DESK, actor=owner.actor)


def _open_events(session: Session, owner: Membership) -> None:
    planting = _plan(
        session,
        owner,
        32,
        time(10),
        3,
        title="Planting day in the school garden",
        venue="Linden School, Kastanienallee 3",
        capacity=55,
        visibility=Visibility.PUBLIC,
        description="Twelve raised beds are waiting. Families bring spades and old shoes, the gardener brings "
        "beans, peas and patience. Children choose what grows in bed seven. Soup at noon for everyone.",
        programme=_parts(_MORNING),
        topics=["Garden", "Food"],
    )
    asked = invitations.invite(session, planting, _everyone()[2:15], actor=owner.actor)
    gatherings.publish(session, planting, actor=owner.actor)
    _answers(session, asked, "yymmyn")
    for days, clock, hours, title, venue, words, topic in [
        (
            *(46, time(12), 4, "Spring picnic by the lake", "Seebad meadow"),
            *("A blanket, a dish to share, a ball.", "Food"),
        ),
        (
            59,
            time(10, 30),
            2,
            "Grandparents’ morning at the museum",
            "City Museum",
            "Every child shows a grandparent one picture.",
            "Grandparents",
        ),
        (73, time(16), 4, "Street potluck", "Lindenweg", "One long table, forty dishes.", "Food"),
    ]:
        event = _plan(
            session,
            owner,
            days,
            clock,
            hours,
            title=title,
            venue=venue,
            description=words,
            visibility=Visibility.PUBLIC,
            topics=[topic],
            programme=_parts(_PICNIC) if "picnic" in title else [],
        )
        gatherings.publish(session, event, actor=owner.actor)
    _plan(
        session,
        owner,
        48,
        time(19),
        2,
        title="How does my child learn to read?",
        online_url="https://meet.lindenhof.example/reading",
        visibility=Visibility.PUBLIC,
        description="A speech therapist and three parents tell what helped.",
        topics=["Reading"],
    )


def _held_walk(session: Session, owner: Membership) -> None:
    walk = _plan(
        session,
        owner,
        2,
        time(17),
        1,
        title="Lantern walk",
        venue="Meeting at the fountain, Lindenplatz",
        description="We walk round the lake with lanterns, slowly. Warm apple juice at the end.",
    )
    asked = invitations.invite(session, walk, _everyone()[:19], actor=owner.actor)
    gatherings.publish(session, walk, actor=owner.actor)
    _answers(session, asked, "yyyyyymyynyyyyyyyyy")
    # It was held five days ago: only now, since nobody can answer to what is over.
    walk.starts_at -= timedelta(days=7)
    walk.ends_at -= timedelta(days=7)
    gatherings.hold(session, walk, actor=owner.actor)
    _thanks(session, owner, walk, asked)
    for invitation, row in zip(asked, _FEEDBACK, strict=False):
        session.add(Feedback(gathering_id=walk.id, **row))
        invitation.gave_feedback = True


def _thanks(session: Session, owner: Membership, walk: Gathering, asked: list[Invitation]) -> None:
    amina, kim = asked[0], asked[18]
    session.add_all(
        [
            Appreciation(
                gathering_id=walk.id,
                from_invitation_id=amina.id,
                from_name="Okafor-Lindqvist",
                words="For the lantern you lit three times in the wind. Ben talked of nothing else.",
                to_account_id=owner.account_id,
                shared=True,
                agreed_at=utc_now(),
            ),
            Appreciation(
                gathering_id=walk.id,
                from_invitation_id=asked[1].id,
                from_name="Haddad",
                shared=True,
                words="Thank you all for walking at the pace of the smallest.",
            ),
            Appreciation(
                gathering_id=walk.id,
                from_invitation_id=asked[7].id,
                from_name="Silva",
                words="You listened to my mother as if she were the only one there.",
                to_invitation_id=kim.id,
                shared=True,
            ),
        ]
    )


_FEEDBACK: Final[list[dict[str, Any]]] = [
    {"welcome": 3, "on_time": 3, "heard": 2, "met_others": 3, "prepared": 3,
     "went_well": "The silence by the water."},
    {"welcome": 3, "on_time": 2, "heard": 3, "met_others": 2, "prepared": 3,
     "better": "A second ledge for the juice. We have a folding table.", "could_help": True},
    {"welcome": 3, "on_time": 3, "heard": 3, "met_others": 1, "prepared": 2, "went_well": "Nobody hurried us."},
    {"welcome": 2, "on_time": 2, "heard": 1, "met_others": 3, "prepared": 3,
     "better": "Start half an hour earlier: the little ones were tired."},
    {"welcome": 3, "on_time": 3, "heard": 3, "met_others": 3, "prepared": 3},
    {"welcome": 3, "on_time": 1, "heard": 2, "met_others": 2, "prepared": 2, "went_well": "The songs."},
]  # fmt: skip


def _plan(session: Session, owner: Membership, days: int, clock: time, hours: int, **fields: Any) -> Gathering:
    zone = ZoneInfo(ZONE)
    day: date = datetime.now(zone).date() + timedelta(days=days)
    starts_at = local_instant(day, clock, zone, "starts_at")
    wanted = GatheringFields(
        starts_at=starts_at, ends_at=starts_at + timedelta(hours=hours), time_zone=ZONE, **fields
    )
    return gatherings.create(session, owner.organization, wanted, by=owner.account_id, actor=owner.actor)


def _parts(rows: list[tuple[int, str, str]]) -> list[Part]:
    return [Part(minutes=minutes, title=title, led_by=leader) for minutes, title, leader in rows]


def _everyone() -> list[PartyFields]:
    households = [
        PartyFields(
            kind=Kind.HOUSEHOLD,
            name=name,
            email=_address(people[0]),
            language=language,
            adults=adults,
            children=children,
        )
        for name, people, language, adults, children in _HOUSEHOLDS
    ]
    professionals = [
        PartyFields(kind=Kind.PROFESSIONAL, name=name, email=_address(name), profession=profession)
        for name, profession in _PROFESSIONALS
    ]
    return households + professionals


def _address(name: str) -> str:
    plain = name.translate(str.maketrans("ıłśęążćńóéíáüöäễ", "ilseazcnoeiauoae"))
    return (
        ".".join(part for part in plain.lower().encode("ascii", "ignore").decode().split()) + "@families.example"
    )


def _name_people(session: Session, asked: list[Invitation]) -> None:
    people = {name: adults[0] for name, adults, *_rest in _HOUSEHOLDS}
    for invitation in asked:
        for member in session.scalars(sa.select(PartyMember).where(PartyMember.party_id == invitation.party_id)):
            member.person.name = people.get(invitation.party.name, invitation.party.name)


def _make_group(session: Session, organization: Organization, name: str, asked: list[Invitation]) -> None:
    group = Group(organization_id=organization.id, name=name)
    session.add(group)
    session.flush()
    session.add_all(GroupMember(group_id=group.id, party_id=invitation.party_id) for invitation in asked)


def _answers(session: Session, asked: list[Invitation], letters: str) -> None:
    said = {"y": Answer.ACCEPTED, "w": Answer.ACCEPTED, "m": Answer.TENTATIVE, "n": Answer.DECLINED}
    for invitation, letter in zip(asked, letters, strict=False):
        answer(session, invitation.id, Said(answer=said[letter]), Source.LINK)
