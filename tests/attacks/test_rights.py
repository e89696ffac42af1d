"""Who may do what: every address of the application, tried by everybody who has no business there, and by who has.

An address that stands in none of the lists of `doors.py` fails the first test: whoever adds one decides
who may use it.
"""

from __future__ import annotations

import itertools
import re
import uuid
from datetime import timedelta
from typing import Any, Final

import httpx
import pytest
import sqlalchemy as sa
from litestar.routes import HTTPRoute

from planner.calendars.actions import party_feed
from planner.calendars.models import Feed
from planner.gatherings.models import Gathering, Status
from planner.invitations import actions as invitations
from planner.invitations.models import Invitation
from planner.parties.erasing import erase
from planner.parties.models import Group, GroupMember, Party
from tests.attacks.doors import (
    BY_LINK,
    BY_MAIL,
    ENDLESS,
    LOOKS,
    OPEN,
    OWNS,
    PLANS,
    SECRETS,
    Place,
    calls,
    owe_mail,
)

_ENDS: Final = re.compile("DELETE|/drop|/erase")
_LISTS: Final = ("GET /manage/gatherings", "GET /manage/people", "GET /manage/people/groups", "GET /manage")


def test_somebody_has_decided_who_may_use_each_address(place: Place) -> None:
    there = set()
    for route in place.client.app.routes:
        path = re.sub(r"\{(\w+):\w+\}", r"{\1}", route.path)
        methods = route.methods if isinstance(route, HTTPRoute) else ["ASGI"]
        there |= {f"{method} {path}" for method in methods if method not in ("OPTIONS", "HEAD")}
    decided = calls(OPEN, BY_LINK, BY_MAIL, LOOKS, PLANS, OWNS)
    assert sorted(there) == sorted(decided)


def test_nobody_gets_in_without_signing_in_and_nothing_changes(place: Place) -> None:
    before = place.rows()
    for call in calls(LOOKS, PLANS, OWNS):
        answer = place.knock("nobody", call)
        if "/api/" in call:
            assert answer.status_code == 401, call
        else:
            # Signing out is for those too whose session is over.
            assert answer.status_code == 303, call
            assert answer.headers["location"].startswith("/sign-in"), call
        assert not SECRETS.search(answer.text), call
    assert place.rows() == before


def test_an_owner_of_another_organisation_sees_and_changes_nothing(place: Place) -> None:
    form = {"answer": "accepted", "adults": 9, "children": 0, "do": "withdraw", "role": "helper", "name": "Mine"}
    before = place.rows()
    for call in calls(LOOKS, PLANS, OWNS):
        if "_id}" not in call:
            continue
        answer = place.knock("stranger", call, form)
        assert answer.status_code == 404, (call, answer.status_code)
        assert not SECRETS.search(answer.text), call
    assert place.rows() == before


def test_lists_of_another_organisation_hold_nothing_of_ours(place: Place) -> None:
    for call in calls(LOOKS, PLANS):
        if call.startswith("GET") and "_id}" not in call and call not in ENDLESS:
            answer = place.knock("stranger", call)
            assert answer.status_code == 200, call
            assert not SECRETS.search(answer.text), call
    ours = {"Haddad", "Hidden Soup", "Draft Soup", "Class 3"}
    shown = "".join(place.knock("helper", call).text for call in calls(LOOKS) if call in _LISTS)
    assert {word for word in ours if word in shown} == ours, "the lists would show what is there"


