"""JATS XML, as PubMed Central gives it, written out as our canonical Markdown.

Nothing is loaded from anywhere: entities an XML file declares itself are refused, those of the
JATS DTDs are the ones HTML has too, and a DTD is not fetched.
"""

import html.entities
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from corpus.errors import CorpusError
from corpus.language import detect_language
from corpus.types import Language
from ingest.blocks import are_names
from ingest.formats.jats_inline import BLOCKS, FLOATS, Inline
from ingest.formats.jats_references import ended, number_references, short_name, write_reference
from ingest.formats.jats_tables import write_table

_MAX_DEPTH = 200
_MAX_LEVEL = 6
_HINT = "Give the full text as JATS XML (of PubMed Central, for example), as text or as PDF."
_ABSTRACT = {Language.SL: "Izvleček", Language.EN: "Abstract"}
_REFERENCES = {Language.SL: "Literatura", Language.EN: "References"}
_TEXT = {Language.SL: "Besedilo", Language.EN: "Text"}
_NOTES = {Language.SL: "Opombe", Language.EN: "Footnotes"}
_FUNDING = {Language.SL: "Financiranje", Language.EN: "Funding"}
_ACKNOWLEDGEMENTS = {Language.SL: "Zahvala", Language.EN: "Acknowledgements"}
_CONFLICT = {Language.SL: "Navzkrižje interesov", Language.EN: "Conflict of interest"}
_ABBREVIATIONS = {Language.SL: "Seznam okrajšav", Language.EN: "Abbreviations"}
_KEYWORDS = {Language.SL: "Ključne besede", Language.EN: "Keywords"}
_DATES = {
    "received": {Language.SL: "Prispelo", Language.EN: "Received"},
    "accepted": {Language.SL: "Sprejeto", Language.EN: "Accepted"},
    "pub": {Language.SL: "Objavljeno", Language.EN: "Published"},
}
_MONTHS = (
    "January February March April May June July August September October November December"
).split()  # fmt: skip
_CONFLICT_TYPES = ("conflict", "coi-statement")


def convert(path: Path, raw: bytes) -> tuple[str, tuple[str, ...]]:
    """Return the article as Markdown, and what could not be carried over soundly.

    Args:
        path: for messages only.

    Raises:
        CorpusError: the XML is malformed, is not JATS, or holds no full text.
    """
    root, lines = _parse(path, raw)
    articles = [root] if root.tag == "article" else list(root.iter("article"))
    if not articles:
        raise CorpusError(f"{path}, line {lines[root]}: not JATS XML; its root is <{root.tag}>.", hint=_HINT)
    article = articles[0]
    body = article.find("body")
    if body is None or not "".join(body.itertext()).strip():
        raise CorpusError(f"{path}, line {lines[article]}: the article has no text (<body>).", hint=_HINT)
    converter = _Converter(article, body, lines)
    text = converter.markdown()
    problems = list(converter.inline.problems)
    if len(articles) > 1:
        problems.append(f"line {lines[articles[1]]}: the file holds {len(articles)} articles; only the first is read")
    for kind in ("sub-article", "response"):
        for element in article.findall(kind):
            problems.append(f"line {lines[element]}: <{kind}> is left out")
    return unicodedata.normalize("NFC", text), tuple(dict.fromkeys(problems))


class _TooDeepError(Exception):
    """Elements stand in one another deeper than any article's."""


