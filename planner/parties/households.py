"""Puts the facts of many rows together: who belongs to one household, and who is there twice."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from planner.addresses import address_key
from planner.i18n import gettext as _
from planner.parties.languages import folded
from planner.parties.row_facts import Adult, Facts, NotTaken

# More than that share only a column that says the same in every row.
ADULTS_MOST: Final = 100


@dataclass(slots=True)
class ReadPerson:
    """A grown-up. What the file does not say is "" or None, and changes nothing."""

    row: int
    name: str
    email: str | None = None
    phone: str | None = None
    language: str | None = None
    other_emails: tuple[str, ...] = ()
    last_name: str = ""


@dataclass(slots=True)
class ReadParty:
    """Those who are invited together.

    `key` is the same whenever the same file is read: the file's own household key, else the first address,
    else the name. `name` is never empty; `name_is_stated` says whether the file gives it as the household's.
    `row` is the line of the file on which the party's first row begins. `adults_are_stated` and
    `children_are_stated`: the file gives the household's own number; otherwise the number is of those who stand in
    this file, and there may be more.
    """

    row: int
    kind: str
    key: str
    name: str = ""
    name_is_stated: bool = False
    language: str | None = None
    profession: str | None = None
    adults: int = 0
    children: int = 0
    adults_are_stated: bool = False
    children_are_stated: bool = False
    groups: list[str] = field(default_factory=list)
    people: list[ReadPerson] = field(default_factory=list)

    @property
    def email(self) -> str | None:
        """The address by which the party is known: the first of its people's."""
        return next((person.email for person in self.people if person.email), None)


@dataclass(slots=True)
class _Group:
    """A party that is still growing."""

    party: ReadParty
    stated_key: str = ""
    child_names: set[str] = field(default_factory=set)
    stated_adults: int = 0
    stated_children: int = 0
    more_adults: int = 0
    more_children: int = 0
    keys: list[tuple[str, str]] = field(default_factory=list)


class Households:
    """The parties found so far, in the order of their first rows."""

    def __init__(self) -> None:
        self._groups: dict[int, _Group] = {}
        self._by_key: dict[str, _Group] = {}
        self._by_address: dict[tuple[str, str], _Group] = {}

    def add(self, facts: Facts) -> None:
        """Takes a row in. Raises `NotTaken` where it says nothing that is not known already."""
        kind = "professional" if facts.professional else "household"
        keys = [(kind, address_key(email)) for adult in facts.adults for email in adult.emails]
        known = list({id(group): group for key in keys if (group := self._by_address.get(key))}.values())
        stated = "" if facts.professional else facts.key.casefold()
        group = self._by_key.get(stated) if stated else None
        for other in known:
            if other is not group and stated and other.stated_key:
                raise NotTaken(
                    _("The same address stands already in row %(row)d, in another household.")
                    % {"row": other.party.row}
                )
        there = group or next(iter(known), None)
        if len(facts.adults) + (len(there.party.people) if there else 0) > ADULTS_MOST:
            raise NotTaken(_("This household would have more than %(most)d adults.") % {"most": ADULTS_MOST})
        is_new = there is None
        if group is None:
            group = known.pop(0) if known else self._begin(kind, facts)
        for other in known:
            if other is not group and not (other.stated_key and group.stated_key):
                self._join(group, other)
        if stated and not group.stated_key:
            group.stated_key, group.party.key = stated, facts.key
            is_new = True
            self._by_key[stated] = group
        if not _take(group, facts) and not is_new:
            raise NotTaken(_again(group, facts))
        for key in keys:
            if key not in self._by_address:
                self._by_address[key] = group
                group.keys.append(key)

    def parties(self) -> list[ReadParty]:
        """All parties, named and counted."""
        for group in self._groups.values():
            _finish(group)
        return [group.party for group in self._groups.values()]

    def _begin(self, kind: str, facts: Facts) -> _Group:
        group = _Group(ReadParty(facts.row.line, kind, ""))
        self._groups[id(group)] = group
        return group

    def _join(self, group: _Group, other: _Group) -> None:
        party, lost = group.party, other.party
        party.people += lost.people
        party.groups += [name for name in lost.groups if name not in party.groups]
        party.language = party.language or lost.language
        party.row = min(party.row, lost.row)
        if not party.name and lost.name:
            party.name, party.name_is_stated = lost.name, lost.name_is_stated
        party.adults_are_stated = party.adults_are_stated or lost.adults_are_stated
        party.children_are_stated = party.children_are_stated or lost.children_are_stated
        group.child_names |= other.child_names
        group.stated_adults = max(group.stated_adults, other.stated_adults)
        group.stated_children = max(group.stated_children, other.stated_children)
        group.more_adults += other.more_adults
        group.more_children += other.more_children
        if other.stated_key:
            group.stated_key, party.key = other.stated_key, lost.key
            self._by_key[other.stated_key] = group
        self._by_address.update(dict.fromkeys(other.keys, group))
        group.keys += other.keys
        del self._groups[id(other)]


