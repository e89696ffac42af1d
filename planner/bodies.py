"""JSON bodies as programs send them: read leniently, taken strictly, with the field named that is at fault."""

from __future__ import annotations

import json
import re
from typing import Any, Final

import msgspec
from litestar.dto.base_dto import AbstractDTO
from litestar.typing import FieldDefinition

from planner.errors import FieldError, Invalid, Refused
from planner.i18n import gettext as _

_SURROGATES: Final = re.compile("[\ud800-\udfff]")
_PLACE: Final = re.compile(r"^(?P<words>.*?)(?: - at `(?:key in )?\$(?P<path>.*)`)?$", re.DOTALL)
_MISSING: Final = re.compile(r"Object missing required field `(.+)`")


class NotJson(Refused):
    """The body cannot be read as JSON at all."""

    status = 400


def read_json(body: bytes) -> Any:
    """What a JSON text (RFC 8259) says. Lone surrogates, which no UTF-8 can hold, are dropped.

    Raises NotJson, also where it is nested deeper than any body of ours or holds NaN.
    """
    try:
        value = json.loads(body.decode(), parse_constant=_refuse_constant)
        return _without_surrogates(value) if b"\\ud" in body.lower() else value
    except (ValueError, RecursionError) as error:
        raise NotJson(_("The body is not JSON.")) from error


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _without_surrogates(value: Any) -> Any:
    match value:
        case str():
            return _SURROGATES.sub("", value)
        case list():
            return [_without_surrogates(item) for item in value]
        case dict():
            return {_SURROGATES.sub("", key): _without_surrogates(item) for key, item in value.items()}
    return value


def read_body(body: bytes, kind: Any) -> Any:
    """The body as a struct of that kind; "10" is no number. Raises NotJson, or Invalid that names the field."""
    value = read_json(body)
    if not isinstance(value, dict):
        raise Invalid.field("body", _("The body must be a JSON object."))
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise Invalid([_fault(str(error))]) from error


def _fault(message: str) -> FieldError:
    found = _PLACE.match(message)
    words, path = (found["words"], found["path"] or "") if found else (message, "")
    path = path.lstrip(".")
    if missing := _MISSING.search(words):
        return FieldError(".".join(filter(None, [path, missing[1]])), _("Please fill this in."))
    return FieldError(path or "body", words.replace("`", ""))


class JsonBody(AbstractDTO[Any]):
    """Lets handlers take `data` through `read_body`, and the OpenAPI description say what it holds."""

    @classmethod
    def create_for_field_definition(cls, *_args: Any, **_options: Any) -> None:
        """Nothing is prepared: msgspec does the work."""

    def decode_bytes(self, value: bytes) -> Any:
        """The body as the type that the handler asks for."""
        field: FieldDefinition = self.asgi_connection.route_handler.parsed_data_field
        return read_body(value, field.annotation)

    @classmethod
    def create_openapi_schema(cls, field_definition: FieldDefinition, handler_id: str, schema_creator: Any) -> Any:
        """As for a type that Litestar decodes itself."""
        return schema_creator.for_field_definition(field_definition)
