"""Carry out a query of the bibliography: exactly, over its entries and the sentences that cite them."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from corpus.concepts import ConceptMatcher
from corpus.types import Document, Language, Reference, Sentence, TableRow
from rag.bibliography.index import CITED_CLAUSE, Bibliography, TopicMatch, bibliography, words_of
from rag.bibliography.kinds import is_of_kind
from rag.bibliography.names import named_in
from rag.bibliography.query import AuthorFilter, BibliographyQuery, BibliographyResult, Field, Operation

FindSentences = Callable[[str], Sequence[Sentence]]
"""Returns the sentences of the article that make a statement, or are about a subject, the most telling
first, then those nearly as telling; none when unsure."""

FindEntry = Callable[[str], Reference | None]
"""Returns the entry that is about a subject by its meaning, when one is clearly ahead of all others."""

# A title that names less of a topic than this does not answer for it, where another way finds one.
_LITTLE = 0.5
# So many works may be given as the nearest ones when their titles name little.
_FEW = 3


def execute(
    query: BibliographyQuery,
    document: Document,
    *,
    matcher: ConceptMatcher,
    find_sentences: FindSentences | None = None,
    find_entry: FindEntry | None = None,
) -> BibliographyResult:
    """Return what the bibliography of `document` holds for `query`.

    Args:
        document: the same that the query was read for.
        matcher: of the glossary, for topics.
        find_sentences: finds where the article says something, for "which reference is cited for …"
            and for topics that no title names; without it such questions find nothing.
        find_entry: finds an entry by the meaning of its title, for topics of which titles name little.
    """
    shelf = bibliography(document, matcher)
    result = BibliographyResult(query=query, references=(), total=len(document.references))
    references = [r for r in document.references if _fits(r, query, shelf)]
    if query.unknown and not _known(query):
        return result
    if query.described:
        places = tuple(sentence for sentence in document.sentences if sentence.id in query.places)
        return replace(_operate(references, query, shelf, result), pieces=places, own=frozenset(query.places))
    references, result = _by_authors(references, query, result)
    if query.topic:
        kept = [r.number for r in references]
        if query.kinds:
            kept = [r.number for r in references if any(is_of_kind(r, kind) for kind in query.kinds)] or kept
        match = shelf.by_topic(query.topic, kept if len(kept) < len(document.references) else ())
        unmatched = tuple(unit.text for unit in match.unmatched if not unit.ordinary or not match.numbers)
        section = shelf.section_about(match.unmatched)
        if section and not _otherwise_filtered(query):
            below = shelf.sections_called(section[0])
            asked = replace(query, topic=(), sections=below)
            treated = [r for r in references if shelf.sections_citing(r.number) & set(below)]
            return _operate(treated, asked, shelf, replace(result, query=asked, treated=section))
        result = replace(
            result,
            unmatched=unmatched,
            closest=bool(match.numbers) and (not match.whole or match.share < _LITTLE),
            related=tuple({language: matcher.name(key, language) for language in Language} for key in match.related),
        )
        if match.share < _LITTLE and not _otherwise_filtered(query) and find_entry and query.subject:
            meant = find_entry(query.subject)
            if meant is not None:
                return _operate([meant], query, shelf, replace(result, closest=True))
        named = [r for r in references if r.number in match.numbers]
        lost = any(not unit.ordinary for unit in match.unmatched)  # "by Kalluri and Smith"
        known = query.years or (len(references) <= _FEW and not lost)
        if not named and references and query.authors and known:
            # "Krause et al. (2025)" says which work is meant
            result = replace(result, unmatched=() if query.years else result.unmatched, closest=not query.years)
        else:
            references = named
        vague = match.share < _LITTLE and len(references) > _FEW and not query.kinds
        if vague and any(not unit.ordinary for unit in match.unmatched):
            references = []  # "Parkinson's disease": titles that only name a disease are not about it
        astray = any(unit.bound for unit in match.unmatched) and not (query.kinds or _otherwise_filtered(query))
        if references and astray:
            return _operate([], query, shelf, replace(result, closest=False))  # "pharmacokinetics of warfarin"
        if references and match.numbers:  # what is said of the works that are listed, their titles name
            told = tuple(unit for unit in query.topic if unit not in match.unmatched)
            result = replace(result, query=replace(query, topic=told))
        unnamed = any(unit.concepts for unit in match.unmatched)  # what no title names, the text may cite works for
        listed = query.operation is Operation.LIST and not _otherwise_filtered(query)
        if references and listed and not query.kinds and (query.cited or unnamed):
            result = _beside(query, shelf, match, result)
    references, result = _by_kind(references, query, result)
    if query.statement or (query.topic and not references and not _otherwise_filtered(query)):
        references, result = _cited_for(references, query, shelf, result, find_sentences)
    return _operate(references, query, shelf, result)


def _known(query: BibliographyQuery) -> bool:
    return bool(query.numbers or query.authors or query.journals or query.statement)


def _otherwise_filtered(query: BibliographyQuery) -> bool:
    return bool(
        query.authors
        or query.years
        or query.journals
        or query.missing
        or query.present
        or query.chapter
        or query.sections
    )


def _fits(reference: Reference, query: BibliographyQuery, shelf: Bibliography) -> bool:
    """Whether an entry meets all filters but authors, topic and statement."""
    return (
        (not query.numbers or reference.number in query.numbers)
        and (query.years is None or reference.year in query.years)
        and (not query.journals or reference.container in query.journals)
        and not any(has(reference, field) for field in query.missing)
        and all(has(reference, field) for field in query.present)
        and (not query.publisher or query.publisher in words_of(reference.publisher))
        and (not query.sections or bool(shelf.sections_citing(reference.number) & set(query.sections)))
        and (not query.chapter or bool(reference.editors or reference.publisher))
        and len(shelf.citing[reference.number].own) >= query.min_citations
        and (not query.max_citations or len(shelf.citing[reference.number].own) <= query.max_citations)
        and (not query.sole or (len(reference.authors) == 1 and not reference.et_al))
    )


def has(reference: Reference, field: Field) -> bool:
    """Whether an entry has a field."""
    match field:
        case Field.IMPRINT:
            return bool(reference.pages)
        case Field.JOURNAL:
            return bool(reference.container)
        case Field.FIRST_AUTHOR | Field.AUTHORS | Field.N_AUTHORS:
            return bool(reference.authors)
        case _:
            return bool(getattr(reference, field.value))


def tells(reference: Reference, field: Field) -> bool:
    """Whether an entry has anything of what a field is asked for: of volume, issue and pages any."""
    return has(reference, field) or (field is Field.IMPRINT and bool(reference.volume))


def written_by(reference: Reference, author: AuthorFilter) -> bool:
    """Whether an entry has one of the filter's names in its list of authors, where the filter wants it."""
    if author.without:
        return set(author.names).isdisjoint((*reference.authors, reference.group))
    if author.first:
        return bool(reference.authors) and reference.authors[0] in author.names
    if author.last:
        return bool(reference.authors) and not reference.et_al and reference.authors[-1] in author.names
    return not set(author.names).isdisjoint((*reference.authors, reference.group))


