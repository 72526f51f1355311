"""What every request passes on its way in: ids and logs, sign-in, limits, other origins."""

import asyncio
import base64
import json
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Message, Scope

from corpus.errors import ConfigError
from corpus.types import Language
from tests.page_double import StubEngine
from ui.http import log
from ui.http.auth import BasicAuthMiddleware, Passwords, password_line
from ui.http.limits import LimitMiddleware, TokenBuckets, Workers, client_of
from ui.http.log import AccessMiddleware, QuestionLog
from ui.http.problems import ProblemError, preferred_language
from ui.http.security import ApiOriginsMiddleware
from ui.http.strings import FIELD_PROBLEM, FIELD_PROBLEMS, PROBLEMS

SL, EN = Language.SL, Language.EN


async def echo(request: Request) -> Response:
    """Say how much came."""
    return PlainTextResponse(str(len(await request.body())))


async def breaking(request: Request) -> Response:
    raise RuntimeError(f"secret question {request.query_params.get('q')}")


def application(*, logs: bool = False) -> Starlette:
    return Starlette(
        middleware=[Middleware(AccessMiddleware)] if logs else [],
        routes=[
            Route("/healthz", echo),
            Route("/api/ask", echo, methods=["GET", "POST"]),
            Route("/api/trials/{id:path}", echo),
            Route("/gradio_api/queue/join", echo, methods=["POST"]),
            Route("/page", echo, methods=["GET", "POST"]),
            Route("/breaking", breaking),
        ],
    )


# --- Problems -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("", EN),
        ("sl", SL),
        ("sl-SI,sl;q=0.9,en;q=0.8", SL),
        ("en-GB,en;q=0.9,sl;q=0.8", EN),
        ("de,sl;q=0.4,en;q=0.5", EN),
        ("de, sl;q=0.5, en;q=0.4", SL),
        ("SL-si;Q=0.7", SL),
        ("sl;q=0", EN),
        ("sl;q=x", EN),
        ("hr,*;q=0.5", EN),
        (",;,;q=,", EN),
    ],
)
def test_the_language_of_a_reader(accept: str, language: Language) -> None:
    assert preferred_language(accept) is language


@given(st.text(max_size=60))
def test_no_wish_for_a_language_breaks_it(accept: str) -> None:
    assert preferred_language(accept) in set(Language)


@pytest.mark.parametrize("code", PROBLEMS)
def test_every_problem_is_a_sentence_in_both_languages(code: str) -> None:
    names = "position docs what id message method seconds limit where answer".split()
    problem = ProblemError(code, dict.fromkeys(names, "7"))
    details = set()
    for language in Language:
        scope: Scope = {"type": "http", "headers": [(b"accept-language", language.encode())], "state": {}}
        response = problem.response(scope)
        body = json.loads(bytes(response.body))
        assert response.status_code == body["status"] == PROBLEMS[code][0]
        assert response.headers["content-language"] == language
        assert "{" not in body["title"] + body["detail"]
        details.add(body["title"])
    assert len(details) == 2


def test_every_field_problem_has_both_languages() -> None:
    for text in (*FIELD_PROBLEMS.values(), FIELD_PROBLEM):
        assert text.sl.strip()
        assert text.en.strip()
        assert text.sl != text.en


# --- Limits ---------------------------------------------------------------------------------------


def test_a_bucket_gives_its_burst_and_then_what_is_refilled() -> None:
    buckets = TokenBuckets(per_minute=30, burst=3)
    assert [buckets.take("a", now=100) for _ in range(4)] == [0, 0, 0, 2]
    assert buckets.take("b", now=100) == 0
    assert buckets.take("a", now=101) == 1
    assert buckets.take("a", now=102) == 0
    assert [buckets.take("a", now=1000) for _ in range(4)] == [0, 0, 0, 2]
    assert buckets.take("c", now=0, cost=0.5) == buckets.take("c", now=0, cost=2.5) == 0


@given(
    steps=st.lists(st.tuples(st.floats(0, 30), st.sampled_from([0.1, 0.25, 1.0])), min_size=1, max_size=60),
    per_minute=st.integers(1, 600),
    burst=st.integers(1, 50),
)
def test_nobody_ever_gets_more_than_the_burst_and_the_refill(
    steps: list[tuple[float, float]], per_minute: int, burst: int
) -> None:
    buckets, now, taken = TokenBuckets(per_minute=per_minute, burst=burst), 50.0, 0.0
    for pause, cost in steps:
        now += pause
        wait = buckets.take("a", now=now, cost=cost)
        if not wait:
            taken += cost
        elif cost <= burst:  # who waits as long as told is served
            assert buckets.wait("a", now=now + wait, cost=cost) == 0
        assert taken <= burst + (now - 50.0) * per_minute / 60 + 1e-6


