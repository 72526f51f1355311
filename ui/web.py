"""The chat page: the Gradio components and events around `conversation`, `messages` and `panel`.

The only module that imports Gradio. Three languages are kept apart: the interface follows the
reader's choice and changes in the browser, an answer keeps the language of its question, a quote
keeps that of the article. Templates of `gr.HTML` are not used, because they compile the data they
are given as code.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fastapi import FastAPI

# Gradio and its hub client read these while they are imported, and by default they report home.
os.environ.update(
    GRADIO_ANALYTICS_ENABLED="False",
    GRADIO_SHARE="False",
    HF_HUB_DISABLE_TELEMETRY="1",
    HF_HUB_OFFLINE="1",
)

import gradio as gr

from corpus.types import Language
from ui.conversation import Conversation, Engine, answer_question, question_problem
from ui.messages import chat_messages, pending_messages, welcome_markdown
from ui.panel.article import article_html
from ui.panel.frame import PANES, SCRIPT_STRINGS, panel_head_html
from ui.panel.references import references_html
from ui.panel.sources import sources_html
from ui.panel.trials import trials_html
from ui.shell import footer_html, header_html
from ui.strings import N_EXAMPLES, STRINGS, string

_STATIC = Path(__file__).parent / "static"

# Each follows those it builds upon.
_STYLES = ("page.css", "panel.css")
_SCRIPTS = ("page.js", "panel.js")

# The strings that the scripts write into attributes.
_SCRIPT_STRINGS = (
    "card.source",
    "chat.examples",
    "chat.label",
    "header.language",
    "header.theme",
    "question.send",
    *SCRIPT_STRINGS,
    *(key for key in STRINGS if key.startswith("gradio.")),
)


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
                gr.HTML(panel_head_html(engine.describe()), apply_default_css=False)
                sources, *_ = (
                    gr.HTML(value, elem_id=f"ev-{pane}", elem_classes="ev-pane", apply_default_css=False)
                    for pane, value in zip(PANES, _panes(engine), strict=True)
                )
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


def _panes(engine: Engine) -> tuple[str, str, str, str]:
    """Return the panes of the panel; only the first changes later."""
    return sources_html(engine, Conversation()), article_html(engine), references_html(engine), trials_html(engine)


def _language(code: str) -> Language:
    """Return the language a browser asks for; it may send anything."""
    return Language.EN if code == Language.EN else Language.SL


def _chat_texts(language: Language) -> dict[str, Any]:
    return {
        "label": string("chat.label", language),
        "placeholder": welcome_markdown(language),
        "examples": [{"text": string(f"example.{n}", language)} for n in range(1, N_EXAMPLES + 1)],
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
    style, script = (
        "\n".join((_STATIC / name).read_text(encoding="utf-8") for name in names) for names in (_STYLES, _SCRIPTS)
    )
    return (
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="icon" type="image/svg+xml" href="favicon.ico">'
        f"<style>{style}</style><script>const evidencaStrings = {data};\n{script}</script>"
    )
