"""The chat page: plain functions from an Answer to what is shown, and the Gradio page around them.

The only module that imports Gradio. Three languages are kept apart: the interface follows the
reader's choice and changes in the browser, an answer keeps the language of its question, a quote
keeps that of the article. Everything that comes from the article or from a person is escaped here:
`markdown_text` for the conversation, `html.escape` for the sources. Templates of `gr.HTML` are not
used, because they compile the data they are given as code.
"""

import html
import json
import logging
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from string import punctuation
from typing import Any, Protocol, Self
from urllib.parse import quote

from fastapi import FastAPI

# Gradio and its hub client read these while they are imported, and by default they report home.
os.environ.update(
    GRADIO_ANALYTICS_ENABLED="False",
    GRADIO_SHARE="False",
    HF_HUB_DISABLE_TELEMETRY="1",
    HF_HUB_OFFLINE="1",
)

import gradio as gr

from corpus.config import MAX_QUESTION_CHARS
from corpus.types import Language, Reference
from rag.answer import Answer, Citation, Outcome, Reason
from rag.engine import EngineDescription, Turn, failed
from ui.strings import STRINGS, string

logger = logging.getLogger(__name__)

MAX_EXCHANGES = 30

_STATIC = Path(__file__).parent / "static"
_N_EXAMPLES = 3
_N_STEPS = 3
_LICENCE_LINKS = {"CC BY-NC 4.0": "https://creativecommons.org/licenses/by-nc/4.0/"}

# The strings that static/page.js writes into attributes.
_SCRIPT_STRINGS = (
    "card.source",
    "chat.examples",
    "chat.label",
    "header.language",
    "header.theme",
    "question.send",
    "sources.close",
    "sources.title",
    *(key for key in STRINGS if key.startswith("gradio.")),
)

Message = dict[str, Any]


class Engine(Protocol):
    """What the page needs of `rag.engine`."""

    def ask(self, question: str, *, history: Sequence[Turn] = (), question_id: str = "") -> Answer:
        """Return the answer to `question`, asked after `history`."""
        ...

    def reference(self, number: int, article: str = "") -> Reference:
        """Return an entry of the bibliography of an article; raises KeyError when there is none."""
        ...

    def section_title(self, section_id: str, language: Language, article: str = "") -> str:
        """Return the number and title of a section of an article, for a reader of `language`."""
        ...

    def describe(self) -> EngineDescription:
        """Return what answers, and about what."""
        ...


# --- The conversation -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Conversation:
    """The exchanges of one reader, oldest first.

    It stays on the server, and both the chat and the sources are drawn from it alone: the history
    that a browser sends along could put words into an answer.

    Attributes:
        n_asked: questions asked so far; the ids of answers count on after an answer was taken back.
    """

    answers: tuple[Answer, ...] = ()
    n_asked: int = 0

    def with_answer(self, answer: Answer) -> Self:
        """Return the conversation with one more exchange; beyond `MAX_EXCHANGES` the oldest go."""
        return replace(self, answers=(*self.answers, answer)[-MAX_EXCHANGES:], n_asked=self.n_asked + 1)

    def without_last(self) -> Self:
        """Return the conversation before its last exchange."""
        return replace(self, answers=self.answers[:-1])

    def history(self) -> list[Turn]:
        """Return what was said, as the engine wants it."""
        return [
            turn
            for answer in self.answers
            for turn in (Turn(role="user", content=answer.question), Turn(role="assistant", content=answer.answer))
        ]


def question_problem(question: str, language: Language) -> str:
    """Return what is wrong with `question`, for a reader of `language`; "" when nothing is."""
    n_chars = len(question.strip())
    if n_chars == 0:
        return string("question.empty", language)
    if n_chars > MAX_QUESTION_CHARS:
        return string("question.too_long", language, n_chars=n_chars, limit=MAX_QUESTION_CHARS)
    return ""


