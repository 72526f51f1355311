"""The tools of `evidenca mcp`, for programs that speak the Model Context Protocol; the home of its SDK.

Each tool answers twice: as text for a model to read, and as the very values of `ask --json` and
`inspect --json` for a program. While tools are served, the SDK turns standard output away from
everything but the protocol.
"""

import json
import logging
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any, Literal

from pydantic import Field, RootModel

from corpus.config import VERSION
from corpus.errors import MissingExtraError, UnknownIdError
from rag import inspect
from rag.answer import Answer, Outcome
from rag.engine import Engine, Turn
from rag.inspect import Contents
from rag.views import ReferenceView, SentenceView, TrialView
from ui.api.filters import TrialFilter
from ui.api.models import TrialList, TurnBody
from ui.commands.inspect import view_text
from ui.render import answer_text

try:
    from mcp.server import MCPServer
    from mcp.server.mcpserver.exceptions import ToolError
    from mcp.types import CallToolResult, TextContent, ToolAnnotations
except ImportError as error:
    raise MissingExtraError(
        "evidenca mcp needs the package mcp.", hint="Install it: pip install 'evidenca[mcp]'"
    ) from error

_SCOPE = (
    "one review article on the extracellular vesicles of mesenchymal stem cells (Požun, Kolenc, Maličev; "
    "Zdrav Vestn 2025), in Slovene or English"
)
_LIMITS = (
    "It reports what the article says, with the exact sentences, and knows nothing else. Not medical advice: never "
    "present it as a recommendation for anyone's treatment."
)
_INSTRUCTIONS = (
    f"Evidenca answers questions about {_SCOPE}. {_LIMITS} Quotes are verbatim; English translations of Slovene "
    "quotes are working translations. When it says that the article does not answer, say so too. Keep the markers "
    "[1], [2] with the sentences they belong to, and pass on the notes on contradictions of the article."
)
_READ_ONLY = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
_WIDTH = 100

logger = logging.getLogger(__name__)


def create_server(engine: Engine, contents: Contents) -> MCPServer[Any]:
    """Return the server of all tools."""
    server: MCPServer[Any] = MCPServer(
        "evidenca", title="Evidenca", version=VERSION, instructions=_INSTRUCTIONS, log_level="WARNING"
    )
    _add_answers(server, engine)
    _add_lookups(server, contents)
    return server


def _add_answers(server: MCPServer[Any], engine: Engine) -> None:
    @server.tool(
        title="Ask the article",
        annotations=_READ_ONLY,
        structured_output=True,
        description=(
            f"Answer a question about {_SCOPE}. The answer is in the language of the question; each sentence carries "
            "a marker of its source, quoted below it. `outcome` is `abstained` when the article does not say. "
            f"{_LIMITS}"
        ),
    )
    def ask(
        question: Annotated[str, Field(description="In Slovene or English, at most 2000 characters.")],
        history: Annotated[
            list[TurnBody] | None, Field(description="Earlier messages, oldest first, for a follow-up question.")
        ] = None,
    ) -> Annotated[CallToolResult, RootModel[Answer]]:
        turns = [Turn(turn.role, turn.content) for turn in history or ()]
        return _answered(engine, engine.ask(question, history=turns))

    @server.tool(
        title="Check a claim",
        annotations=_READ_ONLY,
        structured_output=True,
        description=(
            f"Check a claim against {_SCOPE}: `check.verdict` is `supported`, `contradicted`, `partly` (the article "
            "speaks of it, and it is for the reader to judge) or `not_in_article`, with the sentences that decide "
            f"it. That the article says something does not make it true. {_LIMITS}"
        ),
    )
    def check_claim(
        claim: Annotated[str, Field(description="One statement, in Slovene or English, at most 2000 characters.")],
    ) -> Annotated[CallToolResult, RootModel[Answer]]:
        return _answered(engine, engine.check(claim))


def _add_lookups(server: MCPServer[Any], contents: Contents) -> None:
    @server.tool(
        title="Read a sentence",
        annotations=_READ_ONLY,
        structured_output=True,
        description=(
            f"Give a sentence of {_SCOPE}, by the id of a citation: as printed, its working translation, where it "
            f"stands, the references it cites, and what is known to be wrong with it. {_LIMITS}"
        ),
    )
    def get_sentence(
        id: Annotated[str, Field(description="Such as 3.1.4.1:2.5, or table-2:NCT05499156.")],
    ) -> Annotated[CallToolResult, RootModel[SentenceView]]:
        return _looked_up(inspect.sentence, contents, id)

    @server.tool(
        title="List clinical trials",
        annotations=_READ_ONLY,
        structured_output=True,
        description=(
            f'List the clinical trials in the table of {_SCOPE}; filters are joined by "and", and names may be in '
            "either language. The table shows the state at the time of the article, not of today; it is no register "
            f"to look for a trial to join. {_LIMITS}"
        ),
    )
    def list_trials(
        country: Annotated[str, Field(description="Whole name: China, Kitajska.")] = "",
        status: Annotated[str, Field(description="Code or meaning: ZU, recruiting.")] = "",
        condition: Annotated[str, Field(description="A part of its name: COVID, liver, jetra.")] = "",
        phase: Annotated[Literal[1, 2, 3, 4] | None, Field(description="A numbered phase.")] = None,
        text: Annotated[str, Field(description="Words anywhere in the row.")] = "",
    ) -> Annotated[CallToolResult, RootModel[TrialList]]:
        wanted = TrialFilter(country=country, status=status, condition=condition, phase=phase, text=text)
        trials = [
            inspect.trial(contents, contents.full_id(document, trial.id))
            for document in contents.documents.values()
            for trial in document.trials
        ]
        found = tuple(view for view in trials if wanted.meets(view))
        heading = f"{len(found)} of {len(trials)} trials"
        return _result("\n".join([heading, *map(_trial_line, found)]), asdict(TrialList(n=len(found), trials=found)))

    @server.tool(
        title="Read a reference",
        annotations=_READ_ONLY,
        structured_output=True,
        description=(
            f"Give an entry of the bibliography of {_SCOPE}, by its number: authors, title, journal, DOI and PubMed "
            f"addresses, and the sentences that cite it. {_LIMITS}"
        ),
    )
    def get_reference(
        number: Annotated[int, Field(description="As in the text, such as 56.", ge=1)],
    ) -> Annotated[CallToolResult, RootModel[ReferenceView]]:
        return _looked_up(inspect.reference, contents, str(number))


def _answered(engine: Engine, answer: Answer) -> CallToolResult:
    if answer.outcome is Outcome.FAILED:
        raise ToolError(answer.answer)
    text = answer_text(answer, section_title=engine.section_title, reference=engine.reference, width=_WIDTH)
    return _result(text, answer.to_dict())


def _looked_up(find: Callable[[Contents, str], Any], contents: Contents, given: str) -> CallToolResult:
    try:
        view: SentenceView | ReferenceView = find(contents, given)
    except UnknownIdError as error:
        raise ToolError(error.message) from error
    return _result(view_text(view, width=_WIDTH), asdict(view))


def _trial_line(view: TrialView) -> str:
    return " · ".join(item.english for item in view.fields)


def _result(text: str, values: dict[str, Any]) -> CallToolResult:
    # By way of JSON, so that enumerations and tuples are what a client gets.
    plain = json.loads(json.dumps(values, ensure_ascii=False))
    return CallToolResult(content=[TextContent(type="text", text=text)], structured_content=plain)
