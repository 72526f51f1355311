"""The JSON API under strain: bad input, engines that are slow or broken, anything at all, many at once."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient
from starlette.types import Message, Scope

from corpus.types import Language
from rag.answer import Answer
from rag.engine import Engine, Turn
from rag.inspect import Contents
from rag.progress import Progress, Stage
from tests.api_helpers import api_of, check_fits, events, untimed
from tests.test_answer import QUESTIONS, SCHEMA
from ui.api.app import create_api
from ui.commands.serve import contents_of

pytestmark = pytest.mark.model

SL, EN = Language.SL, Language.EN
ROOT = Path(__file__).parent.parent
Post = Callable[..., Any]


@pytest.fixture(scope="module")
def contents(engine: Engine) -> Contents:
    return contents_of(engine)


@pytest.fixture(scope="module")
def client(engine: Engine, contents: Contents) -> Iterator[TestClient]:
    with api_of(engine, contents) as client:
        yield client


@pytest.fixture(scope="module")
def description(client: TestClient) -> dict[str, Any]:
    schema: dict[str, Any] = client.get("/openapi.json").json()
    return schema


# --- Refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "slovene", "english"),
    [
        ("POST", "/ask", {"content": b'{"question": '}, 400, "ni veljaven JSON (napaka pri znaku 13)", "valid JSON"),
        ("POST", "/ask", {"content": b"[" * 60_000}, 400, "pokvarjen", "damaged"),
        ("POST", "/ask", {"content": b'{"question": "\xff"}'}, 400, "pokvarjen", "damaged"),
        ("POST", "/ask", {"json": {}}, 422, "(body.question): polje manjka", "(body.question): it is missing"),
        ("POST", "/ask", {"json": {"question": 7}}, 422, "vrednost mora biti besedilo", "it must be text"),
        ("POST", "/ask", {"json": ["Kaj?"]}, 422, "objekt JSON", "a JSON object"),
        ("POST", "/ask", {"json": {"question": "x", "k": 1}}, 422, "(body.k): tega polja ni", "no such field"),
        ("POST", "/ask", {"content": rb'{"question": "\ud800"}'}, 422, "ni veljaven Unicode", "not valid Unicode"),
        (
            "POST",
            "/ask",
            {"json": {"question": "x", "history": [{"role": "system", "content": ""}]}},
            422,
            "(body.history.0.role): dovoljene vrednosti: 'user'",
            "it must be one of 'user'",
        ),
        (
            "POST",
            "/ask",
            {"json": {"question": "x", "history": [{"role": "user", "content": ""}] * 61}},
            422,
            "dolžina je lahko največ 60",
            "its length may be at most 60",
        ),
        ("POST", "/search", {"json": {"question": "x", "k": 0}}, 422, "najmanj 1", "at least 1"),
        ("GET", "/references?year=last", {}, 422, "(query.year): vrednost mora biti celo število", "a whole number"),
        ("GET", "/trials?early=maybe", {}, 422, "true ali false", "true or false"),
        ("GET", "/references/99", {}, 404, "V članku ni enote literature z oznako »99«.", "has 1 to 85"),
        ("GET", "/article/sentences/3.1.4.1:2.99", {}, 404, "ni stavka z oznako", "near it: 3.1.4.1:2."),
        ("GET", "/article/sentences/nobody/1.1", {}, 404, "ni stavka", "There is no article nobody"),
        ("GET", "/nothing", {}, 404, "vse naslove našteva /api/docs", "/api/docs lists what there is"),
        ("GET", "/ask", {}, 405, "metoda GET ni dovoljena", "does not take GET"),
    ],
)
def test_bad_input_is_refused_in_a_sentence_of_the_readers_language(
    client: TestClient,
    description: dict[str, Any],
    method: str,
    path: str,
    sent: dict[str, Any],
    status: int,
    slovene: str,
    english: str,
) -> None:
    for language, part in (("sl-SI,sl;q=0.9,en;q=0.5", slovene), ("en-GB", english)):
        headers = {"Accept-Language": language, "Content-Type": "application/json"}
        response = client.request(method, path, headers=headers, **sent)
        problem = response.json()
        assert (response.status_code, problem["status"]) == (status, status)
        assert response.headers["content-type"] == "application/problem+json"
        assert response.headers["content-language"] == language[:2]
        assert part in problem["detail"]
        check_fits(problem, description, "Problem")


def test_a_body_that_is_not_json_is_refused(client: TestClient) -> None:
    # A page of another origin can send these without being asked; JSON it cannot.
    for content_type in ("text/plain", "application/x-www-form-urlencoded", ""):
        response = client.post("/ask", content=b'{"question": "Kaj je GvHD?"}', headers={"Content-Type": content_type})
        assert response.status_code == 415


@pytest.mark.parametrize(
    ("question", "reason", "detail"),
    [
        ("  ", "empty_question", "Vprašanje je prazno."),
        ("What is an exosome? " * 101, "question_too_long", "at most 2000 characters"),
        ("Wie viele Patienten wurden behandelt?", "unsupported_language", "neither Slovene nor English"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused_with_its_answer_object(
    client: TestClient, question: str, reason: str, detail: str
) -> None:
    bodies = {"/ask": {"question": question}, "/check": {"claim": question}, "/search": {"question": question}}
    for path, body in bodies.items():
        response = client.post(path, json={**body, "id": "q7"})
        problem = response.json()
        assert (response.status_code, problem["reason"]) == (422, reason)
        assert detail in problem["detail"] == problem["answer"]["answer"]
        assert (problem["answer"]["id"], problem["answer"]["outcome"]) == ("q7", "failed")
        jsonschema.validate(problem["answer"], SCHEMA)


# --- Engines that are slow or broken --------------------------------------------------------------


class SlowEngine:
    """Answers once its gate opens; a stream stops for it between two steps."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.gate = threading.Event()
        self.asked = threading.Semaphore(0)
        self.closed = threading.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.engine, name)

    def ask(self, question: str, **options: Any) -> Answer:
        self.asked.release()
        assert self.gate.wait(30)
        if "broken" in question:
            raise RuntimeError(f"cannot answer {question}")
        return self.engine.ask(question, **options)

    def stream(self, question: str, **options: Any) -> Iterator[Progress | Answer]:
        try:
            yield Progress(stage=Stage.SEARCHING)
            yield self.ask(question, **options)
        finally:
            self.closed.set()


