"""People's own words as HTML: Markdown, and nothing that it did not ask for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from html import unescape
from typing import Final

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

_TAGS: Final = {"p", "br", "em", "strong", "ul", "ol", "li", "blockquote", "a", "code", "hr", "h3", "h4"}
# Between two things of a list, of which the first ends without a mark of its own.
_NEXT_THING: Final = re.compile(r"(?<=[^\s.,:;!?…])(</p>\n)?</li>\n<li>")
_parser: Final = MarkdownIt("commonmark", {"html": False, "breaks": True, "linkify": False})


@lru_cache(maxsize=512)
def to_html(text: str) -> Markup:
    """Markdown as safe HTML. Headings begin at the third level, below the page's own; images are left out."""
    html = _parser.render(text)
    html = html.replace("<h1>", "<h3>").replace("</h1>", "</h3>").replace("<h2>", "<h4>").replace("</h2>", "</h4>")
    return Markup(  # noqa: S704  (cleaned by nh3)
        nh3.clean(
            html,
            tags=_TAGS,
            attributes={"a": {"href"}},
            url_schemes={"http", "https", "mailto", "tel"},
            link_rel="noopener nofollow ugc",
        )
    )


@lru_cache(maxsize=512)
def to_words(text: str) -> str:
    """Markdown as plain lines, for calendars: lists keep their marks, links their addresses."""
    lines, mark = [], ""
    for token in _parser.parse(text):
        if token.type == "list_item_open":
            mark = f"{token.info}. " if token.info else "- "
        elif token.type == "inline":
            lines += (mark + _said(token.children or [])).split("\n")
            mark = ""
        elif token.type in ("fence", "code_block"):
            lines += token.content.splitlines()
    return "\n".join(lines)


@lru_cache(maxsize=512)
def to_speech(text: str) -> str:
    """Markdown as plain text to be read aloud, for mail: paragraphs stand apart, addresses by themselves.

    Below what a link is set on, its words stand once more with the address on a line of its own.
    """
    lines, mark, depth = [], "", 0
    for token in _parser.parse(text):
        if token.type in ("bullet_list_open", "ordered_list_open", "bullet_list_close", "ordered_list_close"):
            lines += [""] if depth == 0 else []
            depth += token.nesting
        elif token.type == "list_item_open":
            mark = f"{token.info}. " if token.info else "- "
        elif token.type in ("inline", "fence", "code_block"):
            links: list[str] = []
            words = _said(token.children, links) if token.children else token.content.rstrip("\n")
            lines += [*([] if depth else [""]), *(mark + words).split("\n"), *links]
            mark = ""
    return "\n".join(lines).strip()


def _said(tokens: Sequence[Token], links: list[str] | None = None) -> str:
    """Words with the address of each link behind it; or, where there are `links`, with none: those take them."""
    words, link, begins = "", "", 0
    for token in tokens:
        if token.type in ("softbreak", "hardbreak"):
            words += "\n"
        elif token.type == "link_open":
            link, begins = str(token.attrs["href"]), len(words)
        elif token.type == "link_close":
            said = words[begins:]
            if link in (said, f"mailto:{said}"):
                continue
            if links is None:
                words += f" ({link})"
            else:
                links += [f"{said[:1].upper()}{said[1:]}:", link]
        else:
            words += token.content
    return words


def to_lines(text: str) -> list[str]:
    """The words of Markdown alone, line by line, each thing of a list on a line of its own: for paper."""
    return _lines(_parser.render(text))


def to_text(text: str) -> str:
    """The words of Markdown alone, on one line, a list with commas: for excerpts and link previews."""
    return " ".join(_lines(_NEXT_THING.sub(", ", _parser.render(text))))


def _lines(html: str) -> list[str]:
    lines = unescape(nh3.clean(html, tags=set())).splitlines()
    return [" ".join(line.split()) for line in lines if line.strip()]
