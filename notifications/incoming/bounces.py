"""Failure reports: whom a mail did not reach, and whether it is worth trying again (RFC 3464, RFC 3463).

Reports in the standard's form are read here; what the servers of the world write besides is known to flufl.bounce.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from typing import Final

from flufl.bounce import all_failures

from notifications.incoming.reading import Mail, bytes_of, parts_of, text_in, words_of
from planner.text import one_line

_STATUS: Final = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_REPLY_CODE: Final = re.compile(r"(?<![\d.])([45])[0-5]\d(?=[ \-])")
_ADDRESS: Final = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}", re.ASCII)
_NAMES: Final = re.compile(
    r"(?i)^(mailer-?daemon|postmaster|mail-?daemon|mail(er)?|bounces?|mda|postoffice|system|administrator)\b"
)
_SUBJECTS: Final = re.compile(
    r"(?i)(undeliver|non.?deliver|deliver\w* (status|fail|problem|error|report|notif)|fail\w* (mail|deliver)|"
    r"returned? (to sender|mail)|mail (system )?error|mail could not|fail(ure|ed) notice|not? deliverable)"
)
_FAILED_NEAR: Final = re.compile(
    r"(?i)(fail|undeliver|not (be )?deliver|unknown|reject|refus|no such|not found|unable|does not exist|"
    r"disabled|quota|full|denied|<<<|said:|invalid|not reach|could not|unreachable|error)"
)
# Lines that only say that a mail is late.
_LATE: Final = re.compile(
    r"(?i)(warning|delayed|will (keep|continue|be) (trying|retried|tried)|could not be delivered for|"
    r"still being|you do not need to resend|will retry|no action is required)"
)
# Statuses that mean that the address itself is at fault.
_WRONG_ADDRESS: Final = re.compile(r"5\.(1\.\d{1,3}|2\.1)")
# From here on a report shows the mail that it gives back.
_GIVEN_BACK: Final = re.compile(
    r"(?im)^(?:received:|return-path:|message-id:|-{3,}.*(?:original|copy|header|message)|message headers follow)"
)
_TEXT_MOST: Final = 64 * 1024
_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True)
class Failure:
    """One address that was not reached. `status` is RFC 3463's; `original` the address as it was written to."""

    address: str
    status: str = ""
    words: str = ""
    original: str = ""

    @property
    def permanent(self) -> bool:
        """Whether another try would fail too."""
        return not self.status.startswith("4")

    @property
    def wrong_address(self) -> bool:
        """Whether it is the address that is at fault: 5.1.x, or 5.2.1, a mailbox that is shut."""
        return bool(_WRONG_ADDRESS.fullmatch(self.status))


@dataclass(frozen=True)
class Report:
    """What a failure report says; `message_ids` are those of mails it gives back."""

    failed: tuple[Failure, ...] = ()
    delayed: tuple[str, ...] = ()
    message_ids: tuple[str, ...] = field(default=())


def report_in(mail: Mail, *, expected: bool) -> Report | None:
    """The report that a mail is, or None. `expected`: it came to an address for reports."""
    message = mail.message
    kind = str(message.get_param("report-type") or "").lower()
    if kind == "feedback-report":
        return None
    blocks = list(_blocks(message))
    if not blocks and not expected and not _looks_like_one(mail):
        return None
    failed, delayed = _read_blocks(blocks)
    if not failed and not delayed:
        failed, delayed = _known_form(mail)
    if not failed and not delayed and not blocks and kind != "delivery-status":
        return None
    return Report(tuple(failed), tuple(delayed), _returned(message))


def _looks_like_one(mail: Mail) -> bool:
    return_path = str(mail.message.get("return-path", "")).strip()
    named = words_of(mail.message.get("from")).lstrip('<" ')
    name = mail.from_address.partition("@")[0]
    gives_back = any(part.get_content_type() == "message/rfc822" for part in parts_of(mail.message))
    return bool(
        return_path == "<>"
        or _NAMES.match(name)
        or (not mail.from_address and _NAMES.match(named))
        or _SUBJECTS.search(mail.subject)
        or (gives_back and "could not be delivered" in mail.text.lower())
    )


def _blocks(message: Message) -> Iterator[Message]:
    for part in message.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        content = part.get_payload()
        if isinstance(content, list):
            yield from (block for block in content if isinstance(block, Message))


