"""The desk's pages about mail: the list, one mail beside it, and sending it again."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa
from litestar import MediaType, Response, get, post
from litestar.params import FromPath
from sqlalchemy.orm import Session, undefer

from notifications.composing import compose
from notifications.installation import Installation
from notifications.kinds import OPEN_ALONE
from notifications.models import AlsoAbout, Message, State
from notifications.outbox import Mail, owe, wake_after_commit
from notifications.words import BADGES, kind_words, state_words
from planner.database import utc_now
from planner.dependencies import SignedIn, TheDatabase, TheSettings
from planner.desk import desk_page, planners_only
from planner.errors import NotFound, Refused
from planner.gatherings.models import Gathering, Status
from planner.i18n import gettext as _
from planner.invitations.models import Invitation
from planner.paging import Pages, page_number, with_query
from planner.settings import Settings
from planner.times import say_short_day
from planner.web import AnyRequest, see

SIZE: Final = 30
SHOWN: Final = ("html", "text", "calendar", "source")
# A mail is a stranger to the desk: it may show itself, and open its links elsewhere. It runs no script, and is of
# our origin so that the page around it can ask how high it is.
MAIL_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'self'; "
    "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"
)


class TooLate(Refused):
    """The mail would say what is no longer so."""


@get("/mail", sync_to_thread=True)
def mail(request: AnyRequest, membership: SignedIn, database: TheDatabase, settings: TheSettings) -> Response[str]:
    """All mails of the organisation by state, newest first; one of them opened."""
    state = request.query_params.get("state", "")
    state = state if state in list(State) else ""
    opened = request.query_params.get("open", "")
    show = request.query_params.get("show", "")
    local = settings.smtp_url is None
    with database.reading() as session:
        counts = _counts(session, membership.organization_id)
        total = counts.get(state, 0) if state else sum(counts.values())
        pages = Pages(page_number(request), SIZE, total, "/manage/mail", {"state": state})
        messages = _listed(session, membership.organization_id, state, pages)
        one = _find(session, membership.organization_id, opened) if opened else None
        about = _about(session, one) if one else []
    return desk_page(
        request,
        "mail/mail.html",
        membership,
        "mail",
        messages=messages,
        filters_shown=_filters(counts, state, local),
        pages=pages,
        state=state,
        one=one,
        about=about,
        say_short_day=say_short_day,
        show=show if show in SHOWN else "html",
        source=_source(one, settings) if one and show == "source" else "",
        local=local,
        kind_words=kind_words,
        state_words=state_words,
        badges=BADGES,
        with_query=with_query,
    )


@get("/mail/{message_id:uuid}", sync_to_thread=True)
def one_mail(message_id: FromPath[uuid.UUID], membership: SignedIn, database: TheDatabase) -> Response[Any]:
    """One mail, in the list."""
    with database.reading() as session:
        _find(session, membership.organization_id, message_id)
    return see(f"/manage/mail?open={message_id}")


@get("/mail/{message_id:uuid}/html", sync_to_thread=True)
def mail_html(message_id: FromPath[uuid.UUID], membership: SignedIn, database: TheDatabase) -> Response[str]:
    """The HTML of a mail, for the frame beside the list; its links open in a page of their own."""
    with database.reading() as session:
        message = _find(session, membership.organization_id, message_id)
    return framed(message.html)


def framed(html: str) -> Response[str]:
    """A mail's HTML as its frame shows it."""
    html = html.replace("<head>", '<head><base target="_blank">', 1)
    return Response(html, media_type=MediaType.HTML, headers={"content-security-policy": MAIL_POLICY})


@post("/mail/{message_id:uuid}/again", sync_to_thread=True)
def send_again(
    message_id: FromPath[uuid.UUID], membership: SignedIn, database: TheDatabase, settings: TheSettings
) -> Response[Any]:
    """Sends a mail once more: one that waits is tried now, any other leaves as a new one."""
    planners_only(membership)
    with database.writing() as session:
        message = _find(session, membership.organization_id, message_id)
        _refuse_if_untrue(session, message)
        if message.state == State.QUEUED:
            message.due_at = utc_now()
            wake_after_commit(session)
            new = message.id
        else:
            new = copy(session, message, Installation(settings))
    return see(f"/manage/mail?open={new}&done=again")


