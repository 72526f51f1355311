"""The addresses that look something up in the article: the values of `rag.inspect` as JSON."""

from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from fastapi.openapi.models import Example
from fastapi.responses import Response

from corpus.errors import UnknownIdError
from rag import inspect
from rag.inspect import Contents
from rag.views import Outline, ReferenceView, SectionView, SentenceView, TableView, TrialView
from ui.api.answers import json_response
from ui.api.filters import ReferenceFilter, TrialFilter
from ui.api.models import Problem, ReferenceList, TrialList
from ui.http.problems import ProblemError
from ui.http.strings import LOOKED_FOR

_REFUSALS: dict[int | str, dict[str, Any]] = {
    422: {"model": Problem, "description": "A parameter does not fit."},
    429: {"model": Problem, "description": "This client asks too often; see Retry-After."},
}
_UNKNOWN: dict[int | str, dict[str, Any]] = {404: {"model": Problem, "description": "There is no such id."}}
_ADDED = "; of an added article with its id in front, such as smith-2024/2:1.3"
_Words = Annotated[str, Query(max_length=200)]


def _id(text: str, *examples: str) -> Any:
    shown: dict[str, Example] = {example: {"value": example} for example in examples}
    return Path(description=f"{text}{_ADDED}.", max_length=300, openapi_examples=shown)


def article_router(contents: Contents) -> APIRouter:
    """Return the addresses of the article itself: its outline, sections, sentences and tables."""
    router = APIRouter(prefix="/article", tags=["article"], responses=_REFUSALS)

    @router.get("", summary="Outline", response_model=Outline)
    def outline() -> Response:
        """List the articles with their sections, tables and references."""
        return json_response(asdict(inspect.outline(contents)))

    @router.get("/sections/{id:path}", summary="A section", response_model=SectionView, responses=_UNKNOWN)
    def section(
        id: Annotated[str, _id("A number, or a name such as abstract-en", "3.1.4.1", "abstract-en")],
    ) -> Response:
        """Give a section with its own sentences, table rows or references, in reading order."""
        return _found(inspect.section, contents, "section", id)

    @router.get("/sentences/{id:path}", summary="A sentence", response_model=SentenceView, responses=_UNKNOWN)
    def sentence(
        id: Annotated[
            str,
            _id("The `id` of a citation: section, paragraph, sentence", "3.1.4.1:2.5", "table-2:NCT05499156"),
        ],
    ) -> Response:
        """Give a sentence as printed, its working translation, where it stands, and what it cites."""
        return _found(inspect.sentence, contents, "sentence", id)

    @router.get("/tables/{id:path}", summary="A table", response_model=TableView, responses=_UNKNOWN)
    def table(id: Annotated[str, _id("A number or id", "2", "table-1")]) -> Response:
        """Give a table with its rows as printed and their working translation."""
        return _found(inspect.table, contents, "table", id)

    return router


def lists_router(contents: Contents) -> APIRouter:
    """Return the addresses of the bibliography and of the table of trials."""
    router = APIRouter(responses=_REFUSALS)

    @cache
    def references() -> tuple[ReferenceView, ...]:
        return tuple(
            inspect.reference(contents, contents.full_id(document, str(reference.number)))
            for document in contents.documents.values()
            for reference in document.references
        )

    @cache
    def trials() -> tuple[TrialView, ...]:
        return tuple(
            inspect.trial(contents, contents.full_id(document, trial.id))
            for document in contents.documents.values()
            for trial in document.trials
        )

    @router.get("/references", tags=["references"], summary="The bibliography", response_model=ReferenceList)
    def list_references(
        year: Annotated[int | None, Query(ge=1000, le=9999)] = None, author: _Words = "", q: _Words = ""
    ) -> Response:
        """List the bibliography, or the part of it that meets all filters; `q` stands for words of an entry."""
        wanted = ReferenceFilter(year=year, author=author, text=q)
        found = tuple(view for view in references() if wanted.meets(view.reference))
        return json_response(asdict(ReferenceList(n=len(found), references=found)))

    @router.get(
        "/references/{id:path}",
        tags=["references"],
        summary="A reference",
        response_model=ReferenceView,
        responses=_UNKNOWN,
    )
    def reference(id: Annotated[str, _id("The number of the reference", "56")]) -> Response:
        """Give an entry of the bibliography, its links, and the sentences that cite it."""
        return _found(inspect.reference, contents, "reference", id)

    @router.get("/trials", tags=["trials"], summary="The trials", response_model=TrialList)
    def list_trials(
        country: _Words = "",
        status: _Words = "",
        condition: _Words = "",
        phase: Annotated[int | None, Query(ge=1, le=4)] = None,
        early: bool | None = None,
        observational: bool | None = None,
        min_enrolment: Annotated[int | None, Query(ge=0)] = None,
        max_enrolment: Annotated[int | None, Query(ge=0)] = None,
        q: _Words = "",
    ) -> Response:
        """List the trials of the table, or those that meet all filters, whose words may be in either language.

        `country` and `status` are whole names or codes, `condition` a part of a name; `early` is early
        phase 1; `q` stands for words anywhere in the row.
        """
        wanted = TrialFilter(
            country=country,
            status=status,
            condition=condition,
            phase=phase,
            early=early,
            observational=observational,
            min_enrolment=min_enrolment,
            max_enrolment=max_enrolment,
            text=q,
        )
        found = tuple(view for view in trials() if wanted.meets(view))
        return json_response(asdict(TrialList(n=len(found), trials=found)))

    @router.get("/trials/{id:path}", tags=["trials"], summary="A trial", response_model=TrialView, responses=_UNKNOWN)
    def trial(id: Annotated[str, _id("A registry id", "NCT05499156")]) -> Response:
        """Give a trial: its row, typed and as printed with what the codes mean, and every place that names it."""
        return _found(inspect.trial, contents, "trial", id)

    return router


def _found(find: Callable[[Contents, str], Any], contents: Contents, what: str, given: str) -> Response:
    try:
        return json_response(asdict(find(contents, given)))
    except UnknownIdError as error:
        values = {"what": LOOKED_FOR[what], "id": given[:60], "message": error.message}
        raise ProblemError("unknown-id", values) from error
