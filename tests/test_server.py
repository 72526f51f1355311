"""The server around page and API: headers, closed routes, health, options, and a clean start and end.

The engine is the exact double of the page's tests, but where a real process serves the real article.
"""

import argparse
import asyncio
import contextlib
import os
import re
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, expect
from starlette.testclient import TestClient

from corpus.config import Settings
from corpus.errors import ConfigError
from rag.inspect import Contents
from tests.page_double import StubEngine
from tests.page_helpers import ask, opening
from ui.api.app import create_api
from ui.commands import serve as serve_command
from ui.http.auth import Passwords, hash_password
from ui.http.options import ServerOptions
from ui.http.security import is_closed
from ui.server import _listen, create_app, serve


def application(engine: StubEngine, **options: Any) -> FastAPI:
    """Create the application inside a loop: where none is running, Gradio opens one and never closes it."""

    async def create() -> FastAPI:
        return create_app(engine, options=ServerOptions(**options))

    return asyncio.run(create())


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(application(StubEngine())) as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/gradio_api/upload", "/nothing-here"])
def test_every_response_carries_the_security_headers(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "frame-ancestors 'none'" in policy
    assert "http" not in policy
    assert "*" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/gradio_api/upload"),
        ("POST", "/sub/gradio_api/%75pload"),
        ("GET", "/gradio_api/upload_progress"),
        ("GET", "/gradio_api/proxy=http://127.0.0.1/"),
        ("GET", "/gradio_api/file=http://127.0.0.1/"),
        ("GET", "/gradio_api/file=/etc/hostname"),
        ("POST", "/gradio_api/stream/1"),
        ("POST", "/gradio_api/process_recording"),
        ("GET", "/gradio_api/custom_component/1/client/component/x"),
        ("GET", "/gradio_api/vibe-code/"),
        ("GET", "/gradio_api/profiling/summary"),
        ("POST", "/gradio_api/run-history/connect"),
        ("GET", "/gradio_api/runs"),
        ("POST", "/gradio_api/component_server"),
        ("POST", "/gradio_api/call/ask"),
        ("POST", "/gradio_api/run/predict"),
        ("GET", "/gradio_api/openapi.json"),
        ("GET", "/monitoring"),
        ("GET", "/docs"),
        ("GET", "/openapi.json"),
    ],
)
def test_unused_routes_are_closed(client: TestClient, method: str, path: str) -> None:
    assert client.request(method, path).status_code == 404


@pytest.mark.parametrize("path", ["/", "/gradio_api/queue/join", "/gradio_api/queue/data", "/sub/theme.css", "/config"])
def test_used_routes_are_open(path: str) -> None:
    assert not is_closed(path)


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "evidenca.example"])
def test_no_other_origin_may_read(client: TestClient, host: str) -> None:
    headers = client.get("/config", headers={"Host": host, "Origin": "https://harm.example"}).headers
    assert "access-control-allow-origin" not in headers


def test_icon_is_served(client: TestClient) -> None:
    assert client.get("/favicon.ico").headers["content-type"] == "image/svg+xml"


def test_health_and_readiness(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"ready": True}


def test_health_and_readiness_have_heads(client: TestClient) -> None:
    for path in ("/healthz", "/readyz"):
        assert (client.head(path).status_code, client.head(path).content) == (200, b"")


def test_readiness_does_not_ask_at_every_call() -> None:
    engine = StubEngine()
    client = TestClient(application(engine))
    assert [client.get("/readyz").status_code for _ in range(3)] == [200] * 3
    assert len(engine.histories) == 1


def test_not_ready_when_the_engine_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = StubEngine()
    monkeypatch.setattr(engine, "ask", lambda question: 1 / 0)
    client = TestClient(application(engine))
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503


def test_root_path_is_part_of_every_address() -> None:
    with TestClient(application(StubEngine(), root_path="/evidenca")) as client:
        assert client.get("/config").json()["root"].endswith("/evidenca")


