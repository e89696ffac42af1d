"""The words of contact files, folded (lower case, no accents): names of columns and values, in many languages."""

from __future__ import annotations


def _words(text: str) -> list[str]:
    return [word.strip() for word in " ".join(text.split()).split("|")]


COLUMN_WORDS = {
    "email": _words("""
    email | e mail | mail | emails | e mails | email address | e mail address | email addresses | mail
    address | email addr | e mail adresse | email adresse | mailadresse | e mail adressen | courriel |
    mel | adresse mail | adresse email | adresse e mail | adresse courriel | adresse electronique |
    correo | correo electronico | correo e | e posta | eposta | e posta adresi | mail adresi | indirizzo
    email | posta elettronica | posta | e mailadres | emailadres | adres e mail | adres email | endereco
    de email | endereco de e mail | электронная почта | почта | пошта | e poste | email 1 value | e mail
    1 value | email value | e mail value | البريد الالكتروني | contact email | primary email | home
    email | work email | personal email | e postadress
    """),
    "name": _words("""
    name | full name | names | display name | guest | guest name | attendee | attendee name | contact |
    contact name | participant | person | vor und nachname | vorname nachname | vorname und nachname |
    nachname vorname | name vorname | name und vorname | vollstandiger name | teilnehmer | gast | nom
    complet | nom et prenom | nom prenom | prenom nom | prenom et nom | nom et prenoms | participant e |
    nombre completo | nombre y apellidos | nombre y apellido | apellidos y nombre | ad soyad | adi
    soyadi | ad soyadi | isim soyisim | isim | ad ve soyad | nome completo | nome e cognome | naam |
    imie i nazwisko | namn | имя и фамилия | фио | піб | invite | invitado | misafir | الاسم | الاسم
    الكامل | fullname | member | member name
    """),
    "first": _words("""
    first name | first | firstname | given name | givenname | forename | fname | vorname | vornamen |
    rufname | prenom | prenoms | nombre | nombres | nombre de pila | adi | ad | ilk ad | nome | primeiro
    nome | voornaam | imie | fornamn | имя | ім я | الاسم الاول
    """),
    "last": _words("""
    last name | last | lastname | surname | family name | familyname | lname | second name | nachname |
    familienname | zuname | nom | nom de famille | apellido | apellidos | primer apellido | soyadi |
    soyad | soyisim | cognome | sobrenome | apelido | achternaam | nazwisko | efternamn | фамилия |
    прізвище | اسم العائلة | اللقب
    """),
    "phone": _words("""
    phone | phone number | telephone | tel | tel no | mobile | mobile phone | mobile number | cell |
    cell phone | cellphone | home phone | phone 1 value | telefon | telefonnummer | handy | handynummer
    | mobil | mobilnummer | mobiltelefon | rufnummer | telephone portable | portable | tel portable |
    numero de telephone | telefono | telefono movil | movil | celular | telefon no | telefon numarasi |
    cep telefonu | cep | gsm | cellulare | telefone | telefoon | телефон | الهاتف | رقم الهاتف |
    whatsapp | home | work | work phone
    """),
    "household": _words("""
    household | household id | household key | household no | household number | family id | family no |
    family number | family code | order no | order number | order id | order | booking | booking
    reference | booking id | haushalt | haushalts nr | haushaltsnr | haushaltsnummer | familien nr |
    familiennr | familiennummer | familien id | bestellnummer | bestell nr | buchung | buchungsnummer |
    foyer | no foyer | id famille | numero de famille | commande | no de commande | n commande | numero
    de commande | hogar | id familia | numero de familia | pedido | n pedido | numero de pedido | hane |
    hane no | aile no | siparis no | siparis numarasi | nucleo familiare | huishouden
    """),
    "household name": _words("""
    family | household name | familie | famille | familia | aile | aile adi | famiglia | nom du foyer |
    nom famille | nombre de la familia | haushaltsname | name des haushalts | party | party name
    """),
    "group": _words("""
    class | class name | classroom | homeroom | home room | group | groups | group name | group
    membership | grade | tag | tags | label | labels | list | lists | year group | form | team | klasse
    | klassen | gruppe | gruppen | schlagworte | stufe | jahrgang | kurs | classe | groupe | groupes |
    niveau | etiquettes | clase | grupo | grupos | curso | aula | etiquetas | sinif | sinifi | sube |
    grup | gruplar | etiket | klas | klasa | класс | клас
    """),
    "language": _words("""
    language | languages | preferred language | home language | spoken language | language spoken at
    home | locale | sprache | sprachen | muttersprache | familiensprache | langue | langues | langue
    preferee | langue maternelle | langue parlee | idioma | idiomas | lengua | idioma preferido | lengua
    materna | dil | dili | ana dili | anadili | tercih edilen dil | lingua | taal | jezyk | язык | мова
    | اللغة | lang
    """),
    "role": _words("""
    role | rolle | funktion | function | rol | fonction | funcion | gorev | gorevi | ruolo
    """),
    "seat": _words("""
    ticket type | ticket | tickettyp | ticketart | type de billet | tipo de entrada | bilet turu | age
    group | adult child | relationship | relation | beziehung | parente | parentesco | yakinlik | family
    role | rolle in der familie
    """),
    "kind": _words("""
    kind | type | category | contact type | person type | party type | kategorie | typ | art | categorie
    | tipo | categoria | tur | kategori
    """),
    "profession": _words("""
    profession | professional role | job | job title | occupation | position | beruf | berufsbezeichnung
    | profesion | ocupacion | cargo | puesto | meslek | meslegi | unvan | metier | poste | professione |
    beroep | specialty | speciality | organization title
    """),
    "adults": _words("""
    adults | number of adults | no of adults | adult | nb adultes | adultes | nombre d adultes | nombre
    adultes | erwachsene | anzahl erwachsene | anzahl der erwachsenen | adultos | numero de adultos | n
    adultos | num adultos | yetiskin | yetiskinler | yetiskin sayisi | adulti | volwassenen
    """),
    "children": _words("""
    children | number of children | no of children | kids | number of kids | nb enfants | nombre d
    enfants | nombre enfants | anzahl kinder | anzahl der kinder | ninos | numero de ninos | n ninos |
    hijos | numero de hijos | cocuk sayisi | bambini | kinderzahl
    """),
    "size": _words("""
    quantity | qty | party size | seats | guests | number of guests | people | number of people |
    persons | headcount | head count | household size | family size | number attending | anzahl |
    personen | anzahl personen | personenzahl | platze | quantite | nombre de personnes | nb personnes |
    personnes | places | cantidad | personas | numero de personas | plazas | asistentes | adet | kisi
    sayisi | kisi
    """),
    "plus one": _words("""
    1 | plus one | plus 1 | guest 1 | begleitung | brings a guest | accompagnant | acompanante
    """),
    "unsubscribed": _words("""
    unsub time | unsub campaign title | unsub reason | unsubscribed | unsubscribed at | unsubscribe date
    | opt out | opted out | optout | do not email | do not contact | no email | abgemeldet | abgemeldet
    am | desabonne | desinscrit | desinscription | baja | dado de baja | abonelikten cikti | email opt
    out
    """),
    "subscribed": _words("""
    subscribed | subscribed to emails | subscribed to email | accepts marketing | accepts emails | email
    opt in | accepts email marketing | newsletter | email consent | einwilligung | abonne | suscrito
    """),
    "status": _words("""
    attendee status | status | email status | subscription status | member status | contact status |
    estado | statut | durum | buchungsstatus | state
    """),
    "names of children": _words("""
    children names | names of children | children s names | namen der kinder | noms des enfants |
    prenoms des enfants | nombres de los hijos | nombres de los ninos | cocuklarin adlari | cocuklar |
    kinder | enfants
    """),
}

