"""The description of the JSON interface: OpenAPI for programs, and a page of the same for people."""

from __future__ import annotations

import inspect
import re
from typing import Any, Final, NamedTuple

from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin, OpenAPIRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme

from planner.i18n import gettext as _
from planner.web import AnyRequest, render

_PREFIX: Final = "/api/v1"
_OBJECTS: Final = "#/components/schemas/"
_TEXT: Final = {"type": "string"}
_PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "title": "Problem",
    "description": "Why something was refused (RFC 9457); `errors` name the fields that are at fault.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": _TEXT,
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": _TEXT,
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "detail"],
                "properties": {"field": _TEXT, "detail": _TEXT},
            },
        },
    },
}
_REFUSED: Final = {
    "description": "Refused; nothing was changed.",
    "content": {"application/problem+json": {"schema": {"$ref": _OBJECTS + "Problem"}}},
}
_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Makes a repeat within 24 hours harmless: it gets the first answer again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}


class Field(NamedTuple):
    """A field of a body or an object: its name, its kind in a word or two, whether it must be there."""

    name: str
    kind: str
    required: bool
    words: str = ""


class Call(NamedTuple):
    """A call, and the names of the objects that it takes and gives."""

    method: str
    path: str
    words: str
    parameters: list[Field]
    takes: str
    gives: str
    status: str


class Thing(NamedTuple):
    """An object that calls take or give; `values` where it is one of some words instead."""

    name: str
    words: str
    fields: list[Field]
    values: list[str]


def config() -> OpenAPIConfig:
    """Where and how the description is served: `/schema/openapi.json`, and a page at `/schema`."""
    return OpenAPIConfig(
        title="Planner",
        version="1",
        description="Plan gatherings, invite households and professionals, and follow their answers.",
        path="/schema",
        components=Components(security_schemes={"token": SecurityScheme(type="http", scheme="bearer")}),
        use_handler_docstrings=True,
        render_plugins=[_PagePlugin(path="/"), _JsonPlugin()],
    )


class _JsonPlugin(JsonRenderPlugin):
    def render(self, request: AnyRequest, openapi_schema: dict[str, Any]) -> bytes:
        """The description as JSON."""
        return self.render_json(request, completed(openapi_schema))


class _PagePlugin(OpenAPIRenderPlugin):
    def render(self, request: AnyRequest, openapi_schema: dict[str, Any]) -> bytes:
        """The same as a page, with nothing from elsewhere."""
        schema = completed(openapi_schema)
        page = render(
            request,
            "schema.html",
            calls=[
                _call(path, method, operation)
                for path, item in schema["paths"].items()
                for method, operation in item.items()
            ],
            things=[_thing(name, one) for name, one in schema["components"]["schemas"].items()],
        )
        return page.content.encode()


def completed(schema: dict[str, Any]) -> dict[str, Any]:
    """Litestar's description with what it cannot know: how refusals look, and the `Idempotency-Key` of a POST."""
    objects = schema["components"]["schemas"]
    if "Problem" in objects:
        return schema
    for name in list(objects):
        objects[_plain(name)] = objects.pop(name)
    for item in schema["paths"].values():
        for method, operation in item.items():
            operation["responses"].pop("400", None)
            _rename(operation["responses"])
            operation["responses"]["default"] = _REFUSED
            _loosen(operation.get("requestBody"))
            if method == "post":
                operation.setdefault("parameters", []).append(_KEY)
    objects["Problem"] = _PROBLEM
    return schema


def _plain(name: str) -> str:
    """`PageOfRsvpView`, which Litestar calls `Page_planner.rsvps.api.RsvpView_`."""
    return re.sub(r"^Page_(?:\w+\.)*(\w+)_$", r"PageOf\1", name)


def _rename(responses: dict[str, Any]) -> None:
    for response in responses.values():
        for part in response.get("content", {}).values():
            if "$ref" in part["schema"]:
                part["schema"]["$ref"] = _OBJECTS + _plain(part["schema"]["$ref"].removeprefix(_OBJECTS))


def _loosen(body: dict[str, Any] | None) -> None:
    """A body that handlers take as None where it does not come: it may be left out, but is never null."""
    for part in (body or {}).get("content", {}).values():
        kinds = part["schema"].get("oneOf", [])
        if body and {"type": "null"} in kinds:
            part["schema"] = next(one for one in kinds if one != {"type": "null"})
            body["required"] = False


def _call(path: str, method: str, operation: dict[str, Any]) -> Call:
    status, answer = next(iter(operation["responses"].items()))
    return Call(
        method=method.upper(),
        path=path,
        words=inspect.cleandoc(operation.get("description", "")),
        parameters=[
            Field(one["name"], _kind(one["schema"]), one["required"], one.get("description", ""))
            for one in operation.get("parameters", [])
        ],
        takes=_content(operation.get("requestBody", {})),
        gives=_content(answer),
        status=status,
    )


def _content(part: dict[str, Any]) -> str:
    for media in part.get("content", {}).values():
        return _kind(media["schema"])
    return ""


def _thing(name: str, schema: dict[str, Any]) -> Thing:
    required = schema.get("required", ())
    return Thing(
        name=name,
        words=inspect.cleandoc(schema.get("description") or ""),
        fields=[
            Field(field, _kind(one), field in required) for field, one in schema.get("properties", {}).items()
        ],
        values=schema.get("enum", []),
    )


def _kind(schema: dict[str, Any]) -> str:
    """What a value may be, in a word or two."""
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix(_OBJECTS)
    if "oneOf" in schema:
        return _(" or ").join(_kind(one) for one in schema["oneOf"])
    kinds = schema.get("type", "")
    if kinds == "array":
        return _("list of %(kind)s") % {"kind": _kind(schema.get("items", {})) or _("anything")}
    if "enum" in schema:
        return " | ".join(f'"{value}"' for value in schema["enum"])
    written = _(" or ").join(kinds) if isinstance(kinds, list) else kinds
    return f"{written} ({schema['format']})" if "format" in schema else written