@pytest.mark.parametrize("who", ["helper", "coordinator", "owner"])
def test_each_role_may_do_what_it_may_and_no_more(place: Place, who: str) -> None:
    allowed = {"helper": [LOOKS], "coordinator": [LOOKS, PLANS], "owner": [LOOKS, PLANS, OWNS]}[who]
    may, before = calls(*allowed), place.rows()
    for call in calls(LOOKS, PLANS, OWNS):
        if call not in may:
            answer = place.knock(who, call, {"role": "owner"})
            assert answer.status_code == 403, (call, answer.status_code)
    assert place.rows() == before
    # Looked at before it is changed; what is deleted comes late, and signing out at the end.
    for call in sorted(may, key=lambda call: ("sign-out" in call, call[:3] != "GET", bool(_ENDS.search(call)))):
        if call not in ENDLESS:
            answer = place.knock(who, call, {"group": place.ids["group_id"]})
            assert answer.status_code not in (401, 403, 404, 405, 413) and answer.status_code < 500, (call, answer)
            assert not answer.headers.get("location", "").startswith("/sign-in?"), call


def test_a_form_without_its_token_changes_nothing_at_the_desk(place: Place) -> None:
    before = place.rows()
    place.csrf = "0" * 128
    for call in calls(LOOKS, PLANS, OWNS):
        if call.startswith("POST /manage"):
            place.client.cookies.clear()
            assert place.knock("owner", call).status_code == 403, call
    assert place.rows() == before


@pytest.mark.parametrize(
    "call",
    [
        "GET /manage/gatherings/{theirs}/guests/{invitation_id}",
        "POST /manage/gatherings/{theirs}/guests/{invitation_id}",
        "GET /manage/gatherings/{theirs}/cards?invitation={invitation_id}",
        "GET /manage/gatherings/new?copy={gathering_id}",
        "GET /manage/mail?open={message_id}",
    ],
)
def test_ids_of_another_organisation_are_unknown_in_ones_own_pages(place: Place, call: str) -> None:
    before = place.rows()
    answer = place.knock("stranger", call.replace("{theirs}", place.their_ids["gathering_id"]), {"do": "withdraw"})
    assert answer.status_code == 404
    assert place.rows() == before


def test_ids_of_another_organisation_in_a_form_are_passed_over(place: Place) -> None:
    ours, event = place.ids, f"/manage/gatherings/{place.their_ids['gathering_id']}"
    chosen = {"party": ours["party_id"], "group": ours["group_id"], "find": "Haddad"}
    typed = {"name": "Smith", "person-1-id": ours["party_id"], "person-1-name": "Bo", "group": ours["group_id"]}
    tried: list[tuple[str, dict[str, Any]]] = [
        ("POST " + event + "/invite", chosen),
        ("POST " + event + "/invite", {**chosen, "send": "0"}),
        ("POST " + event + "/invite", {**chosen, "send": "1"}),
        ("POST " + event + "/invite/asked", chosen),
        ("GET " + event + f"/invite?party={ours['party_id']}&group={ours['group_id']}", {}),
        ("GET " + event + f"/preview/invitation?party={ours['party_id']}", {}),
        ("GET " + event + f"/thanks?to={ours['invitation_id']}", {}),
        ("GET /manage/people?group=" + ours["group_id"], {}),
        ("GET /manage/history?before=" + ours["event_id"], {}),
        ("POST /manage/people/new", typed),
        ("POST /manage/people/groups/" + place.their_ids["group_id"], {"do": "add", "party": ours["party_id"]}),
        ("POST /manage/people/" + place.their_ids["party_id"] + "/leave-group", {"group": ours["group_id"]}),
        ("POST /manage/organization", {"organization": str(place.owner.organization_id)}),
        ("POST /api/v1/feeds", {"scope": "party", "party_id": ours["party_id"]}),
        (
            f"POST /api/v1/gatherings/{place.their_ids['gathering_id']}/invitations",
            {"party_ids": [ours["party_id"]]},
        ),
        (f"POST /api/v1/gatherings/{place.their_ids['gathering_id']}/invitations", {"groups": [ours["group_id"]]}),
    ]
    for call, form in tried:
        answer = place.knock("stranger", call, form)
        assert answer.status_code < 500, call
        if "find" not in form:
            assert not SECRETS.search(answer.text), call
    with place.database.reading() as session:
        event_id = uuid.UUID(place.their_ids["gathering_id"])
        asked = session.scalars(sa.select(Invitation.party_id).where(Invitation.gathering_id == event_id))
        assert list(asked) == [uuid.UUID(place.their_ids["party_id"])]
        mixed = (
            sa.select(GroupMember).join(Group).join(Party).where(Party.organization_id != Group.organization_id)
        )
        assert not session.execute(mixed).all()
        assert session.get_one(Party, uuid.UUID(ours["party_id"])).name == "Haddad"


