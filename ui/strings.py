"""Every sentence and label that a person sees, in Slovene and in English.

The keys are grouped by the place they appear in. What belongs to one article (its short title, the
example questions) stands here too, under `article.` and `example.`: a page about another article
changes those and nothing else. Placeholders are filled by `string`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from corpus.types import Language


@dataclass(frozen=True, slots=True)
class Bilingual:
    """One text in both languages; placeholders, if any, are the same in both."""

    sl: str
    en: str

    def in_language(self, language: Language) -> str:
        """Return the text in `language`."""
        return self.sl if language is Language.SL else self.en


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
        # Header
        "header.skip": Bilingual("Skoči na vprašanje", "Skip to the question"),
        "header.language": Bilingual("Jezik vmesnika", "Interface language"),
        "header.theme": Bilingual("Svetla ali temna podoba", "Light or dark appearance"),
        # Conversation
        "chat.label": Bilingual("Pogovor", "Conversation"),
        "chat.examples": Bilingual("Primeri vprašanj", "Example questions"),
        "chat.welcome_title": Bilingual("Vprašajte članek", "Ask the article"),
        "chat.welcome": Bilingual(
            "Odgovori so stavki iz preglednega članka. Vsak ima oštevilčen vir, ki ga lahko preverite.",
            "Answers are sentences of the review article. Each carries a numbered source that you can check.",
        ),
        "chat.searching": Bilingual("Iskanje po članku", "Searching the article"),
        "chat.understood": Bilingual("Vprašanje, kot je bilo razumljeno: {question}", "Understood as: {question}"),
        "chat.no_passage": Bilingual("Ni odlomka, ki bi odgovoril na vprašanje.", "No passage answers the question."),
        "question.label": Bilingual("Vprašanje", "Question"),
        "question.placeholder": Bilingual(
            "Vprašajte o članku … (slovensko ali angleško)",
            "Ask about the article … (Slovene or English)",
        ),
        "question.send": Bilingual("Pošlji vprašanje", "Send the question"),
        "question.empty": Bilingual("Vpišite vprašanje.", "Type a question."),
        "question.too_long": Bilingual(
            "Vprašanje je predolgo: znakov je {n_chars}, dovoljenih je {limit}.",
            "The question is too long: {n_chars} characters, {limit} are allowed.",
        ),
        "scope": Bilingual(
            "Ni zdravniški nasvet. Odgovori so stavki iz članka; ne piše jih jezikovni model.",
            "Not medical advice. Answers are sentences of the article; no language model writes them.",
        ),
        # What Gradio's own buttons are called; its English names are the keys by which they are found.
        "gradio.retry": Bilingual("Ponovi", "Retry"),
        "gradio.undo": Bilingual("Razveljavi", "Undo"),
        "gradio.clear": Bilingual("Počisti pogovor", "Clear"),
        "gradio.copy": Bilingual("Kopiraj sporočilo", "Copy message"),
        "gradio.copied": Bilingual("Kopirano", "Copied message"),
        "gradio.scroll": Bilingual("Na konec pogovora", "Scroll to bottom"),
        # Steps of the empty page; the first words are set in bold
        "step.1.lead": Bilingual("Vprašajte", "Ask"),
        "step.1.rest": Bilingual("v slovenščini ali angleščini.", "in Slovene or English."),
        "step.2.lead": Bilingual("Kliknite številko", "Click a number"),
        "step.2.rest": Bilingual(
            "v odgovoru: pokaže se navedeni odlomek z delovnim prevodom.",
            "in the answer: the cited passage appears with a working translation.",
        ),
        "step.3.lead": Bilingual("Preverite literaturo,", "Check the references"),
        "step.3.rest": Bilingual("ki jo članek navaja na tem mestu.", "that the article cites there."),
        # Panel
        "panel.label": Bilingual("Viri in članek", "Sources and article"),
        "panel.sources": Bilingual("Viri", "Sources"),
        "panel.article": Bilingual("Članek", "Article"),
        "panel.references": Bilingual("Literatura", "References"),
        "panel.trials": Bilingual("Študije", "Trials"),
        # Sources
        "sources.title": Bilingual("Viri", "Sources"),
        "sources.close": Bilingual("Zapri vire", "Close the sources"),
        "sources.none": Bilingual(
            "Ta odgovor se ne opira na noben odlomek.",
            "This answer relies on no passage.",
        ),
        "card.source": Bilingual("Vir {marker}", "Source {marker}"),
        "card.verbatim": Bilingual("dobesedno v članku", "verbatim in the article"),
        "card.translation": Bilingual("delovni prevod", "working translation"),
        "card.no_translation": Bilingual(
            "Delovnega prevoda tega odlomka še ni.",
            "This passage has no working translation yet.",
        ),
        "card.references": Bilingual(
            "Literatura, ki jo članek navaja tu ({n_references})",
            "References the article cites here ({n_references})",
        ),
        "card.passage_references": Bilingual(
            "Navedena šele na koncu odlomka ({n_references})",
            "Cited only at the end of the passage ({n_references})",
        ),
        "reference.no_links": Bilingual("brez DOI in PMID", "no DOI or PMID"),
        "reference.missing": Bilingual("Tega vira ni v seznamu literature.", "Not in the bibliography."),
        # Terminal
        "cli.caveat": Bilingual("Opomba k", "Note on"),
        "cli.above": Bilingual("(navedena zgoraj)", "(given above)"),
        "cli.cited": Bilingual("Literatura, ki jo članek navaja tu:", "References the article cites here:"),
        "cli.cited_in_passage": Bilingual(
            "Literatura, navedena šele na koncu odlomka:", "References cited only at the end of the passage:"
        ),
        # About
        "about.title": Bilingual("O aplikaciji", "About"),
        "about.engine": Bilingual("Izvlečni odgovori", "Extractive answers"),
        "about.engine_text": Bilingual(
            "Evidenca izbere stavke članka in jih ne preoblikuje. Jezikovnega modela ne uporablja; angleški "
            "odgovori so delovni prevod istih stavkov.",
            "Evidenca selects sentences of the article and does not rewrite them. It uses no language model; "
            "English answers are a working translation of the same sentences.",
        ),
        "about.search": Bilingual("Iskanje", "Search"),
        "about.search_text": Bilingual("Model vložitev: {model}", "Embedding model: {model}"),
        "about.offline": Bilingual("Brez povezave", "Offline"),
        "about.offline_text": Bilingual(
            "Vprašanja ostanejo na računalniku, na katerem teče Evidenca. DOI, PubMed in ClinicalTrials.gov "
            "se odprejo šele, ko kliknete povezavo.",
            "Questions stay on the machine that runs Evidenca. DOI, PubMed and ClinicalTrials.gov open only "
            "when you click a link.",
        ),
        "about.article": Bilingual("Članek", "Article"),
        "about.counts": Bilingual(
            "Enote literature: {n_references}. Klinične študije v tabeli: {n_trials}.",
            "Bibliography entries: {n_references}. Clinical trials in its table: {n_trials}.",
        ),
        "about.licence": Bilingual("Licenca članka", "Licence of the article"),
    }
)


def string(key: str, language: Language, **values: object) -> str:
    """Return the text of `key` in `language`, its placeholders filled with `values`.

    Raises:
        KeyError: there is no such text, or a placeholder has no value.
    """
    text = STRINGS[key].in_language(language)
    return text.format_map(values) if values else text
