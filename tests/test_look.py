"""The stylesheet holds to the contract of colours, sides and weight; the parts hold to theirs."""

import re
from pathlib import Path
from types import SimpleNamespace

import jinja2
import pytest

from planner import quilt
from planner.meter import meter_patches

ROOM = Path(__file__).parent.parent / "planner"
CSS = (ROOM / "static" / "planner.css").read_text()
PAPER_CSS = (ROOM / "static" / "paper.css").read_text()
PAIRS = {
    name: colours
    for name, *colours in re.findall(r"--(\w+):var\(--l,(#[0-9A-F]{3,6})\) var\(--d,(#[0-9A-F]{3,6})\)", CSS)
}
PALETTES = {
    name: dict(re.findall(r"--(\w+):(#[0-9A-F]{6})", rule))
    for name, rule in re.findall(r"\[data-palette=(\w+)\]\{([^}]+)\}", CSS)
}
LIGHT, DARK = 0, 1


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    shares = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, contrast ratio."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize(
    ("text", "ground", "light", "dark"),
    [
        ("ink", "paper", 15.4, 15.2),
        ("ink", "tint", 13.9, 12.1),
        ("soft", "paper", 7.1, 9.1),
        ("soft", "tint", 6.4, 7.2),
        ("edge", "paper", 4.0, 5.2),
        ("ok", "paper", 6.7, 10.5),
        ("ok", "oktint", 6.1, 7.9),
        ("warn", "paper", 7.4, 11.1),
        ("warn", "warntint", 6.7, 8.4),
        ("bad", "paper", 7.0, 9.0),
        ("bad", "badtint", 6.2, 7.1),
    ],
)
def test_words_stand_out_from_their_ground(text: str, ground: str, light: float, dark: float) -> None:
    for theme, ratio in ((LIGHT, light), (DARK, dark)):
        assert contrast(PAIRS[text][theme], PAIRS[ground][theme]) == pytest.approx(ratio, abs=0.06)


@pytest.mark.parametrize(
    ("palette", "paper_light", "paper_dark", "on_light", "on_dark"),
    [
        ("quince", 8.8, 9.5, 9.5, 9.5),
        ("plum", 11.0, 8.9, 11.8, 8.9),
        ("harbour", 11.3, 9.4, 12.2, 9.4),
        ("brick", 8.7, 8.9, 9.4, 8.9),
        ("meadow", 9.2, 10.3, 9.9, 10.3),
        ("indigo", 11.9, 9.3, 12.8, 9.3),
    ],
)
def test_every_palettes_accent_can_be_read(
    palette: str, paper_light: float, paper_dark: float, on_light: float, on_dark: float
) -> None:
    colours = PALETTES[palette]
    for theme, accent, on_paper, on_accent in (
        (LIGHT, colours["light"], paper_light, on_light),
        (DARK, colours["glow"], paper_dark, on_dark),
    ):
        assert contrast(accent, PAIRS["paper"][theme]) == pytest.approx(on_paper, abs=0.06)
        assert contrast(PAIRS["on"][theme], accent) == pytest.approx(on_accent, abs=0.06)


def test_pages_and_mails_take_the_same_palettes() -> None:
    assert list(PALETTES) == list(quilt.PALETTES)
    for name, palette in quilt.PALETTES.items():
        css = PALETTES[name]
        assert palette == tuple(css[key] for key in ("light", "q2", "q3", "q4", "q5", "glow", "dark"))


def test_one_stylesheet_of_14_kilobytes_serves_all_screens() -> None:
    assert len(CSS.encode()) <= 14_000


@pytest.mark.parametrize("css", [CSS, PAPER_CSS])
def test_no_rule_knows_left_from_right(css: str) -> None:
    rules = re.sub(r"@media [^{]+\{|/\*.*?\*/", "", css)
    physical = (
        r"[{; ]((?:(?:margin|padding|border|inset)-)?(?:left|right|top|bottom)|(?:min-|max-)?(?:width|height))\s*:"
    )
    assert re.findall(physical, rules) == []
    assert re.findall(r"(?:text-align|float|clear)\s*:\s*(?:left|right)", rules) == []


def test_no_rule_reaches_for_another_origin_or_a_web_font() -> None:
    assert not re.search(r"url\(|@import|@font-face", CSS + PAPER_CSS)


def test_nothing_moves_but_the_fading_row() -> None:
    assert CSS.count("animation") == 1
    assert re.search(r"prefers-reduced-motion:no-preference\)\{\.fresh\{animation", CSS)
    assert not re.search(r"transition|box-shadow:(?!0 0 0 3px|inset|none)|gradient", CSS)


