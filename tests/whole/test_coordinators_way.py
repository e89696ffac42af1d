"""A coordinator's way from the first link to the thanks, with families in browsers of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import Keys, person
from tests.running import Installation, MailSink
from tests.whole import family, mails
from tests.whole.desk import PARTIES, Desk, in_days

INVITES = "Will you come?"
PHONE = {"width": 360, "height": 640}
AMINA, TIM, RUI = "amina@okafor.test", "tim@weber.test", "rui@silva.test"
EMRE, LUCIA, RANIA, IVA = "emre@yildiz.test", "lucia@garcia.test", "rania@haddad.test", "iva@novak.test"
COMING = (AMINA, TIM, RUI, EMRE, LUCIA)


@pytest.fixture
def fresh(tmp_path_factory: pytest.TempPathFactory, own_sink: MailSink) -> Iterator[Installation]:
    """A planner that nobody has opened yet."""
    made = Installation(tmp_path_factory.mktemp("fresh"), smtp=own_sink.url)
    made.set_up()
    made.start()
    yield made
    made.close()


class Homes:
    """Families at home: each answers in a browser of its own, by the link in its mail."""

    def __init__(self, chromium: Browser, planner: Installation, sink: MailSink, *, scripts: bool = True) -> None:
        self._chromium, self._planner, self._sink, self._scripts = chromium, planner, sink, scripts

    def link(self, address: str) -> str:
        """The link in the family's invitation."""
        return mails.own_link(self._sink.saying(address, INVITES))

    @contextmanager
    def at(self) -> Iterator[Page]:
        """A telephone of a family's own."""
        with person(self._chromium, self._planner.base, viewport=PHONE, java_script_enabled=self._scripts) as page:
            yield page

    def answer(self, address: str, word: str, adults: int | None = None, children: int | None = None) -> None:
        """Answers by the link in the mail."""
        with self.at() as page:
            family.answer(page, self.link(address), word, adults, children)


def test_a_coordinator_plans_invites_moves_holds_and_thanks(
    chromium: Browser, fresh: Installation, own_sink: MailSink
) -> None:
    homes = Homes(chromium, fresh, own_sink)
    with person(chromium, fresh.base) as page:
        desk = Desk(page, fresh.base)
        desk.sign_in(fresh.cli("sign-in-link", fresh.owner).strip())
        desk.settle("Plum")
        desk.bring_people()
        event = desk.plan("Soup & Stories", capacity=12)
        send_invitations(desk, event, own_sink)
        families_answer_while_one_looks(desk, event, homes)
        one_rings_up_and_one_gets_the_link_by_text(desk, event, homes)
        move_it(desk, event, homes, own_sink)
        cancel_another(desk, own_sink)
        hold_it(desk, event, own_sink)
        families_thank_and_say_how_it_was(homes)
        look_back(desk, event)
        leave(desk)


def send_invitations(desk: Desk, event: str, sink: MailSink) -> None:
    desk.invite_everyone(event, f"Put {PARTIES} guests on the list")
    desk.publish(event, f"Publish and send {PARTIES - 1} invitations")
    desk.page.wait_for_url("**/sending")
    # It reloads itself until all are with the mail server.
    expect(desk.page.get_by_role("heading", name=re.compile(rf"^{PARTIES - 1} invitations$"))).to_be_visible()
    assert {to for to, _mail in sink.mails} >= {*COMING, RANIA, IVA}


def families_answer_while_one_looks(desk: Desk, event: str, homes: Homes) -> None:
    desk.page.goto(f"{event}/guests")
    desk.page.evaluate("window.notReloaded = true")
    homes.answer(AMINA, "Yes, we will come", 2, 3)
    expect(desk.row("Okafor")).to_contain_text("Just now")
    expect(desk.row("Okafor")).to_contain_text("2 adults")
    assert desk.page.evaluate("window.notReloaded"), "the list has changed without being loaded again"
    homes.answer(RANIA, "Maybe")
    homes.answer(IVA, "No, not this time")
    homes.answer(TIM, "Yes, we will come", 2, 1)
    homes.answer(RUI, "Yes, we will come", 1, 1)
    homes.answer(EMRE, "Yes, we will come", 2, 0)
    # Twelve of twelve seats are taken: García Molina waits, until the Okafors are one fewer.
    homes.answer(LUCIA, "Yes, we will wait", 1, 1)
    expect(desk.row("García Molina")).to_contain_text("Waiting")
    with homes.at() as page:
        page.goto(homes.link(AMINA))
        page.get_by_role("link", name="Change our answer").click()
        page.get_by_label("Children").fill("1")
        page.get_by_role("button", name="Save our answer").click()
        expect(page.locator("main")).to_contain_text("1 child")
    expect(desk.row("García Molina")).to_contain_text("Yes")
    assert desk.page.evaluate("window.notReloaded")


