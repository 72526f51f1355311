"""The one door to language models: LlamaIndex's OpenAILike and Ollama, with our own time limits.

A request runs in a thread of its own, so that a silent endpoint can be left at any moment: its
socket is shut down, which ends the read that waits on it. Errors come out as `LlmError` with a
`Failure`; their wording never contains what the endpoint said, which may repeat the key.
"""

import contextlib
import logging
import queue
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from corpus.config import VERSION
from corpus.errors import MissingExtraError
from rag.llm.failure import Failure, LlmError, failure_of
from rag.llm.settings import Backend, LlmSettings

if TYPE_CHECKING:
    import httpx

logger = logging.getLogger(__name__)

# How often somebody who reads along may stop the reading, while nothing comes.
BEAT_S = 1.0
# Before a second try, when the endpoint refused the first.
_PAUSE_S = 0.3
# All that is sent beside the body; whatever else the libraries add (versions, the operating system,
# account names from the environment) is none of the endpoint's business.
_SENT_HEADERS = frozenset({"host", "accept", "accept-encoding", "connection", "content-length", "content-type"})
_PACKAGES = {Backend.OPENAI: "llama_index.llms.openai_like", Backend.OLLAMA: "llama_index.llms.ollama"}
_FINISHED = frozenset({"stop", "eos", "end_turn"})