# Whose name, address or phone a column holds.
PERSON_WORDS = {
    "child": _words("""
    child | child s | childs | student | student s | pupil | pupil s | kid | kid s | son daughter | kind
    | kindes | des kindes | schuler | schulerin | schuler in | enfant | de l enfant | eleve | de l eleve
    | nino | nina | del nino | del nino a | nino a | alumno | alumna | alumno a | del alumno | hijo |
    hija | hijo a | del hijo | estudiante | cocuk | cocugun | ogrenci | ogrencinin | bambino | leerling
    | dziecko | ребенок
    """),
    "parent 1": _words("""
    parent | parents | parent s | parent guardian | parents guardians | guardian | guardian s | carer |
    caregiver | parent carer | adult | elternteil | eltern | erziehungsberechtigte |
    erziehungsberechtigter | erziehungsberechtigte r | sorgeberechtigte | sorgeberechtigter |
    sorgeberechtigte r | responsable | responsable legal | representant legal | padre madre | padre o
    madre | madre padre | tutor | tutor a | del padre | de la madre | veli | velinin | ebeveyn |
    genitore | ouder | opiekun | rodzic | du parent | des parents | de los padres | padres | del tutor |
    der eltern | родитель | erwachsener | adulte | head of household | primary contact | contact
    """),
    "partner": _words("""
    partner | spouse | conjoint | conjointe | conjoint e | pareja | conyuge | es | esi | partner in |
    partnerin | ehepartner | zweite person
    """),
    "mother": _words("""
    mother | mother s | mothers | mum | mom | mutter | mere | de la mere | madre | anne | annesi |
    annenin | mama
    """),
    "father": _words("""
    father | father s | fathers | dad | vater | pere | du pere | padre | baba | babasi | babanin | papa
    """),
}