def test_page_names_no_foreign_style_script_or_font(client: TestClient) -> None:
    page = client.get("/").text
    loaded = re.findall(r"""(?:<(?:script|link|img)[^>]*?(?:src|href)=|url\()["']?(https?:[^"'> )]+)""", page)
    assert loaded == []


def test_a_taken_port_is_a_clear_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"Cannot listen on 127.0.0.1, port {port}: Address already in use"):
            serve(StubEngine(), port=port, on_ready=print)


def test_a_response_does_not_wait_for_its_other_half() -> None:
    with _listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        connection, _ = listener.accept()
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_log_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    options = ServerOptions(log_file=tmp_path / "nowhere" / "log")
    with pytest.raises(ConfigError, match=r"The log .*nowhere/log cannot be written: No such file or directory"):
        serve(StubEngine(), port=0, options=options, on_ready=print)


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])
def test_server_ends_without_a_traceback(end: signal.Signals, capfd: pytest.CaptureFixture[str]) -> None:
    status: list[int] = []

    def visit(url: str) -> None:
        status.append(httpx.get(url + "healthz").status_code)
        # An open page holds a stream that never ends by itself; the server must not wait for it.
        with contextlib.suppress(httpx.TransportError), httpx.stream("GET", url + "gradio_api/heartbeat/a") as stream:
            received = stream.iter_raw()
            next(received)
            os.kill(os.getpid(), end)
            list(received)

    visitors: list[threading.Thread] = []

    def on_ready(url: str) -> None:
        visitors.append(threading.Thread(target=visit, args=(url,)))
        visitors[0].start()

    # Should the server not take the signal, the test fails instead of ending with it.
    former = signal.signal(end, lambda number, frame: pytest.fail("the signal was left to others"))
    try:
        serve(StubEngine(), port=0, on_ready=on_ready)
    finally:
        signal.signal(end, former)
    visitors[0].join(10)
    assert status == [200]
    assert capfd.readouterr() == ("", "")


# --- Page and API together ------------------------------------------------------------------------


def complete(engine: Any, contents: Contents, **options: Any) -> TestClient:
    """Return a client of the application as it is served, API included."""

    async def create() -> FastAPI:
        chosen = ServerOptions(**options)
        return create_app(engine, api=create_api(engine, contents, chosen), options=chosen)

    return TestClient(asyncio.run(create()), raise_server_exceptions=False)


@pytest.fixture(scope="module")
def contents(index_dir: Path) -> Contents:
    return Contents.open(Settings(index_dir=index_dir))


@pytest.fixture(scope="module")
def together(contents: Contents) -> Iterator[TestClient]:
    with complete(StubEngine(), contents, allow_origins=("https://a.example",), max_api_bytes=2048) as client:
        yield client


@pytest.mark.parametrize(
    ("method", "path", "sent", "status"),
    [
        ("POST", "/api/ask", {"json": {"question": "O fistulah?"}}, 200),
        ("POST", "/api/ask", {"json": {"question": "Napaka?"}}, 500),
        ("POST", "/api/ask", {"json": {"question": "x" * 2048}}, 413),
        ("POST", "/api/ask", {"content": "x"}, 415),
        ("GET", "/api/article", {}, 200),
        ("GET", "/api/nothing", {}, 404),
        ("GET", "/api/docs", {}, 200),
        ("GET", "/api", {}, 200),
        ("GET", "/api/openapi.json", {}, 200),
        ("GET", "/gradio_api/info", {}, 404),
        ("GET", "/", {}, 200),
    ],
)
def test_whatever_happens_headers_and_an_id_are_there(
    together: TestClient, method: str, path: str, sent: dict[str, Any], status: int
) -> None:
    response = together.request(method, path, headers={"X-Request-ID": "r1"}, **sent)
    assert response.status_code == status
    assert response.headers["content-security-policy"].startswith("default-src 'none'; ")
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["x-request-id"] == "r1"
    assert "access-control-allow-origin" not in response.headers
    if path.startswith("/api/") and status >= 400:
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["request_id"] == "r1"