@pytest.fixture
def slow(engine: Engine) -> Iterator[SlowEngine]:
    slow = SlowEngine(engine)
    yield slow
    slow.gate.set()


def test_more_questions_than_can_wait_are_refused_until_there_is_room(slow: SlowEngine, contents: Contents) -> None:
    body = {"question": "Kaj je GvHD?"}
    with api_of(slow, contents, n_answers=1, n_waiting=1) as client, ThreadPoolExecutor(3) as pool:
        taken = [pool.submit(client.post, "/ask", json=body)]
        assert slow.asked.acquire(timeout=20)
        # Of two more one waits, and the other, whichever comes second, is refused at once.
        taken += [pool.submit(client.post, "/ask", json={**body, "stream": stream}) for stream in (False, True)]
        refused = next(as_completed(taken, timeout=20))
        response = refused.result()
        assert (response.status_code, response.json()["type"]) == (503, "urn:evidenca:problem:busy")
        assert response.headers["retry-after"] == "5"
        slow.gate.set()
        assert [future.result(20).status_code for future in taken if future is not refused] == [200, 200]
        assert client.post("/ask", json=body).status_code == 200


def test_an_answer_that_takes_too_long_is_given_up(slow: SlowEngine, contents: Contents) -> None:
    with api_of(slow, contents, answer_timeout_s=0.2) as client:
        for stream in (False, True):
            response = client.post("/ask", json={"question": "Kaj je GvHD?", "stream": stream})
            problem = events(response.text)[-1][1] if stream else response.json()
            assert (problem["status"], problem["type"]) == (503, "urn:evidenca:problem:timed-out")
        slow.gate.set()  # the stream is told when it goes on, and ends without an answer
        assert slow.closed.wait(20)


def test_what_breaks_is_a_problem_without_its_message(slow: SlowEngine, contents: Contents) -> None:
    slow.gate.set()
    with api_of(slow, contents) as client:
        response = client.post("/ask", json={"question": "Is it broken?"})
        assert (response.status_code, response.json()["type"]) == (500, "urn:evidenca:problem:internal")
        streamed = client.post("/ask", json={"question": "Is it broken?", "stream": True})
        assert [name for name, _ in events(streamed.text)] == ["progress", "problem"]
        for text in (response.text, streamed.text):
            assert "cannot answer" not in text
            assert "Traceback" not in text


class EndlessEngine(SlowEngine):
    def stream(self, question: str, **options: Any) -> Iterator[Progress | Answer]:
        try:
            while True:
                yield Progress(stage=Stage.WRITING)
                time.sleep(0.01)
        finally:
            self.closed.set()


def test_nobody_goes_on_writing_for_a_client_that_has_gone(engine: Engine, contents: Contents) -> None:
    endless = EndlessEngine(engine)
    body = json.dumps({"question": "Kaj je GvHD?", "stream": True}).encode()

    async def visit() -> None:
        seen = asyncio.Event()
        messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Message:
            if messages:
                return messages.pop()
            await seen.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            if b"event: progress" in message.get("body", b""):
                seen.set()

        scope: Scope = {
            "type": "http",
            "method": "POST",
            "path": "/ask",
            "query_string": b"",
            "headers": [(b"content-type", b"application/json")],
        }
        await asyncio.wait_for(create_api(endless, contents)(scope, receive, send), 30)
        # While the server still runs: with its loop the stream would end in any case.
        assert await asyncio.to_thread(endless.closed.wait, 20)

    asyncio.run(visit())


