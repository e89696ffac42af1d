"""What the columns of a contact file mean: from their names in many languages, or from what stands in them."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from typing import NamedTuple

from planner.addresses import BadAddress, parse_address
from planner.parties.languages import folded
from planner.parties.tables import Row

SELF, CHILD, PARTNER = "self", "child", "partner"
_LOOK_AT = 30


class Column(NamedTuple):
    """What one column holds: `meaning` (email, first, adults, …) and whose (`self`, `parent 1`, `child`, …)."""

    meaning: str
    whose: str = SELF


class Columns(NamedTuple):
    """The header row's place among the rows (None: there is none) and what each column means (None: nothing)."""

    header_at: int | None
    columns: list[Column | None]


_WORDS = {
    "email": "email|e mail|mail|emails|e mails|email address|e mail address|email addresses|mail address|email addr"
    "|e mail adresse|email adresse|mailadresse|e mail adressen|courriel|mel|adresse mail|adresse email"
    "|adresse e mail|adresse courriel|adresse electronique|correo|correo electronico|correo e|e posta|eposta"
    "|e posta adresi|mail adresi|indirizzo email|posta elettronica|posta|e mailadres|emailadres"
    "|adres e mail|adres email|endereco de email|endereco de e mail|электронная почта|почта|пошта|e poste|email 1 value"
    "|e mail 1 value|email value|e mail value|البريد الالكتروني|contact email|primary email|home email|work email"
    "|personal email|e postadress",
    "name": "name|full name|names|display name|guest|guest name|attendee|attendee name|contact|contact name|participant"
    "|person|vor und nachname|vorname nachname|vorname und nachname|nachname vorname|name vorname|name und vorname"
    "|vollstandiger name|teilnehmer|gast|nom complet|nom et prenom|nom prenom|prenom nom|prenom et nom|nom et prenoms"
    "|participant e|nombre completo|nombre y apellidos|nombre y apellido|apellidos y nombre|ad soyad|adi soyadi|ad soyadi"
    "|isim soyisim|isim|ad ve soyad|nome completo|nome e cognome|naam|imie i nazwisko|namn|имя и фамилия|фио|піб|invite"
    "|invitado|misafir|الاسم|الاسم الكامل|fullname|member|member name",
    "first": "first name|first|firstname|given name|givenname|forename|fname|vorname|vornamen|rufname|prenom|prenoms"
    "|nombre|nombres|nombre de pila|adi|ad|ilk ad|nome|primeiro nome|voornaam|imie|fornamn|имя|ім я|الاسم الاول",
    "last": "last name|last|lastname|surname|family name|familyname|lname|second name|nachname|familienname|zuname|nom"
    "|nom de famille|apellido|apellidos|primer apellido|soyadi|soyad|soyisim|cognome|sobrenome|apelido|achternaam"
    "|nazwisko|efternamn|фамилия|прізвище|اسم العائلة|اللقب",
    "phone": "phone|phone number|telephone|tel|tel no|mobile|mobile phone|mobile number|cell|cell phone|cellphone"
    "|home phone|phone 1 value|telefon|telefonnummer|handy|handynummer|mobil|mobilnummer|mobiltelefon|rufnummer"
    "|telephone portable|portable|tel portable|numero de telephone|telefono|telefono movil|movil|celular|telefon no"
    "|telefon numarasi|cep telefonu|cep|gsm|cellulare|telefone|telefoon|телефон|الهاتف|رقم الهاتف|whatsapp|home|work"
    "|work phone",
    "household": "household|household id|household key|household no|household number|family id|family no|family number"
    "|family code|order no|order number|order id|order|booking|booking reference|booking id|haushalt|haushalts nr"
    "|haushaltsnr|haushaltsnummer|familien nr|familiennr|familiennummer|familien id|bestellnummer|bestell nr|buchung"
    "|buchungsnummer|foyer|no foyer|id famille|numero de famille|commande|no de commande|n commande|numero de commande"
    "|hogar|id familia|numero de familia|pedido|n pedido|numero de pedido|hane|hane no|aile no|siparis no"
    "|siparis numarasi|nucleo familiare|huishouden",
    "household name": "family|household name|familie|famille|familia|aile|aile adi|famiglia|nom du foyer|nom famille"
    "|nombre de la familia|haushaltsname|name des haushalts|party|party name",
    "group": "class|class name|classroom|homeroom|home room|group|groups|group name|group membership|grade|tag|tags|label"
    "|labels|list|lists|year group|form|team|klasse|klassen|gruppe|gruppen|schlagworte|stufe|jahrgang|kurs|classe|groupe"
    "|groupes|niveau|etiquettes|clase|grupo|grupos|curso|aula|etiquetas|sinif|sinifi|sube|grup|gruplar|etiket|klas|klasa"
    "|класс|клас",
    "language": "language|languages|preferred language|home language|spoken language|language spoken at home|locale"
    "|sprache|sprachen|muttersprache|familiensprache|langue|langues|langue preferee|langue maternelle|langue parlee"
    "|idioma|idiomas|lengua|idioma preferido|lengua materna|dil|dili|ana dili|anadili|tercih edilen dil|lingua|lingua"
    "|taal|jezyk|язык|мова|اللغة|lang",
    "role": "role|rolle|funktion|function|rol|fonction|funcion|gorev|gorevi|ruolo",
    "seat": "ticket type|ticket|tickettyp|ticketart|type de billet|tipo de entrada|bilet turu|age group|adult child|relationship"
    "|relation|beziehung|parente|parentesco|yakinlik|family role|rolle in der familie",
    "kind": "kind|type|category|contact type|person type|party type|kategorie|typ|art|categorie|tipo|categoria|tur"
    "|kategori",
    "profession": "profession|professional role|job|job title|occupation|position|beruf|berufsbezeichnung|profesion"
    "|ocupacion|cargo|puesto|meslek|meslegi|unvan|metier|poste|professione|beroep|specialty|speciality|organization title",
    "adults": "adults|number of adults|no of adults|adult|nb adultes|adultes|nombre d adultes|nombre adultes|erwachsene"
    "|anzahl erwachsene|anzahl der erwachsenen|adultos|numero de adultos|n adultos|num adultos|yetiskin|yetiskinler"
    "|yetiskin sayisi|adulti|volwassenen",
    "children": "children|number of children|no of children|kids|number of kids|nb enfants|nombre d enfants"
    "|nombre enfants|anzahl kinder|anzahl der kinder|ninos|numero de ninos|n ninos|hijos|numero de hijos"
    "|cocuk sayisi|bambini|kinderzahl",
    "size": "quantity|qty|party size|seats|guests|number of guests|people|number of people|persons|headcount|head count"
    "|household size|family size|number attending|anzahl|personen|anzahl personen|personenzahl|platze|quantite"
    "|nombre de personnes|nb personnes|personnes|places|cantidad|personas|numero de personas|plazas|asistentes|adet"
    "|kisi sayisi|kisi",
    "plus one": "1|plus one|plus 1|guest 1|begleitung|brings a guest|accompagnant|acompanante",
    "unsubscribed": "unsub time|unsub campaign title|unsub reason|unsubscribed|unsubscribed at|unsubscribe date|opt out"
    "|opted out|optout|do not email|do not contact|no email|abgemeldet|abgemeldet am|desabonne|desinscrit|desinscription"
    "|baja|dado de baja|abonelikten cikti|email opt out",
    "subscribed": "subscribed|subscribed to emails|subscribed to email|accepts marketing|accepts emails|email opt in"
    "|accepts email marketing|newsletter|email consent|einwilligung|abonne|suscrito",
    "status": "attendee status|status|email status|subscription status|member status|contact status|estado|statut|durum"
    "|buchungsstatus|state",
    "names of children": "children names|names of children|children s names|namen der kinder|noms des enfants"
    "|prenoms des enfants|nombres de los hijos|nombres de los ninos|cocuklarin adlari|cocuklar|kinder|enfants",
}  # fmt: skip
_MEANINGS = {word: meaning for meaning, words in _WORDS.items() for word in words.split("|")}

