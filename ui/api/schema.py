"""The OpenAPI description: what FastAPI derives from the dataclasses, with their docstrings put in place."""

import inspect
import re
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_type_hints

from pydantic import TypeAdapter

_NONE = re.compile(r"\bNone\b")
_SECTION = "\n\nAttributes:\n"
_ATTRIBUTE = re.compile(r"^    (\w+(?:, \w+)*): (.*(?:\n     +.*)*)", re.MULTILINE)


def described(schema: dict[str, Any], types: Iterable[type], *, events: Iterable[type] = ()) -> dict[str, Any]:
    """Return an OpenAPI schema in which each value says what its fields mean, and none may be left out.

    Args:
        types: the dataclasses that are answered with; those they consist of are found.
        events: those that only stand in streams, of which FastAPI does not know.
    """
    schemas = schema["components"]["schemas"]
    for event in events:
        own = TypeAdapter(event).json_schema(mode="serialization", ref_template="#/components/schemas/{model}")
        schemas |= {**own.pop("$defs", {}), **schemas, event.__name__: own}
    # FastAPI would answer so by itself; here all refusals are problem details.
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for cls in _reached([*types, *events]):
        if (found := schemas.get(cls.__name__)) is None or found.get("type") != "object":
            continue
        text, attributes = docstring(cls)
        found["description"] = _in_json(text)
        found["required"] = list(found["properties"])
        for name, value in found["properties"].items():
            value.pop("title", None)
            value.pop("default", None)
            if name in attributes:
                value["description"] = _in_json(attributes[name])
    return schema


def docstring(cls: type) -> tuple[str, dict[str, str]]:
    """Return what a class is for, and what each of its attributes is, from its docstring in Google style."""
    attributes: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        _, _, listed = inspect.cleandoc(base.__doc__ or "").partition(_SECTION)
        for names, text in _ATTRIBUTE.findall(listed):
            attributes |= dict.fromkeys(names.split(", "), " ".join(text.split()))
    return " ".join(inspect.cleandoc(cls.__doc__ or "").split(_SECTION)[0].split()), attributes


def _in_json(text: str) -> str:
    return _NONE.sub("null", text)


def _reached(types: Iterable[type]) -> Iterator[type]:
    """Yield dataclasses and all that their fields are made of, each once."""
    seen: set[Any] = set()
    waiting: list[Any] = list(types)
    while waiting:
        kind = waiting.pop()
        if kind in seen:
            continue
        seen.add(kind)
        waiting.extend(get_args(kind))
        if isinstance(kind, type) and is_dataclass(kind):
            hints = get_type_hints(kind)
            waiting.extend(hints[field.name] for field in fields(kind))
            yield kind
