"""The end of the server: streams that never end by themselves are closed, answers in progress are not."""

import asyncio
import contextlib
import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send

# An open page holds one of these for as long as it is open.
_ENDLESS = re.compile(r"/gradio_api/heartbeat/")


class ClosingMiddleware:
    """Ends endless streams properly once `closing` is set, as if their clients had gone."""

    def __init__(self, app: ASGIApp, *, closing: asyncio.Event) -> None:
        self.app = app
        self.closing = closing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or not _ENDLESS.search(scope["path"]):
            await self.app(scope, receive, send)
            return
        is_open = False

        async def send_and_watch(message: Message) -> None:
            nonlocal is_open
            is_open = message["type"] == "http.response.start" or bool(message.get("more_body"))
            await send(message)

        async def receive_until_closing() -> Message:
            message = asyncio.ensure_future(receive())
            closing = asyncio.ensure_future(self.closing.wait())
            try:
                await asyncio.wait({message, closing}, return_when=asyncio.FIRST_COMPLETED)
                return message.result() if message.done() else {"type": "http.disconnect"}
            finally:
                for task in (message, closing):
                    if not task.done():
                        task.cancel()
                        with contextlib.suppress(asyncio.CancelledError):
                            await task

        await self.app(scope, receive_until_closing, send_and_watch)
        if is_open:
            await send({"type": "http.response.body", "body": b"", "more_body": False})