def copy(session: Session, message: Message, here: Installation) -> uuid.UUID:
    """Owes the same mail anew, under a Message-ID of its own; its id."""
    key = f"again:{uuid.uuid4()}"
    others = session.scalars(sa.select(AlsoAbout).where(AlsoAbout.message_id == message.id))
    calendar = (
        (message.calendar_method, message.calendar) if message.calendar and message.calendar_method else None
    )
    owe(
        session,
        [
            Mail(
                key=key,
                kind=message.kind,
                organization_id=message.organization_id,
                gathering_id=message.gathering_id,
                invitation_id=message.invitation_id,
                event_id=message.event_id,
                to_name=message.to_name,
                to_address=message.to_address,
                language=message.language,
                subject=message.subject,
                text=message.text,
                html=message.html,
                domain=here.domain,
                calendar=calendar,
                headers=dict(message.headers),
                also=tuple((day.invitation_id, f"{key}:{day.invitation_id}", day.sequence) for day in others),
            )
        ],
    )
    return session.scalars(sa.select(Message.id).where(Message.key == key)).one()


def _refuse_if_untrue(session: Session, message: Message) -> None:
    closed = any(gathering.status != Status.PUBLISHED for gathering in _about(session, message))
    if message.kind in OPEN_ALONE and closed:
        raise TooLate(_("This mail would no longer be true: the event is over or cancelled."))


def _about(session: Session, message: Message) -> Sequence[Gathering]:
    """What a mail is about: a gathering, or days of a series in their order."""
    others = (
        sa.select(Invitation.gathering_id)
        .join(AlsoAbout, AlsoAbout.invitation_id == Invitation.id)
        .where(AlsoAbout.message_id == message.id)
    )
    named = sa.or_(Gathering.id == message.gathering_id, Gathering.id.in_(others))
    return session.scalars(sa.select(Gathering).where(named).order_by(Gathering.starts_at)).all()


def _find(session: Session, organization_id: uuid.UUID, message_id: uuid.UUID | str) -> Message:
    try:
        id = uuid.UUID(str(message_id))
    except ValueError as error:
        raise NotFound(_("There is no such mail.")) from error
    message = session.get(
        Message,
        id,
        options=[undefer(Message.text), undefer(Message.html), undefer(Message.calendar)],
        populate_existing=True,
    )
    if message is None or message.organization_id != organization_id:
        raise NotFound(_("There is no such mail."))
    return message


def _counts(session: Session, organization_id: uuid.UUID) -> dict[str, int]:
    query = (
        sa.select(Message.state, sa.func.count())
        .where(Message.organization_id == organization_id)
        .group_by(Message.state)
    )
    return dict(session.execute(query).all())


def _listed(session: Session, organization_id: uuid.UUID, state: str, pages: Pages) -> Sequence[Message]:
    query = (
        sa.select(Message)
        .where(Message.organization_id == organization_id)
        .order_by(Message.id.desc())
        .limit(pages.size)
        .offset(pages.offset)
    )
    return session.scalars(query.where(Message.state == state) if state else query).all()


def _filters(counts: dict[str, int], chosen: str, local: bool) -> list[tuple[str, str, int, bool, str]]:
    shown = [("", _("All"), sum(counts.values()))]
    shown += [
        (state, state_words(state, local), counts.get(state, 0))
        for state in (State.QUEUED, State.SENT, State.BOUNCED, State.FAILED, State.STOPPED)
        if state != State.STOPPED or counts.get(state)
    ]
    return [
        (with_query("/manage/mail", {"state": state}), words, number, state == chosen, "")
        for state, words, number in shown
    ]


def _source(message: Message, settings: Settings) -> str:
    return compose(message, settings.mail_from, message.sent_at or message.written_at).decode("utf-8", "replace")


routes = [mail, one_mail, mail_html, send_again]