def test_only_the_api_is_open_to_an_allowed_origin(together: TestClient) -> None:
    for path, allowed in (("/api/article", "https://a.example"), ("/", None), ("/config", None), ("/readyz", None)):
        headers = together.get(path, headers={"Origin": "https://a.example"}).headers
        assert headers.get("access-control-allow-origin") == allowed, path
    wish = {"Origin": "https://a.example", "Access-Control-Request-Method": "POST"}
    assert together.options("/api/ask", headers=wish).status_code == 200
    assert together.options("/config", headers=wish).status_code == 400


def test_addresses_are_named_as_a_proxy_shows_them(contents: Contents) -> None:
    with complete(StubEngine(), contents, root_path="/evidenca") as client:
        assert client.get("/api/openapi.json").json()["servers"] == [{"url": "/evidenca/api"}]
        assert "GET /evidenca/api/article" in client.get("/api/docs").text
        problem = client.get("/api/nothing").json()
        assert problem["detail"] == "Nothing is here; /evidenca/api/docs lists what there is."


def test_a_password_guards_page_and_api_but_not_the_pulse(contents: Contents) -> None:
    passwords = Passwords({"miha": hash_password("geslo")})
    origins = ("https://a.example",)
    with complete(StubEngine(), contents, passwords=passwords, allow_origins=origins) as client:
        for path in ("/", "/config", "/readyz", "/api/article", "/api/openapi.json"):
            assert client.get(path).status_code == 401, path
            assert client.get(path, auth=("miha", "geslo")).status_code == 200, path
        assert client.get("/healthz").status_code == 200
        # A browser asks beforehand without a password, and shows a page the refusal only with these headers.
        wish = {"Origin": "https://a.example", "Access-Control-Request-Method": "POST"}
        assert client.options("/api/ask", headers=wish).status_code == 200
        refused = client.post("/api/ask", headers={"Origin": "https://a.example"})
        assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, "https://a.example")


@pytest.mark.browser
def test_the_page_works_behind_a_password(browser: Browser) -> None:
    passwords = Passwords({"miha": hash_password("črno geslo")})
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        lambda: create_app(StubEngine(), options=ServerOptions(passwords=passwords)), factory=True, log_level="critical"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    try:
        with opening(address, browser) as open_page:
            page = open_page(http_credentials={"username": "miha", "password": "črno geslo"})
            ask(page, "O fistulah?")
            expect(page.get_by_role("link", name="Vir 1")).to_be_visible()
    finally:
        server.should_exit = server.force_exit = True
        thread.join(10)


# --- Options --------------------------------------------------------------------------------------


def options_of(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    serve_command.add_arguments(parser)
    return parser.parse_args(arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--port", "70000"),
        ("--root-path", "evidenca"),
        ("--root-path", "/a b"),
        ("--proxy", "*"),
        ("--proxy", "10.0.0.1/8"),
        ("--allow-origin", "*"),
        ("--allow-origin", "example.org"),
        ("--allow-origin", "https://example.org/page"),
        ("--rate-limit", "-1"),
    ],
)
def test_options_that_cannot_hold_are_wrong_usage(arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as raised:
        options_of(*arguments)
    assert raised.value.code == 2


@pytest.mark.parametrize(
    ("arguments", "warnings"),
    [
        ((), []),
        (("--host", "localhost"), []),
        (("--host", "::1"), []),
        (("--host", "127.0.0.2"), []),
        (("--host", "0.0.0.0"), ["Whoever reaches 0.0.0.0 may ask."]),
        (("--host", "::"), ["Whoever reaches :: may ask."]),
        (("--host", "evidenca.example"), ["Whoever reaches evidenca.example may ask."]),
        (("--host", "0.0.0.0", "--auth-file", "x"), []),
        (("--log-questions",), ["Questions are written to the log;"]),
    ],
)
def test_what_others_can_reach_or_read_is_warned_of(arguments: tuple[str, ...], warnings: list[str]) -> None:
    found = serve_command.warnings(options_of(*arguments))
    assert len(found) == len(warnings)
    for text, start_of in zip(found, warnings, strict=True):
        assert text.startswith(start_of)
