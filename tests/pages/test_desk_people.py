"""A coordinator keeps the list of people at the desk."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from events.log import LogEntry
from planner.accounts.models import Role
from planner.database import Database, new_id, utc_now
from planner.parties.models import Group, Kind, Party, PartyMember, Person, StoppedAddress
from planner.settings import Settings
from tests.conftest import application
from tests.pages.desk import Desk, empty_organization, form_fields, signed_in, text_of


def party(desk: Desk, name: str) -> Party:
    """The party of that name."""
    with desk.database.reading() as session:
        return session.scalars(sa.select(Party).where(Party.name == name)).one()


def people_of(desk: Desk, name: str) -> list[tuple[str, str | None]]:
    """Names and addresses of a party's people."""
    query = (
        sa.select(Person.name, Person.email)
        .join(PartyMember)
        .where(PartyMember.party_id == party(desk, name).id)
        .order_by(PartyMember.position)
    )
    with desk.database.reading() as session:
        return [(row.name, row.email) for row in session.execute(query)]


def new_household(**words: str) -> dict[str, Any]:
    """What one types for a household."""
    return {
        "kind": "household",
        "name": "",
        "person-1-name": "Ida Moreau",
        "person-1-email": "ida@example.org",
        "person-1-phone": "",
        "person-2-name": "Jan Moreau",
        "person-2-email": "",
        "person-2-phone": "030 77",
        "adults": "",
        "children": "2",
        "language": "fr",
        "profession": "",
        "new_group": "Class 3a",
        **words,
    }


def test_an_empty_list_says_what_will_be_there(sqlite_database: Database, settings: Settings) -> None:
    organization = empty_organization(sqlite_database)
    with signed_in(application(settings, sqlite_database), sqlite_database, organization, Role.OWNER) as desk:
        assert "Nobody yet" in text_of(desk.get("/manage/people"))
        assert "No groups yet" in text_of(desk.get("/manage/people/groups"))


def test_people_are_found_by_name_by_address_by_kind_and_by_group(desk: Desk) -> None:
    assert "Okafor-Lindqvist" in text_of(desk.get("/manage/people"))
    by_name = text_of(desk.get("/manage/people?find=amina"))
    assert "Okafor-Lindqvist" in by_name
    assert "Haddad" not in by_name
    address = people_of(desk, "Haddad")[0][1] or ""
    assert "Haddad" in text_of(desk.get(f"/manage/people?find={address.upper()}"))
    professionals = text_of(desk.get("/manage/people?kind=professional"))
    assert "Derya Demir" in professionals
    assert "Kowalczyk" not in professionals
    with desk.database.reading() as session:
        group = session.scalars(sa.select(Group).where(Group.name == "Class 2b")).one()
    members = text_of(desk.get(f"/manage/people?group={group.id}"))
    assert "Okafor-Lindqvist" in members
    assert "Lindholm" not in members
    assert "Nobody is called like that" in text_of(desk.get("/manage/people?find=zzz&page=7"))


def test_a_household_is_typed_in_and_named_by_its_people(desk: Desk) -> None:
    answer = desk.post("/manage/people/new", new_household())
    made = party(desk, "Moreau")
    assert answer.headers["location"].startswith(f"/manage/people/{made.id}")
    assert (made.adults, made.children, made.language, made.email) == (2, 2, "fr", "ida@example.org")
    assert people_of(desk, "Moreau") == [("Ida Moreau", "ida@example.org"), ("Jan Moreau", None)]
    page = text_of(desk.get(answer.headers["location"]))
    assert "Moreau is on your list now." in page
    assert "Class 3a" in page
    with desk.database.reading() as session:
        told = session.scalars(sa.select(LogEntry.data).where(LogEntry.type == "AddressMended")).all()
    assert str(made.id) not in {one["party_id"] for one in told}