_CHILD_WORDS = (
    "child|child s|childs|student|student s|pupil|pupil s|kid|kid s|son daughter|kind|kindes|des kindes|schuler|schulerin"
    "|schuler in|enfant|de l enfant|eleve|de l eleve|nino|nina|del nino|del nino a|nino a|alumno|alumna|alumno a"
    "|del alumno|hijo|hija|hijo a|del hijo|estudiante|cocuk|cocugun|ogrenci|ogrencinin|bambino|leerling|dziecko|ребенок"
)
_PARENT_WORDS = (
    "parent|parents|parent s|parent guardian|parents guardians|guardian|guardian s|carer|caregiver|parent carer|adult"
    "|elternteil|eltern|erziehungsberechtigte|erziehungsberechtigter|erziehungsberechtigte r|sorgeberechtigte"
    "|sorgeberechtigter|sorgeberechtigte r|responsable|responsable legal|representant legal|padre madre|padre o madre"
    "|madre padre|tutor|tutor a|del padre|de la madre|veli|velinin|ebeveyn|genitore|ouder|opiekun|rodzic|du parent"
    "|des parents|des parents|de los padres|padres|del tutor|der eltern|родитель|erwachsener|adulte|head of household"
    "|primary contact|contact"
)
_PARTNER_WORDS = "partner|spouse|conjoint|conjointe|conjoint e|pareja|conyuge|es|esi|partner in|partnerin|ehepartner|zweite person"
_PERSONS = {
    **dict.fromkeys(_CHILD_WORDS.split("|"), CHILD),
    **dict.fromkeys(_PARENT_WORDS.split("|"), "parent 1"),
    **dict.fromkeys(_PARTNER_WORDS.split("|"), PARTNER),
    **dict.fromkeys(["mother", "mother s", "mothers", "mum", "mom", "mutter", "mere", "de la mere", "madre", "anne", "annesi", "annenin", "mama"], "mother"),
    **dict.fromkeys(["father", "father s", "fathers", "dad", "vater", "pere", "du pere", "padre", "baba", "babasi", "babanin", "papa"], "father"),
}  # fmt: skip
_FILLER = re.compile(r"\b(?:of|the|der|des|de|du|la|le|del|no|nr|your|ihr|ihre|votre|tu)\b")
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")


