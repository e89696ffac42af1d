"""Signing in and out, the organisation's settings, and who belongs to it."""

from __future__ import annotations

import uuid
from typing import Any, Final

import sqlalchemy as sa
from litestar import Response, get, post, route
from litestar.datastructures import Cookie
from litestar.params import FromPath
from sqlalchemy.orm import Session

from planner.accounts import actions
from planner.accounts.models import Account, Membership, Organization, Role
from planner.accounts.settings import OrganizationFields, change_organization
from planner.database import Database
from planner.days.public import country_names, region_names
from planner.days.religious import tradition_names
from planner.dependencies import SignedIn, TheDatabase, TheSettings
from planner.errors import Invalid, Refused
from planner.i18n import available_languages, own_name
from planner.i18n import gettext as _
from planner.quilt import PALETTES
from planner.text import line_field
from planner.web import GET_OR_HEAD, SESSION_COOKIE, AnyRequest, Form, by_field, render, see, value, values
from planner.zones import zone_choices


def _first_organization(database: Database) -> Organization | None:
    with database.reading() as session:
        return session.scalars(sa.select(Organization).order_by(Organization.created_at)).first()


def _safe_next(path: str) -> str:
    """Where to go after signing in: a page of the desk, never another site."""
    return path if path == "/manage" or path.startswith("/manage/") else "/manage"


@get("/", sync_to_thread=True, include_in_schema=False)
def sign_in_page(request: AnyRequest, database: TheDatabase) -> Response[str]:
    """Asks for the address."""
    return render(
        request,
        "accounts/sign_in.html",
        organization=_first_organization(database),
        errors={},
        email=request.query_params.get("email", ""),
        after=_safe_next(request.query_params.get("next", "")),
    )


@post("/", sync_to_thread=True, include_in_schema=False)
def ask_for_link(request: AnyRequest, data: Form, database: TheDatabase) -> Response[Any]:
    """Mails a link where the address is a coordinator's; says the same in any case."""
    email = value(data, "email")
    organization = _first_organization(database)
    try:
        with database.writing() as session:
            actions.request_sign_in(session, email)
    except Invalid as invalid:
        return render(
            request,
            "accounts/sign_in.html",
            422,
            organization=organization,
            errors=by_field(invalid.errors),
            email=email,
            after=_safe_next(value(data, "next")),
        )
    return render(request, "accounts/check_mail.html", organization=organization, email=email)


@route(
    "/{token:str}",
    http_method=GET_OR_HEAD,
    sync_to_thread=True,
    include_in_schema=False,
)
def open_sign_in_link(token: FromPath[str], request: AnyRequest, database: TheDatabase) -> Response[str]:
    """Shows a button: opening the link uses nothing up, since mail scanners open links."""
    with database.reading() as session:
        opens = actions.sign_in_link_opens(session, token)
    status = 200 if opens else 404
    return render(
        request, "accounts/open_link.html", status, organization=_first_organization(database), opens=opens
    )


@post("/{token:str}", sync_to_thread=True, include_in_schema=False)
def use_sign_in_link(
    token: FromPath[str], request: AnyRequest, database: TheDatabase, settings: TheSettings
) -> Response[Any]:
    """Signs in."""
    try:
        with database.writing() as session:
            secret, _membership = actions.sign_in(session, token)
    except actions.LinkUsedUp:
        return render(
            request, "accounts/open_link.html", 404, organization=_first_organization(database), opens=False
        )
    answer: Response[Any] = see("/manage")
    answer.set_cookie(
        Cookie(
            key=SESSION_COOKIE,
            value=secret,
            max_age=int(actions.SESSION_LASTS.total_seconds()),
            httponly=True,
            secure=settings.secure,
            samesite="lax",
        )
    )
    return answer


@post("/sign-out", sync_to_thread=True)
def leave(request: AnyRequest, database: TheDatabase) -> Response[Any]:
    """Signs out."""
    with database.writing() as session:
        actions.sign_out(session, request.cookies.get(SESSION_COOKIE, ""))
    answer: Response[Any] = see("/sign-in")
    answer.delete_cookie(SESSION_COOKIE)
    return answer


@post("/organization", sync_to_thread=True)
def turn_to_organization(
    request: AnyRequest, data: Form, membership: SignedIn, database: TheDatabase
) -> Response[Any]:
    """Goes on working for another of one's organisations."""
    try:
        wanted = uuid.UUID(value(data, "organization"))
    except ValueError:
        return see("/manage/settings")
    with database.writing() as session:
        actions.work_for(session, request.cookies[SESSION_COOKIE], membership.account_id, wanted)
    return see("/manage")


@get("/settings", sync_to_thread=True)
def settings_page(request: AnyRequest, membership: SignedIn, database: TheDatabase) -> Response[str]:
    """The organisation, its colours, its people."""
    with database.reading() as session:
        return _settings(request, session, membership, {}, saved=request.query_params.get("saved", ""))


