"""Security headers on every response, routes of Gradio that do not exist here, and who may call the API."""

import re

from starlette.datastructures import MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.http.limits import is_api

# Gradio builds functions from strings, so `unsafe-eval` stays: this is the second line, escaping
# (ui.page.web) the first. No foreign host is ever reached, not even by an image in a quoted text.
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


class HeadersMiddleware:
    """Adds the security headers to every response; the outermost of all."""

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

        await self.app(scope, receive, send_with_headers)


class ClosedRoutesMiddleware:
    """Answers for the routes of Gradio that the page does not use: they do not exist."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        closed = scope["type"] == "http" and is_closed(scope["path"])
        app = PlainTextResponse("Not Found", status_code=404) if closed else self.app
        await app(scope, receive, send)


def is_closed(path: str) -> bool:
    """Return whether `path` leads to a part of Gradio that the page does not use."""
    return _CLOSED.search(path) is not None and _OPEN_API.search(path) is None


class ApiOriginsMiddleware:
    """Lets pages of other origins call the API, and nothing but the API, without credentials of a browser."""

    def __init__(self, app: ASGIApp, *, origins: tuple[str, ...]) -> None:
        self.app = app
        self.api = CORSMiddleware(
            app,
            allow_origins=origins,
            allow_methods=("GET", "POST"),
            allow_headers=("Authorization", "Content-Type", "X-Request-ID"),
            expose_headers=("Retry-After", "X-Request-ID"),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        app = self.api if scope["type"] == "http" and is_api(scope["path"]) else self.app
        await app(scope, receive, send)
