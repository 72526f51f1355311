"""The chat as Markdown: from answers to messages. Everything that was not written here is escaped."""

import html
import re
from collections.abc import Mapping
from string import punctuation
from typing import Any

from corpus.types import Language
from rag.answer import Answer, Outcome
from ui.page.conversation import Conversation, Engine
from ui.strings import counted, string

Message = dict[str, Any]

# The question, what was searched, and the answer.
MESSAGES_PER_EXCHANGE = 3

_ESCAPED_MARKER = re.compile(r"\\\[(\d{1,3})\\\]")
_ESCAPED_BULLET = re.compile(r"^\\- ", re.MULTILINE)
# Without a blank line what follows a list would be part of its last item.
_AFTER_LIST = re.compile(r"^(- .*)\n(?!- |\n)", re.MULTILINE)
_GREEK = {"alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "kappa": "κ", "mu": "µ"}
_TEX = re.compile(rf"\$(\w*)\\({'|'.join(_GREEK)})(\w*)\$")
_PERCENT = re.compile(r"(?<=\d) (?=%)")

# Entities where HTML is at stake, a backslash before every other sign that Markdown may act upon:
# no tag, image, link, code block or bare address comes through, and a reader sees what was written.
_MARKDOWN_ESCAPES = str.maketrans(
    {sign: html.escape(sign) for sign in "<>&\"'"} | {sign: f"\\{sign}" for sign in punctuation if sign not in "<>&\"'"}
)


def readable(text: str) -> str:
    """Return `text` as it is set for reading: Greek letters for TeX, no line break before "%"."""
    text = _TEX.sub(lambda formula: formula[1] + _GREEK[formula[2]] + formula[3], text)
    return _PERCENT.sub("\N{NO-BREAK SPACE}", text)


def markdown_text(text: str) -> str:
    """Return Markdown that shows `text` as it is, line by line, whatever it contains."""
    return "\n".join(line.strip() for line in text.strip().splitlines()).translate(_MARKDOWN_ESCAPES)


def answer_markdown(answer: Answer) -> str:
    """Return the answer as Markdown, each marker of a citation a link `#cite-<answer id>-<n>`.

    The address is all that survives the sanitiser of the chat, so it carries both ids. Set apart as
    quotation blocks are caveats, and an answer that is none.
    """
    markers = {citation.marker for citation in answer.citations}

    def link(marker: re.Match[str]) -> str:
        number = int(marker.group(1))
        return f"[{number}](#cite-{answer.id}-{number})" if number in markers else marker.group()

    def linked(text: str) -> str:
        return _ESCAPED_MARKER.sub(link, markdown_text(readable(text)))

    text = _AFTER_LIST.sub("\\1\n\n", _ESCAPED_BULLET.sub("- ", linked(answer.answer)))
    blocks = [text if answer.outcome is Outcome.ANSWERED else _set_apart(text)]
    for caveat in answer.caveats:
        concerned = "".join(f"[{marker}]" for marker in caveat.markers)
        head = f"{string('cli.caveat', answer.language)} {concerned}: "
        blocks.append(_set_apart(linked(head + caveat.text)))
    return "\n\n".join(blocks)


def _set_apart(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.splitlines())


def chat_messages(engine: Engine, conversation: Conversation) -> list[Message]:
    """Return the chat: for each exchange the question, what was searched, and the answer.

    What is ours stands in both languages, and the page shows one: it can be switched without asking.
    """
    return [message for answer in conversation.answers for message in _exchange(engine, answer)]


def _exchange(engine: Engine, answer: Answer) -> list[Message]:
    duration = answer.timings_ms.get("total", 0) / 1000
    title = _both("chat.searched") if not answer.citations else _found("chat.searched", len(answer.citations), ": ")
    return [
        _asked(answer.question),
        {
            "role": "assistant",
            "content": _sections(engine, answer),
            "metadata": {"title": title, "status": "done", "duration": duration},
        },
        {"role": "assistant", "content": _understood(answer) + answer_markdown(answer)},
    ]


def pending_messages(question: str, *, n_passages: int | None = None, partial: Answer | None = None) -> list[Message]:
    """Return what stands in the chat while `question` is being answered.

    Args:
        n_passages: pieces of the article that were found; None while it is searched.
        partial: as much of the answer as may be shown already.
    """
    if not n_passages:
        title = _both("chat.searching")
    elif partial is None:
        title = _found("chat.searching", n_passages, " ")
    else:
        title = _found("chat.searched", n_passages, ": ", end="chat.writing")
    messages = [
        _asked(question),
        {"role": "assistant", "content": "", "metadata": {"title": title, "status": "pending"}},
    ]
    if partial is not None and partial.answer:
        messages.append({"role": "assistant", "content": _understood(partial) + answer_markdown(partial)})
    return messages


def _asked(question: str) -> Message:
    return {"role": "user", "content": markdown_text(question)}


def _both(key: str, **values: object) -> str:
    return in_both({language: string(key, language, **values) for language in Language})


def _found(key: str, n: int, between: str, *, end: str = "") -> str:
    """Return how many passages were found, after the text of `key` and before that of `end`."""

    def said(language: Language) -> str:
        found = f"{string(key, language)}{between}{counted('chat.found', n, language)}"
        return f"{found} · {string(end, language)}" if end else found

    return in_both({language: said(language) for language in Language})


def in_both(texts: Mapping[Language, str]) -> str:
    """Return Markdown that holds a text in both languages; the style sheet hides one of them."""
    return "".join(f'<span class="t-{language}">{markdown_text(text)}</span>' for language, text in texts.items())


def _understood(answer: Answer) -> str:
    """Return how a follow-up was understood, when that differs from what was asked."""
    if answer.resolved_question.strip() in ("", answer.question.strip()):
        return ""
    text = _both("chat.understood", question=readable(answer.resolved_question.strip()))
    return f'<span class="ev-understood">{text}</span>\n\n'


def _sections(engine: Engine, answer: Answer) -> str:
    """Return the sections of an answer's sources."""
    sections = dict.fromkeys((citation.section, citation.article) for citation in answer.citations)
    if not sections:
        return _both("chat.no_passage")
    titles = [
        {language: engine.section_title(section, language, article) for language in Language}
        for section, article in sections
    ]
    return "\n".join(f"- {in_both(title)}" for title in titles)
