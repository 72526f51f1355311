"""Keeps an event of the page from being lost between two streams.

The messages of all events of one page come over one stream (`/queue/data`). When no event is left,
the server says `close_stream`; the page's script notes the stream as closed and opens another for its
next event. An event that joins the queue in between is lost: the script gets the reply to its
`/queue/join` first, takes the stream for open, opens none, and waits for ever.

Here the reply to a join is held back until the page has read the end of its stream, which shows in
its hanging up. Then it always opens a new one.
"""

import asyncio
import contextlib
import json
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_CLOSE = b'data: {"msg":"close_stream"'
# A proxy in between may keep the connection open; then a reply comes late instead of never.
_PATIENCE_S = 2.0


class StreamGuard:
    """Delays the reply to a join while the page may not yet know that its stream has ended. Pure ASGI."""

    def __init__(self, app: ASGIApp, *, patience_s: float = _PATIENCE_S) -> None:
        self.app = app
        self.patience_s = patience_s
        self._ending: dict[str, asyncio.Event] = {}  # by session

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        path = scope["path"].rstrip("/") if scope["type"] == "http" else ""
        if path.endswith("/gradio_api/queue/data"):
            await self._stream(scope, receive, send)
        elif path.endswith("/gradio_api/queue/join"):
            await self._join(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        session = parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [""])[0]
        # Only who has read the end of one stream opens another.
        if (former := self._ending.pop(session, None)) is not None:
            former.set()
        ended = asyncio.Event()
        last: Message | None = None

        async def send_but_the_end(message: Message) -> None:
            nonlocal last
            if message["type"] == "http.response.body":
                if message.get("body", b"").startswith(_CLOSE):
                    # Marked in the same turn of the loop in which the queue was found empty: an event
                    # is either in the queue before, and the stream goes on, or finds this mark.
                    self._ending[session] = ended
                if session in self._ending and not message.get("more_body", False):
                    last = message
                    return
            await send(message)

        try:
            await self.app(scope, receive, send_but_the_end)
            if last is not None:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(_hung_up(receive), self.patience_s)
        finally:
            if self._ending.get(session) is ended:
                del self._ending[session]
            ended.set()
        if last is not None:
            await send(last)

    async def _join(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = bytearray()

        async def receive_and_keep() -> Message:
            message = await receive()
            body.extend(message.get("body", b""))
            return message

        async def send_in_time(message: Message) -> None:
            if message["type"] == "http.response.start" and (ending := self._ending.get(_session(body))):
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(ending.wait(), self.patience_s)
            await send(message)

        await self.app(scope, receive_and_keep, send_in_time)


async def _hung_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _session(body: bytearray) -> str:
    try:
        return str(json.loads(body)["session_hash"])
    except (ValueError, KeyError, TypeError):
        return ""