def test_of_too_many_clients_the_oldest_is_forgotten() -> None:
    buckets = TokenBuckets(per_minute=1, burst=1, max_clients=2)
    assert [buckets.take(client, now=0) for client in ("a", "b", "c")] == [0, 0, 0]
    assert [buckets.take(client, now=0) > 0 for client in ("c", "b", "a")] == [True, True, False]


@pytest.mark.parametrize(
    ("host", "client"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_whom_a_request_counts_for(host: str, client: str) -> None:
    assert client_of({"client": (host, 1)}) == client
    assert client_of({"client": None}) == ""


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def limited(clock: Clock | None = None, **options: Any) -> TestClient:
    settings: dict[str, Any] = {
        "per_minute": 60,
        "burst": 2,
        "max_api_bytes": 1024,
        "max_page_bytes": 4096,
        "body_timeout_s": 5,
        **options,
    }
    return TestClient(LimitMiddleware(application(), clock=clock or Clock(), **settings))


def test_who_asks_too_often_is_told_when_to_ask_again() -> None:
    clock = Clock()
    client = limited(clock)
    assert [client.post("/api/ask", content=b"x").status_code for _ in range(3)] == [200, 200, 429]
    refused = client.post("/api/ask", headers={"Accept-Language": "sl"})
    assert refused.headers["retry-after"] == "1"
    assert refused.json()["detail"] == "Zahtevkov je preveč; poskusite znova čez 1 s."
    assert client.get("/page").status_code == 200
    clock.now = 1
    assert client.post("/api/ask").status_code == 200


def test_a_look_up_costs_less_than_an_answer_and_the_pages_own_questions_count_too() -> None:
    assert [limited().get("/api/trials/x").status_code for _ in range(20)] == [200] * 20
    client = limited()
    assert [client.get("/api/trials/x").status_code for _ in range(21)][-2:] == [200, 429]
    client = limited()
    assert [client.post("/gradio_api/queue/join").status_code for _ in range(9)][-2:] == [200, 429]
    client = limited(per_minute=0)
    assert {client.post("/api/ask").status_code for _ in range(50)} == {200}


@pytest.mark.parametrize(("path", "limit"), [("/api/ask", 1024), ("/page", 4096)])
def test_a_body_that_is_too_large_is_refused_whether_or_not_it_says_so(path: str, limit: int) -> None:
    client = limited(per_minute=0)
    assert client.post(path, content=b"x" * limit).text == str(limit)
    assert client.post(path, content=iter([b"x" * limit])).text == str(limit)
    for content in (b"x" * (limit + 1), iter([b"x" * 1000] * 5)):
        refused = client.post(path, content=content)
        assert refused.status_code == 413
        assert refused.json()["detail"] == f"The body may be at most {limit // 1024} kB."
        assert refused.headers["connection"] == "close"


async def _call(app: ASGIApp, messages: list[Message], **scope: Any) -> list[Message]:
    """Call an application with the messages of a client, which says nothing more after them."""
    sent: list[Message] = []

    async def receive() -> Message:
        if messages:
            return messages.pop(0)
        await asyncio.sleep(60)
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    whole: Scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/ask",
        "query_string": b"",
        "headers": [(b"content-length", b"4")],
        "client": ("192.0.2.7", 1),
        "state": {},
        **scope,
    }
    await app(whole, receive, send)
    return sent


def test_a_body_that_does_not_arrive_is_not_waited_for() -> None:
    app = LimitMiddleware(
        application(), per_minute=0, burst=1, max_api_bytes=1024, max_page_bytes=1024, body_timeout_s=0.1
    )
    part: Message = {"type": "http.request", "body": b"ab", "more_body": True}
    start, body = asyncio.run(_call(app, [part]))
    assert start["status"] == 408
    assert json.loads(body["body"])["type"] == "urn:evidenca:problem:too-slow"
    assert asyncio.run(_call(app, [part, {"type": "http.disconnect"}])) == []


def test_work_beyond_its_places_is_refused_and_places_are_given_back() -> None:
    gate = threading.Event()

    async def run() -> None:
        workers = Workers(n_answers=1, n_waiting=1, timeout_s=0.05)
        held = [workers.start(lambda: gate.wait(20)) for _ in range(2)]
        with pytest.raises(ProblemError) as refused:
            await workers.run(lambda: 1)
        assert refused.value.code == "busy"
        held[1].cancel()  # it had not begun, so its place is free; the other one's is not
        with pytest.raises(ProblemError) as late:
            await workers.run(lambda: 1)
        assert late.value.code == "timed-out"
        gate.set()
        assert held[0].result(20)
        workers.timeout_s = 20
        assert await asyncio.gather(*(workers.run(lambda n=n: n * n) for n in range(2))) == [0, 1]

    asyncio.run(run())


# --- Sign-in --------------------------------------------------------------------------------------

PASSWORD = "črna luknja: 7"


@pytest.fixture(scope="module")
def password_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("auth") / "passwords"
    lines = ["# who may sign in", "", password_line("Živa", PASSWORD), password_line("miha", "geslo")]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def signed(name: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


def test_only_who_has_the_password_comes_in(password_file: Path) -> None:
    client = TestClient(BasicAuthMiddleware(application(), passwords=Passwords.read(password_file)))
    assert client.get("/healthz").status_code == 200
    for path in ("/page", "/api/trials/x", "/healthz/", "/nothing"):
        refused = client.get(path, headers={"Accept-Language": "sl"})
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"] == 'Basic realm="Evidenca", charset="UTF-8"'
        assert refused.json()["detail"] == "Pošljite uporabniško ime in geslo (HTTP Basic)."
    for headers in (signed("Živa", PASSWORD), signed("miha", "geslo"), signed("Živa", PASSWORD)):
        assert client.get("/page", headers=headers).status_code == 200
    wrong = [signed("Živa", "geslo"), signed("miha", ""), signed("nobody", "geslo"), signed("miha", "geslo ")]
    wrong += [{"Authorization": text} for text in ("", "Basic", "Basic ž", "Basic !!!", "Bearer x", "Basic bWloYQ==")]
    assert {client.get("/page", headers={k: v.encode() for k, v in h.items()}).status_code for h in wrong} == {401}


def test_guessing_is_slowed_down_and_does_not_lock_out_who_is_in(password_file: Path) -> None:
    client = TestClient(BasicAuthMiddleware(application(), passwords=Passwords.read(password_file)))
    assert client.get("/page", headers=signed("miha", "geslo")).status_code == 200
    statuses = [client.get("/page", headers=signed("miha", f"{n}")).status_code for n in range(12)]
    assert statuses == [401] * 10 + [429] * 2
    assert client.get("/page", headers=signed("miha", "geslo")).status_code == 200


def test_a_hash_is_salted_and_slow_on_purpose() -> None:
    first, second = password_line("a", "geslo"), password_line("a", "geslo")
    assert first != second
    assert first.startswith("a:$scrypt$ln=15,r=8,p=3$")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "names nobody"),
        ("# nobody yet\n", "names nobody"),
        ("miha:geslo\n", "line 1: this is no name with an scrypt hash"),
        ("\nmiha:$scrypt$ln=40,r=8,p=1$" + "A" * 22 + "$" + "A" * 43, "line 2: this is no name"),
        (":$scrypt$ln=15,r=8,p=1$" + "A" * 22 + "$" + "A" * 43, "line 1: this is no name"),
        ("a:$scrypt$ln=15,r=8,p=1$" + "A" * 22 + "$" + "A" * 43 + "\n" * 2, None),
        (("a:$scrypt$ln=15,r=8,p=1$" + "A" * 22 + "$" + "A" * 43 + "\n") * 2, "line 2: 'a' stands there twice"),
    ],
)
def test_a_password_file_is_checked_when_it_is_read(tmp_path: Path, text: str, message: str | None) -> None:
    path = tmp_path / "passwords"
    path.write_text(text, encoding="utf-8")
    if message is None:
        Passwords.read(path)
        return
    with pytest.raises(ConfigError, match=message) as raised:
        Passwords.read(path)
    assert "geslo" not in str(raised.value)
    assert ("evidenca chat --hash-password" in str(raised.value)) != ("twice" in message)


