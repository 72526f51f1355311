"""The API as an application of its own, mounted at `/api`: its addresses, its refusals, its description."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException

from corpus.config import VERSION
from rag.answer import Answer
from rag.inspect import Contents
from rag.views import Outline, SectionView, SentenceView, TableView
from ui.api.answers import answers_router, json_response
from ui.api.article import article_router, lists_router
from ui.api.models import AnsweringEngine, ProgressEvent, ReferenceList, SearchResults, TrialList
from ui.api.page import docs_html
from ui.api.schema import described
from ui.http.limits import Workers
from ui.http.log import with_questions_logged
from ui.http.options import ServerOptions
from ui.http.problems import ProblemError, field_problems, preferred_language

_ABOUT = (
    "Questions about one review article, in Slovene or English, answered with the sentences that say so. "
    "Informational; not medical advice."
)
_CODES = {400: "bad-request", 404: "not-found", 405: "method-not-allowed"}


def create_api(engine: AnsweringEngine, contents: Contents, options: ServerOptions | None = None) -> FastAPI:
    """Return the API; it expects to be mounted at "/api"."""
    options = options or ServerOptions()
    prefix = f"{options.root_path.rstrip('/')}/api"
    asked = with_questions_logged(engine) if options.log_questions else engine
    workers = Workers(n_answers=options.n_answers, n_waiting=options.n_waiting, timeout_s=options.answer_timeout_s)
    api = FastAPI(
        title="Evidenca API",
        description=_ABOUT,
        version=VERSION,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        servers=[{"url": prefix}],
        root_path_in_servers=False,
        generate_unique_id_function=lambda route: route.name,
    )
    api.include_router(answers_router(asked, workers))
    api.include_router(article_router(contents))
    api.include_router(lists_router(contents))
    derived = api.openapi

    def openapi() -> dict[str, Any]:
        if api.openapi_schema is None:
            types = (Answer, Outline, SectionView, SentenceView, TableView, SearchResults, ReferenceList, TrialList)
            api.openapi_schema = described(derived(), types, events=(ProgressEvent,))
            if options.passwords is not None:
                basic = {"basic": {"type": "http", "scheme": "basic"}}
                api.openapi_schema["components"]["securitySchemes"] = basic
                api.openapi_schema["security"] = [{"basic": []}]
        return api.openapi_schema

    api.openapi = openapi  # type: ignore[method-assign]

    @api.get("/openapi.json", include_in_schema=False)
    def description() -> Response:
        return json_response(openapi())

    @api.get("/", include_in_schema=False)
    @api.get("/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        return HTMLResponse(docs_html(openapi()))

    _say_refusals(api, docs=f"{prefix}/docs")
    return api


def _say_refusals(api: FastAPI, *, docs: str) -> None:
    """Make every refusal of `api` a problem object."""

    @api.exception_handler(ProblemError)
    async def refuse(request: Request, problem: ProblemError) -> Response:
        return problem.response(request.scope)

    @api.exception_handler(HTTPException)
    async def refuse_address(request: Request, error: HTTPException) -> Response:
        values = {"docs": docs, "method": request.method}
        problem = ProblemError(_CODES.get(error.status_code, "internal"), values, headers=dict(error.headers or {}))
        return problem.response(request.scope)

    @api.exception_handler(RequestValidationError)
    async def refuse_input(request: Request, error: RequestValidationError) -> Response:
        errors = error.errors()
        if errors[0]["type"] == "json_invalid":
            return ProblemError("malformed", {"position": errors[0]["loc"][-1]}).response(request.scope)
        content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if request.method == "POST" and content_type != "application/json" and not content_type.endswith("+json"):
            return ProblemError("not-json").response(request.scope)
        language = preferred_language(request.headers.get("accept-language", ""))
        found = field_problems(list(errors), language)
        return ProblemError("invalid", found[0], more={"errors": found}).response(request.scope)

    @api.exception_handler(Exception)
    async def refuse_nothing(request: Request, error: Exception) -> Response:
        # Starlette raises the error again afterwards, so that it is logged (ui.http.log).
        return ProblemError("internal").response(request.scope)
