"""An Answer as text for a terminal: the same content as on the page, in the answer's language."""

import textwrap
from collections.abc import Callable, Sequence

from corpus.types import Language, Reference
from rag.answer import Answer, Citation
from rag.retrieval.retrieve import ScoredChunk
from ui.page.messages import readable
from ui.strings import string

_WIDTH = 100


def answer_text(
    answer: Answer,
    *,
    section_title: Callable[[str, Language, str], str],
    reference: Callable[[int, str], Reference],
    width: int = _WIDTH,
) -> str:
    """Return the answer and, below it, each source: section, quote, translation, references.

    Args:
        section_title: title of a section by id, language and article.
        reference: entry of the bibliography by number and article.
        width: columns to wrap at.
    """
    blocks = ["\n".join(_wrapped(line, width) for line in answer.answer.splitlines())]
    for caveat in answer.caveats:
        markers = "".join(f"[{marker}]" for marker in caveat.markers)
        blocks.append(_wrapped(f"{string('cli.caveat', answer.language)} {markers}: {caveat.text}", width, hanging=2))
    shown: set[tuple[str, int]] = set()
    for citation in answer.citations:
        blocks.append(_source(citation, answer.language, section_title, reference, width, shown))
    return "\n\n".join(blocks)


def results_text(
    results: Sequence[ScoredChunk],
    *,
    section_title: Callable[[str, Language, str], str],
    language: Language,
    width: int = _WIDTH,
) -> str:
    """Return ranked passages as text, one block each."""
    blocks = []
    for result in results:
        chunk = result.chunk
        title = section_title(chunk.section, language, chunk.article)
        blocks.append(f"{result.rank}. {chunk.id}  {title}  ({result.score:.2f})\n{_wrapped(chunk.text, width, '   ')}")
    return "\n\n".join(blocks)


def reference_text(reference: Reference) -> str:
    """Return a bibliography entry in one line, with the links it has."""
    authors = ", ".join(reference.authors) + (", et al." if reference.et_al else ".")
    imprint = f"{reference.year}" if reference.year else ""
    if reference.volume:
        imprint += f";{reference.volume}" + (f"({reference.issue})" if reference.issue else "")
    if reference.pages:
        imprint += f":{reference.pages}"
    title = reference.title if reference.title.endswith("?") else f"{reference.title}."
    printed = f"{reference.number}. {authors} {title} {reference.container}. {imprint}."
    return " ".join([printed, *reference_links(reference)])


def reference_links(reference: Reference) -> list[str]:
    """Return the DOI and PubMed addresses of a reference, those it has."""
    links = []
    if reference.doi:
        links.append(f"https://doi.org/{reference.doi}")
    if reference.pmid:
        links.append(f"https://pubmed.ncbi.nlm.nih.gov/{reference.pmid}/")
    return links


def _source(
    citation: Citation,
    language: Language,
    section_title: Callable[[str, Language, str], str],
    reference: Callable[[int, str], Reference],
    width: int,
    shown: set[tuple[str, int]],
) -> str:
    """One source; references in `shown` were printed in full before and are only numbered here."""
    lines = [f"[{citation.marker}] {section_title(citation.section, language, citation.article)}  ({citation.id})"]
    lines.append(_wrapped(f"»{citation.quote}«", width, "    "))
    if citation.translation is not None:
        lines.append(_wrapped(f"{string('card.translation', language)}: {citation.translation}", width, "    "))
    groups = (
        (citation.references, "cli.cited"),
        (citation.passage_references if not citation.references else (), "cli.cited_in_passage"),
    )
    for numbers, key in groups:
        if numbers:
            lines.append(f"    {string(key, language)}")
        for number in numbers:
            entry = (citation.article, number)
            if entry in shown:
                lines.append(f"      {number}. {string('cli.above', language)}")
            else:
                text = reference_text(reference(number, citation.article))
                lines.append(_wrapped(text, width, "      ", hanging=4))
                shown.add(entry)
    lines.extend(f"    https://clinicaltrials.gov/study/{trial}" for trial in citation.trials)
    return "\n".join(lines)


def _wrapped(text: str, width: int, indent: str = "", *, hanging: int = 0) -> str:
    return textwrap.fill(
        readable(text),
        width=width,
        initial_indent=indent,
        subsequent_indent=indent + " " * hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )
