"""The server as it is started: processes of their own, their options, and how they end."""

import contextlib
import json
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.page_double import SOURCES_OF_CELLS

Started = tuple["subprocess.Popen[str]", str]


@pytest.fixture
def start() -> Iterator[Callable[..., Started]]:
    """Start servers as processes of their own; give each, and its address once it answers. None outlives the test."""
    started: list[subprocess.Popen[str]] = []

    def run(*arguments: str) -> Started:
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parent.parent,
        )
        started.append(process)
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        if found is None:
            process.kill()
            pytest.fail(f"{line}{process.communicate()[1]}")
        return process, found.group()

    yield run
    for process in started:
        if process.poll() is None:
            process.kill()
            process.communicate()


def refuses_connections(url: str) -> bool:
    try:
        httpx.get(f"{url}/healthz", timeout=5)
    except httpx.TransportError:
        return True
    return False


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT], ids=["sigterm", "ctrl-c"])
def test_answers_in_progress_are_finished_before_the_end(
    start: Callable[..., Started], index_dir: Path, tmp_path: Path, end: signal.Signals
) -> None:
    gate = tmp_path / "gate"
    process, url = start("tests.slow_server", str(index_dir), str(gate), "60")
    body = {"question": "What are the sources?", "id": "q1"}

    beating = threading.Event()

    def heartbeat() -> list[bytes]:
        parts = []
        with httpx.stream("GET", f"{url}/gradio_api/heartbeat/a", timeout=90) as stream:
            for part in stream.iter_raw():
                parts.append(part)
                beating.set()
        return parts

    with ThreadPoolExecutor(3) as pool:
        whole = pool.submit(httpx.post, f"{url}/api/ask", json=body, timeout=90)
        streamed = pool.submit(httpx.post, f"{url}/api/ask", json={**body, "stream": True}, timeout=90)
        open_page = pool.submit(heartbeat)
        assert process.stdout is not None
        assert [process.stdout.readline() for _ in range(2)] == ["asked\n"] * 2
        assert beating.wait(60)
        process.send_signal(end)
        wait_for(lambda: refuses_connections(url))
        assert open_page.result(60) == [b"data: ALIVE\n\n"]  # and it ended as a response ends
        assert process.poll() is None
        assert not whole.done()
        gate.touch()
        assert whole.result(60).json()["answer"] == SOURCES_OF_CELLS.answer
        assert "event: answer" in streamed.result(60).text
    stdout, stderr = process.communicate(timeout=60)
    assert (process.returncode, stdout, stderr) == (0, "", "")


def test_an_answer_that_never_comes_does_not_keep_the_server_alive(
    start: Callable[..., Started], index_dir: Path, tmp_path: Path
) -> None:
    process, url = start("tests.slow_server", str(index_dir), str(tmp_path / "never"), "1")
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(httpx.post, f"{url}/api/ask", json={"question": "What are the sources?"}, timeout=90)
        assert process.stdout is not None
        assert process.stdout.readline() == "asked\n"
        process.send_signal(signal.SIGTERM)
        _, stderr = process.communicate(timeout=60)
        assert process.returncode == 0
        with contextlib.suppress(httpx.TransportError):
            assert asked.result(60).status_code >= 500
    assert "What are the sources?" not in stderr
    assert all(json.loads(line) for line in stderr.splitlines())


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    """A file made as a user makes it."""
    done = subprocess.run(
        [sys.executable, "-m", "ui.cli", "chat", "--hash-password", "živa"],
        input="moje geslo\n",
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parent.parent,
    )
    assert done.stdout.startswith("živa:$scrypt$")
    assert done.stdout.count("\n") == 1
    (tmp_path / "passwords").write_text(done.stdout, encoding="utf-8")
    return tmp_path / "passwords"


@pytest.mark.model
def test_every_option_of_the_command_holds(
    start: Callable[..., Started], index_dir: Path, password_file: Path, tmp_path: Path
) -> None:
    log = tmp_path / "access.jsonl"
    process, url = start(
        "ui.cli", "chat", "--index", str(index_dir), "--port", "0", "--auth-file", str(password_file),
        "--root-path", "/evidenca/", "--proxy", "127.0.0.1", "--proxy", "10.0.0.0/8", "--rate-limit", "2",
        "--allow-origin", "https://a.example", "--access-log", str(log),
    )  # fmt: skip
    signed_in = ("živa".encode(), b"moje geslo")

    def ask(forwarded: str, question: str) -> httpx.Response:
        headers = {"X-Forwarded-For": forwarded, "Origin": "https://a.example"}
        return httpx.post(f"{url}/api/ask", json={"question": question}, auth=signed_in, headers=headers, timeout=60)

    try:
        assert httpx.get(f"{url}/api/article").status_code == 401
        first = ask("192.0.2.1", "Kaj je GvHD?")
        assert first.status_code == 200
        assert first.json()["outcome"] == "answered"
        assert first.headers["access-control-allow-origin"] == "https://a.example"
        # Only what the proxies say counts, not what a client said before them.
        assert ask("192.0.2.9, 192.0.2.1, 10.1.2.3", "What is GvHD?").status_code == 429
        assert ask("192.0.2.2", "What is GvHD?").status_code == 200
        description = httpx.get(f"{url}/api/openapi.json", auth=signed_in).json()
        assert description["servers"] == [{"url": "/evidenca/api"}]
    finally:
        process.send_signal(signal.SIGTERM)
        stdout, stderr = process.communicate(timeout=60)
    assert (process.returncode, stdout, stderr) == (0, "", "")
    text = log.read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    assert [(line["method"], line["route"], line["status"]) for line in lines] == [
        ("GET", "-", 401),
        ("POST", "/api/ask", 200),
        ("POST", "-", 429),
        ("POST", "/api/ask", 200),
        ("GET", "/api/openapi.json", 200),
    ]
    assert "GvHD" not in text
    assert "192.0.2" not in text


@pytest.mark.model
def test_without_a_proxy_nobody_can_say_to_be_another(start: Callable[..., Started], index_dir: Path) -> None:
    process, url = start("ui.cli", "chat", "--index", str(index_dir), "--port", "0", "--rate-limit", "2")
    try:
        statuses = [
            httpx.post(
                f"{url}/api/ask",
                json={"question": "What is GvHD?"},
                headers={"X-Forwarded-For": f"192.0.2.{n}"},
                timeout=60,
            ).status_code
            for n in range(2)
        ]
    finally:
        process.terminate()
        process.communicate(timeout=60)
    assert statuses == [200, 429]
