"""A language model's endpoint that does what it is told: a real HTTP server in this process, with every fault.

A `Script` is a list of steps for one request: text to send, a pause, an end, or a way to fail. It
speaks OpenAI's chat completions as server-sent events, and Ollama's lines of JSON.
"""

import json
import socket
import struct
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Text:
    """Send this text as one chunk."""

    text: str


@dataclass(frozen=True)
class Pause:
    """Send nothing for so long, or a comment at every beat, as proxies do to keep a connection open."""

    seconds: float
    pings: bool = False


@dataclass(frozen=True)
class Raw:
    """Send these bytes as they are."""

    data: bytes


@dataclass(frozen=True)
class Finish:
    """Say why it ended, and count the tokens."""

    reason: str | None = "stop"
    usage: tuple[int, int] | None = (100, 20)
    done: bool = True


@dataclass(frozen=True)
class Status:
    """Answer with a status and no stream."""

    code: int
    body: str = '{"error": {"message": "no"}}'
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Reset:
    """Break the connection off."""


Step = Text | Pause | Raw | Finish | Status | Reset


def said(text: str, *, by: int = 7) -> list[Step]:
    """Return steps that send a text in chunks of so many characters, and end well."""
    return [*(Text(text[start : start + by]) for start in range(0, len(text), by)), Finish()]


@dataclass
class Peer:
    """The server as a test sees it.

    Attributes:
        scripts: one for each request in order; the last one is used again.
        requests: (path, headers, body) of what came, the newest last.
        n_cut: connections that the client left before their script was at its end.
    """

    url: str
    scripts: list[Sequence[Step]] = field(default_factory=list)
    models: Sequence[str] | Status = ("test-model",)
    requests: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)
    n_cut: int = 0
    n_chunks: int = 0

    def will(self, *scripts: Sequence[Step]) -> None:
        """Do this from now on."""
        self.scripts = list(scripts)
        self.requests.clear()
        self.n_cut = self.n_chunks = 0

    @property
    def chats(self) -> list[tuple[str, dict[str, str], dict[str, Any]]]:
        """The requests for text, without those for the list of models."""
        return [request for request in self.requests if request[2]]

    def wait_until_cut(self, *, timeout_s: float = 10) -> bool:
        """Return whether the client left within so long."""
        until = time.monotonic() + timeout_s
        while time.monotonic() < until and not self.n_cut:
            time.sleep(0.02)
        return bool(self.n_cut)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    peer: Peer

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self.peer.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}, {}))
        models = self.peer.models
        if isinstance(models, Status):
            self._status(models)
            return
        listed = [{"id": name, "name": name, "object": "model"} for name in models]
        self._status(Status(200, json.dumps({"object": "list", "data": listed, "models": listed})))

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.peer.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        place = min(len(self.peer.chats), len(self.peer.scripts)) - 1
        script = self.peer.scripts[place]
        try:
            self._play(script, ollama=self.path.endswith("/api/chat"))
        except (BrokenPipeError, ConnectionResetError):
            self.peer.n_cut += 1
            self.close_connection = True

    def _play(self, script: Sequence[Step], *, ollama: bool) -> None:
        begun = False
        for step in script:
            if isinstance(step, Status):
                self._status(step)
                return
            if isinstance(step, Reset):
                self._reset()
                return
            if isinstance(step, Pause) and not begun and not step.pings:
                self._wait(step.seconds)
                continue
            if not begun:
                self.send_response(200)
                self.send_header("content-type", "application/x-ndjson" if ollama else "text/event-stream")
                self.send_header("connection", "close")
                self.end_headers()
                begun = True
            if isinstance(step, Pause):
                until = time.monotonic() + step.seconds
                while time.monotonic() < until:
                    if step.pings:
                        self._send(b": ping\n\n")
                    self._wait(min(0.05, until - time.monotonic()))
            else:
                self._send(_bytes(step, ollama=ollama))
                self.peer.n_chunks += 1
        self.close_connection = True

    def _wait(self, seconds: float) -> None:
        """Wait, but notice a client that left."""
        self.connection.settimeout(max(0.01, seconds))
        try:
            if self.connection.recv(1, socket.MSG_PEEK) == b"":
                raise BrokenPipeError
        except TimeoutError:
            pass
        finally:
            self.connection.settimeout(None)

    def _send(self, data: bytes) -> None:
        self.wfile.write(data)
        self.wfile.flush()

    def _status(self, step: Status) -> None:
        data = step.body.encode()
        self.send_response(step.code)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        for name, value in step.headers:
            self.send_header(name, value)
        self.end_headers()
        self._send(data)

    def _reset(self) -> None:
        # Unsent data is thrown away, and the other side sees a reset, not an end.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True


def _bytes(step: Text | Raw | Finish, *, ollama: bool) -> bytes:
    if isinstance(step, Raw):
        return step.data
    if ollama:
        if isinstance(step, Text):
            return _line({"message": {"role": "assistant", "content": step.text}, "done": False})
        end: dict[str, Any] = {"message": {"role": "assistant", "content": ""}, "done": True}
        if step.reason:
            end["done_reason"] = step.reason
        if step.usage:
            end |= {"prompt_eval_count": step.usage[0], "eval_count": step.usage[1]}
        return _line(end)
    if isinstance(step, Text):
        return event({"choices": [{"index": 0, "delta": {"content": step.text}, "finish_reason": None}]})
    sent = b""
    if step.reason:
        sent += event({"choices": [{"index": 0, "delta": {}, "finish_reason": step.reason}]})
    if step.usage:
        read, written = step.usage
        counts = {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
        sent += event({"choices": [], "usage": counts})
    return sent + (b"data: [DONE]\n\n" if step.done else b"")


def event(value: dict[str, Any]) -> bytes:
    """Return a chunk of a chat completion as a server-sent event."""
    whole = {"id": "x", "object": "chat.completion.chunk", "created": 0, "model": "test-model", **value}
    return b"data: " + json.dumps(whole, ensure_ascii=False).encode() + b"\n\n"


def _line(value: dict[str, Any]) -> bytes:
    whole = {"model": "test-model", "created_at": "2025-01-01T00:00:00Z", **value}
    return json.dumps(whole, ensure_ascii=False).encode() + b"\n"


@contextmanager
def running() -> Iterator[Peer]:
    """Run a peer for the time of the block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    peer = Peer(url=f"http://127.0.0.1:{server.server_address[1]}/v1")
    server.RequestHandlerClass = type("_Handler", (_Handler,), {"peer": peer})
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield peer
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