def test_a_password_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        Passwords.read(tmp_path / "nowhere")


@pytest.mark.parametrize(("name", "password"), [("", "x"), ("a:b", "x"), ("#a", "x"), ("a\nb", "x"), ("a", "")])
def test_lines_that_could_not_be_read_back_are_not_made(name: str, password: str) -> None:
    with pytest.raises(ConfigError):
        password_line(name, password)


# --- Other origins --------------------------------------------------------------------------------


def test_an_allowed_origin_may_call_the_api_and_nothing_else() -> None:
    client = TestClient(ApiOriginsMiddleware(application(), origins=("https://a.example",)))
    for path, origin, allowed in (
        ("/api/ask", "https://a.example", "https://a.example"),
        ("/api/ask", "https://harm.example", None),
        ("/page", "https://a.example", None),
    ):
        headers = client.post(path, headers={"Origin": origin}).headers
        assert headers.get("access-control-allow-origin") == allowed
        assert "access-control-allow-credentials" not in headers
    wish = {
        "Origin": "https://a.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    assert client.options("/api/ask", headers=wish).status_code == 200
    assert client.options("/api/ask", headers={**wish, "Origin": "https://harm.example"}).status_code == 400


# --- Logs -----------------------------------------------------------------------------------------


@contextmanager
def logged(path: Path, **options: Any) -> Iterator[list[dict[str, Any]]]:
    """Log to a file, and give its lines at the end."""
    lines: list[dict[str, Any]] = []
    settings = {"access_log": True, "log_questions": False, **options}
    handler = log.configure(log_file=path, **settings)
    try:
        yield lines
    finally:
        logging.getLogger().removeHandler(handler)
        handler.close()
        lines += map(json.loads, path.read_text(encoding="utf-8").splitlines())


def test_a_request_is_one_line_that_names_its_route_and_no_question(tmp_path: Path) -> None:
    client = TestClient(application(logs=True))
    with logged(tmp_path / "log") as lines:
        client.post("/api/ask?q=secret", content=b"secret")
        client.get("/api/trials/secret")
        client.get("/secret", headers={"X-Request-ID": "proxy-1.2_3"})
    shown = [(line["method"], line["route"], line["status"]) for line in lines]
    assert shown == [("POST", "/api/ask", 200), ("GET", "/api/trials/{id}", 200), ("GET", "-", 404)]
    assert [set(line) for line in lines] == [{"time", "level", "event", "id", "method", "route", "status", "ms"}] * 3
    assert lines[2]["id"] == "proxy-1.2_3"
    assert "secret" not in (tmp_path / "log").read_text(encoding="utf-8")


@pytest.mark.parametrize("given", ["", "a b", 'x","status":"200', "a" * 65, "ž", "a\tb"])
def test_a_strange_request_id_is_not_taken_over(tmp_path: Path, given: str) -> None:
    with logged(tmp_path / "log") as lines:
        response = TestClient(application(logs=True)).get("/page", headers={"X-Request-ID": given.encode()})
    assert response.headers["x-request-id"] == lines[0]["id"] != given
    assert len(lines[0]["id"]) == 32


def test_what_nobody_caught_is_a_problem_and_a_line_without_its_message(tmp_path: Path) -> None:
    client = TestClient(application(logs=True))
    with logged(tmp_path / "log") as lines:
        response = client.get("/breaking?q=private", headers={"X-Request-ID": "r7", "Accept-Language": "sl"})
    assert response.status_code == 500
    assert response.json()["detail"].endswith("v dnevniku je zapisana pod r7.")
    error, access = lines
    assert (error["event"], error["id"], error["error"], access["status"]) == ("error", "r7", "RuntimeError", 500)
    assert any(place.startswith("tests/test_http.py:") for place in error["places"])
    assert "private" not in (tmp_path / "log").read_text(encoding="utf-8") + response.text


def test_messages_of_errors_are_logged_with_questions_only(tmp_path: Path) -> None:
    with logged(tmp_path / "log", log_questions=True) as lines:
        TestClient(application(logs=True)).get("/breaking?q=private")
    assert lines[0]["error_message"] == "secret question private"


def test_without_an_access_log_only_trouble_is_logged(tmp_path: Path) -> None:
    client = TestClient(application(logs=True))
    with logged(tmp_path / "log", access_log=False) as lines:
        client.get("/page")
        client.get("/breaking")
    assert [line["event"] for line in lines] == ["error"]


class CheckingStub(StubEngine):
    def check(self, claim: str, **options: Any) -> Any:
        return self.ask(claim, **options)


def test_questions_are_logged_only_when_that_is_asked_for(tmp_path: Path) -> None:
    engine = QuestionLog(CheckingStub())
    for wanted in (False, True):
        with logged(tmp_path / f"log{wanted}", log_questions=wanted) as lines:
            engine.ask("Kako uspešni so pri fistulah?", question_id="a1")
            list(engine.stream("What are the sources?"))
            engine.check("Zdravijo fistule.")
        assert [line["question"] for line in lines] == (
            ["Kako uspešni so pri fistulah?", "What are the sources?", "Zdravijo fistule."] if wanted else []
        )
    assert [(line["kind"], line["outcome"], line["pieces"][:1]) for line in lines] == [
        ("ask", "answered", ["3.1.4.1:2.5"]),
        ("ask", "answered", ["2:5.1"]),
        ("check", "answered", ["3.1.4.1:2.5"]),
    ]
    assert engine.describe() == StubEngine().describe()


def test_a_line_of_the_log_is_one_line(tmp_path: Path) -> None:
    with logged(tmp_path / "log") as lines:
        logging.getLogger("somebody").warning("first\nsecond \N{LINE SEPARATOR} %s", "third")
    assert len(lines) == 1
    assert lines[0]["message"].startswith("first\nsecond")
    assert time.strptime(lines[0]["time"], "%Y-%m-%dT%H:%M:%S.%fZ")