class _Builder(TreeBuilder):
    """Builds the tree with local names, and remembers the line of each element."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[Element, int] = {}
        self.parser: Any = None
        self.depth = 0

    def start(self, tag: str, attributes: dict[str, str], /) -> Element:
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise _TooDeepError
        local = {name.rsplit("}", 1)[-1]: value for name, value in attributes.items()}
        element: Element = super().start(tag.rsplit("}", 1)[-1], local)
        self.lines[element] = self.parser.CurrentLineNumber
        return element

    def end(self, tag: str, /) -> Element:
        self.depth -= 1
        return super().end(tag.rsplit("}", 1)[-1])


def _parse(path: Path, raw: bytes) -> tuple[Element, dict[Element, int]]:
    builder = _Builder()
    parser: Any = DefusedXMLParser(target=builder)
    builder.parser = parser.parser
    parser.entity.update(html.entities.entitydefs)

    def fail(what: str, cause: Exception) -> NoReturn:
        line = parser.parser.CurrentLineNumber
        raise CorpusError(f"{path}, line {line}: {what}.", hint="Download the XML file again.") from cause

    try:
        parser.feed(raw)
        root: Element = parser.close()
    except ParseError as error:
        fail(f"malformed XML ({error.msg})", error)
    except DefusedXmlException as error:
        fail("the XML declares entities of its own, which are not read", error)
    except _TooDeepError as error:
        fail(f"elements stand more than {_MAX_DEPTH} deep in one another", error)
    except (ValueError, LookupError) as error:  # an encoding expat does not have
        fail(f"the XML cannot be decoded ({error})", error)
    return root, builder.lines


@dataclass(slots=True)
class _Converter:
    article: Element
    body: Element
    lines: dict[Element, int]
    out: list[str] = field(default_factory=list)
    inline: Inline = field(init=False)
    language: Language = field(init=False)
    numbers: list[int] = field(init=False)
    n_figures: int = 0
    n_tables: int = 0

    def __post_init__(self) -> None:
        self.inline = Inline({}, self.lines.__getitem__)
        ids, self.numbers, problems = number_references(self._references(), self.inline.text)
        self.inline.numbers.update(ids)
        self.inline.problems.extend(problems)
        declared = self.article.get("lang", "")[:2].lower()
        if declared in list(Language):
            self.language = Language(declared)
        else:
            self.language = detect_language("".join(self.body.itertext())[:5000], default=Language.EN) or Language.EN

    def markdown(self) -> str:
        meta = self.article.find("front/article-meta")
        if meta is not None:
            self._front(meta)
        self._body()
        for float_ in self.article.findall("floats-group/*"):
            self._block(float_, level=2)
        back = self.article.find("back")
        if back is not None:
            self._back(back)
        if meta is not None:
            self._end_matter(meta)
        square = any(self.inline.counts_in_brackets(block) for block in self.out)
        self._bibliography()
        lines = (line for block in self.out for line in (*block.split("\n"), ""))
        return "\n".join(self.inline.write_citations(line, square=square) for line in lines)

    # Front matter

    def _front(self, meta: Element) -> None:
        text = self.inline.text
        no_notes = frozenset({"xref", "fn"})
        title = text(meta.find("title-group/article-title"), skip=no_notes)
        subtitle = text(meta.find("title-group/subtitle"), skip=no_notes)
        if title:
            self._add(f"# {title}{': ' if subtitle else ''}{subtitle}")
        for other in meta.findall("title-group/trans-title-group/trans-title"):
            self._add(text(other, skip=no_notes))
        authors = ", ".join(name for c in meta.findall("contrib-group/contrib") if (name := self._contributor(c)))
        if authors:
            self._add(authors if are_names(authors) else f"Authors: {authors}")
        places = [*meta.findall("aff"), *meta.findall("contrib-group/aff"), *meta.findall("contrib-group/contrib/aff")]
        affiliations = dict.fromkeys(text(place, skip=frozenset({"label", "sup"})) for place in places)
        if affiliations:
            label = "Ustanova" if self.language is Language.SL else "Affiliation"
            self._add(f"{label}: {'; '.join(affiliations)}")
        for corresp in meta.findall("author-notes/corresp"):
            content = text(corresp, skip=frozenset({"label", "sup"}))
            self._add(content if content.casefold().startswith(("corresp", "koresp")) else f"Correspondence: {content}")
        self._keywords(meta)
        self._dates(meta)
        self._citation(meta, title)
        for permissions in meta.findall("permissions"):
            parts = dict.fromkeys(
                text(element) for tag in ("copyright-statement", "license") for element in permissions.findall(tag)
            )
            statement = ended(*parts)
            if statement:
                starts = statement.casefold().startswith(("copyright", "avtorske pravice", "©"))
                self._add(statement if starts else f"Copyright © {statement}")
        for abstract in (*meta.findall("abstract"), *meta.findall("trans-abstract")):
            self._abstract(abstract)

    def _contributor(self, contributor: Element) -> str:
        if contributor.get("contrib-type", "author") != "author":
            return ""
        name = next(contributor.iter("name"), None)
        if name is None:
            other = next((e for e in contributor.iter() if e.tag in ("string-name", "collab")), None)
            return self.inline.text(other, skip=frozenset({"xref", "contrib-group"}))
        parts = (self.inline.text(name.find(tag)) for tag in ("prefix", "given-names", "surname", "suffix"))
        return " ".join(part for part in parts if part)

    def _keywords(self, meta: Element) -> None:
        groups: dict[Language, list[str]] = {}
        for group in meta.findall("kwd-group"):
            words = [self.inline.text(word) for word in group.iter("kwd")]
            groups.setdefault(self._language(group), []).extend(word for word in words if word)
        for language, words in groups.items():
            self._add(f"{_KEYWORDS[language]}: {'; '.join(dict.fromkeys(words))}")

    def _dates(self, meta: Element) -> None:
        history = [*meta.findall("history/date"), *meta.findall("history/event/date"), *meta.findall("pub-date")]
        found: dict[str, str] = {}
        for element in history:
            kind = element.get("date-type") or element.get("pub-type") or "pub"
            kind = "pub" if kind in ("epub", "ppub", "collection", "pub", "epub-ppub") else kind
            if kind in _DATES and (date := self._date(element)):
                found.setdefault(kind, f"{_DATES[kind][self.language]}: {date}")
        ordered = [found[kind] for kind in _DATES if kind in found]
        if ordered:
            self._add(" | ".join(ordered))

    def _date(self, element: Element) -> str:
        day, month, year = (self.inline.text(element.find(tag)) for tag in ("day", "month", "year"))
        if not year:
            return ""
        if not (month.isdecimal() and 1 <= int(month) <= 12):
            return f"{month} {year}".strip()
        if self.language is Language.SL:
            return f"{int(day)}. {int(month)}. {year}" if day.isdecimal() else f"{int(month)}. {year}"
        return " ".join(part for part in (day.lstrip("0"), _MONTHS[int(month) - 1], year) if part)

    def _citation(self, meta: Element, title: str) -> None:
        text = self.inline.text
        journal = self.article.find("front/journal-meta")
        name = ""
        if journal is not None:
            names = (*journal.iter("abbrev-journal-title"), *journal.iter("journal-title"))
            name = next((text(element) for element in names if text(element)), "")
        if not name:
            return
        year = next((text(element) for element in meta.findall("pub-date/year")), "")
        volume, issue = text(meta.find("volume")), text(meta.find("issue"))
        start, end = text(meta.find("fpage")), text(meta.find("lpage"))
        pages = f"{start}-{end}" if start and end and start != end else start or text(meta.find("elocation-id"))
        imprint = year + (f";{volume}" if volume else "") + (f"({issue})" if issue else "")
        imprint += f":{pages}" if pages else ""
        doi = next((text(e) for e in meta.findall("article-id") if e.get("pub-id-type") == "doi"), "")
        sentence = ended(self._short_authors(meta), title, name, f"{imprint}.")
        label = "Citirajte kot" if self.language is Language.SL else "Cite as"
        self._add(f"{label}: {sentence}" + (f" DOI: {doi}" if doi else ""))

    def _short_authors(self, meta: Element) -> str:
        names = []
        for contributor in meta.findall("contrib-group/contrib"):
            if contributor.get("contrib-type", "author") == "author":
                name = next(contributor.iter("name"), None)
                names.append(self._contributor(contributor) if name is None else short_name(name, self.inline))
        return ", ".join(name for name in names if name)

    def _abstract(self, abstract: Element) -> None:
        language = self._language(abstract)
        title = self.inline.text(abstract.find("title"))
        declared = abstract.get("lang", "")[:2].lower()
        if abstract.get("abstract-type") not in (None, "", "summary", "structured"):
            heading = title or str(abstract.get("abstract-type")).replace("-", " ").capitalize()
        elif declared and declared not in list(Language):
            heading = f"{title or 'Abstract'} ({declared})"
        else:
            heading = _ABSTRACT[language]
        self._add(f"## {heading}")
        for child in abstract:
            if child.tag == "sec":
                label = self.inline.text(child.find("title")).rstrip(":.")
                for position, part in enumerate(part for part in child if part.tag != "title"):
                    self._block(part, level=3, prefix=f"{label}: " if label and position == 0 else "")
            elif child.tag != "title":
                self._block(child, level=3)

    def _language(self, element: Element) -> Language:
        """Return the language an element declares, else that of its text."""
        declared = element.get("lang", "")[:2].lower()
        if declared in list(Language):
            return Language(declared)
        if element.tag == "trans-abstract":
            return detect_language("".join(element.itertext()), default=self.language) or self.language
        return self.language

    # Body and back

    def _body(self) -> None:
        first = next((child for child in self.body if child.tag not in FLOATS), None)
        if first is not None and first.tag != "sec":
            self._add(f"## {_TEXT[self.language]}")
            heading = _TEXT[self.language]
            self.inline.problems.append(f"line {self.lines[first]}: the text has no first heading; '{heading}' is ours")
        for child in self.body:
            self._block(child, level=2)

    def _back(self, back: Element) -> None:
        for child in back:
            match child.tag:
                case "ref-list":
                    continue
                case "ack":
                    self._titled(child, _ACKNOWLEDGEMENTS[self.language])
                case "glossary":
                    self._titled(child, _ABBREVIATIONS[self.language])
                case "fn-group":
                    self._footnotes(child.findall("fn"))
                case "app-group":
                    for appendix in child.findall("app"):
                        self._titled(appendix, "Appendix")
                case "sec" | "app" | "notes":
                    self._titled(child, "Appendix" if child.tag == "app" else _NOTES[self.language])
                case "bio" | "title" | "label":
                    continue
                case _:
                    self._block(child, level=2)

    def _end_matter(self, meta: Element) -> None:
        self._footnotes(meta.findall("author-notes/fn"))
        statements = [self.inline.text(e) for e in meta.findall("funding-group/funding-statement")]
        if any(statements):
            self._add(f"## {_FUNDING[self.language]}", *statements)

    def _footnotes(self, notes: list[Element]) -> None:
        conflicts = [note for note in notes if note.get("fn-type", "").casefold() in _CONFLICT_TYPES]
        others = [note for note in notes if note not in conflicts]
        for heading, members in ((_CONFLICT, conflicts), (_NOTES, others)):
            texts = [text for note in members if (text := self.inline.text(note, skip=frozenset({"label"})))]
            if texts:
                self._add(f"## {heading[self.language]}", *texts)

    def _titled(self, element: Element, default: str) -> None:
        """Write a part of the back under its own title, or `default`."""
        title = self._heading_text(element) or default
        self._add(f"## {title}")
        for child in element:
            self._block(child, level=3)

    def _heading_text(self, section: Element) -> str:
        label = self.inline.text(section.find("label")).rstrip(".")
        title = self.inline.text(section.find("title"), skip=frozenset({"fn"}))
        if label and title.startswith(label):
            label = ""
        return " ".join(part for part in (label, title) if part)

    def _section(self, section: Element, level: int) -> None:
        title = self._heading_text(section)
        if title:
            self._add(f"{'#' * min(level, _MAX_LEVEL)} {title}")
        for child in section:
            self._block(child, level=level + 1)

    def _block(self, element: Element, *, level: int, prefix: str = "") -> None:
        match element.tag:
            case "title" | "label" | "sec-meta" | "object-id" | "graphic" | "media" | "ref-list":
                pass
            case "sec":
                self._section(element, level)
            case "p":
                self._paragraph(element, level=level, prefix=prefix)
            case "list":
                self._list(element)
            case "def-list":
                self._add("\n".join(self._definitions(element)))
            case "fig":
                self._figure(element)
            case "table-wrap":
                self._table(element)
            case (
                "fig-group" | "table-wrap-group" | "disp-quote" | "boxed-text" | "speech" | "statement" | "verse-group"
            ):
                caption = element.find("caption")
                heading = " ".join(
                    part for part in (self.inline.text(element.find("label")), self.inline.text(caption)) if part
                )
                if heading:
                    self._add(heading)
                for child in element:
                    if child is not caption:
                        self._block(child, level=level)
            case "disp-formula-group":
                for child in element:
                    self._block(child, level=level)
            case _:
                self._prose(prefix + self.inline.text(element))
                self._pending_notes()

    def _paragraph(self, paragraph: Element, *, level: int, prefix: str = "") -> None:
        """Write a paragraph; lists in it stay in their place, figures and tables come after it."""
        parts = [prefix, self.inline.piece(paragraph.text)]
        floats: list[Element] = []

        def close() -> None:
            self._prose("".join(parts))
            parts.clear()

        for child in paragraph:
            if child.tag in FLOATS:
                floats.append(child)
            elif child.tag in BLOCKS:
                close()
                self._block(child, level=level)
            else:
                parts.append(self.inline.child(child, parts[-1] if parts else ""))
            parts.append(self.inline.piece(child.tail))
        close()
        self._pending_notes()
        for child in floats:
            self._block(child, level=level)

    def _pending_notes(self) -> None:
        notes, self.inline.footnotes = self.inline.footnotes, []
        for note in notes:
            self._prose(self.inline.text(note, skip=frozenset({"label"})))

    def _list(self, element: Element) -> None:
        self._add("\n".join(self._items(element)))

    def _items(self, element: Element) -> Iterator[str]:
        """Yield the items of a list, each on a line; those of lists within follow their item."""
        is_numbered = element.get("list-type", "").startswith("order")
        for number, item in enumerate(element.findall("list-item"), start=1):
            label = self.inline.text(item.find("label")).rstrip(".)")
            mark = f"{number}." if is_numbered or label == str(number) else "-"
            content = " ".join(
                self._one_line(self.inline.text(child, skip=frozenset({"list"})))
                for child in item
                if child.tag not in ("label", "list")
            )
            yield f"{mark} {content}"
            for child in item:
                for nested in [child] if child.tag == "list" else child.findall("list"):
                    yield from self._items(nested)

    def _definitions(self, element: Element) -> Iterator[str]:
        for item in element.iter("def-item"):
            term, meaning = self.inline.text(item.find("term")), self.inline.text(item.find("def"))
            yield self._one_line(f"- {term} – {meaning}")

    def _one_line(self, text: str) -> str:
        return " ".join(text.split())

    # Figures, tables, references

    def _figure(self, figure: Element) -> None:
        self.n_figures += 1
        default = f"{'Slika' if self.language is Language.SL else 'Figure'} {self.n_figures}"
        label = self.inline.text(figure.find("label")).rstrip(".:") or default
        self._add(f"{label}: {self._caption(figure)}")
        self._pending_notes()

    def _caption(self, element: Element) -> str:
        caption = element.find("caption")
        if caption is None:
            return ""
        title = self.inline.text(caption.find("title"))
        rest = " ".join(self.inline.text(child) for child in caption if child.tag != "title")
        if title and rest and not title.endswith((".", "?", "!", ":")):
            title += "."
        return " ".join(part for part in (title, rest) if part)

    def _table(self, wrap: Element) -> None:
        self.n_tables += 1
        default = f"{'Tabela' if self.language is Language.SL else 'Table'} {self.n_tables}"
        label = self.inline.text(wrap.find("label")).rstrip(".:") or default
        self._add(f"{label}: {self._caption(wrap)}")
        tables = list(wrap.iter("table"))
        if not tables:
            self.inline.problems.append(f"line {self.lines[wrap]}: {label} is an image; only its caption is read")
        for table in tables:
            self._add(write_table(table, label, self.inline))
        foot = " ".join(
            text for element in wrap.findall("table-wrap-foot") for child in element if (text := self._note(child))
        )
        if foot:
            known = foot.casefold().startswith(("legend", "note", "opomb", "abbreviations:", "okrajšave:"))
            self._add(foot if known else f"{'Legenda' if self.language is Language.SL else 'Legend'}: {foot}")
        self._pending_notes()

    def _note(self, element: Element) -> str:
        if element.tag == "fn-group":
            return " ".join(self._note(child) for child in element)
        label = self.inline.text(element.find("label"))
        text = self.inline.text(element, skip=frozenset({"label"}))
        return f"{label} {text}".strip()

    def _references(self) -> list[Element]:
        return [reference for group in self.article.findall("back//ref-list") for reference in group.findall("ref")]

    def _bibliography(self) -> None:
        references = self._references()
        if not references:
            self.inline.problems.append("the article has no list of references")
            return
        self._add(f"## {_REFERENCES[self.language]}")
        entries = [
            f"{number}. {self._one_line(write_reference(reference, self.inline))}"
            for number, reference in zip(self.numbers, references, strict=True)
        ]
        self._add("\n".join(entries))

    def _prose(self, text: str) -> None:
        text = " ".join(text.split())
        self._add(f"\\{text}" if text.startswith("#") else text)

    def _add(self, *blocks: str) -> None:
        for block in blocks:
            lines = (" ".join(line.split()) for line in block.split("\n"))
            content = "\n".join(line for line in lines if line)
            if content:
                self.out.append(content)
