"""The addresses that answer: ask, check, search; work is done in threads, and a stream says how far it is."""

import asyncio
import json
import logging
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import asdict
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Body, Request
from fastapi.responses import Response, StreamingResponse
from fastapi.sse import format_sse_event

from corpus.errors import QuestionError
from rag.answer import Answer, Outcome, Reason
from rag.engine import Turn, failed
from rag.progress import Progress
from ui.api.examples import ASK, CHECK, SEARCH
from ui.api.models import (
    AnsweringEngine,
    AskBody,
    CheckBody,
    Problem,
    SearchBody,
    SearchResults,
    TurnBody,
    progress_dict,
    search_results,
)
from ui.http.limits import Workers
from ui.http.problems import ProblemError

logger = logging.getLogger(__name__)

# A comment in a silent stream, so that no proxy takes it for dead.
_PING_S = 10.0
_HEADERS = {"Cache-Control": "no-store"}
_REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": text}
    for status, text in {
        413: "The body is too large.",
        415: "The body is not JSON.",
        422: "The body does not fit, or the question cannot be answered as given (then with `reason` and `answer`).",
        429: "This client asks too often; see Retry-After.",
        503: "Too many questions are waiting, or the answer took too long.",
    }.items()
}
_STREAM = "An answer object; with `stream`, events `progress` (of ProgressEvent) and, last, `answer` or `problem`."


def answers_router(engine: AnsweringEngine, workers: Workers) -> APIRouter:
    """Return the addresses that `engine` answers."""
    router = APIRouter(tags=["answers"], responses=_REFUSALS)

    @router.post(
        "/ask",
        summary="Answer a question",
        response_model=Answer,
        responses={200: {"description": _STREAM, "content": {"text/event-stream": {"schema": {"type": "string"}}}}},
    )
    async def ask(body: Annotated[AskBody, Body(openapi_examples=ASK)], request: Request) -> Response:
        """Answer from the article, each sentence with its source, in the language of the question.

        The object is that of `evidenca ask --json`. An abstention is an answer too; a question that
        cannot be asked (empty, too long, another language) is refused with 422.
        """
        history = _turns(body.history)
        if body.stream:
            steps = partial(engine.stream, body.question, history=history, question_id=body.id)
            return _stream(steps, workers, request)
        return _said(await workers.run(partial(engine.ask, body.question, history=history, question_id=body.id)))

    @router.post("/check", summary="Check a claim", response_model=Answer)
    async def check(body: Annotated[CheckBody, Body(openapi_examples=CHECK)]) -> Response:
        """Say how a claim stands to the article: supported, contradicted, partly, or not in the article."""
        return _said(await workers.run(partial(engine.check, body.claim, question_id=body.id)))

    @router.post("/search", summary="Find passages", response_model=SearchResults)
    async def search(body: Annotated[SearchBody, Body(openapi_examples=SEARCH)]) -> Response:
        """List the ranked passages for a question, without composing an answer.

        A POST, so that no question stands in an address, which servers and browsers write down.
        """
        work = partial(engine.search, body.question, history=_turns(body.history), k=body.k)
        try:
            found = await workers.run(work)
        except QuestionError as error:
            raise _refusal(failed(body.question, Reason(error.reason), question_id=body.id)) from error
        return json_response(asdict(search_results(found, body.id)), headers=_HEADERS)

    return router


def json_response(values: object, *, headers: dict[str, str] | None = None) -> Response:
    """Return plain values as they are written on the command line too: letters as letters."""
    text = json.dumps(values, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Response(text.encode("utf-8"), media_type="application/json", headers=headers)


def _turns(history: tuple[TurnBody, ...]) -> list[Turn]:
    return [Turn(turn.role, turn.content) for turn in history]


def _said(answer: Answer) -> Response:
    if answer.outcome is Outcome.FAILED:
        raise _refusal(answer)
    return json_response(answer.to_dict(), headers=_HEADERS)


def _refusal(answer: Answer) -> ProblemError:
    if answer.reason is Reason.INTERNAL_ERROR:
        return ProblemError("internal")
    return ProblemError(
        "question-refused",
        {"answer": answer.answer},
        more={"reason": answer.reason, "answer": answer.to_dict()},
        language=answer.language,
    )


def _stream(steps: Callable[[], Iterator[Progress | Answer]], workers: Workers, request: Request) -> Response:
    """Return a stream of events.

    Raises:
        ProblemError: too many are waiting.
    """
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[Progress | Answer | None] = asyncio.Queue()
    gone = threading.Event()

    def work() -> None:
        iterator = steps()
        try:
            for step in iterator:
                if gone.is_set():
                    return
                loop.call_soon_threadsafe(queue.put_nowait, step)
        finally:
            if close := getattr(iterator, "close", None):
                close()  # a language model must not go on writing for nobody
            loop.call_soon_threadsafe(queue.put_nowait, None)

    future = workers.start(work)

    async def events() -> AsyncIterator[bytes]:
        ends = loop.time() + workers.timeout_s
        try:
            while True:
                try:
                    step = await asyncio.wait_for(queue.get(), min(_PING_S, max(0.0, ends - loop.time())))
                except TimeoutError:
                    if loop.time() >= ends:
                        yield _problem_event(workers.too_late(), request)
                        return
                    yield format_sse_event(comment="ping")
                    continue
                if step is None:
                    break
                if isinstance(step, Progress):
                    yield _event("progress", progress_dict(step))
                else:
                    yield _event("answer", step.to_dict())
            try:
                await asyncio.wrap_future(future)
            except Exception:
                logger.exception("A streamed answer failed.")
                yield _problem_event(ProblemError("internal"), request)
        finally:
            gone.set()
            future.cancel()

    return StreamingResponse(events(), media_type="text/event-stream", headers={**_HEADERS, "X-Accel-Buffering": "no"})


def _event(name: str, values: object) -> bytes:
    return format_sse_event(event=name, data_str=json.dumps(values, ensure_ascii=False, allow_nan=False))


def _problem_event(problem: ProblemError, request: Request) -> bytes:
    body = bytes(problem.response(request.scope).body)
    return format_sse_event(event="problem", data_str=body.decode("utf-8"))
