"""The list of people and what is changed in it, on both databases."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from planner.calendars.models import Feed, Scope
from planner.database import new_id
from planner.errors import Invalid
from planner.parties import groups
from planner.parties.actions import find
from planner.parties.editing import TypedParty, TypedPerson, save_party
from planner.parties.erasing import erase
from planner.parties.models import Kind, Party, Person
from planner.parties.queries import Narrowing, count_parties, list_groups, list_parties, parties_outside
from tests.conftest import statements
from tests.parties.conftest import House

EVERYBODY = Narrowing()


def people(first: int, last: int) -> str:
    """A list of so many households."""
    rows = "".join(f"Person Number{i},p{i}@example.org,G{i % 3},{i}\n" for i in range(first, last))
    return "Name,Email,Group,Household\n" + rows


def test_a_page_of_the_list_costs_the_same_however_long_it_is(house: House) -> None:
    counts = []
    for first, last in ((0, 1), (1, 60), (60, 400)):
        house.take(people(first, last))
        with house.database.reading() as session, statements() as asked:
            lines = list_parties(session, house.id, EVERYBODY, 50, 0)
            count_parties(session, house.id, EVERYBODY)
        counts.append(len(asked))
        assert len(lines) == min(50, last)
        assert all(line.people and line.groups for line in lines)
    assert counts[0] == counts[1] == counts[2]


def test_people_are_found_by_any_letters_of_name_or_address(house: House) -> None:
    house.take("Name,Email\nÖmer Şahin,Omer.Sahin@example.org\nAnn 100%_Lee,ann@example.org\n")
    with house.database.reading() as session:
        for words, found in (("şahin", 1), ("OMER.SAHIN@", 1), ("100%_", 1), ("%", 1), ("nobody", 0)):
            assert count_parties(session, house.id, Narrowing(words))[""] == found, words


def test_a_typed_household_is_saved_changed_and_deleted_with_its_feed(house: House) -> None:
    typed = TypedParty(people=[TypedPerson(name="Ida Moreau", email="ida@example.org"), TypedPerson()], children=2)
    with house.database.writing() as session:
        made = save_party(session, house.id, None, typed)
        session.flush()
        session.add(Feed(id=new_id(), organization_id=house.id, scope=Scope.PARTY, party_id=made.id))
    with house.database.writing() as session:
        party = find(session, house.id, made.id)
        ida = party.members[0].person
        people = [TypedPerson(ida.id, "Ida Moreau", "ida.new@example.org"), TypedPerson(name="Jan Moreau")]
        save_party(session, house.id, party, TypedParty(name="Moreau", people=people, new_group="Class 3a"))
    assert house.parties() == {"Moreau": [("Ida Moreau", "ida.new@example.org"), ("Jan Moreau", None)]}
    assert house.party("Moreau").email == "ida.new@example.org"
    assert house.groups_of("Moreau") == {"Class 3a"}
    with house.database.writing() as session:
        erase(session, find(session, house.id, made.id))
    with house.database.reading() as session:
        assert session.scalars(sa.select(Person)).all() == []


def test_an_address_of_somebody_in_another_household_is_refused(house: House) -> None:
    house.take("Household,Name,Email\n1,Ann Lee,ann@example.org\n1,Bob Lee,bob@example.org\n")
    typed = TypedParty(people=[TypedPerson(name="Robert", email="BOB@example.org")])
    with pytest.raises(Invalid) as refused, house.database.writing() as session:
        save_party(session, house.id, None, typed)
    assert refused.value.errors[0].field == "person-1-email"
    with house.database.writing() as session:
        typed.kind = Kind.PROFESSIONAL
        save_party(session, house.id, None, typed)


def test_groups_are_made_once_and_filled_from_outside(house: House) -> None:
    house.take(people(0, 6))
    with house.database.writing() as session:
        first = groups.group_ids(session, house.id, ["Choir", "G0"])
        assert groups.group_ids(session, house.id, ["Choir"]) == {"Choir": first["Choir"]}
        choir = groups.find_group(session, house.id, first["Choir"])
        ids = list(session.scalars(sa.select(Party.id)))
        assert groups.add_to_group(session, choir, ids[:2]) == 2
        assert groups.add_to_group(session, choir, ids[:3]) == 1
        assert len(parties_outside(session, choir, "number", 20)) == 3
    with house.database.reading() as session:
        assert {line.group.name: line.parties for line in list_groups(session, house.id)}["Choir"] == 3
