"""A coordinator imports contacts, more than once."""

from __future__ import annotations

import threading

import sqlalchemy as sa

from events.log import LogEntry
from planner.calendars.actions import create_feed
from planner.calendars.models import Scope
from planner.parties.importing import STEP, import_file, plan_import, take_over
from planner.parties.models import Party, Person
from planner.parties.reading import read_people
from tests.parties.conftest import House

CLASS = """Household;Name;E-mail;Language;Class;Children
12;Amina Okafor;amina@example.org;English;2b;3
12;Jonas Lindqvist;jonas@example.org;Swedish;2b;3
13;Rania Haddad;rania@example.org, r.haddad@example.org;Arabic;2b, Reading circle;4
14;Marta Kowalczyk;;Polish;2b;1
15;;a.nameless@example.org;;2b;
15;;b.nameless@example.org;;2b;
"""


def test_a_second_import_of_the_same_file_changes_nothing(house: House) -> None:
    assert house.take(CLASS) == (6, 0, 0)
    before = house.parties()
    assert house.take(CLASS) == (0, 0, 6)
    assert house.parties() == before
    assert house.groups_of("Haddad") == {"2b", "Reading circle"}


def test_a_household_is_one_party_with_its_numbers(house: House) -> None:
    house.take(CLASS)
    party = house.party("Okafor-Lindqvist")
    assert (party.adults, party.children, party.language, party.email) == (2, 3, "en", "amina@example.org")
    assert house.parties()["Okafor-Lindqvist"] == [
        ("Amina Okafor", "amina@example.org"),
        ("Jonas Lindqvist", "jonas@example.org"),
    ]


def test_numbered_addresses_beside_numbered_parents_are_theirs(house: House) -> None:
    house.take(
        "Family;Parent 1;Email 1;Phone 1;Parent 2;Email 2;Phone 2\n"
        "Okafor;Ngozi Okafor;ngozi@example.org;;Emeka Okafor;emeka@example.org;030 2\n"
        "Weber;Lena Weber;;;Jan Weber;jan@example.org;\n"
    )
    assert house.parties() == {
        "Okafor": [("Ngozi Okafor", "ngozi@example.org"), ("Emeka Okafor", "emeka@example.org")],
        "Weber": [("Lena Weber", None), ("Jan Weber", "jan@example.org")],
    }


def test_what_the_file_does_not_say_stays(house: House) -> None:
    house.take("Household,Name,Email,Phone,Language,Adults,Children\n1,Ann Lee,ann@example.org,030 1,Arabic,2,3\n")
    assert house.take("Name,Email\nAnn Lee,ann@example.org\n") == (0, 0, 1)
    assert house.take("Email\nANN@example.org\n") == (0, 0, 1)
    party = house.party("Lee")
    assert (party.adults, party.children, party.language) == (2, 3, "ar")


def test_a_child_on_one_class_list_does_not_take_its_siblings_away(house: House) -> None:
    house.take("Name,Email,Children\nAnn Lee,ann@example.org,3\n")
    assert house.take("Child name,Parent name,Parent email\nTom Lee,Ann Lee,ann@example.org\n") == (0, 0, 1)


def test_beside_both_parents_the_name_in_a_class_list_is_the_childs(house: House) -> None:
    house.take(
        "Nachname;Vorname;Mutter;E-Mail Mutter;Vater;E-Mail Vater;Telefon\n"
        "Müller;Jonas;Petra Müller;petra@example.org;Jörg Müller;joerg@example.org;030 1\n"
        "García Pérez;Lucía;María Pérez;maria@example.org;Juan García;juan@example.org;\n"
        "Kovac;Ana;Ivana Kovac;;Marko Kovac;;030 777\n"
        "Großmann;Tim;Änne Großmann;aenne@example.org;;;\n"
        "Großmann;Lisa;Änne Großmann;aenne@example.org;;;\n"
    )
    assert house.parties() == {
        "Müller": [("Petra Müller", "petra@example.org"), ("Jörg Müller", "joerg@example.org")],
        "Pérez-García": [("María Pérez", "maria@example.org"), ("Juan García", "juan@example.org")],
        "Kovac": [("Ivana Kovac", None), ("Marko Kovac", None)],
        "Großmann": [("Änne Großmann", "aenne@example.org")],
    }
    assert [(house.party(name).adults, house.party(name).children) for name in ("Müller", "Großmann")] == [
        (2, 1),
        (1, 2),
    ]


