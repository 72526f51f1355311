"""The web server: the page and the JSON API behind sign-in, limits and headers; a clean start and end."""

import asyncio
import contextlib
import logging
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator

import uvicorn
from fastapi import FastAPI
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from corpus.errors import ConfigError
from corpus.types import Language
from rag.answer import Outcome
from ui.http import log
from ui.http.auth import BasicAuthMiddleware
from ui.http.closing import ClosingMiddleware
from ui.http.limits import LimitMiddleware
from ui.http.options import ServerOptions
from ui.http.security import ApiOriginsMiddleware, ClosedRoutesMiddleware, HeadersMiddleware
from ui.page.conversation import Engine
from ui.page.streams import StreamGuard
from ui.page.web import build_page, mount_page
from ui.strings import string

logger = logging.getLogger(__name__)

_READY_FOR_S = 5.0


def create_app(
    engine: Engine,
    *,
    api: ASGIApp | None = None,
    options: ServerOptions | None = None,
    closing: asyncio.Event | None = None,
) -> FastAPI:
    """Return the application: the page at "/", the JSON API under "/api", `/healthz` and `/readyz`.

    Args:
        api: what answers under "/api" (see `ui.api`); nothing does without it.
        closing: set when the server is about to end.
    """
    options = options or ServerOptions()
    app = FastAPI(title="Evidenca", docs_url=None, redoc_url=None, openapi_url=None)

    @app.api_route("/healthz", methods=["GET", "HEAD"])
    async def healthz() -> dict[str, str]:
        """Say that the process is up."""
        return {"status": "ok"}

    readiness = _Readiness(engine)

    @app.api_route("/readyz", methods=["GET", "HEAD"])
    def readyz() -> JSONResponse:
        """Say whether the engine answers, by asking it."""
        ready = readiness.now()
        return JSONResponse({"ready": ready}, status_code=200 if ready else 503)

    if api is not None:
        app.mount("/api", api)

        @app.get("/api")
        def overview() -> RedirectResponse:
            """Lead to the list of addresses."""
            return RedirectResponse("api/docs")

    asked = log.with_questions_logged(engine) if options.log_questions else engine
    mount_page(app, build_page(asked, feedback=options.feedback), asked, root_path=options.root_path)

    # The last one added is the first that a request meets.
    # The page is its own only client. Without this Gradio would allow every origin, with credentials.
    app.add_middleware(CORSMiddleware, allow_origins=())
    app.add_middleware(StreamGuard)
    app.add_middleware(ClosingMiddleware, closing=closing or asyncio.Event())
    app.add_middleware(
        LimitMiddleware,
        per_minute=options.rate_per_minute,
        burst=options.burst,
        max_api_bytes=options.max_api_bytes,
        max_page_bytes=options.max_page_bytes,
        body_timeout_s=options.body_timeout_s,
    )
    if options.passwords is not None:
        app.add_middleware(BasicAuthMiddleware, passwords=options.passwords)
    app.add_middleware(ApiOriginsMiddleware, origins=options.allow_origins)
    app.add_middleware(ClosedRoutesMiddleware)
    app.add_middleware(log.AccessMiddleware)
    app.add_middleware(HeadersMiddleware)
    return app


class _Readiness:
    """Whether an engine answers; asked only every few seconds, since the call waits in no queue."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._found: tuple[float, bool] | None = None
        self._lock = threading.Lock()

    def now(self) -> bool:
        """Return whether it answers, or did a moment ago."""
        with self._lock:
            if self._found is None or time.monotonic() - self._found[0] > _READY_FOR_S:
                self._found = (time.monotonic(), self._answers())
            return self._found[1]

    def _answers(self) -> bool:
        try:
            return self.engine.ask(string("example.1", Language.SL)).outcome is not Outcome.FAILED
        except Exception:
            logger.exception("The engine does not answer.")
            return False


class _Server(uvicorn.Server):
    """A server that says when it is ready, and returns after Ctrl-C or SIGTERM instead of dying of it."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None], closing: asyncio.Event) -> None:
        super().__init__(config)
        self.on_ready = on_ready
        self.closing = closing

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
        self.closing.set()
        await super().shutdown(sockets)


def serve(
    engine: Engine,
    *,
    api: ASGIApp | None = None,
    host: str = "127.0.0.1",
    port: int = 7860,
    options: ServerOptions | None = None,
    on_ready: Callable[[str], None],
) -> None:
    """Serve page and API until Ctrl-C or SIGTERM; answers in progress are finished before the end.

    Args:
        api: what answers under "/api".
        port: 0 takes a free one.
        on_ready: called once with the address of the page, when it can be opened.

    Raises:
        ConfigError: the address cannot be listened on, or the log cannot be written.
    """
    options = options or ServerOptions()
    closing = asyncio.Event()
    with _listen(host, port) as listener, _logging(options):
        shown_host = f"[{host}]" if ":" in host else host
        url = f"http://{shown_host}:{listener.getsockname()[1]}/"
        # A factory, so that Gradio is set up inside the loop of the server and opens none of its own.
        config = uvicorn.Config(
            lambda: create_app(engine, api=api, options=options, closing=closing),
            factory=True,
            log_config=None,
            log_level="warning",
            access_log=False,  # its lines would hold addresses of clients and queries
            server_header=False,
            # By default whoever connects from this machine could say to be anyone.
            proxy_headers=bool(options.proxies),
            forwarded_allow_ips=list(options.proxies),
            timeout_keep_alive=20,
            timeout_graceful_shutdown=options.grace_s,
        )
        _Server(config, lambda: on_ready(url), closing).run(sockets=[listener])


@contextlib.contextmanager
def _logging(options: ServerOptions) -> Iterator[None]:
    try:
        handler = log.configure(
            access_log=options.access_log, log_questions=options.log_questions, log_file=options.log_file
        )
    except OSError as error:
        raise ConfigError(
            f"The log {options.log_file} cannot be written: {error.strerror}.", hint="Choose another file."
        ) from error
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)
        handler.close()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as error:
        raise ConfigError(
            f"Cannot listen on {host}, port {port}: {getattr(error, 'strerror', None) or error}.",
            hint="Choose another port (0 takes a free one), or end the program that uses it.",
        ) from error
    # Connections inherit it. Without it each response waits some 40 ms for a sign of the client: head and
    # body are sent apart, and asyncio sets it only on sockets that name their protocol.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
