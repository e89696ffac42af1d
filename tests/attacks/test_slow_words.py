"""Words that were made to keep a program busy."""

from __future__ import annotations

import time

import pytest

from planner.addresses import BadAddress
from planner.parties.cells import addresses
from planner.parties.reading import read_people


@pytest.mark.parametrize(
    "cell", ["a@" + " " * 1900 + "b", 'a@"' + '" ' * 900, "<" + "@" * 1900, "<" * 1000 + "@" * 900]
)
def test_a_cell_made_to_be_slow_is_refused_at_once(cell: str) -> None:
    begun = time.process_time()
    with pytest.raises(BadAddress):
        addresses(cell)
    assert time.process_time() - begun < 2


def test_an_address_before_a_name_with_brackets_is_not_lost() -> None:
    found = addresses("ana@x.test; Bo Lind <bo@x.test>")
    assert {one.address for one in found} == {"ana@x.test", "bo@x.test"}


def test_a_column_that_says_the_same_in_every_row_makes_no_household_of_thousands() -> None:
    rows = "".join(f"Yes,N{i},n{i}@x.test\n" for i in range(3000))
    begun = time.process_time()
    read = read_people(b"household,name,email\n" + rows.encode())
    assert time.process_time() - begun < 5
    assert [len(party.people) for party in read.parties] == [100]
    assert len(read.not_understood) == 2900