def one_rings_up_and_one_gets_the_link_by_text(desk: Desk, event: str, homes: Homes) -> None:
    row = desk.row("Tesfaye")
    expect(row).to_contain_text("No mail address")
    desk.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    row.get_by_role("button", name="Copy link").click()
    expect(row).to_contain_text("Copied")
    copied = desk.page.evaluate("navigator.clipboard.readText()")
    with homes.at() as page:
        page.goto(copied)
        expect(page.locator("main")).to_contain_text("Tesfaye")
    row.get_by_role("link", name="Answer for them").click()
    desk.page.get_by_label("A word from them").fill("Grandmother is ill.")
    desk.press("No", exact=True)
    desk.said("The answer is saved")
    desk.page.goto(f"{event}/history")
    expect(desk.page.locator("main")).to_contain_text("Tesfaye")


def move_it(desk: Desk, event: str, homes: Homes, sink: MailSink) -> None:
    desk.page.goto(f"{event}/edit")
    desk.page.get_by_label("Date", exact=True).fill(in_days(22))
    desk.press("Save", exact=True)
    # Five said yes, one maybe; who said no is left in peace.
    expect(desk.page.locator("main")).to_contain_text("They keep their seats and are asked again")
    desk.page.get_by_label("Why it moves").fill("The choir needs the room.")
    desk.press("Move it and tell 6")
    desk.said("Moved")
    for address in (*COMING, RANIA):
        assert "Until now:" in mails.text(sink.saying(address, "The choir needs the room."))
    with homes.at() as page:
        page.goto(homes.link(AMINA))
        expect(page.locator("main")).to_contain_text("The day has changed.")
        page.get_by_role("button", name="Save our answer").click()
        expect(page.locator("[role=status]")).to_contain_text("Saved")
    assert not [mail for mail in sink.to(IVA) if "The choir" in mails.text(mail)]


def cancel_another(desk: Desk, sink: MailSink) -> None:
    event = desk.plan("Lantern walk", days=30)
    desk.invite_everyone(event, f"Put {PARTIES} guests on the list")
    desk.publish(event, f"Publish and send {PARTIES - 1} invitations")
    desk.page.goto(f"{event}/cancel")
    desk.page.get_by_label("Why", exact=True).fill("A storm is coming.")
    desk.press(f"Cancel it and tell {PARTIES - 1} guests")
    desk.said("Cancelled")
    sink.saying(IVA, "A storm is coming.")


def hold_it(desk: Desk, event: str, sink: MailSink) -> None:
    desk.page.goto(event)
    desk.follow("It was held")
    desk.press("Yes, it was held")
    desk.page.wait_for_url("**/afterwards")
    for address in COMING:
        sink.saying(address, "/thanks")


def families_thank_and_say_how_it_was(homes: Homes) -> None:
    with homes.at() as page:
        family.thank_everyone(page, homes.link(TIM), "You read so well that nobody wanted to go home.")
        family.thank_everyone(page, homes.link(AMINA), "Buy cheap phones at phones.test")
    for number, address in enumerate(COMING):
        with homes.at() as page:
            family.say_how_it_was(
                page, homes.link(address), 3 - number % 2, "More bread, please." if not number else ""
            )


def look_back(desk: Desk, event: str) -> None:
    page = desk.page
    page.goto(f"{event}/afterwards")
    expect(page.locator("main")).to_contain_text("5 of 5 guests answered.")
    expect(page.locator("main")).to_contain_text("More bread, please.")
    assert page.locator("main svg.plot, main .plot, main table").count()
    wall = page.locator(".wall")
    expect(wall).to_contain_text("nobody wanted to go home")
    wall.locator("figure, blockquote, li, div").filter(has_text="cheap phones").get_by_role("link").last.click()
    page.get_by_label("Why?").fill("An advertisement.")
    desk.press("Hide it")
    desk.said("Hidden")
    expect(page.locator(".wall")).not_to_contain_text("cheap phones")
    expect(page.locator("main")).to_contain_text("An advertisement.")