def test_changed_numbers_are_said_and_taken_over_once(house: House) -> None:
    house.take("Name,Email,Adults,Children\nAnn Lee,ann@example.org,2,1\n")
    again = "Name,Email,Adults,Children\nAnn Lee,ann@example.org,1,0\n"
    assert house.changes(again) == [("Adults", "2", "1"), ("Children", "1", "0")]
    assert house.take(again) == (0, 1, 0)
    assert house.take(again) == (0, 0, 1)


def test_a_new_address_replaces_the_old_one_of_person_and_party(house: House) -> None:
    house.take("Household,Name,Email\n7,Olena Petrenko,o.petrenko@example.com\n")
    again = "Household,Name,Email\n7,Olena Petrenko,olena@example.org\n"
    assert house.changes(again) == [("Mail", "o.petrenko@example.com", "olena@example.org")]
    assert house.take(again) == (0, 1, 0)
    assert house.party("Petrenko").email == "olena@example.org"
    assert house.take(again) == (0, 0, 1)


def test_two_people_of_one_name_stay_two(house: House) -> None:
    house.take("Name,Email\nMaria Garcia,maria@example.org\n")
    assert house.take("Name,Email\nMaria Garcia,other@example.net\n") == (1, 0, 0)


def test_two_files_that_count_their_households_from_one_are_not_mixed_up(house: House) -> None:
    house.take("Household,Name,Email\n1,Ann Lee,ann@example.org\n")
    assert house.take("Household,Name,Email\n1,Zoe Marsh,zoe@example.org\n") == (1, 0, 0)
    assert house.parties() == {
        "Lee": [("Ann Lee", "ann@example.org")],
        "Marsh": [("Zoe Marsh", "zoe@example.org")],
    }


def test_somebody_known_alone_joins_the_household_and_nobody_is_doubled(house: House) -> None:
    house.take(
        "Household,Name,Email,Group\n1,Almaz Tesfaye,almaz@example.org,A\n2,Samuel Tesfaye,samuel@example.org,B\n"
    )
    together = "Household,Name,Email\n1,Almaz Tesfaye,almaz@example.org\n1,Samuel Tesfaye,samuel@example.org\n"
    assert ("Household", "of their own", "joins Tesfaye (Almaz Tesfaye, Samuel Tesfaye)") in house.changes(
        together
    )
    new, changed, _unchanged = house.take(together)
    assert (new, changed) == (0, 2)
    assert house.parties() == {
        "Tesfaye": [("Almaz Tesfaye", "almaz@example.org"), ("Samuel Tesfaye", "samuel@example.org")]
    }
    assert house.groups_of("Tesfaye") == {"A", "B"}
    assert house.take(together) == (0, 0, 2)


def test_somebody_whose_calendar_is_subscribed_to_joins_the_household_too(house: House) -> None:
    house.take("Household,Name,Email\n1,Almaz Tesfaye,almaz@example.org\n2,Samuel Tesfaye,samuel@example.org\n")
    with house.database.writing() as session:
        for party_id in session.scalars(sa.select(Party.id)).all():
            create_feed(session, house.id, Scope.PARTY, party_id)
    together = "Household,Name,Email\n1,Almaz Tesfaye,almaz@example.org\n1,Samuel Tesfaye,samuel@example.org\n"
    assert house.take(together) == (0, 2, 0)
    assert len(house.parties()["Tesfaye"]) == 2


def test_addresses_that_change_places_break_nothing(house: House) -> None:
    first = "Household,Name,Email\nA1,Ann Lee,ann@example.org\nB2,Bob Marsh,bob@example.org\n"
    house.take(first)
    swapped = "Household,Name,Email\nA1,Ann Lee,bob@example.org\nB2,Bob Marsh,ann@example.org\n"
    house.take(swapped)
    assert house.take(swapped)[:2] == (0, 0)
    moved = "Household,Name,Email\nB2,Bob Marsh,ann.new@example.org\nA1,Ann Lee,ann@example.org\n"
    house.take(moved)
    assert house.take(moved)[:2] == (0, 0)


def test_an_address_of_another_household_is_not_taken_from_it(house: House) -> None:
    house.invited("Lee", "ann@example.org")
    house.take("Household,Name,Email\n5,Tim Marsh,tim@example.org\n")
    text = "Household,Name,Email\n5,Tim Marsh,tim@example.org\n5,Ann Lee,ann@example.org\n"
    house.take(text)
    assert house.take(text)[:2] == (0, 0)
    with house.database.reading() as session:
        holders = session.scalars(sa.select(Person.email_key).where(Person.email_key == "ann@example.org")).all()
    assert len(holders) == 1


