"""The page in a real browser: a server for an engine, and pages that fail on any error or foreign request."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect

from corpus.types import Language
from ui.http.options import ServerOptions
from ui.page.conversation import Engine
from ui.page.feedback import FeedbackLog
from ui.server import create_app
from ui.strings import string

Opener = Callable[..., Page]

# Whether nothing in the chat has scrolled or grown since this was asked three times before.
_STANDS = """() => {
  let place = "";
  for (const e of document.querySelectorAll("#ev-chat, #ev-chat *")) place += e.scrollTop ? `${e.scrollTop}/` : "";
  place += document.querySelector("#ev-chat").scrollHeight;
  const before = window.evScrolled || {};
  window.evScrolled = { place, times: before.place === place ? before.times + 1 : 0 };
  return window.evScrolled.times >= 3;
}"""

# What Gradio writes on the console of a page that is left or loaded again, for it cuts its own streams.
_ON_LEAVING = ("AbortError: signal is aborted without reason", "Connection errored out.")


@contextmanager
def serving(engine: Engine, *, feedback: FeedbackLog | None = None) -> Iterator[str]:
    """Serve the page of `engine` on a free port and yield its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(
            lambda: create_app(engine, options=ServerOptions(feedback=feedback)), factory=True, log_level="critical"
        )
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    deadline = time.monotonic() + 20
    while True:
        try:
            assert httpx.get(url + "healthz").status_code == 200
            break
        except httpx.TransportError:
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.05)
    yield url
    server.should_exit = server.force_exit = True
    thread.join(10)


@contextmanager
def opening(address: str, browser: Browser) -> Iterator[Opener]:
    """Yield what opens pages; at the end fail on a console error, a script error or a request to another machine."""
    problems: list[str] = []
    left: list[str] = []
    contexts = []
    loads: list[Page] = []

    def note_console(message: ConsoleMessage) -> None:
        # Gradio itself answers 422 to a question that the page refuses.
        if message.type == "error" and "status of 422" not in message.text:
            on_leaving = any(known in message.text for known in _ON_LEAVING)
            (left if on_leaving else problems).append(f"console: {message.text}")

    def note_request(request: Request) -> None:
        if not request.url.startswith((address, "data:", "blob:")):
            problems.append(f"request: {request.url}")

    def opener(locale: str = "sl-SI", width: int = 1440, height: int = 900, query: str = "", **options: object) -> Page:
        context = browser.new_context(
            locale=locale,
            viewport={"width": width, "height": height},
            reduced_motion="reduce",
            **options,  # type: ignore[arg-type]
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", note_console)
        page.on("load", lambda page: loads.append(page))  # playwright takes no built-in
        page.on("pageerror", lambda error: problems.append(f"script: {error}"))
        page.on("request", note_request)
        page.goto(address + query)
        # Gradio draws the page part by part; this is set when all of it listens.
        expect(page.locator("html")).to_have_attribute("data-ready", "")
        language = Language.EN if locale.startswith("en") else Language.SL
        expect(page.locator("#ev-welcome h2")).to_have_text(string("chat.welcome_title", language), use_inner_text=True)
        return page

    yield opener
    for context in contexts:
        context.close()
    assert problems == []
    assert left == [] or len(loads) > len(contexts)


def ask(page: Page, question: str) -> None:
    """Ask, and wait until the answer and its sources stand there for good."""
    sections = page.locator("#ev-sources [data-answer]")
    n_sections = sections.count()
    page.locator("#ev-question textarea").fill(question)
    page.locator("#ev-question textarea").press("Enter")
    expect(sections).to_have_count(n_sections + 1)
    expect(page.locator("#ev-question .stop-button")).to_be_hidden()
    # The chat draws its Markdown after that, in its own time.
    if sections.last.locator(".ev-card").count():
        key = sections.last.get_attribute("data-answer")
        expect(page.locator(f"#ev-chat a[href^='#cite-{key}-']").first).to_be_attached()
    # Then it scrolls to the end, from under what is tapped meanwhile.
    page.evaluate("delete window.evScrolled")
    page.wait_for_function(_STANDS, polling=40)


def violations(page: Page, *rules: str) -> list[str]:
    """Return what axe-core finds wrong, one line for each element: the rule, the element, the reason.

    Args:
        rules: those to look for; all of them when left out.
    """
    options: dict[str, object] = {"resultTypes": ["violations"]}
    found = Axe().run(page, options=options | ({"runOnly": list(rules)} if rules else {})).response["violations"]
    return [
        f"{rule['id']} ({rule['impact']}): {' '.join(map(str, node['target']))}: {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ]
