"""Structured logs: one JSON object a line, and no question in them unless that is asked for.

A line about a request names its route, not its path, and neither its query nor its client. An error
is told by its type and the places it passed through; its message may quote a question.
"""

import json
import logging
import re
import sys
import time
import traceback
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar, cast

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.answer import Answer
from rag.progress import Progress
from ui.http.problems import ProblemError

T = TypeVar("T")

ACCESS = logging.getLogger("evidenca.access")
ERRORS = logging.getLogger("evidenca.error")
QUESTIONS = logging.getLogger("evidenca.questions")

# An id that a proxy has given already is kept, unless it could break a line of the log.
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
# What JSON leaves as it is and some readers of lines take for the end of one.
_LINE_ENDS = re.compile("[\x85\u2028\u2029]")
_N_PLACES = 8
_NOBODY_LEFT = 499  # as reverse proxies write it: the client had gone before there was an answer
_ROOT = Path(__file__).resolve().parents[2]


class JsonFormatter(logging.Formatter):
    """Writes a record as one line of JSON; `fields` of the record become keys."""

    def __init__(self, *, messages: bool) -> None:
        """`messages` lets the messages of errors in."""
        super().__init__()
        self.messages = messages

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, Any] = {
            "time": moment.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "event": record.name.removeprefix("evidenca."),
        }
        if isinstance(fields := getattr(record, "fields", None), dict):
            line |= fields
        else:
            line["message"] = record.getMessage()
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            line["error"] = type(error).__name__
            line["places"] = [_place(frame) for frame in traceback.extract_tb(error.__traceback__)[-_N_PLACES:]]
            if self.messages:
                line["error_message"] = str(error)
        text = json.dumps(line, ensure_ascii=False, default=str)
        return _LINE_ENDS.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


def _place(frame: traceback.FrameSummary) -> str:
    path = Path(frame.filename)
    shown = path.relative_to(_ROOT) if path.is_relative_to(_ROOT) else Path(*path.parts[-2:])
    return f"{shown}:{frame.lineno} {frame.name}"


def configure(*, access_log: bool, log_questions: bool, log_file: Path | None) -> logging.Handler:
    """Send all that is logged to standard error or a file, as JSON; return the handler.

    Raises:
        OSError: the file cannot be written.
    """
    handler: logging.Handler = (
        logging.StreamHandler(sys.stderr) if log_file is None else logging.FileHandler(log_file, encoding="utf-8")
    )
    handler.setFormatter(JsonFormatter(messages=log_questions))
    logging.getLogger().addHandler(handler)
    ACCESS.setLevel(logging.INFO if access_log else logging.CRITICAL)
    QUESTIONS.setLevel(logging.INFO if log_questions else logging.CRITICAL)
    return handler


class AccessMiddleware:
    """Gives each request an id, logs it when it has ended, and turns what nobody caught into a problem.

    Around all the others that may refuse a request, so that refusals are logged too. Pure ASGI, as
    they all are: a middleware that wraps whole responses would hold back streamed answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        scope["outer_root_path"] = scope.get("root_path", "")
        started, status = time.perf_counter(), 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        except Exception:
            ERRORS.exception("", extra={"fields": {"id": request_id, "route": route_of(scope)}})
            if not status:
                await ProblemError("internal").response(scope)(scope, receive, send_with_id)
        finally:
            elapsed = round((time.perf_counter() - started) * 1000, 1)
            fields = {
                "id": request_id,
                "method": scope["method"],
                "route": route_of(scope),
                "status": status or _NOBODY_LEFT,
                "ms": elapsed,
            }
            ACCESS.info("", extra={"fields": fields})


def route_of(scope: Scope) -> str:
    """Return the template of the route that took a request; "-" when none did."""
    template = getattr(scope.get("route"), "path", None)
    if template is None:
        return "-"
    mounted = str(scope.get("root_path", "")).removeprefix(str(scope.get("outer_root_path", "")))
    return f"{mounted}{template}".replace(":path}", "}")


class QuestionLog:
    """An engine that logs every question it is asked, wherever it comes from; all else is the engine's own."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def ask(self, question: str, **options: Any) -> Answer:
        """Return the engine's answer."""
        answer: Answer = self._engine.ask(question, **options)
        _log_question("ask", question, answer)
        return answer

    def check(self, claim: str, **options: Any) -> Answer:
        """Return the engine's answer to a claim."""
        answer: Answer = self._engine.check(claim, **options)
        _log_question("check", claim, answer)
        return answer

    def stream(self, question: str, **options: Any) -> Iterator[Progress | Answer]:
        """Yield the engine's steps towards the answer, and the answer."""
        for step in self._engine.stream(question, **options):
            if isinstance(step, Answer):
                _log_question("ask", question, step)
            yield step


def with_questions_logged(engine: T) -> T:
    """Return an engine that logs what it is asked."""
    return cast("T", QuestionLog(engine))


def _log_question(kind: str, text: str, answer: Answer) -> None:
    fields = {
        "kind": kind,
        "question": text[:4000],
        "outcome": answer.outcome,
        "reason": answer.reason,
        "pieces": [citation.id for citation in answer.citations],
        "ms": round(answer.timings_ms.get("total", 0), 1),
    }
    QUESTIONS.info("", extra={"fields": fields})
