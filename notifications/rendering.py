"""Mail templates: Jinja2, their CSS inlined once, when a template is first used."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import css_inline
import jinja2
from markupsafe import Markup, escape

from planner import i18n
from planner.markdown import to_html, to_speech

FOLDER: Final = Path(__file__).parent / "templates" / "mail"
_STATEMENT: Final = re.compile(r"\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_EXPRESSION: Final = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_HELD_PLACE: Final = re.compile(r"<!--jinja:(\d+)-->|jinja-(\d+)-")
# What is known only of each mail: its organisation's colours, and which side its language begins on.
_FILLED_IN: Final = {
    "var(--accent)": "{{ about.accent }}",
    "inline-start": "{{ start }}",
    "inline-end": "{{ end }}",
}


class _Inlining(jinja2.FileSystemLoader):
    """Loads a template with its styles inlined, so that rendering a mail does nothing about CSS any more."""

    def get_source(self, environment: jinja2.Environment, template: str) -> Any:
        source, filename, fresh = super().get_source(environment, template)
        if template.endswith(".html"):
            source = _inlined(source)
        return source, filename, fresh


def _inlined(source: str) -> str:
    """The template with its CSS inlined. Jinja's own marks are held by comments and words that HTML lets stand."""
    held: list[str] = []

    def hold(pattern: str, match: re.Match[str]) -> str:
        held.append(match.group())
        return pattern % (len(held) - 1)

    source = _STATEMENT.sub(lambda match: hold("<!--jinja:%d-->", match), source)
    source = _EXPRESSION.sub(lambda match: hold("jinja-%d-", match), source)
    rules, _media = _styles()
    if source.lstrip().startswith("<!doctype"):
        inliner = css_inline.CSSInliner(extra_css=rules, inline_style_tags=False, keep_style_tags=True)
        source = inliner.inline(source)
    else:
        source = css_inline.inline_fragment(source, rules)
    for name, value in _FILLED_IN.items():
        source = source.replace(name, value)
    return _HELD_PLACE.sub(lambda match: held[int(match.group(1) or match.group(2))], source)


@cache
def _styles() -> tuple[str, str]:
    """The rules that are inlined, and those that only a style element can say: narrow and dark screens."""
    css = (FOLDER / "mail.css").read_text()
    rules, media, rest = css.partition("@media")
    return re.sub(r"/\*.*?\*/", "", rules, flags=re.DOTALL), re.sub(r"\n+", "\n", media + rest)


def _paragraphs(text: str) -> list[Markup]:
    """Plain words as HTML: paragraphs end at an empty line, lines stay lines."""
    parts = re.split(r"\n\s*\n", text.strip())
    return [Markup("<br>").join(escape(line) for line in part.split("\n")) for part in parts if part.strip()]


def _markdown(text: str, accent: str) -> Markup:
    """People's own words as HTML, their links in a colour: no style was inlined into what was not there yet."""
    return Markup(str(to_html(text)).replace("<a ", f'<a style="color:{accent}" '))  # noqa: S704  (cleaned before)


def _lines(lines: Iterable[str]) -> Markup:
    return Markup("<br>").join(lines)


@cache
def environment() -> jinja2.Environment:
    """The templates of mails; HTML is escaped, text is not."""
    made = jinja2.Environment(
        loader=_Inlining(FOLDER),
        autoescape=jinja2.select_autoescape(["html"], default=False),
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.install_gettext_callables(i18n.gettext, i18n.ngettext, newstyle=True, pgettext=i18n.pgettext)  # type: ignore[attr-defined]
    made.filters |= {"paragraphs": _paragraphs, "lines": _lines, "markdown": _markdown, "spoken": to_speech}
    return made


@cache
def _templates(kind: str) -> tuple[jinja2.Template, jinja2.Template]:
    return environment().get_template(f"{kind}.html"), environment().get_template(f"{kind}.txt")


@cache
def media_rules(accent: str, accent_dark: str) -> Markup:
    """Rules for narrow and dark screens in an organisation's colours."""
    _rules, media = _styles()
    return Markup(media.replace("var(--accent-dark)", accent_dark).replace("var(--accent)", accent))  # noqa: S704


def render(kind: str, values: Mapping[str, Any]) -> tuple[str, str]:
    """A mail's HTML and its text, in the language spoken now."""
    html, text = _templates(kind)
    return html.render(values), re.sub(r"\n{3,}", "\n\n", text.render(values)).strip() + "\n"