def _by_authors(
    references: list[Reference], query: BibliographyQuery, result: BibliographyResult
) -> tuple[list[Reference], BibliographyResult]:
    """Works of all the authors named; where there are none, of any of them."""
    together = [r for r in references if all(written_by(r, author) for author in query.authors)]
    if together or len(query.authors) < 2 or any(author.without for author in query.authors):
        return together, result
    anyone = [r for r in references if any(written_by(r, author) for author in query.authors)]
    return anyone, replace(result, any_author=bool(anyone))


def _by_kind(
    references: list[Reference], query: BibliographyQuery, result: BibliographyResult
) -> tuple[list[Reference], BibliographyResult]:
    """Works whose titles name a kind asked for; of a topic or an author, all works where no title names it."""
    if not query.kinds:
        return references, result
    named = [r for r in references if any(is_of_kind(r, kind) for kind in query.kinds)]
    if named or not (query.topic or query.authors):
        return named, result
    return references, replace(result, closest=bool(references))


def _beside(
    query: BibliographyQuery, shelf: Bibliography, match: TopicMatch, result: BibliographyResult
) -> BibliographyResult:
    """What the section that treats the topic cites where it names it, besides the works whose titles do."""
    titled = match.numbers
    treats = Counter(section for number in titled for section in shelf.sections_citing(number))
    sections = {section for section, n in treats.items() if n == max(treats.values())}
    said = [unit for unit in query.topic if shelf.is_topical(unit) or (unit.concepts and unit in match.unmatched)]
    of_one = any(unit in match.unmatched for unit in said)
    naming = [s for s in shelf.citing_topic(said if of_one else query.topic) if s.section in sections]
    sentences = [s for s in naming if not set(s.references) <= set(titled)]
    numbers = dict.fromkeys(n for s in sentences for n in s.references if n not in titled)
    beside = tuple(shelf.references[n] for n in sorted(numbers) if n in shelf.references)
    return replace(result, beside=beside, pieces=tuple(sentences), own=frozenset(s.id for s in sentences))


