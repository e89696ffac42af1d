"""Pages and mails for those who read Spanish: nothing on them is left in English."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache

import time_machine
from litestar import Litestar
from litestar.testing import TestClient

from planner.database import Database, utc_now
from planner.gatherings import actions as gatherings
from planner.parties.actions import PartyFields
from planner.settings import Settings
from planner.web import LANGUAGE_COOKIE
from tests.notifications.conftest import Centre, make_centre, okafor
from tests.notifications.telling import tell_settled
from tests.pages.conftest import Links
from tests.pages.desk import Desk, text_of
from tests.rules.conftest import House
from tests.test_words import translations

Browser = TestClient[Litestar]


@cache
def english() -> re.Pattern[str]:
    """Whole sentences of the source, from three words on, that Spanish says otherwise."""
    found = set()
    for _message, said, forms in translations("es"):
        for one in said:
            for part in re.split(r"%\(\w+\)[sd]|<[^>]+>", one):
                if len(part.split()) >= 3 and part not in forms:
                    found.add(re.escape(" ".join(part.split())))
    return re.compile(r"\b(?:" + "|".join(sorted(found, key=len, reverse=True)) + r")(?!\w)")


def left_in_english(text: str) -> list[str]:
    return english().findall(" ".join(text.split()))


def walk(get: Callable[[str], str], starts: list[str]) -> dict[str, list[str]]:
    """What is left in English on these pages and on those that they lead to."""
    waiting, seen, left = list(starts), set(starts), {}
    kinds: set[str] = set()
    while waiting:
        path = waiting.pop(0)
        kind = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|/r/[^/?]+|page=\d+", "*", path)
        if kind in kinds and path not in starts:
            continue
        kinds.add(kind)
        page = get(path)
        if found := left_in_english(text_of(page)):
            left[path] = found
        for target in re.findall(r'href="(/[^"#]*)', page):
            target = target.replace("&amp;", "&")
            if target not in seen and not re.search(
                r"^/static|\.ics|\.csv|^/api|^/schema|lang=|language=", target
            ):
                seen.add(target)
                waiting.append(target)
    return left


def test_the_desk_speaks_spanish_where_the_coordinator_wants_it(desk: Desk) -> None:
    desk.client.cookies.set(LANGUAGE_COOKIE, "es")

    def get(path: str) -> str:
        answered = desk.client.get(path)
        return answered.text if "html" in answered.headers.get("content-type", "") else ""

    first = get("/manage")
    assert '<html lang="es"' in first and "Todos los eventos" in first
    assert not walk(get, ["/manage", "/", "/sign-in", "/link", "/privacy"])


def test_a_family_is_asked_and_thanked_in_spanish(house: House, browser: Browser, link: Links) -> None:
    with time_machine.travel(datetime(2027, 3, 1, 8, tzinfo=UTC), tick=False) as clock:
        gathering_id = house.plan(capacity=3, venue="Garden Room", description="Bring slippers.")
        family = okafor(language="es")
        doctor = PartyFields(kind="professional", name="Dr. Ada Obi", email="ada@example.org", language="es")
        waits = okafor(name="Waiters", email="w@example.org", language="es")
        asked = house.ask(gathering_id, [family, doctor, waits])
        first, second, third = (link(one.id) for one in asked)
        left = [
            left_in_english(text_of(browser.get(path).text))
            for path in (first, second, f"{first}?answer=accepted")
        ]
        browser.post(first, data={"answer": "accepted", "adults": "1", "children": "1"})
        browser.post(second, data={"answer": "tentative", "adults": "1"})
        browser.post(third, data={"answer": "accepted", "adults": "2", "children": "1"})
        saved = [text_of(browser.get(path).text) for path in (first, second, third)]
        assert "¡Qué alegría contar con su presencia!" in saved[0] and "jueves 18 de marzo de 2027" in saved[0]
        wrong = browser.post(first, data={"answer": "accepted", "adults": "many"})
        left += [left_in_english(text) for text in saved] + [left_in_english(text_of(wrong.text))]
        left += [left_in_english(text_of(browser.get(f"{first}/{page}").text)) for page in ("question", "not-us")]
        clock.move_to(datetime(2027, 3, 18, 20, tzinfo=UTC))
        house.do(gathering_id, gatherings.hold)
        for page in ("", "/thanks", "/feedback"):
            left += [left_in_english(text_of(browser.get(path + page).text)) for path in (first, second, third)]
    assert not any(left), left


def test_the_language_is_chosen_with_a_press_and_kept_on_the_way(
    house: House, browser: Browser, link: Links
) -> None:
    [asked] = house.ask(house.plan(), [okafor()])
    page = browser.get(link(asked.id)).text
    assert 'lang="es" hreflang="es"' in page and "Save our answer" in page
    spanish = browser.get(link(asked.id) + "?lang=es").text
    assert '<html lang="es"' in spanish and "Guardar nuestra respuesta" in spanish
    wrong = browser.post(link(asked.id) + "?lang=es", data={"adults": "2"})
    assert "Elijan una de las tres respuestas." in wrong.text


def test_a_party_that_reads_spanish_gets_every_mail_in_spanish(
    sqlite_database: Database, settings: Settings
) -> None:
    centre: Centre = make_centre(sqlite_database, settings)
    with time_machine.travel(datetime(2027, 3, 1, 8, tzinfo=UTC), tick=False) as clock:
        gathering_id = centre.plan()
        doctor = PartyFields(kind="professional", name="Dr. Ada Obi", email="ada@example.org", language="es")
        asked = centre.invite(gathering_id, okafor(language="es"), doctor)
        centre.deliver()
        for one in asked:
            centre.answer(one, "accepted", adults=1)
        centre.deliver()
        centre.act(gathering_id, gatherings.change, gatherings.GatheringFields(venue="Library"))
        centre.deliver()
        clock.shift(3600)
        tell_settled(sqlite_database, utc_now())
        centre.answer(asked[0], "declined")
        centre.deliver()
        centre.act(gathering_id, gatherings.cancel, "Snow.")
        clock.shift(3600)
        centre.deliver()
    mails = [mail for mail in centre.mails() if mail.kind in ("invitation", "confirmation", "moved", "cancelled")]
    assert {mail.kind for mail in mails} == {"invitation", "confirmation", "moved", "cancelled"}
    assert {mail.language for mail in mails} == {"es"}
    said = {mail.subject: left_in_english(mail.text) + left_in_english(text_of(mail.html)) for mail in mails}
    assert not any(said.values()), said
    assert any(subject.startswith("¿Podemos contar con su presencia? Soup & Stories, jue") for subject in said)
    assert any(subject.startswith("Cancelado: Soup & Stories, jue") for subject in said)