# --- Anything at all ------------------------------------------------------------------------------

TEXT = st.text(st.characters(exclude_categories=()), max_size=30)  # half characters too
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
WORDS = st.sampled_from(["Kaj", "je", "GvHD", "how many", "trials", "NCT05402748", "(56)", "\x00", "ž", "–", "²", "�"])
BODY = st.fixed_dictionaries(
    {"question": st.lists(WORDS | st.text(max_size=8), max_size=6).map(" ".join) | JSON},
    optional={"history": JSON, "id": TEXT | JSON, "stream": JSON, "k": JSON, "claim": JSON},
)
ANYTHING = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@ANYTHING
@given(
    path=st.sampled_from(["/ask", "/check", "/search"]),
    body=BODY | JSON,
    language=st.text(st.characters(max_codepoint=126, min_codepoint=32), max_size=20),
)
def test_no_body_breaks_it(client: TestClient, path: str, body: object, language: str) -> None:
    headers = {"Content-Type": "application/json", "Accept-Language": language}
    response = client.post(path, content=json.dumps(body).encode(), headers=headers)
    assert response.status_code in {200, 422}, response.text
    if response.status_code == 422:
        assert response.json()["detail"]


@ANYTHING
@given(path=st.sampled_from(["/ask", "/check", "/search"]), content=st.binary(max_size=200))
def test_no_bytes_break_it(client: TestClient, path: str, content: bytes) -> None:
    response = client.post(path, content=content, headers={"Content-Type": "application/json"})
    assert response.status_code in {400, 422}, response.text


@ANYTHING
@given(
    place=st.sampled_from(["article/sections", "article/sentences", "article/tables", "references", "trials"]),
    id=st.text(max_size=20) | st.from_regex(r"(table-2:|ref:|3\.1:|zdravvestn-3627/)?[0-9.:/ -]{0,8}", fullmatch=True),
    query=st.dictionaries(
        st.sampled_from(["country", "status", "condition", "phase", "early", "year", "author", "q", "min_enrolment"]),
        st.text(max_size=12) | st.sampled_from(["China", "2", "true", "-1", "9" * 30, "ž"]),
        max_size=3,
    ),
)
def test_no_address_breaks_it(client: TestClient, place: str, id: str, query: dict[str, str]) -> None:
    encoded = quote(id.encode("utf-8", "replace"), safe="/")
    response = client.get(f"/{place}/{encoded}", params=query)
    assert response.status_code in {200, 404, 422}, response.text
    response = client.get(f"/{place.partition('/')[0]}", params=query)
    assert response.status_code in {200, 404, 422}, response.text


# --- Many at once ---------------------------------------------------------------------------------


def test_twenty_clients_get_their_own_right_answers(engine: Engine, contents: Contents) -> None:
    """Each asks a question and a follow-up, over one server, all at the same time."""
    bodies: list[dict[str, Any]] = [
        {"id": f"{number}-{name}", "question": question}
        for number in range(2)
        for name, question in sorted(QUESTIONS.items())
        if engine.ask(question).outcome != "failed"
    ][:15]
    bodies += [
        {
            "id": f"follow-up {number}",
            "question": "In katera je najnovejša?" if number % 2 else "And in which country?",
            "history": [{"role": "user", "content": f"Which trial studies {what}?"}],
        }
        for number, what in enumerate(["ALS", "dry eye", "COVID", "liver cirrhosis", "periodontitis"])
    ]
    assert len(bodies) == 20

    def expected(body: dict[str, Any]) -> dict[str, Any]:
        history = [Turn(turn["role"], turn["content"]) for turn in body.get("history", ())]
        answer = engine.ask(body["question"], history=history, question_id=body["id"])
        return untimed(json.loads(json.dumps(answer.to_dict())))

    alone = [expected(body) for body in bodies]
    with api_of(engine, contents) as client, ThreadPoolExecutor(len(bodies)) as pool:
        barrier = threading.Barrier(len(bodies))

        def ask(body: dict[str, Any]) -> dict[str, Any]:
            barrier.wait(30)
            response = client.post("/ask", json=body)
            assert response.status_code == 200, response.text
            return untimed(response.json())

        together = list(pool.map(ask, bodies))
    assert together == alone
    assert len({answer["answer"] for answer in together}) > 10


class Forgetful(dict[Any, Any]):
    """What another thread may do to a memory between two looks at it."""

    def __contains__(self, key: object) -> bool:
        found = super().__contains__(key)
        self.clear()
        return found


def test_a_dialogue_that_is_forgotten_by_another_thread_is_answered_again(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = [Turn("user", "Which trial studies ALS?")]
    expected = engine.ask("And in which country?", history=history).answer
    monkeypatch.setattr(engine, "_answered", Forgetful(engine._answered))
    assert engine.ask("In katera je njena faza?", history=history).outcome == "answered"
    assert engine.ask("And in which country?", history=history).answer == expected
