"""`evidenca mcp` as a program uses it: a real process, spoken to with the client of the official SDK."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import jsonschema
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.types import CallToolResult, TextContent, Tool

from corpus.types import Document
from rag.engine import Engine
from rag.inspect import Contents, reference, sentence
from tests.test_answer import SCHEMA, assert_sound
from ui.commands.inspect import view_dict
from ui.commands.serve import contents_of
from ui.render import answer_text

pytestmark = pytest.mark.model

ROOT = Path(__file__).parent.parent
T = TypeVar("T")
Session = Callable[[Callable[[Client], Coroutine[Any, Any, T]]], T]


@pytest.fixture(scope="module")
def contents(engine: Engine) -> Contents:
    return contents_of(engine)


@pytest.fixture
def session(index_dir: Path, tmp_path: Path) -> Session[Any]:
    """Run a coroutine with a client of a fresh server; what the server says on standard error fails the test."""

    def run(use: Callable[[Client], Coroutine[Any, Any, Any]]) -> Any:
        async def connected(errors: Any) -> Any:
            server = StdioServerParameters(
                command=sys.executable, args=["-m", "ui.cli", "mcp", "--index", str(index_dir)], cwd=ROOT
            )
            async with Client(stdio_client(server, errlog=errors)) as client:
                return await use(client)

        log = tmp_path / "stderr"
        with log.open("w", encoding="utf-8") as errors:
            result = asyncio.run(connected(errors))
        assert log.read_text(encoding="utf-8") == ""
        return result

    return run


def text_of(result: CallToolResult) -> str:
    (block,) = result.content
    assert isinstance(block, TextContent)
    return block.text


def plain(value: object) -> Any:
    return json.loads(json.dumps(value))


def untimed(answer: dict[str, Any]) -> dict[str, Any]:
    return {**answer, "timings_ms": {}}


def test_tools_say_what_they_are_for_and_what_they_give(session: Session[list[Tool]]) -> None:
    async def use(client: Client) -> list[Tool]:
        assert client.instructions is not None
        assert "Not medical advice" in client.instructions
        return (await client.list_tools()).tools

    tools = session(use)
    assert [tool.name for tool in tools] == ["ask", "check_claim", "get_sentence", "list_trials", "get_reference"]
    for tool in tools:
        assert tool.description is not None
        assert "Not medical advice" in tool.description
        assert "one review article" in tool.description
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint is True
        for schema in (tool.input_schema, tool.output_schema):
            assert schema is not None
            assert schema["type"] == "object"
            jsonschema.Draft202012Validator.check_schema(schema)
        parameters = tool.input_schema["properties"]
        assert [name for name, value in parameters.items() if "description" not in value] == []


def test_answers_are_those_of_the_engine_in_both_languages(session: Session[Any], engine: Engine) -> None:
    questions = ["Kako uspešni so ZV-MSC pri perianalnih fistulah?", "How many trials are in China?"]
    history = [{"role": "user", "content": "Which trial studies ALS?"}]

    async def use(client: Client) -> tuple[list[CallToolResult], list[Tool]]:
        calls = [{"question": question} for question in questions]
        calls.append({"question": "And in which country?", "history": history})  # type: ignore[dict-item]
        results = await asyncio.gather(*(client.call_tool("ask", call) for call in calls))
        return list(results), (await client.list_tools()).tools

    results, tools = session(use)
    for question, result in zip(questions, results, strict=False):
        expected = engine.ask(question)
        assert result.is_error is False
        assert untimed(result.structured_content) == untimed(plain(expected.to_dict()))
        titles = {"section_title": engine.section_title, "reference": engine.reference}
        assert text_of(result) == answer_text(expected, **titles)  # type: ignore[arg-type]
    assert [result.structured_content["language"] for result in results] == ["sl", "en", "en"]
    assert "China" in results[2].structured_content["answer"]
    source = (ROOT / "corpus/zdravvestn-3627/source.txt").read_bytes().decode("utf-8")
    for result in results:
        jsonschema.validate(result.structured_content, SCHEMA)
        jsonschema.validate(result.structured_content, tools[0].output_schema or {})
        assert_sound(result.structured_content, source)


def test_claims_sentences_trials_and_references(
    session: Session[Any], engine: Engine, contents: Contents, document: Document
) -> None:
    calls: list[tuple[str, dict[str, Any]]] = [
        ("check_claim", {"claim": "Terapija z ZV je že odobrena za uporabo pri ljudeh."}),
        ("check_claim", {"claim": "No therapy with EVs in humans has been approved."}),
        ("get_sentence", {"id": "3.1.4.1:2.5"}),
        ("get_reference", {"number": 56}),
        ("list_trials", {"country": "China", "phase": 2}),
        ("list_trials", {"country": "Kitajska", "phase": 2}),
        ("list_trials", {}),
    ]

    async def use(client: Client) -> list[CallToolResult]:
        return [await client.call_tool(name, arguments) for name, arguments in calls]

    results = session(use)
    values = [result.structured_content for result in results]
    assert [value["check"]["verdict"] for value in values[:2]] == ["contradicted", "supported"]
    assert values[2] == _view("sentence", sentence(contents, "3.1.4.1:2.5"))
    assert "Working translation:" in text_of(results[2])
    assert values[3] == _view("reference", reference(contents, "56"))
    assert "https://pubmed.ncbi.nlm.nih.gov/36518984/" in text_of(results[3])
    chinese = [trial.id for trial in document.trials if trial.country == "Kitajska" and 2 in trial.phases]
    assert [view["id"] for view in values[4]["trials"]] == chinese != []
    assert values[4] == values[5]
    assert values[6]["n"] == 36
    assert text_of(results[4]).splitlines()[0] == f"{len(chinese)} of 36 trials"
    assert [line.split(" · ")[0] for line in text_of(results[4]).splitlines()[1:]] == chinese


def _view(what: str, view: Any) -> Any:
    shown = plain(view_dict(what, view))
    del shown["what"]
    return shown


@pytest.mark.parametrize(
    ("tool", "arguments", "message"),
    [
        ("ask", {"question": "  "}, "Vprašanje je prazno."),
        ("ask", {"question": "Wie viele Patienten wurden behandelt?"}, "neither Slovene nor English"),
        ("ask", {"question": "What is an exosome? " * 101}, "at most 2000 characters"),
        ("ask", {}, "question"),
        ("check_claim", {"claim": ""}, "Vprašanje je prazno."),
        ("get_sentence", {"id": "3.1.4.1:2.99"}, "near it: 3.1.4.1:2."),
        ("get_reference", {"number": 99}, "the bibliography has 1 to 85"),
        ("get_reference", {"number": 0}, "greater than or equal to 1"),
        ("list_trials", {"phase": 9}, "phase"),
    ],
)
def test_a_bad_call_is_an_error_that_says_what_is_wrong(
    engine: Engine, contents: Contents, tool: str, arguments: dict[str, Any], message: str
) -> None:
    from ui.mcp import create_server

    async def call() -> CallToolResult:
        async with Client(create_server(engine, contents)) as client:
            return await client.call_tool(tool, arguments)

    result = asyncio.run(call())
    assert result.is_error is True
    assert message in text_of(result)
    assert "Traceback" not in text_of(result)


def test_standard_output_holds_nothing_but_the_protocol(index_dir: Path) -> None:
    """Also when a library prints; and the server ends by itself when its input does."""
    script = (
        "import sys, ui.mcp, rag.engine, ui.cli\n"
        "real = rag.engine.Engine.ask\n"
        "def ask(self, question, **options):\n"
        "    print('noise on standard output')\n"
        "    return real(self, question, **options)\n"
        "rag.engine.Engine.ask = ask\n"
        f"sys.exit(ui.cli.main(['mcp', '--index', {str(index_dir)!r}]))\n"
    )
    hello = {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "0"},
    }
    messages: list[dict[str, Any]] = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {
            "jsonrpc": "2.0",
            "id": 2,
            "method": "tools/call",
            "params": {"name": "ask", "arguments": {"question": "Kaj je GvHD?"}},
        },
    ]
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("".join(f"{json.dumps(message)}\n" for message in messages).encode())
    process.stdin.flush()
    lines = [json.loads(process.stdout.readline()) for _ in range(2)]
    rest, stderr = process.communicate(timeout=60)
    assert (process.returncode, rest) == (0, b"")
    assert [line["id"] for line in lines] == [1, 2]
    assert lines[0]["result"]["serverInfo"]["name"] == "evidenca"
    assert lines[1]["result"]["structuredContent"]["outcome"] == "answered"
    assert stderr.decode() == "noise on standard output\n"


def test_without_the_package_or_an_index_it_says_what_to_do(tmp_path: Path, index_dir: Path) -> None:
    (tmp_path / "mcp.py").write_text("raise ImportError('no such package', name='mcp')\n", encoding="utf-8")
    for path, arguments, message in (
        (str(tmp_path), ["--index", str(index_dir)], "needs the package mcp. Install it: pip install 'evidenca[mcp]'"),
        ("", ["--index", str(tmp_path / "nowhere")], "There is no index in"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "ui.cli", "mcp", *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.DEVNULL,
            timeout=60,
        )
        assert (done.returncode, done.stdout) == (1, "")
        assert message in done.stderr
        assert done.stderr.count("\n") == 1
