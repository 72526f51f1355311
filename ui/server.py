"""The web server: the page behind security headers, its health, and a clean start and end."""

import contextlib
import logging
import re
import signal
import socket
import threading
from collections.abc import Callable, Iterator

import uvicorn
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from starlette.datastructures import MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from corpus.errors import ConfigError
from corpus.types import Language
from rag.answer import Outcome
from ui.conversation import Engine
from ui.feedback import FeedbackLog
from ui.streams import StreamGuard
from ui.strings import string
from ui.web import build_page, mount_page

# Gradio builds functions from strings, so `unsafe-eval` stays: this is the second line, escaping
# (ui.web) the first. No foreign host is ever reached, not even by an image in a quoted text.
_CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "font-src 'self' data:",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'self'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": _CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

# What the page itself calls. Everything else of Gradio's API (uploads, files, proxies, direct calls
# of handlers, whatever a later release adds) does not exist here.
_OPEN_API = re.compile(r"/gradio_api/(?:queue/(?:join|data)|heartbeat/\w+|startup-events|theme\.css|cancel|reset)/?\Z")
_CLOSED = re.compile(r"/(?:gradio_api|monitoring|login|logout|svelte)(?:/|\Z)|/pwa_icon/")


class SecurityMiddleware:
    """Adds the security headers to every response and closes the routes that the page does not use.

    Pure ASGI: a middleware that wraps whole responses would hold back streamed answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        app = PlainTextResponse("Not Found", status_code=404) if is_closed(scope["path"]) else self.app
        await app(scope, receive, send_with_headers)


def is_closed(path: str) -> bool:
    """Return whether `path` leads to a part of Gradio that the page does not use."""
    return _CLOSED.search(path) is not None and _OPEN_API.search(path) is None


def create_app(engine: Engine, *, root_path: str = "", feedback: FeedbackLog | None = None) -> FastAPI:
    """Return the application: the page at "/", `/healthz` and `/readyz`.

    Args:
        root_path: the path under which a proxy shows the application, e.g. "/evidenca".
        feedback: where verdicts on answers are kept; without it none can be given.
    """
    app = FastAPI(title="Evidenca", docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        """Say that the process is up."""
        return {"status": "ok"}

    @app.get("/readyz")
    def readyz() -> JSONResponse:
        """Say whether the engine answers, by asking it."""
        try:
            ready = engine.ask(string("example.1", Language.SL)).outcome is not Outcome.FAILED
        except Exception:
            ready = False
        return JSONResponse({"ready": ready}, status_code=200 if ready else 503)

    mount_page(app, build_page(engine, feedback=feedback), engine, root_path=root_path)
    # The page is its own only client. Without this Gradio would allow every origin, with credentials.
    app.add_middleware(CORSMiddleware, allow_origins=())
    app.add_middleware(StreamGuard)
    app.add_middleware(SecurityMiddleware)
    return app


class _Server(uvicorn.Server):
    """A server that says when it is ready, and returns after Ctrl-C or SIGTERM instead of dying of it."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self.on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.on_ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        # uvicorn raises the signal again at the end; here its work is done by then.
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        former = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in former.items():
                signal.signal(number, handler)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # An open page holds a stream that never ends by itself; that it is cut is not an error.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        await super().shutdown(sockets)


def serve(
    engine: Engine,
    *,
    host: str = "127.0.0.1",
    port: int = 7860,
    feedback: FeedbackLog | None = None,
    on_ready: Callable[[str], None],
) -> None:
    """Serve the page until Ctrl-C or SIGTERM.

    Args:
        feedback: where verdicts on answers are kept; without it none can be given.
        port: 0 takes a free one.
        on_ready: called once with the address of the page, when it can be opened.

    Raises:
        ConfigError: the address cannot be listened on.
    """
    with _listen(host, port) as listener:
        shown_host = f"[{host}]" if ":" in host else host
        url = f"http://{shown_host}:{listener.getsockname()[1]}/"
        # A factory, so that Gradio is set up inside the loop of the server and opens none of its own.
        config = uvicorn.Config(
            lambda: create_app(engine, feedback=feedback),
            factory=True,
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        _Server(config, lambda: on_ready(url)).run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as error:
        raise ConfigError(
            f"Cannot listen on {host}, port {port}: {getattr(error, 'strerror', None) or error}.",
            hint="Choose another port (0 takes a free one), or end the program that uses it.",
        ) from error