def test_a_link_opens_what_is_its_own_and_nothing_else(place: Place) -> None:
    party_id = uuid.UUID(place.ids["party_id"])
    with place.database.writing() as session:
        feed = party_feed(session, session.get_one(Party, party_id))
    own = place.link(place.ids["invitation_id"])
    of_mail = place.signer.token("party", party_id, 1)
    of_feed = place.signer.token("feed", feed.id, feed.version)
    assert place.knock("nobody", f"GET /r/{own}").status_code == 200
    assert place.knock("nobody", f"GET /preferences/{of_mail}").status_code == 200
    assert place.knock("nobody", f"GET /calendars/{of_feed}.ics").status_code == 200
    before = place.rows()
    tried = itertools.chain(
        itertools.product(calls(BY_LINK), [of_mail, of_feed, "x", "-" * 43, own[:-1], own[:-1] + "!"]),
        itertools.product(calls(BY_MAIL), [own, of_feed, "x", "-" * 43]),
        itertools.product(["GET /calendars/{token}.ics"], [own, of_mail, "x", "-" * 43]),
        itertools.product(["GET /sign-in/{token}", "POST /sign-in/{token}"], [own, of_mail, of_feed]),
    )
    note_id = place.held_ids["note_id"]
    for call, token in tried:
        path = call.replace("{token}", token).replace("{note_id}", note_id)
        answer = place.knock("nobody", path, {"answer": "declined", "words": "x"})
        assert answer.status_code == 404, (call, token)
        assert not SECRETS.search(answer.text)
    # A thank-you between two others, through a link that is good for its own party.
    for invitation_id in (place.their_ids["invitation_id"], place.held_ids["invitation_id"]):
        call = f"POST /r/{place.link(invitation_id)}/thanks/{note_id}"
        assert place.knock("nobody", call, {"wall": "yes"}).status_code == 404
    assert place.rows() == before


def _withdraw(session: Any, invitation: Invitation) -> None:
    invitations.withdraw(session, invitation)


def _ask_again(session: Any, invitation: Invitation) -> None:
    invitations.withdraw(session, invitation)
    # As if it were still ahead: nobody is invited to what was held.
    status, invitation.gathering.status = invitation.gathering.status, Status.PUBLISHED
    invitations.invite(session, invitation.gathering, party_ids=[invitation.party_id])
    invitation.gathering.status = status


def _renew(session: Any, invitation: Invitation) -> None:
    invitations.renew_link(session, invitation)


def _erase(session: Any, invitation: Invitation) -> None:
    erase(session, invitation.party)


def _long_over(session: Any, invitation: Invitation) -> None:
    invitation.gathering.starts_at -= timedelta(days=3000)
    invitation.gathering.ends_at -= timedelta(days=3000)


@pytest.mark.parametrize("end", [_withdraw, _ask_again, _renew, _erase, _long_over])
@pytest.mark.parametrize("which", ["ids", "held_ids"])
def test_a_link_that_died_is_dead_everywhere(place: Place, which: str, end: Any) -> None:
    invitation_id = uuid.UUID(getattr(place, which)["invitation_id"])
    filled = [
        call.replace("{token}", place.link(invitation_id)).replace("{note_id}", place.held_ids["note_id"])
        for call in calls(BY_LINK)
    ]
    for call in filled:
        if call.startswith("GET"):
            assert place.knock("nobody", call).status_code == 200, call
    with place.database.writing() as session:
        end(session, session.get_one(Invitation, invitation_id))
    before = place.rows()
    for call in filled:
        answer = place.knock("nobody", call, {"answer": "declined", "words": "x", "to": "everyone"})
        assert answer.status_code == 404, call
        assert not SECRETS.search(answer.text), call
    assert place.rows() == before