def answer_question(engine: Engine, question: str, conversation: Conversation) -> Conversation:
    """Return `conversation` with the answer to `question`; whatever fails becomes a failed answer."""
    question_id = f"a{conversation.n_asked + 1}"
    try:
        answer = engine.ask(question, history=conversation.history(), question_id=question_id)
    except Exception:
        # The door of the house: a reader gets a sentence, the log the details (never the question).
        logger.exception("No answer could be made.")
        answer = failed(question, Reason.INTERNAL_ERROR, question_id=question_id)
    return conversation.with_answer(answer)


# --- The chat: Markdown ---------------------------------------------------------------------------

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
        for n in range(1, _N_STEPS + 1)
    )
    return f"## {string('chat.welcome_title', language)}\n{string('chat.welcome', language)}\n\n{steps}"


# --- Header, sources, footer: HTML ----------------------------------------------------------------


def _both(key: str, **values: object) -> str:
    """Return the text of `key` in both languages; the style sheet hides one of them."""
    return "".join(
        f'<span class="t-{language}">{html.escape(string(key, language, **values))}</span>' for language in Language
    )


def _outward(url: str, text: str) -> str:
    """Return a link that leaves the page: in a new tab, which learns nothing about this one."""
    return f'<a class="ev-out" href="{html.escape(url)}" target="_blank" rel="noopener noreferrer">{text}</a>'


def header_html() -> str:
    """Return the top of the page."""
    languages = "".join(
        f'<button type="button" data-language="{code}" lang="{code}" title="{name}">{code.upper()}</button>'
        for code, name in ((Language.SL, "Slovenščina"), (Language.EN, "English"))
    )
    return f"""<a class="ev-skip" href="#ev-question" data-skip>{_both("header.skip")}</a>
<header class="ev-top"><span class="ev-mark" aria-hidden="true">E</span>
<div class="ev-name"><h1>Evidenca</h1><p>{_both("article.short")}</p></div>
<div class="ev-segments" role="group" data-label="header.language">{languages}</div>
<button type="button" class="ev-icon" data-theme data-label="header.theme">◐</button></header>"""


def panel_head_html() -> str:
    """Return the top of the panel; its button closes the sheet on narrow screens."""
    return f"""<div class="ev-panel-head"><h2>{_both("sources.title")}</h2>
<button type="button" class="ev-icon ev-close" data-close data-label="sources.close">✕</button></div>"""


def steps_html() -> str:
    """Return the three steps of the empty panel."""
    return "".join(
        (
            '<ol class="ev-steps">',
            *(
                f'<li><span class="ev-number" aria-hidden="true">{n}</span>'
                f"<span><strong>{_both(f'step.{n}.lead')}</strong> {_both(f'step.{n}.rest')}</span></li>"
                for n in range(1, _N_STEPS + 1)
            ),
            "</ol>",
        )
    )


def sources_html(engine: Engine, conversation: Conversation) -> str:
    """Return the sources of every answer, so that an old citation works; the last ones are shown."""
    if not conversation.answers:
        return steps_html()
    last = conversation.answers[-1]
    return "".join(_exchange_html(engine, answer, hidden=answer is not last) for answer in conversation.answers)


def _exchange_html(engine: Engine, answer: Answer, *, hidden: bool) -> str:
    cards = "".join(card_html(engine, answer.id, citation) for citation in answer.citations)
    nothing = f'<p class="ev-none">{_both("sources.none")}</p>'
    return (
        f'<section class="ev-cards" data-answer="{html.escape(answer.id)}"{" hidden" if hidden else ""}>'
        f'<h3 class="ev-asked" lang="{answer.language}">{html.escape(answer.question.strip())}</h3>'
        f"{cards or nothing}</section>"
    )


