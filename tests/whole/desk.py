"""A coordinator at the desk, in a browser with or without scripts."""

from __future__ import annotations

import time
from typing import Any

from playwright.sync_api import Locator, Page, expect

# As a school exports it: another separator, another alphabet's bytes, a title above, gaps, one twice, one wrong.
MESSY = """Class 2b, exported;;;;
Household;Parent;E-mail;Adults;Children
Okafor;Amina Okafor;Amina@Okafor.test;2;3
Haddad;Rania Haddad;rania@haddad.test ;2;1
;;;;
Yıldız?;Emre Yildiz;emre@yildiz.test;2;0
García Molina;Lucía García;lucia@garcia.test;1;1
Novak;Iva Novak;iva@novak.test;1;1
Tesfaye;Almaz Tesfaye;;1;1
Silva;Rui Silva;rui@silva.test;1;1
Weber;Tim Weber;tim@weber.test;2;1
Okafor;Amina Okafor;amina@okafor.test;2;3
Broken;Nobody;nobody at nowhere;1;0
"""
PARTIES = 8


def in_days(days: int) -> str:
    """A date as a date field takes it."""
    return time.strftime("%Y-%m-%d", time.gmtime(time.time() + days * 86_400))


class Desk:
    """The coordinator's page, and what they do on it."""

    def __init__(self, page: Page, base: str, *, scripts: bool = True) -> None:
        self.page = page
        self.base = base
        self.scripts = scripts

    def press(self, name: str, exact: bool = False) -> None:
        """Presses a button of the page."""
        self.page.locator("main").get_by_role("button", name=name, exact=exact).first.click()

    def follow(self, name: str, exact: bool = False) -> None:
        """Follows a link of the page."""
        self.page.locator("main").get_by_role("link", name=name, exact=exact).first.click()

    def heading(self, words: str) -> Locator:
        """Waits for a heading."""
        found = self.page.get_by_role("heading", name=words).first
        expect(found).to_be_visible()
        return found

    def said(self, words: str) -> None:
        """Waits until the page says that something was done."""
        expect(self.page.locator("[role=status]").filter(has_text=words).first).to_be_visible()

    def sign_in(self, link: str) -> None:
        """Opens the link, presses the button."""
        self.page.goto(link)
        self.press("Open my planner")
        self.page.wait_for_url("**/manage")

    def settle(self, palette: str) -> None:
        """Chooses colours, and that a move is told at once."""
        self.page.goto(f"{self.base}/manage/settings")
        self.page.get_by_label("Minutes until guests hear of a move").fill("0")
        self.page.get_by_label("Their name").fill("Hanna Brandt")
        self.page.get_by_label("Phone").fill("030 555 01 23")
        self.page.get_by_role("radio", name=palette).check()
        self.press("Save the settings")
        self.said("Saved")
        assert self.page.locator("html").get_attribute("data-palette") == palette.lower()

    def bring_people(self) -> None:
        """Imports the messy list: looks first, then takes it over."""
        self.page.goto(f"{self.base}/manage/people/import")
        content = MESSY.encode("cp1254", errors="replace")
        file: Any = {"name": "class 2b.csv", "mimeType": "text/csv", "buffer": content}
        self.page.get_by_label("The file").set_input_files(file)
        self.press("Look at it")
        self.heading("What we understood")
        assert "nobody at nowhere" in self.page.locator("main").inner_text()
        self.press(f"Import {PARTIES} people")
        self.heading("They are on your list")

    def plan(self, title: str, *, capacity: int | None = None, days: int = 21) -> str:
        """Writes down an event as a draft; the address of its pages."""
        self.page.goto(f"{self.base}/manage/gatherings/new")
        self.page.get_by_label("Name", exact=True).fill(title)
        self.page.get_by_label("Date", exact=True).fill(in_days(days))
        self.page.get_by_label("Starts").fill("17:30")
        self.page.get_by_label("Ends", exact=True).fill("19:30")
        self.page.get_by_label("Place", exact=True).fill("Garden Room")
        if capacity:
            self.page.get_by_label("Seats").fill(str(capacity))
        self.press("Save as a draft")
        self.heading(title)
        return self.page.url.split("?")[0]

    def invite_everyone(self, event: str, button: str) -> None:
        """Puts all who are known on the list; `button` says how many that are."""
        self.page.goto(f"{event}/invite")
        self.page.get_by_label("Everyone you know").check()
        if not self.scripts:
            self.press("See how many are asked")
        self.press(button)

    def publish(self, event: str, button: str) -> None:
        """Looks at what guests get, then publishes."""
        self.page.goto(f"{event}/publish")
        expect(self.page.frame_locator("iframe[name=preview]").locator("body")).to_contain_text("Will you come?")
        self.press(button)

    def row(self, name: str) -> Locator:
        """A guest's line in the guest list."""
        return self.page.locator("tr").filter(has_text=name)