def _cited_for(
    references: list[Reference],
    query: BibliographyQuery,
    shelf: Bibliography,
    result: BibliographyResult,
    find_sentences: FindSentences | None,
) -> tuple[list[Reference], BibliographyResult]:
    """The references that the sentences carry which make the statement; from a topic, those about it."""
    wanted = query.statement or query.subject or query.question
    sentences = tuple(find_sentences(wanted)) if find_sentences else ()
    if query.statement:
        sentences = sentences[:1]  # one place says it; what others say beside it has sources of its own
    cited = [n for s in sentences for n in _sources_of(s, query, shelf) if n in shelf.references]
    if query.topic and not query.statement and not cited:
        return references, result
    pool = references if query.statement else list(shelf.references.values())
    numbers = set(cited)
    own = frozenset(s.id for s in sentences if s.references)
    return [r for r in pool if r.number in numbers], replace(result, pieces=sentences, own=own)


def _sources_of(sentence: Sentence, query: BibliographyQuery, shelf: Bibliography) -> tuple[int, ...]:
    """The numbers for what is asked: of clauses that each carry their own, those of the one that says most of it."""
    numbers = shelf.sources_of(sentence)
    clauses = [clause for clause in CITED_CLAUSE.findall(sentence.text) if clause[0].strip()]
    if not query.statement or len(clauses) < 2 or not sentence.references:
        return numbers
    asked = {mention.key for mention in shelf.matcher.find(query.statement)}
    held = [len(asked & {mention.key for mention in shelf.matcher.find(text)}) for text, _ in clauses]
    if held.count(max(held)) > 1:
        return numbers
    named = {int(number) for number in re.findall(r"\d+", clauses[held.index(max(held))][1])}
    return tuple(number for number in numbers if number in named) or numbers


