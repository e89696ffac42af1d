"""A coordinator's contact files, messy as they are."""

from __future__ import annotations

import pytest

from planner.addresses import BadAddress, parse_address
from planner.parties.languages import language_code
from planner.parties.reading import NotAList, Reading, mend_file, read_people
from planner.spreadsheets import csv_cell


def read(text: str, encoding: str = "utf-8") -> Reading:
    return read_people(text.encode(encoding))


def emails(reading: Reading) -> list[str | None]:
    return [person.email for person in reading.people]


def left_out(reading: Reading) -> list[int]:
    return [left.row for left in reading.not_understood]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_usual_separator_is_found(delimiter: str) -> None:
    reading = read(f"Name{delimiter}E-mail\nAnn Lee{delimiter}ann@example.org\n")
    assert (reading.delimiter, emails(reading)) == (delimiter, ["ann@example.org"])


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", "Zoë Müller"),
        ("utf-8-sig", "Zoë Müller"),
        ("utf-16", "Зоя Ñandú"),
        ("utf-16-le", "Zoë Müller"),
        ("utf-16-be", "Zoë Müller"),
        ("cp1252", "Jörg Groß"),
        ("cp1254", "Şule Yıldız"),
        ("cp1250", "Małgorzata Gąsior"),
        ("mac_roman", "François Ñandú"),
    ],
)
def test_names_keep_their_letters_in_any_encoding(encoding: str, text: str) -> None:
    reading = read(f"Name,Email\n{text},a@example.org\n", encoding)
    assert [person.name for person in reading.people] == [text]


@pytest.mark.parametrize("parent", ["Parent", "Mother", "Parent 1 name", "Guardian"])
def test_a_familys_name_beside_the_parents_is_nobody_more(parent: str) -> None:
    reading = read(
        f"Family Name;{parent};E-mail;Mobile\nSmith;John Smith;john@example.org;1\nO’Brien;Aoife;a@example.org;\n"
    )
    assert [(one.name, one.email) for one in reading.people] == [
        ("John Smith", "john@example.org"),
        ("Aoife", "a@example.org"),
    ]


def test_what_is_not_taken_over_is_said() -> None:
    reading = read("Name,Email,Adults,Children,Notes\nAnn Lee,a@example.org,1,two,nuts\nBob,b@example.org,-,3,\n")
    assert reading.notes == [
        "Row 2: “two” is not a number we can read, so nobody is counted by it.",
        "These columns are not kept: Notes.",
    ]


def test_old_mac_line_ends_are_lines() -> None:
    reading = read("Name,Email\rZoë Capek,zoe@example.org\r", "mac_roman")
    assert [(p.row, p.name) for p in reading.people] == [(2, "Zoë Capek")]


def test_letters_that_were_decoded_wrongly_before_are_mended_and_said() -> None:
    reading = read("Name,Email\nJosÃ© NÃºÃ±ez,jose@example.org\n")
    assert reading.people[0].name == "José Núñez"
    assert reading.notes


@pytest.mark.parametrize(
    "header",
    [
        "First name,Last name,Email",
        "Vorname,Nachname,E-Mail-Adresse",
        "Prénom,NOM,Courriel",
        "Nombre,Apellidos,Correo electrónico",
        "Adı,Soyadı,E-posta",
    ],
)
def test_headers_are_understood_in_five_languages(header: str) -> None:
    reading = read(f"{header}\nAnn,Lee,ann@example.org\n")
    assert [(p.name, p.email) for p in reading.people] == [("Ann Lee", "ann@example.org")]
    assert reading.parties[0].name == "Lee"


def test_a_file_without_a_header_is_read_by_what_stands_in_it() -> None:
    reading = read("Nora Quill,nora@example.org,0151 1234567\nOmar Fenn,omar@example.org,\n")
    assert [(p.row, p.name, p.phone) for p in reading.people] == [
        (1, "Nora Quill", "0151 1234567"),
        (2, "Omar Fenn", None),
    ]


def test_titles_above_and_totals_below_are_no_people() -> None:
    reading = read("Party list,,\n,,\n,Guest,E-mail\n1,Nora Quill,nora@example.org\n,,\n,Total,1\n")
    assert emails(reading) == ["nora@example.org"]
    assert left_out(reading) == [1, 2, 6]


def test_one_row_per_child_with_both_parents_is_one_household() -> None:
    reading = read(
        "Child First,Child Last,Homeroom,Parent Name(s),Parent Email(s)\n"
        'Mia,Harrow,2B,Kate & Dan Harrow,"kate@example.org; dan@example.org"\n'
        'Leo,Harrow,4A,Kate & Dan Harrow,"kate@example.org; dan@example.org"\n'
        'Ana,Duarte,2B,"Duarte, Rita",Rita Duarte <rita@example.org>\n'
    )
    harrow, duarte = reading.parties
    assert (harrow.name, harrow.adults, harrow.children, harrow.groups) == ("Harrow", 2, 2, ["2B", "4A"])
    assert [p.name for p in harrow.people] == ["Kate Harrow", "Dan Harrow"]
    assert [p.name for p in duarte.people] == ["Rita Duarte"]
    assert "Mia" not in repr(reading.parties)


def test_columns_for_mother_and_father_make_two_adults_and_a_child() -> None:
    reading = read(
        "Nachname;Vorname;E-Mail Mutter;E-Mail Vater;Sprache\nYıldız;Emre;a@example.org;m@example.org;Türkisch\n"
    )
    party = reading.parties[0]
    assert (party.name, party.adults, party.children, party.language) == ("Yıldız", 2, 1, "tr")


