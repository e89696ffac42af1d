"""From one row of a contact file to the facts that it states, before rows are put together to households."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from planner.addresses import BadAddress
from planner.i18n import gettext as _
from planner.parties.cells import Named, addresses, is_yes, labels, names, number, plain
from planner.parties.headers import CHILD, PARTNER, SELF, Column
from planner.parties.languages import folded, language_code
from planner.parties.tables import Row
from planner.parties.vocabulary import (
    CHILD_WORDS,
    HOUSEHOLD_WORDS,
    NO_GUEST_WORDS,
    PLACEHOLDERS,
    PROFESSIONAL_WORDS,
    STOPPED_WORDS,
)

_NAME_MOST = 200


class NotTaken(Exception):
    """A row that is left out; `reason` is a sentence for the coordinator."""

    def __init__(self, reason: str, suggestion: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.suggestion = suggestion


@dataclass(slots=True)
class Adult:
    """A grown-up as a row names them."""

    name: str = ""
    last: str = ""
    emails: list[str] = field(default_factory=list)
    phone: str | None = None


@dataclass(slots=True)
class Facts:
    """What one row states."""

    row: Row
    adults: list[Adult] = field(default_factory=list)
    child_names: list[str] = field(default_factory=list)
    key: str = ""
    household_name: str = ""
    groups: list[str] = field(default_factory=list)
    language: str | None = None
    language_text: str = ""
    professional: bool = False
    profession: str | None = None
    adult_count: int | None = None
    child_count: int | None = None
    more_adults: int = 0
    more_children: int = 0
    # What stood where a number was expected.
    unread: list[str] = field(default_factory=list)

    @property
    def is_family(self) -> bool:
        """Whether the row speaks of more than one person, and so states a household."""
        counted = bool(self.adult_count or self.child_count or self.more_adults)
        return counted or bool(self.key or self.household_name) or bool(self.child_names) or len(self.adults) > 1


@dataclass(slots=True)
class _Slot:
    name: str = ""
    first: str = ""
    last: str = ""
    emails: list[Named] = field(default_factory=list)
    phone: str | None = None

    @property
    def is_named(self) -> bool:
        return bool(self.name or self.first or self.last)

    def adults(self) -> list[Adult]:
        """The grown-ups of this slot: one, or as many as are named or, without names, as have addresses."""
        called = (
            [f"{self.first} {self.last}".strip()]
            if self.first or (self.last and not self.name)
            else names(self.name)
        )
        if self.first and self.last and len(several := names(self.first)) > 1:
            called = [one if " " in one else f"{one} {self.last}" for one in several]
        given = [one.name for one in self.emails if one.name]
        if len(self.emails) > 1 and (not called or len(given) == len(self.emails)):
            called = [one.name for one in self.emails]
        if not called:
            called = given[:1] or ([""] if self.emails or self.phone else [])
        adults = [Adult(one, self.last or _surname(one)) for one in called]
        for place, one in enumerate(self.emails):
            adults[place if len(adults) > 1 and place < len(adults) else 0].emails.append(one.address)
        if adults:
            adults[0].phone = self.phone
        return adults


def row_facts(row: Row, columns: list[Column | None], address_expected: bool) -> Facts:
    """What the row states. `address_expected` says whether the file has a column of addresses.

    Raises `NotTaken` with the reason why the row must be left out.
    """
    cells = [(column, cell) for column, cell in zip(columns, row.cells, strict=False) if column and cell.strip()]
    _refuse_unwilling(cells)
    facts, slots, is_child, size = _collect(row, cells)
    if is_child and SELF in slots:
        _make_child(slots)
    _place(facts, slots)
    size = _size_in_name(facts) or size
    if size is not None:
        if is_child:
            facts.more_children = max(0, size - 1)
        else:
            facts.more_adults = max(0, size - len(facts.adults))
    if facts.professional and (facts.child_names or facts.child_count):
        facts.professional = False
    _refuse_unreachable(facts, address_expected)
    return facts


def _refuse_unwilling(cells: list[tuple[Column, str]]) -> None:
    for column, cell in cells:
        said = folded(cell)
        stopped = (
            (column.meaning == "unsubscribed" and is_yes(cell))
            or (column.meaning == "subscribed" and not is_yes(cell))
            or (column.meaning == "status" and said in STOPPED_WORDS)
        )
        if stopped:
            raise NotTaken(_("This person asked not to be written to."))
        if column.meaning == "status" and said in NO_GUEST_WORDS:
            raise NotTaken(_("The row is marked “%(status)s”.") % {"status": plain(cell)})
        if said == "info requested":
            raise NotTaken(_("“%(words)s” stands for what was not given yet.") % {"words": plain(cell)})


def _collect(row: Row, cells: list[tuple[Column, str]]) -> tuple[Facts, dict[str, _Slot], bool, int | None]:
    facts = Facts(row)
    slots: dict[str, _Slot] = {}
    is_child, size = False, None
    for column, cell in cells:
        meaning = column.meaning
        if meaning in ("email", "name", "first", "last", "phone"):
            _fill(slots.setdefault(column.whose, _Slot()), meaning, cell)
        elif meaning == "household":
            facts.key = facts.key or plain(cell)[:_NAME_MOST]
        elif meaning == "household name":
            facts.household_name = plain(cell)[:_NAME_MOST]
        elif meaning == "group":
            facts.groups += [label for label in labels(cell) if label not in facts.groups]
        elif meaning == "language":
            facts.language, facts.language_text = language_code(plain(cell)), plain(cell)
        elif meaning in ("role", "seat", "kind", "profession"):
            is_child = _sort(facts, meaning, cell) or is_child
        elif meaning == "adults":
            facts.adult_count = _count(facts, cell)
        elif meaning == "children":
            facts.child_count = _count(facts, cell)
        elif meaning == "names of children":
            _children(facts, cell)
        elif meaning == "size":
            size = number(cell)
        elif meaning == "plus one" and is_yes(cell) and folded(cell) != "":
            facts.more_adults = 1
    return facts, slots, is_child, size


def _fill(slot: _Slot, meaning: str, cell: str) -> None:
    if meaning == "email":
        try:
            slot.emails += [one for one in addresses(cell) if one.address not in {e.address for e in slot.emails}]
        except BadAddress as bad:
            raise NotTaken(bad.reason, bad.suggestion) from None
    elif meaning == "phone":
        slot.phone = slot.phone or plain(cell)[:50]
    else:
        if len(cell) > _NAME_MOST:
            raise NotTaken(_("The name is longer than %(most)d characters.") % {"most": _NAME_MOST})
        words = plain(cell) if meaning != "name" else cell.strip()
        if "\ufffd" in words:
            raise NotTaken(_("A letter of “%(name)s” was lost when the file was saved.") % {"name": plain(cell)})
        setattr(slot, meaning, getattr(slot, meaning) or words)


def _sort(facts: Facts, meaning: str, cell: str) -> bool:
    """Takes in whether the row is about a professional; says whether it is about a child."""
    said = folded(cell)
    if said in CHILD_WORDS:
        return True
    if said in HOUSEHOLD_WORDS and meaning != "profession":
        return False
    if said in PROFESSIONAL_WORDS:
        facts.professional = True
    elif meaning in ("profession", "role"):
        facts.professional, facts.profession = True, plain(cell)[:100]
    return False


def _count(facts: Facts, cell: str) -> int | None:
    count = number(cell)
    if count is None and is_yes(cell) and folded(cell) not in PLACEHOLDERS:
        facts.unread.append(plain(cell)[:50])
    return count


def _children(facts: Facts, cell: str) -> None:
    if (count := number(cell)) is not None:
        facts.child_count = count
    else:
        facts.child_names += [
            folded(part) for part in re.split(r"[;,&/\n]| and | und | et | y | ve ", cell) if part.strip()
        ]


def _make_child(slots: dict[str, _Slot]) -> None:
    """The row is about a child: its own name is the child's, its address and phone are the household's."""
    own = slots.pop(SELF)
    slots[CHILD] = _Slot(own.name, own.first, own.last)
    if own.emails or own.phone:
        slots[SELF] = _Slot(emails=own.emails, phone=own.phone if own.emails else None)


def _place(facts: Facts, slots: dict[str, _Slot]) -> None:
    child = slots.pop(CHILD, None)
    if child and child.is_named:
        facts.child_names.append(folded(f"{child.name} {child.first} {child.last}"))
    loose = slots.get(SELF)
    if child and child.emails and not any(slot.emails for slot in slots.values()):
        loose = slots.setdefault(SELF, _Slot())
        loose.emails += child.emails
    others = [slot for whose, slot in slots.items() if whose not in (SELF, PARTNER) and slot.is_named]
    if loose and others and loose.last and not (loose.first or loose.name):
        # A family's name beside its parents' names them: it is nobody more.
        others[0].last, loose.last = others[0].last or loose.last, ""
    if loose and not loose.is_named and others and not (loose.emails and others[0].emails):
        others[0].emails, others[0].phone = others[0].emails or loose.emails, others[0].phone or loose.phone
        del slots[SELF]
    for slot in slots.values():
        facts.adults += slot.adults()
    if not any(adult.last for adult in facts.adults) and child and facts.adults:
        facts.adults[0].last = child.last or _surname(child.name)


def _size_in_name(facts: Facts) -> int | None:
    """ "The Marlow Family (4)" is four people."""
    for adult in facts.adults:
        if found := re.fullmatch(r"(.+?)\s*\((?:x\s*)?(\d{1,2})\)", adult.name):
            adult.name, adult.last = found[1], found[1]
            return int(found[2])
    return None


def _surname(name: str) -> str:
    words = name.split()
    if not words or {folded(word) for word in words} & {
        "family",
        "familie",
        "famille",
        "familia",
        "aile",
        "ailesi",
    }:
        return name
    return words[-1] if len(words) > 1 else ""


def _refuse_unreachable(facts: Facts, address_expected: bool) -> None:
    reached = any(adult.emails for adult in facts.adults)
    named = any(adult.name for adult in facts.adults)
    if reached or (named and not address_expected and not facts.professional):
        return
    if facts.child_names and not facts.adults and not facts.key:
        raise NotTaken(_("A child without a household, a parent or a mail address."))
    if not named and not facts.key and not facts.household_name:
        raise NotTaken(_("There is no mail address and no name."))
    if facts.professional or not facts.is_family:
        raise NotTaken(_("There is no mail address and no household."))