def _operate(
    references: list[Reference], query: BibliographyQuery, shelf: Bibliography, result: BibliographyResult
) -> BibliographyResult:
    result = replace(result, references=tuple(references))
    match query.operation:
        case Operation.GROUP:
            return replace(result, groups=_groups(references, query))
        case Operation.OLDEST | Operation.NEWEST:
            if query.n:
                return replace(result, references=_at_the_end(references, query))
            years = [r.year for r in references if r.year is not None]
            wanted = (min if query.operation is Operation.OLDEST else max)(years, default=None)
            return replace(result, references=tuple(r for r in references if wanted is not None and r.year == wanted))
        case Operation.MOST_CITED | Operation.TIMES:
            ranked = references
            if query.operation is Operation.MOST_CITED:
                most = max((_times(r, shelf) for r in references), default=0)
                ranked = [r for r in references if _times(r, shelf) == most]
            pieces, own = _citing(ranked, shelf, passages=False)
            times = tuple(_times(r, shelf) for r in ranked)
            return replace(result, references=tuple(ranked), times=times, pieces=pieces, own=own)
        case Operation.CITING | Operation.SECTIONS:
            pieces, own = _citing(references, shelf, passages=query.operation is Operation.CITING)
            pieces = _from_the_name(pieces, query)
            titles = {section.id: section.title for section in shelf.document.sections}
            sections = dict.fromkeys(piece.section for piece in pieces if piece.id in own)
            return replace(
                result, pieces=pieces, own=own, sections=tuple((section, titles[section]) for section in sections)
            )
        case _:
            return result


def _at_the_end(references: Sequence[Reference], query: BibliographyQuery) -> tuple[Reference, ...]:
    """The oldest or newest few, with all of the year in which they end."""
    newest = query.operation is Operation.NEWEST
    dated = sorted((r for r in references if r.year), key=lambda r: r.year or 0, reverse=newest)
    last = dated[: query.n][-1].year if dated else None
    return tuple(r for i, r in enumerate(dated) if i < query.n or r.year == last)


def _times(reference: Reference, shelf: Bibliography) -> int:
    return len(shelf.citing[reference.number].own)


def _citing(
    references: Iterable[Reference], shelf: Bibliography, *, passages: bool
) -> tuple[tuple[Sentence | TableRow, ...], frozenset[str]]:
    """The pieces that cite the references, in reading order, and the ids of those with the number itself."""
    own: set[str] = set()
    covered: set[str] = set()
    for reference in references:
        citing = shelf.citing[reference.number]
        own.update(citing.own)
        covered.update(citing.passage if passages else ())
    wanted = own | covered
    pieces = [p for p in shelf.document.pieces() if p.id in wanted and not isinstance(p, Reference)]
    return tuple(p for p in pieces if isinstance(p, Sentence | TableRow)), frozenset(own)


def _from_the_name(
    pieces: tuple[Sentence | TableRow, ...], query: BibliographyQuery
) -> tuple[Sentence | TableRow, ...]:
    """Leave out what a passage says before it comes to the author by name: "Krause et al. presented …"."""
    names = [name for author in query.authors for name in author.names]
    named: dict[str, int] = {}
    for place, piece in enumerate(pieces):
        if isinstance(piece, Sentence) and names and named_in(piece.text, names):
            named.setdefault(piece.section, place)
    return tuple(piece for place, piece in enumerate(pieces) if place >= named.get(piece.section, 0))


def _groups(references: Sequence[Reference], query: BibliographyQuery) -> tuple[tuple[str, tuple[int, ...]], ...]:
    groups: dict[str, list[int]] = {}
    for reference in references:
        match query.by:
            case Field.YEAR:
                names: tuple[str, ...] = (str(reference.year),) if reference.year else ()
            case Field.JOURNAL:
                in_book = reference.editors or reference.publisher
                names = (reference.container,) if reference.container and not in_book else ()
            case Field.FIRST_AUTHOR:
                names = reference.authors[:1]
            case _:
                names = tuple(dict.fromkeys(reference.authors))
        for name in names:
            groups.setdefault(name, []).append(reference.number)
    by_year = query.by is Field.YEAR and not query.top
    ranked = sorted(groups.items(), key=(lambda g: (-int(g[0]),)) if by_year else (lambda g: (-len(g[1]), g[0])))
    if query.top and ranked:
        ranked = [group for group in ranked if len(group[1]) == len(ranked[0][1])]
    return tuple((name, tuple(numbers)) for name, numbers in ranked)
