"""docs/api.md is true: each request shown there is sent again, and gets what is printed below it.

Rewritten only on purpose: EVIDENCA_UPDATE_GOLDEN=1 python -m pytest tests/test_api_docs.py, then read the diff.
"""

import asyncio
import json
import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from corpus.config import MAX_QUESTION_CHARS
from rag.engine import Engine
from ui.api.app import create_api
from ui.cli import _parser
from ui.commands.serve import contents_of
from ui.http.options import ServerOptions
from ui.http.strings import PROBLEMS
from ui.server import create_app

pytestmark = pytest.mark.model

PATH = Path(__file__).parent.parent / "docs" / "api.md"
PAGE = PATH.read_text(encoding="utf-8")
HOST = "http://127.0.0.1:7860"
EXAMPLES = re.findall(r"^```\n\$ (curl (?:[^\n]*\\\n)*[^\n]*)\n(.*?)\n```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def client(engine: Engine) -> Iterator[TestClient]:
    async def create() -> FastAPI:
        return create_app(engine, api=create_api(engine, contents_of(engine)))

    with TestClient(asyncio.run(create())) as client:
        yield client


def send(client: TestClient, command: str) -> str:
    """Do what a curl command would do, and return the body that comes back."""
    words = iter(shlex.split(command.replace("\\\n", " "))[1:])
    headers, content, address = {}, None, ""
    for word in words:
        match word:
            case "-s" | "-sN":
                continue
            case "-H":
                name, _, value = next(words).partition(": ")
                headers[name] = value
            case "-d":
                content = next(words)
            case _:
                address = word
    assert address.startswith(HOST)
    method = "GET" if content is None else "POST"
    return client.request(method, address.removeprefix(HOST), headers=headers, content=content).text


def comparable(printed: str) -> Any:
    """Return what is printed as JSON, without what differs from run to run."""
    return _comparable(json.loads(printed))


def _comparable(value: Any) -> Any:
    """Leave out what differs from run to run, and decimals, which every new fit of the weights moves a little."""
    if isinstance(value, dict):
        return {key: _comparable(item) for key, item in value.items() if key not in ("timings_ms", "request_id")}
    if isinstance(value, list):
        return [_comparable(item) for item in value]
    return "a decimal" if isinstance(value, float) else value


def shown(body: str) -> str:
    """Return a body as the page prints it: short values on one line, long events cut."""
    if body.startswith("event: "):
        return "\n".join(line if len(line) <= 118 else f"{line[:116]}…" for line in body.strip().splitlines())
    return pretty(json.loads(body))


def pretty(value: Any, indent: int = 0) -> str:
    flat = json.dumps(value, ensure_ascii=False)
    if indent + len(flat) <= 118 or not value or not isinstance(value, dict | list):
        return flat
    if isinstance(value, dict):
        items = [f"{json.dumps(key)}: {pretty(item, indent + 2)}" for key, item in value.items()]
        first, last = "{}"
    else:
        items = [pretty(item, indent + 2) for item in value]
        first, last = "[]"
    margin = " " * (indent + 2)
    inside = ",\n".join(f"{margin}{item}" for item in items)
    return f"{first}\n{inside}\n{' ' * indent}{last}"


def test_there_are_examples_in_both_languages() -> None:
    assert len(EXAMPLES) == 7
    assert {"sl", "en"} <= set(re.findall(r'"language": "(\w\w)"', PAGE))


@pytest.mark.parametrize(("command", "output"), EXAMPLES, ids=[str(n) for n in range(1, len(EXAMPLES) + 1)])
def test_an_example_is_real(client: TestClient, command: str, output: str) -> None:
    real = shown(send(client, command))
    same = real == output if output.startswith("event: ") else comparable(real) == comparable(output)
    if not same and os.environ.get("EVIDENCA_UPDATE_GOLDEN") == "1":
        PATH.write_text(PATH.read_text(encoding="utf-8").replace(output, real), encoding="utf-8")
    elif output.startswith("event: "):
        assert real == output
    else:
        assert comparable(real) == comparable(output)


def test_every_address_is_listed_and_no_other(client: TestClient) -> None:
    described = {
        f"{method.upper()} /api{path}"
        for path, methods in client.get("/api/openapi.json").json()["paths"].items()
        for method in methods
    }
    listed = set(re.findall(r"^\| `((?:GET|POST) /api[^`]*)`", PAGE, re.MULTILINE))
    assert {address.replace("{number}", "{id}") for address in listed} == described


def test_every_option_is_explained() -> None:
    (commands,) = (action for action in _parser()._actions if action.choices)
    chat = commands.choices["chat"]  # type: ignore[index]
    general = {"--help", "--index", "--embedding-model", "--debug"}
    options = {name for action in chat._actions for name in action.option_strings if name.startswith("--")}
    pages = PAGE + (PATH.parent / "llm.md").read_text(encoding="utf-8")
    assert {option for option in options - general if f"`{option}" not in pages and f" {option} " not in pages} == set()


def test_limits_and_refusals_are_those_of_the_server() -> None:
    options = ServerOptions()
    for sentence in (
        f"is too large ({options.max_api_bytes // 1024} kB)",
        f"comes too slowly ({options.body_timeout_s} s)",
        f"more than {options.n_answers + options.n_waiting} questions",
        f"in a minute, {options.rate_per_minute} by default",
        f"(up to {options.grace_s} seconds)",
        f"over {MAX_QUESTION_CHARS} characters",
    ):
        assert sentence in PAGE
    assert options.answer_timeout_s == 120
    assert "took over two minutes" in PAGE
    statuses = {int(status) for row in re.findall(r"^\| ([\d, ]+) \|", PAGE, re.MULTILINE) for status in row.split(",")}
    assert statuses == {status for status, _, _ in PROBLEMS.values()}
