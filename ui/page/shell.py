"""What surrounds the conversation: header, empty page, follow-ups, exports, footer. Everything given is escaped."""

import html
from collections.abc import Sequence

from corpus.types import Language
from rag.engine import EngineDescription
from ui.page.conversation import Conversation, Engine
from ui.page.exports import WANTED, copy_text
from ui.page.markup import both
from ui.strings import N_EXAMPLES, N_STEPS, string

TABS = ("chat", "evaluation", "about")


def header_html() -> str:
    """Return the top of the page: what it is, the two switches, the tabs."""
    languages = "".join(
        f'<button type="button" data-language="{code}" lang="{code}" title="{name}">{code.upper()}</button>'
        for code, name in ((Language.SL, "Slovenščina"), (Language.EN, "English"))
    )
    tabs = "".join(
        f'<button type="button" role="tab" id="part-{tab}" data-tab="{tab}" aria-controls="{PANELS[tab]}">'
        f"{both(f'tab.{tab}')}</button>"
        for tab in TABS
    )
    return f"""<a class="ev-skip" href="#ev-question" data-skip>{both("header.skip")}</a>
<header class="ev-top"><span class="ev-mark" aria-hidden="true">E</span>
<div class="ev-name"><h1>Evidenca</h1><p>{both("article.short")}</p></div>
<div class="ev-segments" role="group" data-label="header.language">{languages}</div>
<button type="button" class="ev-icon" data-theme data-label="header.theme"><span aria-hidden="true">◐</span></button>
</header><div class="ev-tabs" role="tablist" data-label="tabs.label">{tabs}</div>"""


# Of each tab, the part of the page it shows.
PANELS = {"chat": "ev-body", "evaluation": "ev-evaluation", "about": "ev-about"}


def welcome_html() -> str:
    """Return what stands in an empty chat; the steps are for narrow screens, which hide the panel."""
    steps = "".join(
        f"<li><strong>{both(f'step.{n}.lead')}</strong> {both(f'step.{n}.rest')}</li>" for n in range(1, N_STEPS + 1)
    )
    examples = "".join(
        f'<button type="button" class="ev-example t-{language}" lang="{language}" '
        f'data-ask="{html.escape(text)}">{html.escape(text)}</button>'
        for n in range(1, N_EXAMPLES + 1)
        for language in Language
        for text in (string(f"example.{n}", language),)
    )
    return (
        f'<div class="ev-welcome"><div class="ev-greeting"><h2>{both("chat.welcome_title")}</h2>'
        f"<p>{both('chat.welcome')}</p><ol>{steps}</ol>"
        '<button type="button" class="ev-restore" data-restore hidden></button></div>'
        f'<div class="ev-examples" role="group" data-label="chat.examples">{examples}</div></div>'
    )


def follow_ups_html(conversation: Conversation, texts: Sequence[str]) -> str:
    """Return the offers to go on from the last answer, in its language."""
    if not texts or not conversation.answers:
        return ""
    last = conversation.answers[-1]
    buttons = "".join(
        f'<button type="button" class="ev-chip" data-ask="{html.escape(text)}">{html.escape(text)}</button>'
        for text in texts
    )
    return (
        f'<div class="ev-chips" role="group" data-label="follow.label" data-after="{html.escape(last.id)}" '
        f'lang="{last.language}">{buttons}</div>'
    )


def answers_html(engine: Engine, conversation: Conversation) -> str:
    """Return what the scripts need of each answer and nobody sees: its question, and a copy as plain text."""
    return "".join(
        f'<pre data-copy-of="{html.escape(answer.id)}" data-question="{html.escape(answer.question)}" '
        f'data-answered-in="{answer.language}">{html.escape(copy_text(engine, answer))}</pre>'
        for answer in conversation.answers
    )


def exports_html() -> str:
    """Return the buttons that save the conversation and its references."""
    buttons = "".join(
        f'<button type="button" data-save="{wanted}" data-title="export.'
        f'{"conversation" if wanted.startswith("conversation") else "references"}" data-name="{name}">{name}</button>'
        for wanted, name in WANTED.items()
    )
    return (
        f'<div class="ev-exports" role="group" data-label="export.label"><span>{both("export.label")}:</span>{buttons}'
        '<p role="status" data-export-problem></p></div>'
    )


def footer_html(description: EngineDescription, *, rated: bool) -> str:
    """Return the line under the question: what this is not.

    Args:
        rated: verdicts on answers are kept.
    """
    scope = both("scope.model" if description.language_model else "scope.extractive")
    notice = f" {both('feedback.notice')}" if rated else ""
    return f'<p class="ev-scope">{scope}{notice}</p>'
