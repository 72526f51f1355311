"""The chat page: the Gradio components, and the events that tie them to `ui.page.events`.

The only module that imports Gradio. Three languages are kept apart: the interface follows the
reader's choice and changes in the browser, an answer keeps the language of its question, a quote
keeps that of the article. Templates of `gr.HTML` are not used, because they compile the data they
are given as code.
"""

import json
import os
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fastapi import FastAPI, HTTPException
from fastapi.responses import HTMLResponse

# Gradio and its hub client read these while they are imported, and by default they report home.
os.environ.update(
    GRADIO_ANALYTICS_ENABLED="False",
    GRADIO_SHARE="False",
    HF_HUB_DISABLE_TELEMETRY="1",
    HF_HUB_OFFLINE="1",
)

import gradio as gr

from corpus.types import Language
from ui.page.about import about_html
from ui.page.conversation import Conversation, Engine, question_problem
from ui.page.evaluation import EvaluationTab, loading_html
from ui.page.events import Events, Frame
from ui.page.exports import download
from ui.page.feedback import VERDICT_NAMES, FeedbackLog
from ui.page.followups import follow_ups
from ui.page.panel.article import article_html, document_html
from ui.page.panel.frame import PANES, SCRIPT_STRINGS, open_button_html, panel_head_html
from ui.page.panel.references import references_html
from ui.page.panel.sources import sources_html
from ui.page.panel.trials import trials_html
from ui.page.shell import answers_html, exports_html, follow_ups_html, footer_html, header_html, welcome_html
from ui.strings import STRINGS, string

_STATIC = Path(__file__).parent / "static"

# Each follows those it builds upon.
_STYLES = ("page.css", "chat.css", "tabs.css", "panel.css", "article.css", "lists.css")
_SCRIPTS = ("page.js", "chat.js", "panel.js", "lists.js")

# The strings that the scripts write into attributes.
_SCRIPT_GROUPS = ("evaluation.", "export.", "follow.label", "gradio.", "history.", "tabs.", "verdict.")
_SCRIPT_STRINGS = (
    "card.source",
    "chat.examples",
    "chat.label",
    "header.language",
    "header.theme",
    "question.label",
    "question.placeholder",
    "question.send",
    "question.stop",
    *SCRIPT_STRINGS,
    *(key for key in STRINGS if key.startswith(_SCRIPT_GROUPS)),
)

