"""From the bytes of a contact file to its text, and whether it is a list at all."""

from __future__ import annotations

import re

from planner.errors import Refused
from planner.i18n import gettext as _
from planner.imports.letters import Decoded, NoLetters, letters

_BROKEN = re.compile(r"[ÂÃÄÅÐÑØÙÎÏâ√][\u0080-\u00ff\u0152-\u0178\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]|√.")
_CONTROL = re.compile(r"[\x01-\x08\x0e-\x1a\x1c-\x1f]")


class NotAList(Refused):
    """The file is no list of people that could be read; `detail` says why in plain words."""

    status = 422


def decode(data: bytes) -> Decoded:
    """The text of a contact file with \\n line ends.

    Raises `NotAList` for other kinds of file and for encodings nobody can tell.
    """
    _refuse_other_kinds(data)
    try:
        text, encoding = letters(data)
    except NoLetters:
        raise NotAList(
            _("The letters of this file could not be read. Save it again as “CSV UTF-8” and choose that file.")
        ) from None
    if len(_CONTROL.findall(text)) > max(8, len(text) // 100):
        raise NotAList(
            _("This is not a list of people: it is no text. Save the list as CSV and choose that file.")
        )
    return Decoded(text.replace("\r\n", "\n").replace("\r", "\n"), encoding)


def mend(text: str) -> str:
    """The text without the marks of having been decoded wrongly before ("JosÃ©" is "José")."""
    for _again in range(2):
        if not _BROKEN.search(text):
            break
        mended = _undo(text)
        if mended is None:
            break
        text = mended
    return text


def _undo(text: str) -> str | None:
    for codec in ("cp1252", "latin-1", "mac_roman"):
        try:
            raw = b"".join(_byte(letter, codec) for letter in text)
            mended = raw.decode("utf-8")
        except UnicodeError:
            continue
        if len(mended) < len(text):
            return mended
    return None


def _byte(letter: str, codec: str) -> bytes:
    if codec == "cp1252" and letter in "\x81\x8d\x8f\x90\x9d":
        return letter.encode("latin-1")
    return letter.encode(codec)


def _refuse_other_kinds(data: bytes) -> None:
    start = data[:2048].lstrip(b"\xef\xbb\xbf \t\r\n")
    kinds = {
        _("a PDF"): (b"%PDF",),
        _("a workbook, not a CSV"): (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"),
        _("a picture"): (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF"),
        _("a text document"): (b"{\\rtf",),
        _("a web page"): (b"<!doctype", b"<html", b"<?xml", b"<table", b"<head", b"<meta"),
        _("a calendar"): (b"BEGIN:VCALENDAR",),
        _("a set of address cards"): (b"BEGIN:VCARD",),
        _("a compressed file"): (b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!"),
        _("JSON"): (b'{"', b'[{"', b"[\n", b"{\n"),
    }
    for kind, signs in kinds.items():
        if any(start.lower().startswith(sign.lower()) for sign in signs):
            raise NotAList(
                _("This file is %(kind)s. Save the list as CSV in your table program and choose that file.")
                % {"kind": kind}
            )