def test_a_household_column_holds_people_together() -> None:
    reading = read("Name,Email,Household\nAnn Lee,ann@example.org,H1\nBob Ray,,H1\nCid,cid@example.org,H2\n")
    assert [(p.key, p.name, len(p.people)) for p in reading.parties] == [("H1", "Lee-Ray", 2), ("H2", "Cid", 1)]


def test_an_order_with_tickets_is_one_household() -> None:
    reading = read(
        "Order no.,First Name,Surname,Email,Quantity,Ticket Type,Attendee Status\n"
        "1,Ivy,Marlow,ivy@example.org,1,Adult,Attending\n1,Ben,Marlow,ivy@example.org,1,Child,Attending\n"
        "2,Info Requested,Info Requested,Info Requested,2,Adult,Attending\n"
        "3,Paul,Okoro,paul@example.com,1,Adult,Deleted\n4,Lena,Voss,lena@example.net,2,Adult,Attending\n"
    )
    assert [(p.adults, p.children) for p in reading.parties] == [(1, 1), (2, 0)]
    assert left_out(reading) == [4, 5]


def test_the_same_address_again_is_said_and_not_added_twice() -> None:
    reading = read("email\nann@example.org\nAnn@Example.org\n")
    assert emails(reading) == ["ann@example.org"]
    assert left_out(reading) == [3]
    assert "row 2" in reading.not_understood[0].reason


def test_the_second_address_column_serves_where_the_first_is_empty() -> None:
    assert emails(read("Email,email_addr\n,ann@example.org\n")) == ["ann@example.org"]


def test_a_quote_that_never_closes_costs_its_own_row_alone() -> None:
    reading = read('Name,Email\nNul\x00 Person,nul@example.org\n"Open,open@example.org\nNext,next@example.org\n')
    assert emails(reading) == ["nul@example.org", "next@example.org"]
    assert left_out(reading) == [3]


def test_a_row_is_counted_by_the_line_on_which_it_begins() -> None:
    reading = read('Email,Note\na@example.org,"two\nlines"\nlan(at)example.org,\n')
    assert [(n.row, n.suggestion) for n in reading.not_understood] == [(4, "lan@example.org")]


def test_people_who_asked_not_to_be_written_to_are_left_out() -> None:
    assert left_out(read("Email,UNSUB_TIME\na@example.org,2024-05-05\nb@example.org,\n")) == [2]
    assert left_out(read("Email,subscribed_to_emails\na@example.org,false\nb@example.org,true\n")) == [2]


def test_short_rows_are_taken_long_and_empty_rows_are_said() -> None:
    reading = read("Name;Vorname;Nr;E-Mail\n;;;\nLee;Ann;1;ann@example.org;3\nRay;Bob;2;bob@example.org\n;;;\n")
    assert left_out(reading) == [2, 3]
    assert emails(read("email,name,note\nann@example.org\n")) == ["ann@example.org"]


def test_what_looks_like_a_formula_stays_text() -> None:
    assert [p.name for p in read("email,name\na@example.org,=SUM(A1)\n").people] == ["=SUM(A1)"]
    assert csv_cell("=SUM(A1)") == "'=SUM(A1)"


def test_a_role_makes_a_professional() -> None:
    reading = read("Name,Email,Role\nAnn,ann@example.org,Parent\nBob Ray,bob@example.org,Speech therapist\n")
    assert [(p.kind, p.profession) for p in reading.parties] == [
        ("household", None),
        ("professional", "Speech therapist"),
    ]


@pytest.mark.parametrize(
    "data",
    [b"%PDF-1.7", b"PK\x03\x04...", b"\x89PNG\r\n\x1a\n", b"<!DOCTYPE html><p>", bytes(range(256)) * 9],
)
def test_other_kinds_of_file_are_refused_in_a_sentence(data: bytes) -> None:
    with pytest.raises(NotAList) as refused:
        read_people(data)
    assert refused.value.detail.endswith(".")


def test_empty_files_are_said_to_be_empty() -> None:
    assert read("").notes and read("email,name\n").notes


def test_the_rows_left_out_can_be_mended_and_read_again() -> None:
    reading = read("Name;E-Mail\n=cmd;a(at)example.org\nAnn;ann@example.org\n")
    mended = mend_file(reading)
    assert mended.startswith(b"\xef\xbb\xbfName") and b"'=cmd" in mended
    again = read_people(mended.replace(b"(at)", b"@"))
    assert [(p.name, p.email) for p in again.people] == [("=cmd", "a@example.org")]
    assert b"Row,Why not" in mended.replace(b";", b",") and not again.notes


@pytest.mark.parametrize("name", ["Arabic", "arabe", "Arabisch", "العربية", "ar-SY", "Arapça"])
def test_a_language_is_known_by_many_names(name: str) -> None:
    assert language_code(name) == "ar"


@pytest.mark.parametrize(
    "text", ["a@b", "a@example.org\r\nBcc: x@example.org", "", "noé@example.org", "a\x00@example.org"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(BadAddress):
        parse_address(text)


@pytest.mark.parametrize(
    "text", ["Omar.Fenn@Example.org", "list+tag@example.org", "planner@localhost", "a@x.test"]
)
def test_an_address_stays_as_it_was_written(text: str) -> None:
    assert parse_address(f" {text} ") == text


def test_five_thousand_rows_are_read() -> None:
    rows = "".join(f"First{n},Last{n // 3},guest{n}@example.org,H{n // 3}\n" for n in range(5000))
    reading = read("First Name,Last Name,Email,Household\n" + rows)
    assert (len(reading.people), len(reading.parties)) == (5000, 1667)