PROFESSIONAL_WORDS = frozenset(
    _words("""
    expert | experte | fachkraft | fachkrafte | fachperson | mitarbeiter | mitarbeiterin | partner
    organisation | personel | pro | profesional | profesionales | professional | professionals |
    professionel | professionnel | professionnelle | staff | team | uzman
""")
)

HOUSEHOLD_WORDS = frozenset(
    _words("""
    adult | adulte | adulto | adults | aile | anne | aunt | baba | carer | conjoint | eltern |
    elternteil | erwachsene | erwachsener | familia | familie | familien | families | famille | family |
    father | foyer | grandfather | grandmother | grandparent | guardian | hane | haushalt | head of
    household | hogar | household | madre | member | mere | mitglied | mother | mutter | oma | opa |
    other adult | padre | parent | parents | partner | pere | spouse | tutor | uncle | vater | veli |
    yetiskin
""")
)

CHILD_WORDS = frozenset(
    _words("""
    alumna | alumno | baby | bambino | child | children | cocuk | daughter | eleve | enfant | enfants |
    fille | fils | hija | hijo | infant | junior | kid | kids | kind | kinder | nina | nino | ninos |
    ogrenci | pupil | schuler | schulerin | sohn | son | student | tochter | toddler | youth
""")
)

STOPPED_WORDS = frozenset(
    _words("""
    abgemeldet | abonelikten cikti | baja | bounced | cleaned | complained | dado de baja | desabonne |
    desabonnee | desinscrit | non subscribed | nonsubscribed | opted out | unsubscribed
""")
)

NO_GUEST_WORDS = frozenset(
    _words("""
    abgesagt | annule | annulee | anulado | cancelada | cancelado | canceled | cancelled | deleted |
    eliminado | geloscht | iptal | iptal edildi | not attending | refunded | silindi | storniert |
    supprime | transferred
""")
)

TOTAL_WORDS = frozenset(
    _words("""
    genel toplam | gesamt | gesamtsumme | grand total | insgesamt | razem | somme | subtotal | sum |
    suma | summe | toplam | totaal | total | total general | totale | totals
""")
)

PLACEHOLDERS = frozenset(
    _words("""
    aucun | aucune | inconnu | kein | keine | keine mail | n a | na | nan | nicht bekannt | nil |
    ninguna | ninguno | no | no email | no mail | none | not known | null | pas d email | pas de mail |
    sin correo | tbd | unbekannt | unknown | x | yok
""")
)

NO_WORDS = frozenset(
    _words("""
    0 | falsch | false | falso | faux | hayir | kein | keine | n | nao | nein | no | non | none | нет |
    ні
""")
)
