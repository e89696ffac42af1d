"""People's own words as HTML: Markdown, and nothing that it did not ask for."""

from __future__ import annotations

from html import unescape
from typing import Final

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

_TAGS: Final = {"p", "br", "em", "strong", "ul", "ol", "li", "blockquote", "a", "code", "hr", "h3", "h4"}
_parser: Final = MarkdownIt("commonmark", {"html": False, "breaks": True, "linkify": False})


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


def to_lines(text: str) -> list[str]:
    """The words of Markdown alone, line by line, each thing of a list on a line of its own: for paper."""
    lines = unescape(nh3.clean(_parser.render(text), tags=set())).splitlines()
    return [" ".join(line.split()) for line in lines if line.strip()]


def to_text(text: str) -> str:
    """The words of Markdown alone, on one line: for excerpts and link previews."""
    return " ".join(to_lines(text))
