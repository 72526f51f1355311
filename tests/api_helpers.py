"""Shared by the tests of the API: its application alone, and what comes back from it."""

import json
from typing import Any

import jsonschema
from starlette.testclient import TestClient

from rag.inspect import Contents
from ui.api.app import create_api
from ui.http.options import ServerOptions


def api_of(engine: Any, contents: Contents, **options: Any) -> TestClient:
    """Return a client of the API alone; what stands in front of it has tests of its own."""
    return TestClient(create_api(engine, contents, ServerOptions(**options)), raise_server_exceptions=False)


def untimed(answer: dict[str, Any]) -> dict[str, Any]:
    """Return an answer as it is whenever it is given."""
    return {**answer, "timings_ms": {}}


def check_fits(value: object, description: dict[str, Any], name: str) -> None:
    """Fail unless a value fits the schema of that name in the description."""
    whole = {"$ref": f"#/components/schemas/{name}", "components": description["components"]}
    jsonschema.Draft202012Validator(whole).validate(value)


def events(text: str) -> list[tuple[str, Any]]:
    """Return name and data of each event of a stream."""
    found = []
    for block in text.split("\n\n"):
        if block and not block.startswith(":"):
            name, data = block.split("\n")
            found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found