def test_the_same_address_may_belong_to_a_household_and_a_professional(house: House) -> None:
    text = "Name,Email,Profession\nDerya Demir,derya@example.org,Gardener\n"
    house.invited("Demir", "derya@example.org")
    assert house.take(text) == (1, 0, 0)
    assert house.take(text) == (0, 0, 1)


def test_a_party_that_was_invited_before_is_found_and_gets_its_names(house: House) -> None:
    known = house.invited("The Lees", "ann@example.org", adults=2, children=2)
    assert house.take("Name,Email,Language\nAnn Lee,ann@example.org,Polish\n") == (0, 1, 0)
    party = house.party("The Lees")
    assert (party.id, party.language, party.adults, party.children) == (known, "pl", 2, 2)
    assert house.parties() == {"The Lees": [("Ann Lee", "ann@example.org")]}


def test_people_who_share_an_address_stay_two(house: House) -> None:
    text = "Name,Email\nKate Harrow,home@example.org\nDan Harrow,home@example.org\n"
    assert house.take(text) == (2, 0, 0)
    assert house.take(text) == (0, 0, 2)
    assert house.take("Name,Email\nDan Harrow,home@example.org\n") == (0, 0, 1)
    assert [name for name, _email in house.parties()["Harrow"]] == ["Kate Harrow", "Dan Harrow"]


def test_a_married_name_is_a_change_and_capitals_are_none(house: House) -> None:
    house.take("Name,Email\nAnn Lee,ann@example.org\n")
    assert house.take('Name,Email\n"LEE, Ann",ann@example.org\n') == (0, 0, 1)
    assert house.changes("Name,Email\nAnn Lee-Marsh,ann@example.org\n") == [("Name", "Ann Lee", "Ann Lee-Marsh")]


def test_households_without_any_address_are_known_again(house: House) -> None:
    text = "Family,First name,Last name,Adults\nLee,Ann,Lee,2\nLee,Ann,Lee,2\nMarsh,Zoe,Marsh,1\n"
    new, _changed, _unchanged = house.take(text)
    assert house.take(text) == (0, 0, new)


def test_an_address_that_comes_later_goes_to_the_known_person(house: House) -> None:
    house.take("Name,Phone\nAnn Lee,030 12345\n")
    assert house.take("Name,Email\nAnn Lee,ann@example.org\n") == (0, 1, 0)
    assert house.party("Lee").email == "ann@example.org"


def test_very_long_words_are_cut_the_same_way_each_time(house: House) -> None:
    text = f"First name,Last name,Email,Household\n{'A' * 190},{'B' * 190},a@example.org,{'k' * 199}\n"
    assert house.take(text) == (1, 0, 0)
    assert house.take(text) == (0, 0, 1)


def test_two_imports_at_once_double_nobody(house: House) -> None:
    text = "Name,Email,Household\n" + "".join(
        f"Person Number{i},{f'p{i}@example.org' if i % 3 else ''},H{i // 2}\n" for i in range(STEP * 3)
    )
    failures: list[BaseException] = []

    def run() -> None:
        try:
            house.take(text)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(0, STEP * 3, 50):
        house.invited("Somebody", f"p{number + (number % 3 == 0)}@example.org")
    for thread in threads:
        thread.join()
    assert failures == []
    assert house.take(text)[:2] == (0, 0)
    with house.database.reading() as session:
        addresses = session.scalars(sa.select(Person.email_key).where(Person.email_key.is_not(None))).all()
        names = session.scalars(sa.select(Person.name).where(Person.name != "")).all()
    assert len(addresses) == len(set(addresses))
    assert len(names) == len(set(names)) == STEP * 3


def test_an_import_that_was_cut_off_goes_on_where_it_was(house: House) -> None:
    text = "Name,Email\n" + "".join(f"Ann Lee{i},a{i}@example.org\n" for i in range(STEP * 2))
    with house.database.reading() as session:
        plan = plan_import(session, house.id, read_people(text.encode()))
    steps = take_over(house.database, house.id, plan)
    assert next(steps) == STEP
    steps.close()
    assert house.take(text) == (STEP, 0, STEP)


def test_a_dry_run_writes_nothing_and_an_import_is_told_once(house: House) -> None:
    outcome = import_file(house.database, house.id, CLASS.encode(), dry_run=True)
    assert (outcome.new, house.parties()) == (6, {})
    house.take(CLASS)
    house.take(CLASS)
    with house.database.reading() as session:
        told = session.scalars(sa.select(LogEntry.data).where(LogEntry.type == "PeopleImported")).all()
    assert [(one["new"], one["changed"]) for one in told] == [(6, 0)]