# Shown as an answer is made or an act is done, and none of it through Gradio's own marks.
_QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
# What scripts know and events ask them for: the language of the interface, and what is wished for.
_INTERFACE, _WISH = "document.documentElement.lang", "evidenca.takeWish()"
_ANSWERING: dict[str, Any] = {**_QUIET, "concurrency_limit": 4, "concurrency_id": "answer"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """The components that events read and write.

    Attributes:
        answers: a copy of each answer as text, and its question, for the scripts; never shown.
        follow_ups: offers to go on.
        wish: carries what a script wants to an event; it is never shown.
        download: a file on its way to the script that saves it.
    """

    conversation: gr.State
    chat: gr.Chatbot
    question: gr.Textbox
    sources: gr.HTML
    answers: gr.HTML
    follow_ups: gr.HTML
    wish: gr.Textbox
    language: gr.Textbox
    download: gr.JSON

    @property
    def shown(self) -> list[Any]:
        """What a frame changes, in the order of `_outputs`."""
        return [self.question, self.chat, self.sources, self.answers, self.conversation]


def build_page(engine: Engine, *, feedback: FeedbackLog | None = None) -> gr.Blocks:
    """Return the page of `engine`; `mount_page` puts it into an application.

    Args:
        feedback: where verdicts on answers are kept; without it none can be given.
    """
    page = gr.Blocks(title="Evidenca", analytics_enabled=False, fill_width=True)
    with page:
        gr.HTML(header_html(), elem_id="ev-header", apply_default_css=False)
        with gr.Row(elem_id="ev-body", equal_height=False):
            chat, question, chips = _conversation_column(engine, rated=feedback is not None)
            sources = _panel_column(engine)
        gr.HTML(loading_html(), elem_id="ev-evaluation", apply_default_css=False)
        about = about_html(engine.describe(), rated=feedback is not None)
        gr.HTML(about, elem_id="ev-about", apply_default_css=False)
        parts = _Parts(
            conversation=gr.State(Conversation()),
            chat=chat,
            question=question,
            sources=sources,
            answers=gr.HTML("", elem_id="ev-answers", visible="hidden", apply_default_css=False),
            follow_ups=chips,
            wish=gr.Textbox(visible="hidden", elem_id="ev-wish"),
            language=gr.Textbox(Language.SL.value, visible="hidden", elem_id="ev-language"),
            download=gr.JSON(visible=False),
        )
        events = Events(engine, feedback=feedback)
        _connect(engine, events, parts)
        _connect_outputs(engine, events, parts)
    page.queue(default_concurrency_limit=4, max_size=32)
    return page


def _conversation_column(engine: Engine, *, rated: bool) -> tuple[gr.Chatbot, gr.Textbox, gr.HTML]:
    with gr.Column(scale=11, elem_id="ev-chat-column"):
        with gr.Column(elem_id="ev-chat-card"):
            gr.HTML(welcome_html(), elem_id="ev-welcome", apply_default_css=False)
            chat = gr.Chatbot(
                elem_id="ev-chat",
                show_label=False,
                label=string("chat.label", Language.SL),
                height="100%",
                layout="bubble",
                buttons=["copy"],
                editable="user",
                allow_tags=False,
                latex_delimiters=[],
                feedback_options=["Like", "Dislike", *VERDICT_NAMES.values()] if rated else None,
            )
            chips = gr.HTML("", elem_id="ev-follow-ups", apply_default_css=False)
        question = gr.Textbox(
            elem_id="ev-question",
            label=string("question.label", Language.SL),
            placeholder=string("question.placeholder", Language.SL),
            show_label=False,
            submit_btn=True,
            lines=1,
            max_lines=5,
            autofocus=True,
        )
        gr.HTML(open_button_html(), elem_id="ev-open", apply_default_css=False)
        gr.HTML(footer_html(engine.describe(), rated=rated), elem_id="ev-foot", apply_default_css=False)
    return chat, question, chips


def _panel_column(engine: Engine) -> gr.HTML:
    with gr.Column(scale=10, elem_id="ev-panel"):
        gr.HTML(panel_head_html(engine), apply_default_css=False)
        sources, *_ = (
            gr.HTML(value, elem_id=f"ev-{pane}", elem_classes="ev-pane", apply_default_css=False)
            for pane, value in zip(PANES, _panes(engine), strict=True)
        )
        gr.HTML(exports_html(), elem_id="ev-exports", apply_default_css=False)
    return sources


def _panes(engine: Engine) -> tuple[str, str, str, str]:
    """Return the panes of the panel; only the first changes later."""
    return sources_html(engine, Conversation()), article_html(engine), references_html(engine), trials_html(engine)


def _connect(engine: Engine, events: Events, parts: _Parts) -> None:
    """Tie the events that change the conversation to acts; offers to go on follow each of them."""

    def streamed(frames: Generator[Frame]) -> Iterator[tuple[Any, ...]]:
        with closing(frames):  # a reader who stops an answer stops its making
            for frame in frames:
                yield _outputs(engine, frame)

    def check(text: str, conversation: Conversation, code: str) -> list[dict[str, Any]]:
        problem = question_problem(text, _language(code))
        return [gr.validate(not problem, problem), gr.validate(True, ""), gr.validate(True, "")]

    def ask(text: str, conversation: Conversation, code: str) -> Iterator[tuple[Any, ...]]:
        yield from streamed(events.ask(text, conversation))

    def wish(text: str, conversation: Conversation) -> Iterator[tuple[Any, ...]]:
        yield from streamed(events.ask(text, conversation))

    def restore(stored: str, conversation: Conversation) -> Iterator[tuple[Any, ...]]:
        yield from streamed(events.restore(stored, conversation))

    def retry(conversation: Conversation) -> Iterator[tuple[Any, ...]]:
        yield from streamed(events.retry(conversation))

    def edit(conversation: Conversation, event: gr.EditData) -> Iterator[tuple[Any, ...]]:
        yield from streamed(events.edit(_position(event.index), _text(event.value), conversation))

    def undo(conversation: Conversation) -> tuple[Any, ...]:
        return _outputs(engine, events.undo(conversation))

    def clear() -> tuple[Any, ...]:
        return _outputs(engine, events.clear())

    def stop(conversation: Conversation) -> tuple[Any, ...]:
        return _outputs(engine, events.stop(conversation))

    def offer(conversation: Conversation) -> str:
        return follow_ups_html(conversation, follow_ups(engine, conversation))

    state, box, chat = parts.conversation, parts.question, parts.chat
    asked = box.submit(
        ask,
        [box, state, parts.language],
        parts.shown,
        validator=check,
        js=f"(text) => [text, null, {_INTERFACE}]",
        trigger_mode="multiple",
        **_ANSWERING,
    )
    take = f"() => [{_WISH}, null]"
    wished = _pressed("ev-ask").click(wish, [parts.wish, state], parts.shown, js=take, **_ANSWERING)
    restored = _pressed("ev-restore").click(restore, [parts.wish, state], parts.shown, js=take, **_ANSWERING)
    retried = chat.retry(retry, [state], parts.shown, **_ANSWERING)
    edited = chat.edit(edit, [state], parts.shown, **_ANSWERING)
    answering: list[Any] = [asked, wished, restored, retried, edited]
    ending: dict[str, Any] = {"cancels": answering, **_QUIET}
    undone = chat.undo(undo, [state], parts.shown, **ending)
    cleared = chat.clear(clear, None, parts.shown, **ending)
    box.stop(stop, [state], parts.shown, **ending)
    acts: list[Any] = [*answering, undone, cleared]
    for done in acts:
        done.then(offer, [state], [parts.follow_ups], **_QUIET)


def _connect_outputs(engine: Engine, events: Events, parts: _Parts) -> None:
    """Tie the events that leave the conversation as it is: verdicts on answers, and files."""

    def rate(conversation: Conversation, event: gr.LikeData) -> None:
        events.rate(_position(event.index), event.liked, conversation)

    def save(wanted: str, conversation: Conversation, code: str) -> dict[str, str]:
        return asdict(download(engine, conversation, wanted, _language(code)))

    if events.feedback is not None:
        # Each of them counts, also those that follow fast.
        parts.chat.like(rate, [parts.conversation], None, trigger_mode="multiple", **_QUIET)
    made = _pressed("ev-save").click(
        save,
        [parts.wish, parts.conversation, parts.language],
        parts.download,
        js=f"() => [{_WISH}, null, {_INTERFACE}]",
        **_QUIET,
    )
    made.then(None, [parts.download], None, js="(file) => evidenca.save(file)", **_QUIET)


def _pressed(name: str) -> gr.Button:
    """Return a button that only a script presses."""
    return gr.Button(visible="hidden", elem_id=name)


def _outputs(engine: Engine, frame: Frame) -> tuple[Any, ...]:
    """Return the values of `_Parts.shown` for a frame."""
    box: dict[str, Any] = {}
    if frame.question is not None:
        box["value"] = frame.question
    if frame.busy is not None:
        box |= {"submit_btn": not frame.busy, "stop_btn": frame.busy}
    done = frame.conversation is not None and not frame.conversation.asking
    return (
        gr.update(**box) if box else gr.skip(),
        gr.skip() if frame.messages is None else frame.messages,
        gr.skip() if frame.sources_of is None else sources_html(engine, frame.sources_of),
        answers_html(engine, frame.conversation) if done and frame.conversation is not None else gr.skip(),
        gr.skip() if frame.conversation is None else frame.conversation,
    )


def _position(index: object) -> int:
    """Return the position that a browser sends, -1 for anything that is none."""
    return index if isinstance(index, int) else -1


def _text(value: object) -> str:
    """Return the text that a browser sends, as such or in blocks."""
    if isinstance(value, list):
        return "".join(str(part.get("text", "")) for part in value if isinstance(part, dict))
    return value if isinstance(value, str) else ""


def _language(code: str) -> Language:
    """Return the language a browser asks for; it may send anything."""
    return Language.EN if code == Language.EN else Language.SL


def mount_page(app: FastAPI, page: gr.Blocks, engine: Engine, *, root_path: str = "") -> None:
    """Serve `page` at the root of `app`, with nothing of Gradio that leaves this machine.

    Args:
        root_path: the path under which a proxy shows the application, e.g. "/evidenca".
    """

    tab = EvaluationTab(engine)

    @app.get("/evaluation", response_class=HTMLResponse, include_in_schema=False)
    def evaluation(run: str = "", other: str = "") -> str:
        """Return the content of the evaluation tab, fetched when it is first opened."""
        return tab.content(run=run, other=other)

    @app.get("/panel/article", response_class=HTMLResponse, include_in_schema=False)
    def article(id: str = "") -> str:
        """Return an added article, fetched when a source of it is first read in context."""
        if id not in engine.documents:
            raise HTTPException(404)
        return document_html(engine, engine.documents[id])

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
    style, script = (
        "\n".join((_STATIC / name).read_text(encoding="utf-8") for name in names) for names in (_STYLES, _SCRIPTS)
    )
    return (
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="icon" type="image/svg+xml" href="favicon.ico">'
        f"<style>{style}</style><script>const evidencaStrings = {data};\n{script}</script>"
    )
