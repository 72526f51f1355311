"""The chat as Markdown: from answers to messages. Everything that was not written here is escaped."""

import html
import re
from string import punctuation
from typing import Any

from corpus.types import Language
from rag.answer import Answer, Outcome
from ui.conversation import Conversation, Engine
from ui.strings import N_STEPS, string

Message = dict[str, Any]

_ESCAPED_MARKER = re.compile(r"\\\[(\d{1,3})\\\]")
_ESCAPED_BULLET = re.compile(r"^\\- ", re.MULTILINE)
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

    text = _ESCAPED_BULLET.sub("- ", linked(answer.answer))
    blocks = [text if answer.outcome is Outcome.ANSWERED else _set_apart(text)]
    for caveat in answer.caveats:
        concerned = "".join(f"[{marker}]" for marker in caveat.markers)
        head = f"{string('cli.caveat', answer.language)} {concerned}: "
        blocks.append(_set_apart(linked(head + caveat.text)))
    return "\n\n".join(blocks)


def _set_apart(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.splitlines())


def chat_messages(engine: Engine, conversation: Conversation, language: Language) -> list[Message]:
    """Return the chat: for each exchange the question, what was searched, and the answer."""
    messages: list[Message] = []
    for answer in conversation.answers:
        messages += [
            _asked(answer.question),
            {
                "role": "assistant",
                "content": _found(engine, answer, language),
                "metadata": {
                    "title": string("chat.searching", language),
                    "status": "done",
                    "duration": answer.timings_ms.get("total", 0) / 1000,
                },
            },
            {"role": "assistant", "content": answer_markdown(answer)},
        ]
    return messages


def pending_messages(question: str, language: Language) -> list[Message]:
    """Return what stands in the chat while `question` is being answered."""
    title = string("chat.searching", language)
    return [
        _asked(question),
        {"role": "assistant", "content": "", "metadata": {"title": title, "status": "pending"}},
    ]


def _asked(question: str) -> Message:
    return {"role": "user", "content": markdown_text(question)}


def _found(engine: Engine, answer: Answer, language: Language) -> str:
    """Return how the question was understood, when that differs, and the sections of its sources."""
    lines = []
    if answer.resolved_question.strip() not in ("", answer.question.strip()):
        lines.append(string("chat.understood", language, question=answer.resolved_question))
    sections = dict.fromkeys((citation.section, citation.article) for citation in answer.citations)
    lines += [engine.section_title(section, language, article) for section, article in sections]
    return "\n".join(f"- {markdown_text(line)}" for line in lines or [string("chat.no_passage", language)])


def welcome_markdown(language: Language) -> str:
    """Return what stands in an empty chat; the steps are for narrow screens, which hide the panel."""
    steps = "\n".join(
        f"{n}. **{string(f'step.{n}.lead', language)}** {string(f'step.{n}.rest', language)}"
        for n in range(1, N_STEPS + 1)
    )
    return f"## {string('chat.welcome_title', language)}\n{string('chat.welcome', language)}\n\n{steps}"
