"""A conversation as a file: Markdown or JSON, and the references behind it for a reference manager."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from corpus.config import VERSION
from corpus.types import Language, Reference
from rag.answer import Answer
from rag.export import CitationFormat, export, references_behind
from ui.page.conversation import Conversation, Engine
from ui.page.messages import readable
from ui.render import answer_text
from ui.strings import string

MIME_TYPES: Mapping[str, str] = {
    ".md": "text/markdown",
    ".json": "application/json",
    ".bib": "application/x-bibtex",
    ".ris": "application/x-research-info-systems",
}
# Wider than any paragraph: whoever pastes a copy has a width of their own.
_UNWRAPPED = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A file for the browser to save; when `problem` is not "" there is nothing to save, and why."""

    name: str = ""
    mime: str = ""
    text: str = ""
    problem: str = ""


def download(engine: Engine, conversation: Conversation, wanted: str, language: Language) -> Download:
    """Return what a reader of `language` has asked to save.

    Args:
        wanted: a key of `WANTED`; anything else gives a problem.
    """
    if not conversation.answers or wanted not in WANTED:
        return Download(problem=string("export.empty", language))
    if wanted in _CONVERSATION:
        extension, write = _CONVERSATION[wanted]
        name, text = string("export.file", language), write(engine, conversation, language)
    else:
        chosen = CitationFormat(wanted)
        references = cited(engine, conversation)
        if not references:
            return Download(problem=string("export.no_references", language))
        name, text = string("export.references_file", language), export(references, chosen)
        extension = chosen.extension
    return Download(name=f"{name}{extension}", mime=MIME_TYPES[extension], text=text)


def cited(engine: Engine, conversation: Conversation) -> list[Reference]:
    """Return the references behind all answers, each once, by article and number."""
    found: dict[tuple[str, int], Reference] = {}

    def reference(number: int, article: str) -> Reference:
        return found.setdefault((article, number), engine.reference(number, article))

    for answer in conversation.answers:
        references_behind(_with_known_references(engine, answer), reference)
    return [found[key] for key in sorted(found)]


def copy_text(engine: Engine, answer: Answer) -> str:
    """Return an answer with its sources as plain text, to be pasted anywhere."""
    known = _with_known_references(engine, answer)
    text = answer_text(known, section_title=engine.section_title, reference=engine.reference, width=_UNWRAPPED)
    article = f"{string('copy.article', answer.language)}: {engine.describe().article}"
    return readable("\n\n".join((text, article) if answer.citations else (text,)))


def _with_known_references(engine: Engine, answer: Answer) -> Answer:
    """Return an answer without the numbers that its article cites but does not list."""

    def known(numbers: tuple[int, ...], article: str) -> tuple[int, ...]:
        kept = []
        for number in numbers:
            with suppress(KeyError):
                engine.reference(number, article)
                kept.append(number)
        return tuple(kept)

    return replace(
        answer,
        citations=tuple(
            replace(
                citation,
                references=known(citation.references, citation.article),
                passage_references=known(citation.passage_references, citation.article),
            )
            for citation in answer.citations
        ),
    )


def conversation_markdown(engine: Engine, conversation: Conversation, language: Language) -> str:
    """Return the conversation as Markdown: each question as a heading, its answer, its sources."""
    description = engine.describe()
    blocks = [f"# {string('export.title', language)}", f"{description.article} ({description.licence})"]
    blocks.append(
        string("scope.extractive", language) if _extractive(conversation) else string("scope.model", language)
    )
    for answer in conversation.answers:
        blocks.append(f"## {_line(answer.question)}")
        if answer.resolved_question.strip() not in ("", answer.question.strip()):
            blocks.append(f"*{_line(string('chat.understood', language, question=answer.resolved_question))}*")
        blocks.append(_plain(readable(answer.answer)))
        for caveat in answer.caveats:
            markers = "".join(f"[{marker}]" for marker in caveat.markers)
            blocks.append(f"> {_plain(string('cli.caveat', answer.language))} {_plain(markers)}: {_line(caveat.text)}")
        blocks += [_source(engine, answer, position) for position in range(len(answer.citations))]
    references = cited(engine, conversation)
    if references:
        blocks += [f"## {string('panel.references', language)}", export(references, CitationFormat.MARKDOWN).strip()]
    return "\n\n".join(blocks) + "\n"


def _source(engine: Engine, answer: Answer, position: int) -> str:
    citation = answer.citations[position]
    title = engine.section_title(citation.section, answer.language, citation.article)
    lines = [
        f"**\\[{citation.marker}\\] {_line(title)}** ({_line(citation.id)})",
        f"> {_line(readable(citation.quote))}",
    ]
    if citation.translation is not None:
        label = string("card.translation", answer.language)
        lines.append(f"> *{label}:* {_line(readable(citation.translation))}")
    return "\n>\n".join(lines[1:]).join((f"{lines[0]}\n\n", ""))


def conversation_json(engine: Engine, conversation: Conversation, language: Language) -> str:
    """Return the conversation as JSON: the answers as `evidenca ask --json` gives them, and the article."""
    description = engine.describe()
    value: dict[str, Any] = {
        "evidenca": VERSION,
        "article": description.article,
        "licence": description.licence,
        "answers": [answer.to_dict() for answer in conversation.answers],
    }
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def _extractive(conversation: Conversation) -> bool:
    return all(answer.engine == "extractive" for answer in conversation.answers)


def _plain(text: str) -> str:
    """Return Markdown that shows a text, list marks aside, as it is."""
    lines = []
    for line in text.splitlines():
        mark = "- " if line.startswith("- ") else ""
        lines.append(mark + _escaped(line.removeprefix(mark)))
    return "\n".join(lines)


def _line(text: str) -> str:
    return _escaped(" ".join(text.split()))


def _escaped(text: str) -> str:
    return "".join(f"\\{sign}" if sign in "\\`*_[]<>#|" else sign for sign in text)


_Write = Callable[[Engine, Conversation, Language], str]
_CONVERSATION: Mapping[str, tuple[str, _Write]] = {
    "conversation-markdown": (".md", conversation_markdown),
    "conversation-json": (".json", conversation_json),
}
# What can be saved, and the name on its button.
WANTED: Mapping[str, str] = {
    "conversation-markdown": "Markdown",
    "conversation-json": "JSON",
    CitationFormat.BIBTEX.value: "BibTeX",
    CitationFormat.RIS.value: "RIS",
    CitationFormat.CSL_JSON.value: "CSL-JSON",
}
