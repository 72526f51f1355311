"""An event that joins the queue while the page's stream ends is not lost."""

import asyncio
import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from starlette.types import Message, Receive, Scope, Send

from tests.page_double import StubEngine
from tests.page_helpers import serving
from ui.page.streams import StreamGuard

DATA = {"type": "http", "path": "/gradio_api/queue/data", "query_string": b"session_hash=s"}
JOIN = {"type": "http", "path": "/gradio_api/queue/join", "query_string": b""}


class Line:
    """One request: what was sent, and a client that can hang up."""

    def __init__(self, body: bytes = b"") -> None:
        self.sent: list[Message] = []
        self._incoming: asyncio.Queue[Message] = asyncio.Queue()
        self._incoming.put_nowait({"type": "http.request", "body": body})

    async def receive(self) -> Message:
        return await self._incoming.get()

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    def hang_up(self) -> None:
        self._incoming.put_nowait({"type": "http.disconnect"})


async def queue(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer as Gradio does when its queue is empty: the stream ends at once, and a join is accepted."""
    await receive()
    await send({"type": "http.response.start", "status": 200})
    if scope["path"].endswith("data"):
        await send({"type": "http.response.body", "body": b'data: {"msg":"close_stream"}\n\n', "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    else:
        await send({"type": "http.response.body", "body": b'{"event_id":"e"}', "more_body": False})


async def turns() -> None:
    """Let everything run that can."""
    for _ in range(50):
        await asyncio.sleep(0)


def join_of(session: str) -> Line:
    return Line(json.dumps({"session_hash": session}).encode())


def test_a_join_is_answered_only_when_the_page_has_read_the_end_of_its_stream() -> None:
    async def scenario() -> None:
        guard = StreamGuard(queue, patience_s=60)
        stream, join, other = Line(), join_of("s"), join_of("another")
        reading = asyncio.create_task(guard(DATA, stream.receive, stream.send))
        await turns()
        assert stream.sent[-1]["body"].startswith(b'data: {"msg":"close_stream"')
        joining = asyncio.create_task(guard(JOIN, join.receive, join.send))
        await guard(JOIN, other.receive, other.send)
        await turns()
        assert [len(join.sent), len(other.sent)] == [0, 2]
        stream.hang_up()
        await asyncio.gather(reading, joining)
        assert len(join.sent) == 2
        assert stream.sent[-1]["more_body"] is False

    asyncio.run(scenario())


def test_a_new_stream_shows_that_the_end_of_the_former_was_read() -> None:
    async def scenario() -> None:
        guard = StreamGuard(queue, patience_s=60)
        first, second, join = Line(), Line(), join_of("s")
        reading = asyncio.create_task(guard(DATA, first.receive, first.send))
        await turns()
        joining = asyncio.create_task(guard(JOIN, join.receive, join.send))
        await turns()
        assert join.sent == []
        again = asyncio.create_task(guard(DATA, second.receive, second.send))
        await joining
        for line in (first, second):
            line.hang_up()
        await asyncio.gather(reading, again)

    asyncio.run(scenario())


def test_a_client_that_never_hangs_up_is_waited_for_only_so_long() -> None:
    async def scenario() -> None:
        guard = StreamGuard(queue, patience_s=0.05)
        stream, join = Line(), join_of("s")
        reading = asyncio.create_task(guard(DATA, stream.receive, stream.send))
        await turns()
        await guard(JOIN, join.receive, join.send)
        await reading
        assert len(join.sent) == 2

    asyncio.run(scenario())


@pytest.mark.parametrize("body", [b"", b"[]", b'{"session_hash": ["s"]}', b"\xff"])
def test_a_join_without_a_session_passes(body: bytes) -> None:
    line = Line(body)
    asyncio.run(StreamGuard(queue)(JOIN, line.receive, line.send))
    assert len(line.sent) == 2


# The page reads the end of its stream late, as on a slow machine.
SLOW_READER = """
const realFetch = window.fetch;
window.fetch = async (...request) => {
  const answer = await realFetch(...request);
  if (!(request[0].url ?? String(request[0])).includes("/queue/data")) return answer;
  const reader = answer.body.getReader();
  const text = new TextDecoder();
  const body = new ReadableStream({
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) return controller.close();
      if (text.decode(value).includes("close_stream")) await new Promise((later) => setTimeout(later, 700));
      controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
  return new Response(body, { headers: answer.headers, status: answer.status });
};
"""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving(StubEngine()) as url:
        yield url


@pytest.mark.browser
@pytest.mark.filterwarnings("ignore:'future.no_silent_downcasting' is deprecated")
@pytest.mark.filterwarnings("ignore:The copy keyword is deprecated")
def test_questions_asked_while_a_stream_ends_are_answered(address: str, browser: Browser) -> None:
    page = browser.new_page(locale="sl-SI")
    page.add_init_script(SLOW_READER)
    page.goto(address)
    expect(page.locator("html")).to_have_attribute("data-ready", "")
    for n in range(1, 4):
        page.locator("#ev-question textarea").fill("O fistulah?")
        page.locator("#ev-question textarea").press("Enter")
        expect(page.locator("#ev-sources [data-answer]")).to_have_count(n)
    page.close()