@cache
def column_meaning(name: str) -> Column | None:
    """What a column called `name` holds, or None where the name says nothing to us."""
    words = folded(re.sub(r"\((?:s|en|n|r|in|e)\)|\*", "", name))
    if not words or len(words) > 60:
        return None
    if words in _MEANINGS:
        return Column(_MEANINGS[words])
    if words in _PERSONS:
        return Column("name", _PERSONS[words])
    number = re.search(r"\b([1-4])\b|(?<=[a-z])([1-4])\b", words)
    rest = " ".join((words[: number.start()] + " " + words[number.end() :]).split()) if number else words
    return _of_somebody(rest, (number[1] or number[2]) if number else None)


def _of_somebody(words: str, number: str | None) -> Column | None:
    """A column about somebody in particular: "parent 2 e-mail", "Vorname des Kindes", "Email 2"."""
    if words in _MEANINGS and number:
        return Column(_MEANINGS[words])
    parts = words.split()
    for size in range(min(4, len(parts)), 0, -1):
        for start in {0, len(parts) - size}:
            person = _PERSONS.get(" ".join(parts[start : start + size]))
            if not person:
                continue
            rest = " ".join(parts[:start] + parts[start + size :])
            rest = rest if rest in _MEANINGS else " ".join(_FILLER.sub(" ", rest).split())
            meaning = _MEANINGS.get(rest) if rest else "name"
            if meaning:
                return Column(meaning, f"parent {number}" if person == "parent 1" and number else person)
    shorter = " ".join(_FILLER.sub(" ", words).split())
    return Column(_MEANINGS[shorter]) if shorter in _MEANINGS else None


def understand_columns(rows: list[Row]) -> Columns:
    """Finds the header row among the first rows, and what each column means; without one the cells tell."""
    header_at = _header_place(rows)
    width = max((len(row.cells) for row in rows), default=0)
    if header_at is None:
        return Columns(None, _from_cells(rows, [None] * width, []))
    header = rows[header_at].cells
    body = rows[header_at + 1 :]
    columns = [column_meaning(cell) for cell in header]
    columns = _settle_kind(header, columns, body)
    columns = _from_cells(body, columns + [None] * (width - len(columns)), header)
    return Columns(header_at, columns)


def _header_place(rows: list[Row]) -> int | None:
    best, place = 0, None
    for at, row in enumerate(rows[:_LOOK_AT]):
        if row.open_quote or any(_ADDRESS.search(cell) for cell in row.cells):
            break
        known = [column for cell in row.cells if (column := column_meaning(cell))]
        filled = sum(bool(cell.strip()) for cell in row.cells)
        telling = any(column.meaning in ("email", "name", "first", "last", "phone") for column in known)
        if telling and len(known) > best and (len(known) * 4 >= filled or len(known) > 3):
            best, place = len(known), at
    return place if place is not None else _nameless_header(rows)


def _nameless_header(rows: list[Row]) -> int | None:
    """A header in words that we do not know: the row without an address right above rows that have one."""
    for at, row in enumerate(rows[:_LOOK_AT]):
        if any(_ADDRESS.search(cell) for cell in row.cells):
            above = rows[at - 1] if at else None
            enough = above and sum(bool(cell.strip()) for cell in above.cells) >= max(2, len(row.cells) - 1)
            plain = above and not any(re.search(r"\d{3}|@", cell) for cell in above.cells)
            if enough and plain and len([r for r in rows[at : at + 3] if _ADDRESS.search(r.raw)]) > 1:
                return at - 1
            return None
    return None