def _again(group: _Group, facts: Facts) -> str:
    emails = {address_key(email) for adult in facts.adults for email in adult.emails}
    for person in group.party.people:
        if person.email and address_key(person.email) in emails:
            return _("“%(address)s” stands already in row %(row)d. Nobody is added twice.") % {
                "address": person.email,
                "row": person.row,
            }
    return _("This says the same as row %(row)d. Nobody is added twice.") % {"row": group.party.row}


def _take(group: _Group, facts: Facts) -> bool:
    """Adds a row's facts to a party; False where all of them stood there already."""
    party, news = group.party, False
    for adult in facts.adults:
        news = _take_adult(party, adult, facts) or news
    for name in facts.child_names:
        if name not in group.child_names:
            group.child_names.add(name)
            news = True
    for name in facts.groups:
        if name not in party.groups:
            party.groups.append(name)
            news = True
    if (facts.adult_count or 0) > group.stated_adults or (facts.child_count or 0) > group.stated_children:
        group.stated_adults = max(group.stated_adults, facts.adult_count or 0)
        group.stated_children = max(group.stated_children, facts.child_count or 0)
        news = True
    party.adults_are_stated = party.adults_are_stated or facts.adult_count is not None or facts.more_adults > 0
    party.children_are_stated = party.children_are_stated or facts.child_count is not None
    if news:
        group.more_adults += facts.more_adults
        group.more_children += facts.more_children
    if facts.household_name and not party.name:
        party.name, party.name_is_stated = facts.household_name, True
    party.language = party.language or facts.language
    party.profession = party.profession or facts.profession
    return news


def _take_adult(party: ReadParty, adult: Adult, facts: Facts) -> bool:
    email = adult.emails[0] if adult.emails else None
    known = {
        address_key(one): person
        for person in reversed(party.people)
        for one in (*person.other_emails, person.email)
        if one
    }
    same = next((known[key] for one in adult.emails if (key := address_key(one)) in known), None)
    if same and (not adult.name or not same.name or folded(adult.name) == folded(same.name)):
        news = bool((adult.name and not same.name) or (adult.phone and not same.phone))
        same.name, same.last_name = same.name or adult.name, same.last_name or adult.last
        same.phone = same.phone or adult.phone
        return news
    for person in party.people:
        if adult.name and folded(person.name) == folded(adult.name) and (not email or same or not person.email):
            news = bool(email and not same and not person.email)
            person.email = person.email or (None if same else email)
            person.phone = person.phone or adult.phone
            return news
    # Two people who share one address: it stays with the first, the second is reached through them.
    party.people.append(
        ReadPerson(
            row=facts.row.line,
            name=adult.name,
            email=None if same else email,
            phone=adult.phone,
            language=facts.language,
            other_emails=tuple(adult.emails[1:]),
            last_name=adult.last,
        )
    )
    return True


def _finish(group: _Group) -> None:
    party = group.party
    party.adults = max(group.stated_adults, len(party.people) + group.more_adults)
    party.children = max(group.stated_children, len(group.child_names) + group.more_children)
    if not party.name and re.search(r"[^\W\d_]{3}", party.key) and not re.search(r"\d", party.key):
        party.name, party.name_is_stated = party.key, True
    party.name = (party.name or _name(party))[:200]
    if not party.key:
        first = next((address_key(person.email) for person in party.people if person.email), "")
        party.key = (first or folded(" ".join([party.name, *(person.name for person in party.people)])))[:200]


def _name(party: ReadParty) -> str:
    named = [person for person in party.people if person.name]
    if party.kind == "professional" and named:
        return named[0].name
    surnames = list(dict.fromkeys(person.last_name for person in party.people if person.last_name))
    if surnames:
        return "-".join(surnames[:2])
    return " & ".join(person.name for person in named[:2]) if named else (party.email or party.key or "?")