def _settings(
    request: AnyRequest,
    session: Session,
    membership: Membership,
    errors: dict[str, str],
    typed: dict[str, Any] | None = None,
    saved: str = "",
) -> Response[str]:
    colleagues = session.scalars(
        sa.select(Membership)
        .join(Account, Account.id == Membership.account_id)
        .where(Membership.organization_id == membership.organization_id)
        .order_by(Account.name, Account.email_key)
    ).all()
    mine = session.scalars(sa.select(Membership).where(Membership.account_id == membership.account_id)).all()
    return render(
        request,
        "accounts/settings.html",
        422 if errors else 200,
        organization=membership.organization,
        membership=membership,
        account=membership.account,
        here="settings",
        colleagues=colleagues,
        organizations=[(str(one.organization_id), one.organization.name) for one in mine],
        palettes=PALETTES,
        zones=zone_choices([(typed or {}).get("time_zone", ""), membership.organization.time_zone]),
        countries=country_names(),
        regions=region_names((typed or {}).get("region_of", membership.organization.country)),
        traditions=tradition_names(),
        all_languages=[(code, own_name(code)) for code in available_languages()],
        roles=[(Role.OWNER, _("owner")), (Role.COORDINATOR, _("coordinator")), (Role.HELPER, _("helper"))],
        errors=errors,
        typed=typed or {},
        saved=saved,
    )


@post("/settings", sync_to_thread=True)
def save_settings(request: AnyRequest, data: Form, membership: SignedIn, database: TheDatabase) -> Response[Any]:
    """Changes the organisation."""
    try:
        with database.writing() as session:
            change_organization(session, membership, _organization_fields(data))
    except Invalid as invalid:
        with database.reading() as session:
            return _settings(request, session, membership, by_field(invalid.errors), typed=dict(data))
    return see("/manage/settings?saved=settings")


def _organization_fields(data: dict[str, Any]) -> OrganizationFields:
    minutes = value(data, "settle_minutes").strip()
    if minutes and not (minutes.isascii() and minutes.isdigit() and len(minutes) < 6):
        raise Invalid.field("settle_minutes", _("Write a whole number of minutes."))
    return OrganizationFields(
        name=value(data, "name"),
        address=value(data, "address"),
        time_zone=value(data, "time_zone"),
        country=value(data, "country"),
        # The regions that were shown are those of one country: chosen together with another they say nothing.
        region=value(data, "region") if value(data, "region_of") == value(data, "country") else None,
        observed=values(data, "observed"),
        languages=values(data, "languages"),
        palette=value(data, "palette"),
        calendar_parts="calendar_parts" in data,
        settle_minutes=int(minutes or 0),
        contact_name=value(data, "contact_name"),
        contact_phone=value(data, "contact_phone"),
        contact_email=value(data, "contact_email"),
    )


@post("/settings/me", sync_to_thread=True)
def save_me(request: AnyRequest, data: Form, membership: SignedIn, database: TheDatabase) -> Response[Any]:
    """Changes one's own name and language."""
    errors: list[Any] = []
    name = line_field("my_name", value(data, "my_name"), 200, errors)
    profession = line_field("my_profession", value(data, "my_profession"), 100, errors)
    language = value(data, "my_language")
    with database.writing() as session:
        if errors:
            return _settings(request, session, membership, by_field(errors), typed=dict(data))
        own = session.get_one(Membership, (membership.organization_id, membership.account_id))
        own.profession = profession or None
        own.account.name = name
        own.account.language = language if language in available_languages() else None
    return see("/manage/settings?saved=me#me")


@post("/settings/colleagues", sync_to_thread=True)
def invite_colleague(
    request: AnyRequest, data: Form, membership: SignedIn, database: TheDatabase
) -> Response[Any]:
    """Lets somebody else sign in for the organisation."""
    try:
        with database.writing() as session:
            actions.add_colleague(
                session,
                membership,
                value(data, "colleague_email"),
                value(data, "colleague_name"),
                _role(data) or Role.HELPER,
            )
    except Invalid as invalid:
        errors = {f"colleague_{name}": text for name, text in by_field(invalid.errors).items()}
        with database.reading() as session:
            return _settings(request, session, membership, errors, typed=dict(data))
    return see("/manage/settings?saved=colleagues#colleagues")


@post("/settings/colleagues/{account_id:uuid}", sync_to_thread=True)
def change_colleague(
    account_id: FromPath[uuid.UUID], request: AnyRequest, data: Form, membership: SignedIn, database: TheDatabase
) -> Response[Any]:
    """Changes a colleague's role, or takes them off."""
    try:
        with database.writing() as session:
            actions.change_role(session, membership, account_id, None if "remove" in data else _role(data))
    except actions.LastOwner as last:
        with database.reading() as session:
            return _settings(request, session, membership, {"colleagues": last.detail})
    return see("/manage/settings?saved=colleagues#colleagues")


def _role(data: dict[str, Any]) -> Role:
    try:
        return Role(value(data, "role"))
    except ValueError as error:
        raise Refused(_("There is no such role.")) from error


sign_in_routes: Final = [sign_in_page, ask_for_link, open_sign_in_link, use_sign_in_link]
routes: Final = [
    leave,
    turn_to_organization,
    settings_page,
    save_settings,
    save_me,
    invite_colleague,
    change_colleague,
]