def card_html(engine: Engine, answer_id: str, citation: Citation) -> str:
    """Return the card of a citation: the verbatim quote, its translation, what the article cites there."""
    titles = {language: engine.section_title(citation.section, language, citation.article) for language in Language}
    section = "".join(f'<span class="t-{language}">{html.escape(title)}</span>' for language, title in titles.items())
    key = html.escape(f"{answer_id}-{citation.marker}")
    return (
        f'<article class="ev-card" id="src-{key}" tabindex="-1" aria-labelledby="head-{key}">'
        f'<header id="head-{key}"><span class="ev-number">{citation.marker}</span>'
        f'<span class="ev-section">{section}</span>'
        f'<span class="ev-badge"><span aria-hidden="true">✓</span> {_both("card.verbatim")}</span></header>'
        f'<blockquote class="ev-quote" lang="{citation.language}">{_quote_html(citation)}</blockquote>'
        f"{_translation_html(citation)}"
        f"{_references_html(engine, citation)}{_references_html(engine, citation, closing=True)}</article>"
    )


def _quote_html(citation: Citation) -> str:
    quoted = html.escape(readable(citation.quote))
    for trial in citation.trials:
        name = html.escape(trial)
        quoted = quoted.replace(name, _outward(f"https://clinicaltrials.gov/study/{quote(trial)}", name))
    return quoted


def _translation_html(citation: Citation) -> str:
    if citation.language is Language.EN:
        return ""
    label = f'<span class="ev-label">{_both("card.translation")}</span>'
    if citation.translation is None:
        return f'<div class="ev-translation">{label}<p>{_both("card.no_translation")}</p></div>'
    text = html.escape(readable(citation.translation))
    return f'<div class="ev-translation">{label}<p lang="en">{text}</p></div>'


def _references_html(engine: Engine, citation: Citation, *, closing: bool = False) -> str:
    """Return what the article cites in the quote or, marked apart, only at the end of its passage."""
    numbers, title, style = citation.references, "card.references", "ev-references"
    if closing:
        numbers, title, style = citation.passage_references, "card.passage_references", "ev-references ev-closing"
    if not numbers:
        return ""
    items = "".join(_reference_html(engine, number, citation.article) for number in numbers)
    return (
        f'<details class="{style}"{" open" if len(numbers) == 1 else ""}>'
        f"<summary>{_both(title, n_references=len(numbers))}</summary><ul>{items}</ul></details>"
    )


def _reference_html(engine: Engine, number: int, article: str) -> str:
    try:
        reference = engine.reference(number, article)
    except KeyError:
        return f'<li><strong>{number}.</strong> <span class="ev-muted">{_both("reference.missing")}</span></li>'
    hidden_number = f'<span class="ev-hidden"> {number}</span>'
    links = []
    if reference.doi:
        links.append(_outward(f"https://doi.org/{quote(reference.doi, safe='/')}", f"DOI{hidden_number} ↗"))
    if reference.pmid:
        links.append(_outward(f"https://pubmed.ncbi.nlm.nih.gov/{quote(reference.pmid)}/", f"PubMed{hidden_number} ↗"))
    return (
        f'<li><strong>{number}. <span lang="{reference.language}">'
        f"{html.escape(reference.title or reference.text)}</span></strong>"
        f'<span class="ev-muted">{html.escape(imprint(reference))}</span>'
        f"<span>{' '.join(links) or _both('reference.no_links')}</span></li>"
    )


def imprint(reference: Reference) -> str:
    """Return authors, journal and year of a reference, as far as they are known."""
    authors = ", ".join((*reference.authors, *(("et al.",) if reference.et_al else ())))
    volume = reference.volume + (f"({reference.issue})" if reference.issue else "")
    year = str(reference.year or "") + (f";{volume}" if volume else "")
    printed = ". ".join(part for part in (reference.container, reference.publisher) if part)
    place = ". ".join(part for part in (printed, f"{year}:{reference.pages}" if reference.pages else year) if part)
    return " · ".join(part for part in ("; ".join(filter(None, (authors, reference.group))), place) if part)


