"""A family with its link: one page, one press."""

from __future__ import annotations

from playwright.sync_api import Page, expect


def answer(
    page: Page, link: str, word: str, adults: int | None = None, children: int | None = None, note: str = ""
) -> None:
    """Opens the link, says yes, maybe or no, saves, and reads what was saved."""
    page.goto(link)
    page.get_by_role("radio", name=word).check()
    if adults is not None:
        page.get_by_label("Adults").fill(str(adults))
    if children is not None:
        page.get_by_label("Children").fill(str(children))
    if note:
        page.get_by_label("A word to the hosts").fill(note)
    page.get_by_role("button", name="Save our answer").click()
    expect(page.locator("[role=status]").filter(has_text="Saved")).to_be_visible()


def thank_everyone(page: Page, link: str, words: str) -> None:
    """Thanks everyone so that all may read it."""
    page.goto(f"{link}/thanks")
    page.get_by_label("To", exact=True).select_option("everyone")
    page.get_by_label("What did they do?").fill(words)
    page.get_by_label("Others may read it too").check()
    page.get_by_role("button", name="Send our thanks").click()
    expect(page.locator("[role=status]").filter(has_text="Sent")).to_be_visible()


def say_how_it_was(page: Page, link: str, step: int, better: str = "") -> None:
    """Answers the five questions with one step each."""
    page.goto(f"{link}/feedback")
    for question in page.locator("fieldset .segments").all():
        question.locator("label").nth(step).click()
    page.get_by_label("What would make it better next time?").fill(better)
    page.get_by_role("button", name="Send our feedback").click()
    expect(page.locator("[role=status]")).to_contain_text("Your answers are saved")