def _read_blocks(blocks: list[Message]) -> tuple[list[Failure], list[str]]:
    failed: dict[str, Failure] = {}
    delayed: list[str] = []
    for block in blocks:
        address = _recipient(block, "final-recipient") or _recipient(block, "original-recipient")
        if not address:
            continue
        action = str(block.get("action", "")).strip().lower()
        original = _recipient(block, "original-recipient")
        if action.startswith(("fail", "error")):
            failed.setdefault((original or address).lower(), _failure(block, address, original))
        elif action.startswith("delay"):
            delayed.append(original or address)
    return list(failed.values()), delayed


def _recipient(block: Message, name: str) -> str:
    value = words_of(block.get(name)).partition(";")
    text = (value[2] or value[0]).strip()
    found = _ADDRESS.search(text)
    return found.group() if found else ""


def _failure(block: Message, address: str, original: str) -> Failure:
    words = one_line(words_of(block.get("diagnostic-code")))
    stated = _STATUS.search(str(block.get("status", "")))
    in_words = _STATUS.search(words)
    status = stated.group(1) if stated else ""
    # A server that passes on what another one said often knows less than the words do (5.0.0).
    if in_words and (not status or status.endswith(".0.0")) and not in_words.group(1).startswith("2"):
        status = in_words.group(1)
    return Failure(address, status or _from_code(words), words[:500], original)


def _from_code(words: str) -> str:
    code = _REPLY_CODE.search(words)
    return f"{code.group(1)}.0.0" if code else ""


def _known_form(mail: Mail) -> tuple[list[Failure], list[str]]:
    """What a report without the standard's part says, in one of the forms that are known."""
    try:
        late, gone = all_failures(mail.message)
    except Exception as error:
        # Its readers take each a form for granted.
        _LOGGER.info("a report in no known form", extra={"error": type(error).__name__})
        late, gone = frozenset(), frozenset()
    text = _own_text(mail.message)
    own = _GIVEN_BACK.split(text, maxsplit=1)[0].lower()
    named = [address.decode("ascii", "replace") for address in sorted(gone)]
    # Some readers also take addresses out of the mail that is given back.
    named = [address for address in named if address.lower() in own] or named
    failed = [_failure_in(text, address) for address in named]
    delayed = [address.decode("ascii", "replace") for address in sorted(late)]
    if failed or delayed:
        return [one for one in failed if one.address], delayed
    if _LATE.search(mail.subject):
        return [], []
    return _by_its_words(mail, text), []


def _own_text(message: Message) -> str:
    texts = [text_in(part) for part in parts_of(message) if part.get_content_type() == "text/plain"]
    return "\n".join(texts)[:_TEXT_MOST]


def _failure_in(text: str, address: str) -> Failure:
    at = text.lower().find(address.lower())
    near = text[max(at, 0) : max(at, 0) + 1000]
    found = _STATUS.search(near)
    words = one_line(near)
    return Failure(address, found.group(1) if found else _from_code(words), words[:500])


def _by_its_words(mail: Mail, text: str) -> list[Failure]:
    """Addresses that stand where the report says that something failed, above the mail that it gives back."""
    own = _GIVEN_BACK.split(text, maxsplit=1)[0]
    if not _FAILED_NEAR.search(own):
        return []
    to = str(mail.message.get("to", "")).lower()
    mine = {mail.from_address.lower(), *(match.group() for match in _ADDRESS.finditer(to))}
    found: dict[str, Failure] = {}
    for match in _ADDRESS.finditer(own):
        address = match.group().strip(".'`")
        near = own[max(match.start() - 200, 0) : match.end() + 400]
        if address.lower() not in mine and _FAILED_NEAR.search(near):
            found.setdefault(address.lower(), _failure_in(own, address))
    return list(found.values())


def _returned(message: Message) -> tuple[str, ...]:
    """Message-IDs of the mails that a report gives back, whole or their heads alone."""
    found = []
    for part in message.walk():
        kind = part.get_content_type()
        if kind == "message/rfc822" and part.is_multipart():
            inner = next(iter(part.get_payload()), None)
            found += [str(inner["message-id"])] if isinstance(inner, Message) and inner["message-id"] else []
        elif kind in ("text/rfc822-headers", "message/rfc822-headers", "text/plain"):
            text = bytes_of(part)[:_TEXT_MOST].decode("ascii", "replace")
            found += re.findall(r"(?im)^message-id:\s*<([^<>\s]{1,200})>", text)
    return tuple(dict.fromkeys(one.strip("<> \t\r\n") for one in found))[:10]
