"""Every sentence and label that a person sees, in Slovene and in English.

The keys are grouped by the place they appear in. What belongs to one article (its short title, the
example questions) stands here too, under `article.` and `example.`: a page about another article
changes those and nothing else. Placeholders are filled by `string`.
"""

from collections.abc import Mapping
from types import MappingProxyType

from corpus.types import Language
from ui.strings.bilingual import Bilingual, number_form
from ui.strings.page import PAGE_STRINGS
from ui.strings.panel import PANEL_STRINGS

# How many `example.n` and `step.n` there are.
N_EXAMPLES = 3
N_STEPS = 3

STRINGS: Mapping[str, Bilingual] = MappingProxyType(
    {
        "article.short": Bilingual(
            "Požun, Kolenc, Maličev: Potencialna terapevtska uporaba zunajceličnih veziklov mezenhimskih "
            "matičnih celic · Zdrav Vestn 2025",
            "Požun, Kolenc, Maličev: Potential therapeutic applications of mesenchymal stem cell-derived "
            "extracellular vesicles · Zdrav Vestn 2025",
        ),
        # The last one has no answer in the article: it shows what an abstention looks like.
        "example.1": Bilingual(
            "Kako uspešni so ZV-MSC pri perianalnih fistulah?",
            "How well do MSC-EVs work in perianal fistulas?",
        ),
        "example.2": Bilingual(
            "Kateri so najpogostejši viri MSC?",
            "What are the most common sources of MSCs?",
        ),
        "example.3": Bilingual(
            "Ali ZV pomagajo pri Parkinsonovi bolezni?",
            "Do EVs help in Parkinson's disease?",
        ),
        # Steps of the empty page; the first words are set in bold
        "step.1.lead": Bilingual("Vprašajte", "Ask"),
        "step.1.rest": Bilingual("v slovenščini ali angleščini.", "in Slovene or English."),
        "step.2.lead": Bilingual("Kliknite številko", "Click a number"),
        "step.2.rest": Bilingual(
            "v odgovoru: tu se pokaže navedeni odlomek z delovnim prevodom.",
            "in the answer: the cited passage appears with a working translation.",
        ),
        "step.3.lead": Bilingual("Preberite v kontekstu", "Read in context"),
        "step.3.rest": Bilingual(
            "in preverite literaturo, ki jo članek navaja na tem mestu.",
            "and check the references that the article cites there.",
        ),
        # Terminal
        "cli.caveat": Bilingual("Opomba k", "Note on"),
        "cli.above": Bilingual("(navedena zgoraj)", "(given above)"),
        "cli.cited": Bilingual("Literatura, ki jo članek navaja tu:", "References the article cites here:"),
        "cli.cited_in_passage": Bilingual(
            "Literatura, navedena šele na koncu odlomka:", "References cited only at the end of the passage:"
        ),
        **PAGE_STRINGS,
        **PANEL_STRINGS,
    }
)


def string(key: str, language: Language, **values: object) -> str:
    """Return the text of `key` in `language`, its placeholders filled with `values`.

    Raises:
        KeyError: there is no such text, or a placeholder has no value.
    """
    text = STRINGS[key].in_language(language)
    return text.format_map(values) if values else text


def counted(key: str, n: int, language: Language) -> str:
    """Return the text of `key` for `n` things, such as "2 odlomka"; the forms stand under `key.one`, `key.two` ….

    Raises:
        KeyError: there is no such text.
    """
    form = number_form(n, language)
    chosen = f"{key}.{form}"
    return string(chosen if chosen in STRINGS else f"{key}.other", language, n=n)
