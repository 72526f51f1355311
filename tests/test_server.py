"""The server around the page: its headers, closed routes, health, and a clean start and end.

The engine is the exact double of the page's tests.
"""

import asyncio
import contextlib
import os
import re
import signal
import socket
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from corpus.errors import ConfigError
from tests.test_web import StubEngine
from ui.http.options import ServerOptions
from ui.http.security import is_closed
from ui.server import create_app, serve


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