def test_a_professional_is_typed_in(desk: Desk) -> None:
    words = new_household(kind="professional", children="", profession="Nurse")
    desk.post("/manage/people/new", {**words, "person-2-name": "", "person-2-phone": ""})
    made = party(desk, "Ida Moreau")
    assert (made.kind, made.profession, made.adults, made.children) == (Kind.PROFESSIONAL, "Nurse", 1, 0)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"person-1-name": "", "person-2-name": ""}, "Please fill this in."),
        ({"person-1-email": "ida(at)example.org"}, "Did you mean ida@example.org?"),
        ({"children": "three"}, "Write a whole number"),
        ({"children": "900"}, "Write a number from 0 to 200."),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_words_stay(
    desk: Desk, words: dict[str, str], sentence: str
) -> None:
    page = desk.post("/manage/people/new", new_household(**words), status=422).text
    assert sentence in text_of(page)
    assert form_fields(page)["new_group"] == "Class 3a"


def test_an_address_leads_to_one_household(desk: Desk) -> None:
    known = people_of(desk, "Haddad")[0][1] or ""
    page = desk.post("/manage/people/new", new_household(**{"person-1-email": known.upper()}), status=422).text
    assert "“Haddad” has this address already." in text_of(page)


def change(desk: Desk, name: str, **words: str) -> Any:
    """Changes a party through its form."""
    path = f"/manage/people/{party(desk, name).id}"
    fields = form_fields(desk.get(path))
    fields.pop("group", None)
    return desk.post(path, {**fields, **words})


def test_a_household_is_changed_and_whoever_is_emptied_is_taken_out(desk: Desk) -> None:
    change(
        desk, "Okafor-Lindqvist", **{"children": "4", "person-2-name": "", "person-2-email": "", "language": "sv"}
    )
    made = party(desk, "Okafor-Lindqvist")
    assert (made.children, made.language) == (4, "sv")
    assert [name for name, _email in people_of(desk, "Okafor-Lindqvist")] == ["Amina Okafor"]


def test_a_new_address_gets_what_is_open(desk: Desk) -> None:
    change(desk, "Haddad", **{"person-1-email": "rania.new@example.org"})
    assert party(desk, "Haddad").email == "rania.new@example.org"
    with desk.database.reading() as session:
        told = session.scalars(sa.select(LogEntry.data).where(LogEntry.type == "AddressMended")).all()
    assert told[-1]["party_id"] == str(party(desk, "Haddad").id)
    assert told[-1]["invitation_ids"]


def test_two_who_change_at_once_are_told_and_lose_no_words(desk: Desk) -> None:
    path = f"/manage/people/{party(desk, 'Haddad').id}"
    first = form_fields(desk.get(path))
    change(desk, "Haddad", children="7")
    page = desk.post(path, {**first, "name": "Haddad family"}, status=409).text
    assert "Somebody else changed this" in text_of(page)
    again = form_fields(page)
    assert again["name"] == "Haddad family"
    desk.post(path, again)
    assert party(desk, "Haddad family").name == "Haddad family"


def test_an_address_that_mail_does_not_reach_is_seen_and_mended(desk: Desk) -> None:
    known = party(desk, "Haddad")
    with desk.database.writing() as session:
        session.add(
            StoppedAddress(organization_id=known.organization_id, email_key=known.email_key, reason="No such user")
        )
    assert "Mail came back" in text_of(desk.get("/manage/people?find=Haddad"))
    path = f"/manage/people/{known.id}"
    assert "No such user" in text_of(desk.get(path))
    page = desk.post(path + "/address", {"old": known.email, "email": "nonsense"}, status=422).text
    assert "is not a mail address" in text_of(page)
    desk.post(path + "/address", {"old": known.email, "email": "rania.right@example.org"})
    assert "came back" not in text_of(desk.get(path))
    assert people_of(desk, "Haddad")[0][1] == "rania.right@example.org"