def leave(desk: Desk) -> None:
    desk.page.goto(f"{desk.base}/manage")
    expect(desk.page.locator("main")).to_contain_text("Soup & Stories")
    desk.page.goto(f"{desk.base}/manage/settings")
    desk.press("Sign out")
    desk.page.wait_for_url("**/sign-in")
    desk.page.goto(f"{desk.base}/manage")
    expect(desk.page).to_have_url(re.compile("/sign-in"))


def test_it_all_works_without_scripts(chromium: Browser, fresh: Installation, own_sink: MailSink) -> None:
    homes = Homes(chromium, fresh, own_sink, scripts=False)
    with person(chromium, fresh.base, java_script_enabled=False) as page:
        desk = Desk(page, fresh.base, scripts=False)
        desk.sign_in(fresh.cli("sign-in-link", fresh.owner).strip())
        desk.bring_people()
        event = desk.plan("Soup & Stories")
        desk.invite_everyone(event, f"Put {PARTIES} guests on the list")
        desk.publish(event, f"Publish and send {PARTIES - 1} invitations")
        homes.answer(AMINA, "Yes, we will come", 2, 3)
        page.goto(f"{event}/guests")
        expect(desk.row("Okafor")).to_contain_text("2 adults")
        desk.row("Weber").get_by_role("link", name="Answer for them").click()
        desk.press("Yes", exact=True)
        desk.said("The answer is saved")
        page.goto(f"{event}/held")
        desk.press("Yes, it was held")
    with homes.at() as page:
        family.thank_everyone(page, homes.link(AMINA), "You carried all the chairs.")
        family.say_how_it_was(page, homes.link(AMINA), 3, "More bread")


def test_a_family_answers_with_the_keyboard_alone(
    chromium: Browser, fresh: Installation, own_sink: MailSink
) -> None:
    [invitation] = fresh.invite(fresh.gathering(), 1)
    with person(chromium, fresh.base) as page:
        keys = Keys(page)
        page.goto(invitation["rsvp_url"])
        keys.to(page.get_by_role("radio", name="Yes, we will come"))
        keys.press("Space", "ArrowDown", "ArrowUp")
        expect(page.get_by_role("radio", name="Yes, we will come")).to_be_checked()
        keys.write(page.get_by_label("Adults"), "1")
        keys.write(page.get_by_label("Children"), "2")
        keys.write(page.get_by_label("A word to the hosts"), "We bring bread.")
        keys.enter(page.get_by_role("button", name="Save our answer"))
        expect(page.locator("main")).to_contain_text("1 adult, 2 children")
        keys.enter(page.get_by_role("link", name="Change our answer"))
        keys.to(page.get_by_role("radio", name="Yes, we will come"))
        keys.press("ArrowDown", "ArrowDown")
        keys.enter(page.get_by_role("button", name="Save our answer"))
        expect(page.locator("main")).to_contain_text("Not this time. Thank you for telling us.")
    own_sink.saying("p0@party.test", "We have saved your answer")


def test_a_coordinator_signs_in_plans_and_publishes_with_the_keyboard_alone(
    chromium: Browser, fresh: Installation
) -> None:
    with person(chromium, fresh.base) as page:
        keys = Keys(page)
        page.goto(fresh.cli("sign-in-link", fresh.owner).strip())
        keys.enter(page.get_by_role("button", name="Open my planner"))
        keys.enter(page.get_by_role("link", name="Plan an event"))
        keys.write(page.get_by_label("Name", exact=True), "Planting day")
        # The first of January of next year, however this browser orders day, month and year.
        keys.to(page.get_by_label("Date", exact=True))
        keys.press("ArrowUp", "ArrowRight", "ArrowUp", "ArrowRight", "ArrowUp", "ArrowUp")
        for label, hour in (("Starts", "10"), ("Ends", "11")):
            keys.to(page.get_by_label(label, exact=True))
            # Where the day has twice twelve hours, a letter says which; elsewhere it says nothing.
            page.keyboard.type(f"{hour}30A")
        keys.to(page.get_by_role("radio", name=re.compile("Everyone|Invited guests")).first)
        keys.enter(page.get_by_role("button", name="Save as a draft"))
        keys.enter(page.get_by_role("link", name="Publish", exact=True))
        keys.enter(page.get_by_role("button", name="Publish", exact=True))
        expect(page.locator("main")).to_contain_text("Published")