def footer_html(description: EngineDescription) -> str:
    """Return the line under the question: what this is not, and on demand what it is."""
    article = re.sub(
        r"https://doi\.org/[\w./()-]+\w",
        lambda doi: _outward(doi.group(), doi.group()),
        html.escape(description.article),
    )
    licence = html.escape(description.licence)
    if link := _LICENCE_LINKS.get(description.licence):
        licence = _outward(link, licence)
    counts = _both("about.counts", n_references=description.n_references, n_trials=description.n_trials)
    rows = (
        ("about.engine", _both("about.engine_text")),
        ("about.search", _both("about.search_text", model=description.embedding_model)),
        ("about.offline", _both("about.offline_text")),
        ("about.article", f"{article} {counts}"),
        ("about.licence", licence),
    )
    terms = "".join(f"<dt>{_both(key)}</dt><dd>{text}</dd>" for key, text in rows)
    return (
        f'<div class="ev-foot"><p class="ev-scope">{_both("scope")}</p><details class="ev-about">'
        f"<summary>{_both('about.title')}</summary><dl>{terms}</dl></details></div>"
    )


# --- The page -------------------------------------------------------------------------------------


def build_page(engine: Engine) -> gr.Blocks:
    """Return the page of `engine`; `mount_page` puts it into an application."""
    page = gr.Blocks(title="Evidenca", analytics_enabled=False, fill_width=True)
    with page:
        conversation = gr.State(Conversation())
        # A text box, not a state: the state that a validator of Gradio sees is not the session's.
        language = gr.Textbox(Language.SL.value, visible="hidden", elem_id="ev-language")
        gr.HTML(header_html(), elem_id="ev-header", apply_default_css=False)
        with gr.Row(elem_id="ev-body", equal_height=False):
            with gr.Column(scale=11, elem_id="ev-chat-column"):
                chat = gr.Chatbot(
                    elem_id="ev-chat",
                    show_label=False,
                    height="100%",
                    layout="bubble",
                    buttons=["copy"],
                    allow_tags=False,
                    latex_delimiters=[],
                    feedback_options=None,
                    **_chat_texts(Language.SL),
                )
                question = gr.Textbox(
                    elem_id="ev-question",
                    show_label=False,
                    submit_btn=True,
                    lines=1,
                    max_lines=5,
                    autofocus=True,
                    **_question_texts(Language.SL),
                )
                gr.HTML(footer_html(engine.describe()), elem_id="ev-foot", apply_default_css=False)
            with gr.Column(scale=10, elem_id="ev-panel"):
                gr.HTML(panel_head_html(), apply_default_css=False)
                sources = gr.HTML(sources_html(engine, Conversation()), elem_id="ev-sources", apply_default_css=False)
        switch = gr.Button(visible="hidden", elem_id="ev-switch-language")  # pressed by static/page.js

        shown = [question, chat, sources, conversation]
        quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        slow: dict[str, Any] = {**quiet, "concurrency_limit": 4, "concurrency_id": "answer"}

        def show(text: str, conversation: Conversation, code: str) -> tuple[Any, ...]:
            messages = chat_messages(engine, conversation, _language(code))
            return text, messages, sources_html(engine, conversation), conversation

        def ask(text: str, conversation: Conversation, code: str) -> Iterator[tuple[Any, ...]]:
            said = chat_messages(engine, conversation, _language(code))
            yield "", said + pending_messages(text, _language(code)), gr.skip(), gr.skip()
            yield show("", answer_question(engine, text, conversation), code)

        def ask_example(conversation: Conversation, code: str, event: gr.SelectData) -> Iterator[tuple[Any, ...]]:
            yield from ask(str(event.value["text"]), conversation, code)

        def retry(conversation: Conversation, code: str) -> Iterator[tuple[Any, ...]]:
            if conversation.answers:
                yield from ask(conversation.answers[-1].question, conversation.without_last(), code)

        def undo(conversation: Conversation, code: str) -> tuple[Any, ...]:
            text = conversation.answers[-1].question if conversation.answers else ""
            return show(text, conversation.without_last(), code)

        def clear(code: str) -> tuple[Any, ...]:
            return show("", Conversation(), code)

        def switch_language(code: str, conversation: Conversation) -> tuple[Any, ...]:
            language = _language(code)
            messages = chat_messages(engine, conversation, language)
            texts = _question_texts(language), {"value": messages, **_chat_texts(language)}
            return language.value, *(gr.update(**text) for text in texts)

        def check(text: str, conversation: Conversation, code: str) -> list[dict[str, Any]]:
            problem = question_problem(text, _language(code))
            return [gr.validate(not problem, problem), gr.validate(True, ""), gr.validate(True, "")]

        question.submit(ask, [question, conversation, language], shown, validator=check, **slow)
        chat.example_select(ask_example, [conversation, language], shown, **slow)
        chat.retry(retry, [conversation, language], shown, **slow)
        chat.undo(undo, [conversation, language], shown, **quiet)
        chat.clear(clear, [language], shown, **quiet)
        gr.on(
            [page.load, switch.click],
            switch_language,
            [language, conversation],
            [language, question, chat],
            js="() => [document.documentElement.lang, null]",
            **quiet,
        )
    page.queue(default_concurrency_limit=4, max_size=32)
    return page