def _settle_kind(header: list[str], columns: list[Column | None], body: list[Row]) -> list[Column | None]:
    """ "Kind" is the sort of contact in English and a child in German: what stands below tells."""
    settled = list(columns)
    for at, cell in enumerate(header):
        if folded(cell) == "kind":
            values = {folded(row.cells[at]) for row in body if at < len(row.cells)} - {""}
            if values and not any(value in KIND_WORDS for value in values):
                settled[at] = Column("name", CHILD)
    return settled


def _from_cells(body: list[Row], columns: list[Column | None], header: list[str]) -> list[Column | None]:
    """Adds what the cells alone say: where the addresses stand, and, without a header, names and phones."""
    found = list(columns)
    sample = body[:200]
    if not any(column and column.meaning == "email" for column in found):
        counts = Counter(at for row in sample for at, cell in enumerate(row.cells) if _is_address(cell))
        for at, _count in counts.most_common(1):
            if at < len(found):
                found[at] = Column("email")
    named = any(column and column.meaning in ("name", "first", "last") for column in found)
    if named or not any(found):
        return found
    wordy = []
    for at, column in enumerate(found):
        if column is not None or (at < len(header) and not header[at].strip()):
            continue
        cells = [row.cells[at].strip() for row in sample if at < len(row.cells) and row.cells[at].strip()]
        if not cells:
            continue
        if sum(bool(re.fullmatch(r"\+?[\d\s()/.-]{6,}", cell)) for cell in cells) * 2 > len(cells):
            found[at] = Column("phone")
        elif sum(bool(re.fullmatch(r"[^\d@]{2,60}", cell)) for cell in cells) * 3 > len(cells) * 2:
            wordy.append((at, sum(" " in cell for cell in cells) * 2 > len(cells)))
    return _with_names(found, wordy)


def _with_names(found: list[Column | None], wordy: list[tuple[int, bool]]) -> list[Column | None]:
    if wordy:
        (first, several), *others = wordy
        if several or not others:
            found[first] = Column("name")
        else:
            found[first], found[others[0][0]] = Column("first"), Column("last")
    return found


def _is_address(cell: str) -> bool:
    if "@" not in cell:
        return False
    try:
        parse_address(cell)
    except BadAddress:
        return False
    return True


PROFESSIONAL_WORDS = frozenset(
    [
        "professional",
        "professionals",
        "professionel",
        "professionnel",
        "professionnelle",
        "profesional",
        "profesionales",
        "fachkraft",
        "fachkrafte",
        "fachperson",
        "uzman",
        "staff",
        "team",
        "mitarbeiter",
        "mitarbeiterin",
        "personel",
        "partner organisation",
        "experte",
        "expert",
        "pro",
    ]
)
HOUSEHOLD_WORDS = frozenset(
    [
        "household",
        "family",
        "families",
        "familie",
        "familien",
        "famille",
        "familia",
        "aile",
        "haushalt",
        "foyer",
        "hogar",
        "hane",
        "parent",
        "parents",
        "eltern",
        "elternteil",
        "mother",
        "father",
        "mutter",
        "vater",
        "mere",
        "pere",
        "madre",
        "padre",
        "anne",
        "baba",
        "veli",
        "guardian",
        "carer",
        "adult",
        "adults",
        "erwachsener",
        "erwachsene",
        "adulte",
        "adulto",
        "yetiskin",
        "head of household",
        "spouse",
        "conjoint",
        "partner",
        "grandparent",
        "grandmother",
        "grandfather",
        "oma",
        "opa",
        "aunt",
        "uncle",
        "other adult",
        "tutor",
        "member",
        "mitglied",
    ]
)
CHILD_WORDS = frozenset(
    [
        "child",
        "children",
        "kid",
        "kids",
        "kind",
        "kinder",
        "enfant",
        "enfants",
        "nino",
        "nina",
        "ninos",
        "hijo",
        "hija",
        "cocuk",
        "student",
        "pupil",
        "schuler",
        "schulerin",
        "eleve",
        "alumno",
        "alumna",
        "ogrenci",
        "son",
        "daughter",
        "sohn",
        "tochter",
        "fils",
        "fille",
        "baby",
        "toddler",
        "infant",
        "youth",
        "bambino",
        "junior",
    ]
)
KIND_WORDS = PROFESSIONAL_WORDS | HOUSEHOLD_WORDS | CHILD_WORDS - {"kind"}