@pytest.mark.parametrize("end", [_renew, _erase])
def test_what_a_stranger_found_behind_a_link_dies_with_it(place: Place, end: Any) -> None:
    """A page shows the party's calendar, which can hold its new links; the mail around a link has two more."""
    invitation_id = uuid.UUID(place.ids["invitation_id"])
    assert place.knock("nobody", f"GET /r/{place.link(invitation_id)}").status_code == 200
    with place.database.writing() as session:
        party = session.get_one(Party, uuid.UUID(place.ids["party_id"]))
        calendar = place.signer.token("feed", (feed := party_feed(session, party)).id, feed.version)
        mail = place.signer.token("party", party.id, party.link_version)
    assert place.knock("nobody", f"GET /calendars/{calendar}.ics?link=1").status_code == 200
    with place.database.writing() as session:
        end(session, session.get_one(Invitation, invitation_id))
    before = place.rows()
    assert place.knock("nobody", f"GET /calendars/{calendar}.ics?link=1").status_code == 404
    for call in calls(BY_MAIL):
        assert place.knock("nobody", call.replace("{token}", mail), {"stop": "1"}).status_code == 404, call
    assert place.rows() == before


def test_who_was_taken_off_has_nothing_left(place: Place) -> None:
    made = place.knock("helper", "POST /api/v1/feeds", {"scope": "coordinator"}).json()
    calendar = "GET " + httpx.URL(made["url"]).path
    assert place.knock("nobody", calendar).status_code == 200
    form = {"remove": "1"}
    assert place.knock("owner", "POST /manage/settings/colleagues/{account_id}", form).status_code == 303
    assert place.knock("nobody", calendar).status_code == 404
    for call in calls(LOOKS, PLANS, OWNS):
        assert place.knock("helper", call).status_code == (401 if "/api/" in call else 303), call
    hidden = place.knock("helper", "GET /e/" + _slug(place))
    assert hidden.status_code == 404


def _slug(place: Place) -> str:
    with place.database.reading() as session:
        return session.get_one(Gathering, uuid.UUID(place.ids["gathering_id"])).slug


@pytest.mark.parametrize("who", ["nobody", "stranger"])
def test_drafts_and_what_is_for_guests_is_shown_nowhere_to_the_world(place: Place, who: str) -> None:
    with place.database.reading() as session:
        slugs = list(session.scalars(sa.select(Gathering.slug).where(Gathering.title.contains("Soup"))))
        feeds = list(session.scalars(sa.select(Feed.id)))
    assert len(slugs) == 5
    assert feeds
    for slug in slugs:
        for path in (f"/e/{slug}", f"/e/{slug}.ics"):
            assert place.knock(who, f"GET {path}").status_code == 404
    for path in ("/", "/o/hill-centre", "/calendars/public/hill-centre.ics", "/privacy/hill-centre", "/privacy"):
        answer = place.knock(who, f"GET {path}")
        assert answer.status_code == 200, path
        assert not SECRETS.search(answer.text), path


def test_a_sign_in_mail_is_shown_to_no_colleague(place: Place) -> None:
    with place.database.writing() as session:
        message_id = owe_mail(session, "sign-in", "Karla")
    for who in ("owner", "coordinator", "stranger"):
        assert "Karla" not in place.knock(who, "GET /manage/mail").text
        for call in (f"GET /manage/mail/{message_id}/html", f"POST /manage/mail/{message_id}/again"):
            assert place.knock(who, call).status_code == 404