def _language(code: str) -> Language:
    """Return the language a browser asks for; it may send anything."""
    return Language.EN if code == Language.EN else Language.SL


def _chat_texts(language: Language) -> dict[str, Any]:
    return {
        "label": string("chat.label", language),
        "placeholder": welcome_markdown(language),
        "examples": [{"text": string(f"example.{n}", language)} for n in range(1, _N_EXAMPLES + 1)],
    }


def _question_texts(language: Language) -> dict[str, Any]:
    return {"label": string("question.label", language), "placeholder": string("question.placeholder", language)}


def mount_page(app: FastAPI, page: gr.Blocks, *, root_path: str = "") -> None:
    """Serve `page` at the root of `app`, with nothing of Gradio that leaves this machine.

    Args:
        root_path: the path under which a proxy shows the application, e.g. "/evidenca".
    """
    page.state_session_capacity = 200
    gr.mount_gradio_app(
        app,
        page,
        path="/",
        root_path=root_path,
        theme=_theme(),
        head=_head(),
        favicon_path=str(_STATIC / "favicon.svg"),
        footer_links=[],
        run_history=False,
        show_error=False,
        enable_monitoring=False,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        max_file_size="1mb",
        app_kwargs={"openapi_url": None, "docs_url": None, "redoc_url": None},
    )


def _theme() -> gr.themes.Default:
    # Only the weights 400 and 700: the semi-bold that Gradio ships lacks most lower-case letters.
    return gr.themes.Default(
        primary_hue="teal",
        neutral_hue="slate",
        radius_size="lg",
        font=[gr.themes.LocalFont("IBM Plex Sans", weights=(400, 700)), "system-ui", "sans-serif"],
        font_mono=[gr.themes.LocalFont("IBM Plex Mono", weights=(400, 700)), "monospace"],
    )


def _head() -> str:
    """Return style, strings and script of the page; a `css=` of Gradio would rewrite our selectors."""
    strings = {key: {language: string(key, language) for language in Language} for key in _SCRIPT_STRINGS}
    data = json.dumps(strings, ensure_ascii=False).replace("</", "<\\/")
    style = (_STATIC / "page.css").read_text(encoding="utf-8")
    script = (_STATIC / "page.js").read_text(encoding="utf-8")
    return (
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="icon" type="image/svg+xml" href="favicon.ico">'
        f"<style>{style}</style><script>const evidencaStrings = {data};\n{script}</script>"
    )