def test_a_party_that_was_invited_is_erased_once_it_was_said_what_goes_and_stays(desk: Desk) -> None:
    path = f"/manage/people/{party(desk, 'Okafor-Lindqvist').id}"
    page = text_of(desk.get(path))
    assert "Soup & Stories: family night" in page and "Erase them" in page
    asked = text_of(desk.get(path + "/erase"))
    assert "Their invitation to Soup & Stories: family night is withdrawn" in asked
    assert "stays as a number" in asked
    answer = desk.post(path + "/erase")
    assert "Okafor-Lindqvist is erased." in text_of(desk.get(answer.headers["location"]))
    everybody = text_of(desk.get("/manage/people"))
    assert "Okafor-Lindqvist" not in everybody and "Erased" not in everybody
    desk.get(path, 404)
    desk.post(path + "/erase", status=404)


def test_a_party_that_was_never_invited_is_erased_whole(desk: Desk) -> None:
    desk.post("/manage/people/new", new_household())
    made = party(desk, "Moreau")
    answer = desk.post(f"/manage/people/{made.id}/erase")
    assert "Moreau is erased." in text_of(desk.get(answer.headers["location"]))
    with desk.database.reading() as session:
        assert session.scalars(sa.select(Person).where(Person.name == "Ida Moreau")).all() == []


def test_who_asked_for_no_more_invitations_is_seen(desk: Desk) -> None:
    known = party(desk, "Haddad")
    with desk.database.writing() as session:
        session.execute(sa.update(Party).where(Party.id == known.id).values(unsubscribed_at=utc_now()))
    assert "No more invitations" in text_of(desk.get("/manage/people?find=Haddad"))
    assert "They asked for no more invitations" in text_of(desk.get(f"/manage/people/{known.id}"))


def test_a_group_is_made_filled_renamed_and_ended(desk: Desk) -> None:
    here = desk.post("/manage/people/groups", {"name": "Gardeners"}).headers["location"].split("?")[0]
    assert (
        "There is a group of that name"
        in desk.post("/manage/people/groups", {"name": "Gardeners"}, status=422).text
    )
    found = desk.get(here + "?find=osei")
    ticked = re.search(r'name="party" value="([^"]+)"', found)
    assert ticked
    answer = desk.post(here, {"do": "add", "party": [ticked[1]]})
    page = text_of(desk.get(answer.headers["location"]))
    assert "1 is in the group now." in page
    assert "Osei" in page
    desk.post(here, {"do": "rename", "name": "Green fingers"})
    assert "Green fingers" in desk.get(f"/manage/people/{ticked[1]}")
    desk.post(f"/manage/people/{ticked[1]}/leave-group", {"group": here.rsplit("/", 1)[1], "from_group": "1"})
    assert "Nobody is in it yet" in text_of(desk.get(here))
    desk.post(here, {"do": "delete"})
    desk.get(here, status=404)


def test_helpers_look_and_change_nothing(helper: Desk) -> None:
    path = f"/manage/people/{party(helper, 'Haddad').id}"
    page = text_of(helper.get(path))
    assert "Rania Haddad" in page
    assert "Save" not in page
    assert "Add somebody" not in text_of(helper.get("/manage/people"))
    for get in ("/manage/people/new", "/manage/people/import"):
        helper.get(get, status=403)
    for post in (path, path + "/erase", path + "/address", path + "/leave-group", "/manage/people/new"):
        helper.post(post, {"name": "X"}, status=403)
    helper.post("/manage/people/groups", {"name": "X"}, status=403)


def test_people_of_another_organisation_are_not_there(desk: Desk) -> None:
    other = empty_organization(desk.database)
    theirs = Party(id=new_id(), organization_id=other.id, kind=Kind.HOUSEHOLD, name="Secret family")
    with desk.database.writing() as session:
        session.add(theirs)
    desk.get(f"/manage/people/{theirs.id}", status=404)
    desk.get(f"/manage/people/{uuid.uuid4()}", status=404)
    assert "Secret family" not in desk.get("/manage/people?find=secret")