@pytest.mark.parametrize("page", sorted((ROOM / "templates").rglob("*.html")), ids=lambda page: page.name)
def test_no_page_carries_style_or_script_of_its_own(page: Path) -> None:
    words = page.read_text()
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|<script(?![^>]* src=)|javascript:", words)


# The meter


def total(number: int, **others: int) -> dict[str, int]:
    return {"accepted": number - sum(others.values()), **others}


@pytest.mark.parametrize(
    ("parties", "patches", "each"),
    [(0, 0, 1), (1, 1, 1), (119, 119, 1), (120, 120, 1), (121, 25, 5), (3000, 600, 5)],
)
def test_one_patch_for_each_party_above_120_for_five(parties: int, patches: int, each: int) -> None:
    meter = meter_patches(total(parties))
    assert (len(meter.patches), meter.parties_per_patch) == (patches, each)


def test_the_meter_runs_from_yes_to_no() -> None:
    meter = meter_patches({"declined": 4, "unanswered": 11, "tentative": 3, "waiting": 2, "accepted": 14})
    expected = ["accepted"] * 14 + ["waiting"] * 2 + ["tentative"] * 3 + ["unanswered"] * 11 + ["declined"] * 4
    assert list(meter.patches) == expected


def test_a_single_no_among_three_thousand_is_still_seen() -> None:
    assert meter_patches(total(3000, declined=1)).patches[-1] == "declined"


# The parts


def render(template: str, **context: object) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(ROOM / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    environment.globals.update(
        asset=lambda name: f"/static/{name}",
        block_svg=quilt.block_svg,
        band_svg=quilt.band_svg,
        PALETTES=quilt.PALETTES,
        meter_patches=meter_patches,
    )
    return environment.get_template(template).render(**context)


def part(call: str, source: str) -> str:
    """What one part draws."""
    environment = jinja2.Environment(
        loader=jinja2.ChoiceLoader(
            [
                jinja2.DictLoader({"test": f'{{% import "parts/{source}.html" as part %}}{{{{ part.{call} }}}}'}),
                jinja2.FileSystemLoader(ROOM / "templates"),
            ]
        ),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    environment.globals.update(meter_patches=meter_patches)
    return environment.get_template("test").render()


def test_the_page_of_parts_shows_every_part_in_both_themes_and_directions() -> None:
    organization = SimpleNamespace(name="Lindenhof", palette="plum")
    page = render("parts_page.html", language="en", direction="ltr", organization=organization)
    for theme in ("light", "dark"):
        for direction in ("ltr", "rtl"):
            assert f'data-theme="{theme}" dir="{direction}"' in page
    assert 'data-palette="plum"' in page


def test_all_three_answers_are_native_radios_with_their_word_and_patch() -> None:
    choice = part("answer_choice('tentative')", "answers")
    assert re.findall(r'type="radio" name="answer" value="(\w+)"( checked)?', choice) == [
        ("accepted", ""),
        ("tentative", " checked"),
        ("declined", ""),
    ]
    assert choice.count('class="patch"') == 3


def test_a_wrong_field_is_tied_to_its_sentence_and_keeps_the_words() -> None:
    field = part("text_field('email', 'Address', 'amina@', {'email': 'Cut off'}, hint='Yours')", "forms")
    assert 'aria-describedby="email-hint email-error"' in field and 'aria-invalid="true"' in field
    assert 'value="amina@"' in field and 'id="email-error">Cut off' in field


def test_peoples_words_are_escaped_in_every_part() -> None:
    evil = "'<script>x</script>'"
    for call, source in (
        (f"text_field('a', {evil}, {evil}, {{'a': {evil}}}, {evil})", "forms"),
        (f"textarea('a', {evil}, {evil})", "forms"),
        (f"facts([({evil}, {evil})])", "words"),
        (f"quote({evil}, {evil})", "words"),
        (f"copy_field('a', {evil}, {evil})", "calendar"),
    ):
        assert "<script>" not in part(call, source)


def test_the_seats_bar_never_leaves_its_frame() -> None:
    bar = part("bar(57, 60, 20)", "plots")
    widths = [float(width) for width in re.findall(r'width="([\d.]+)%"', bar)]
    assert widths == [100, 100, pytest.approx(74.03, abs=0.01), pytest.approx(25.97, abs=0.01)]
    assert "inf" not in part("bar(0, 0)", "plots")