@dataclass(frozen=True, slots=True)
class Message:
    """A message to the model; ready-made, since a template would let a text of the user fill its places."""

    role: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What came in: some text, nothing yet, or the end.

    Attributes:
        beat: nothing came for a while; whoever reads along may stop here.
        finish: why it ended, "stop" or "length"; "" until the end, and when the endpoint never said.
        tokens: read and written, as the endpoint counts them, or None.
    """

    text: str = ""
    beat: bool = False
    finish: str = ""
    tokens: tuple[int, int] | None = None


def load(backend: Backend) -> None:
    """Import the packages for a backend: they take seconds, which must not count as a silence of the model.

    Raises:
        MissingExtraError: one is missing.
    """
    name = _PACKAGES[backend]
    try:
        import_module(name)
    except ImportError as error:
        raise MissingExtraError(
            f"Asking a language model needs the package {name.replace('.', '-').replace('_', '-')}.",
            hint='Install it: pip install "evidenca[llm]"',
        ) from error


class Client:
    """Asks one model of one endpoint. Holds no connection between two questions; safe for several threads."""

    def __init__(self, settings: LlmSettings) -> None:
        """Prepare; nothing is sent yet.

        Raises:
            MissingExtraError: the extra `llm` is not installed.
        """
        load(settings.backend)
        self.settings = settings
        self._counts_tokens = True  # until an endpoint refuses the request for it

    def probe(self) -> tuple[str, ...]:
        """Return the names of the models that the endpoint lists; none when it lists no models at all.

        Raises:
            LlmError: nobody answers, or the key is refused.
        """
        wire = _Wire(self.settings)
        path = "/api/tags" if self.settings.backend is Backend.OLLAMA else "/models"
        try:
            with wire.client(read_s=self.settings.connect_s) as client:
                response = client.get(f"{self.settings.url}{path}")
                if response.status_code in (404, 405, 501):
                    return ()
                response.raise_for_status()
                listed = response.json()
            entries = listed.get("models" if self.settings.backend is Backend.OLLAMA else "data") or ()
            return tuple(str(entry.get("id") or entry.get("name")) for entry in entries)
        except Exception as error:
            raise LlmError(failure_of(error)) from None

    def stream(self, messages: Sequence[Message]) -> Iterator[Piece]:
        """Yield what the model writes, as it comes, and a beat now and then while nothing does.

        Closing the iterator ends the request.

        Raises:
            LlmError: it failed, took too long, or stopped sending; what had come by then was yielded.
        """
        deadline = time.monotonic() + self.settings.budget_s
        tries = 1 + self.settings.retries
        while True:
            tries -= 1
            started = False
            try:
                for piece in self._once(messages, deadline):
                    started = started or bool(piece.text)
                    yield piece
                return
            except LlmError as error:
                logger.info("language model at %s: %s", self.settings.place, error.failure)
                if started or time.monotonic() + _PAUSE_S >= deadline:
                    raise
                if error.failure is Failure.REJECTED and self._counts_tokens:
                    # Some endpoints know no `stream_options`; the count of tokens is not worth an answer.
                    self._counts_tokens = False
                    continue
                if tries < 1 or not error.failure.is_passing:
                    raise
            time.sleep(_PAUSE_S)

    def _once(self, messages: Sequence[Message], deadline: float) -> Iterator[Piece]:
        wire = _Wire(self.settings)
        inbox: queue.SimpleQueue[Piece | Failure | None] = queue.SimpleQueue()
        thread = threading.Thread(target=self._read, args=(wire, messages, inbox), name="evidenca-llm", daemon=True)
        thread.start()
        heard: float | None = None
        try:
            while True:
                now = time.monotonic()
                # What the libraries need to get ready, the first time above all, is no silence of the model.
                since = heard or wire.sent_at or now
                patience = min(deadline, since + self.settings.silence_s) - now
                if patience <= 0:
                    raise LlmError(Failure.TOO_SLOW if now >= deadline else Failure.SILENT)
                try:
                    item = inbox.get(timeout=min(BEAT_S, patience))
                except queue.Empty:
                    yield Piece(beat=True)
                    continue
                if item is None:
                    return
                if isinstance(item, Failure):
                    raise LlmError(item)
                heard = time.monotonic()
                yield item
        finally:
            wire.cut()
            thread.join(timeout=2)

    def _read(
        self, wire: "_Wire", messages: Sequence[Message], inbox: "queue.SimpleQueue[Piece | Failure | None]"
    ) -> None:
        """Fill the inbox; the last item is None, or what went wrong. Runs in a thread of its own."""
        try:
            # Silence is judged by the reader; this limit only ends a thread that was left behind.
            with wire.client(read_s=self.settings.silence_s + self.settings.connect_s) as client:
                for response in self._replies(client, messages):
                    inbox.put(_piece(response, self.settings.backend))
            inbox.put(None)
        except BaseException as error:
            inbox.put(failure_of(error))

    def _replies(self, client: "httpx.Client", messages: Sequence[Message]) -> Iterator[Any]:
        from llama_index.core.base.llms.types import ChatMessage

        settings = self.settings
        said = [ChatMessage(role=message.role, content=message.content) for message in messages]
        if settings.backend is Backend.OLLAMA:
            return iter(_ollama(settings, client).stream_chat(said))
        from llama_index.llms.openai_like import OpenAILike

        llm = OpenAILike(
            model=settings.model,
            api_base=settings.url,
            api_key="unused",  # the wire writes the header
            is_chat_model=True,
            context_window=settings.context_window,
            max_tokens=settings.max_tokens,
            temperature=settings.temperature,
            max_retries=0,
            timeout=settings.silence_s,
            http_client=client,
            additional_kwargs={"stream_options": {"include_usage": True}} if self._counts_tokens else {},
        )
        return iter(llm.stream_chat(said))


def _ollama(settings: LlmSettings, client: "httpx.Client") -> Any:
    import ollama
    from llama_index.llms.ollama import Ollama

    adapter = ollama.Client(host=settings.url)
    adapter._client.close()
    # Its own client would follow redirects, and name this machine to the endpoint.
    client.base_url = settings.url
    adapter._client = client
    return Ollama(
        model=settings.model,
        base_url=settings.url,
        client=adapter,
        temperature=settings.temperature,
        context_window=settings.context_window,
        request_timeout=settings.silence_s,
        thinking=False,
        additional_kwargs={"num_predict": settings.max_tokens},
    )


class _Wire:
    """One request's connection: decides what is sent, and can be cut from another thread.

    Attributes:
        sent_at: when the request went off, by the monotonic clock; None before.
    """

    def __init__(self, settings: LlmSettings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._is_cut = False
        self.sent_at: float | None = None

    def client(self, *, read_s: float) -> "httpx.Client":
        """Return a client for this request. It follows no redirects: the evidence goes where it was told to."""
        import httpx

        return httpx.Client(
            timeout=httpx.Timeout(read_s, connect=self._settings.connect_s, pool=self._settings.connect_s),
            follow_redirects=False,
            # Proxies of the environment are for the world outside this machine.
            trust_env=not self._settings.is_local,
            event_hooks={"request": [self._prepare]},
        )

    def cut(self) -> None:
        """End whatever waits on the connection, now and later."""
        with self._lock:
            self._is_cut = True
            sockets, self._sockets = self._sockets, []
        for connected in sockets:
            with contextlib.suppress(OSError):
                connected.shutdown(socket.SHUT_RDWR)

    def _prepare(self, request: "httpx.Request") -> None:
        for name in [name for name in request.headers if name.lower() not in _SENT_HEADERS]:
            del request.headers[name]
        request.headers["user-agent"] = f"evidenca/{VERSION}"
        if self._settings.key:
            request.headers["authorization"] = f"Bearer {self._settings.key.reveal()}"
        request.extensions["trace"] = self._trace
        self.sent_at = time.monotonic()

    def _trace(self, event: str, facts: dict[str, Any]) -> None:
        if event not in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            return
        connected = facts["return_value"].get_extra_info("socket")
        with self._lock:
            if not self._is_cut:
                self._sockets.append(connected)
                return
        with contextlib.suppress(OSError):
            connected.shutdown(socket.SHUT_RDWR)


def _piece(response: Any, backend: Backend) -> Piece:
    """Return what one chunk of LlamaIndex's stream says."""
    raw, text = response.raw, response.delta or ""
    if backend is Backend.OLLAMA:
        counts = raw.get("usage")
        finish = str(raw.get("done_reason") or "") if raw.get("done") else ""
        tokens = (int(counts["prompt_tokens"]), int(counts["completion_tokens"])) if counts else None
    else:
        finish = str(raw.choices[0].finish_reason or "") if raw.choices else ""
        usage = getattr(raw, "usage", None)
        tokens = (int(usage.prompt_tokens), int(usage.completion_tokens)) if usage else None
    return Piece(text=str(text), finish="stop" if finish in _FINISHED else finish, tokens=tokens)
