"""The running text of JATS XML: what a paragraph, title or cell says, on one line.

Citations stay single placeholder characters until the whole article is known, because only then
can it be decided how to write them: "(12)", or "[12]" where "(1)" already counts something else.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from ingest.citations import cited_numbers
from ingest.formats.scripts import numbers_as_text, place_citation, superscript

_FIRST_MARK = 0xF0000
_LAST_MARK = 0x10FFFD
_MARK = f"[{chr(_FIRST_MARK)}-{chr(_LAST_MARK)}]"
_ANY_MARK = re.compile(_MARK)
_SEPARATOR = r"\s*(?:[,;–—−-]|and|in|&)?\s*"
_RUN = re.compile(rf"(?P<open>[\[(]\s*)?(?P<run>{_MARK}(?:{_SEPARATOR}{_MARK})*)(?P<close>\s*[\])])?")
_PRINTED_NUMBERS = re.compile(
    r"[\[(]?\s*\d{1,3}(?:\s*[-–—−]\s*\d{1,3})?(?:\s*[,;]\s*\d{1,3}(?:\s*[-–]\s*\d{1,3})?)*\s*[\])]?"
)
_DASH = re.compile(r"\s*[-–—−]\s*")
_BLANKS = re.compile(r"\s+")
_EQUATION_BEFORE = re.compile(r"(?:eqs?|equations?|enačb\w*)\.?\s*\Z", re.I)
_TEX_BODY = re.compile(r"\\begin\{document\}(.*?)\\end\{document\}", re.DOTALL)
# Elements whose content is no running text, or is taken up elsewhere.
SILENT = frozenset(
    "fn graphic inline-graphic media inline-media object-id alternatives-id index-term processing-meta".split()
)
BLOCKS = frozenset(
    "list def-list table-wrap table-wrap-group fig fig-group disp-quote boxed-text supplementary-material preformat "
    "code verse-group speech statement disp-formula-group sec p".split()
)
FLOATS = frozenset("table-wrap table-wrap-group fig fig-group boxed-text supplementary-material".split())
_SPACED_SIGNS = frozenset("=+−-<>≤≥≈×·→±∼~")


@dataclass(slots=True)
class _Citation:
    """Numbers cited at one place; `raised`: as a superscript; `named`: after "Novak et al., 2020"."""

    numbers: list[int]
    raised: bool = False
    named: bool = False


@dataclass(slots=True)
class Inline:
    """Turns elements into text, remembering the citations and footnotes met.

    Attributes:
        numbers: of each reference, by its id.
        line: the line of an element in the XML file.
        footnotes: `fn` elements met in running text, to be placed by the caller.
        problems: what could not be carried over soundly.
    """

    numbers: dict[str, int]
    line: Callable[[Element], int]
    footnotes: list[Element] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    _citations: list["_Citation"] = field(default_factory=list)

    def text(self, element: Element | None, *, skip: frozenset[str] = frozenset()) -> str:
        """Return the text of an element on one line; "" for None.

        Args:
            skip: children to leave out.
        """
        return "" if element is None else tidy(self._content(element, skip=skip))

    def piece(self, text: str | None) -> str:
        """Return character data with nothing in it that Markdown or a placeholder could be."""
        return _ANY_MARK.sub("", text or "").replace("*", "∗")

    def child(self, element: Element, before: str = "") -> str:
        """Return the text of one element, without the text after it.

        Args:
            before: what stands before it in its paragraph.
        """
        match element.tag:
            case "xref":
                return self._xref(element, before)
            case "sup":
                return self._superscript(element)
            case "break":
                return " "
            case "inline-formula" | "disp-formula" | "alternatives" | "tex-math" | "math" | "chem-struct":
                return self._formula(element)
            case "fn":
                self.footnotes.append(element)
                return ""
            case "inline-graphic":
                self.problems.append(f"line {self.line(element)}: an image in the text is left out")
                return ""
            case tag if tag in SILENT:
                return ""
            case tag if tag in BLOCKS or tag in ("title", "label", "td", "th", "list-item"):
                return f" {self._content(element)} "
        return self._content(element)

    def _content(self, element: Element, *, skip: frozenset[str] = frozenset()) -> str:
        parts = [self.piece(element.text)]
        for child in element:
            if child.tag not in skip:
                parts.append(self.child(child, parts[-1]))
            parts.append(self.piece(child.tail))
        return "".join(parts)

    def _superscript(self, element: Element) -> str:
        content = self._content(element)
        marks = _ANY_MARK.findall(content)
        if not marks:
            return superscript(content)
        for mark in marks:
            self._citation_at(mark).raised = True
        return content

    # Citations

    def _xref(self, element: Element, before: str) -> str:
        kind = element.get("ref-type", "")
        content = self._content(element)
        if kind == "bibr":
            return self._citation(element, content)
        if kind == "disp-formula" and (label := content.strip(" ()[]")).isdigit():
            return label if _EQUATION_BEFORE.search(before) else f"(Eq. {label})"
        if kind in ("fn", "table-fn", "aff", "corresp") and len(list(element)) == 0:
            return superscript(content)
        return content

    def _citation(self, element: Element, content: str) -> str:
        ids = element.get("rid", "").split()
        numbers = [self.numbers[key] for key in ids if key in self.numbers]
        if len(numbers) < len(ids) or not numbers:
            self.problems.append(
                f"line {self.line(element)}: '{tidy(content)}' cites {' '.join(ids) or 'nothing'}, which the list of "
                "references does not have"
            )
            if not numbers:
                return content
        # Marked within <xref>…<sup>1</sup></xref> or with its brackets.
        plain = "".join(char for char in content if not _ANY_MARK.match(char))
        flat = plain.translate(_LOWERED).strip()
        if _PRINTED_NUMBERS.fullmatch(flat):
            printed = list(cited_numbers(f"({flat.strip('[]() ').replace(';', ',')})", 999))
            if set(numbers) < set(printed) and set(printed) <= set(self.numbers.values()):
                numbers = printed  # "3-5" that names only its ends
            return self._mark(_Citation(numbers, raised=flat != plain.strip()))
        if not flat:
            return self._mark(_Citation(numbers))
        return f"{plain} {self._mark(_Citation(numbers, named=True))}"

    def _mark(self, citation: _Citation) -> str:
        if _FIRST_MARK + len(self._citations) > _LAST_MARK:  # no article has so many
            return f" ({numbers_as_text(citation.numbers)})"
        self._citations.append(citation)
        return chr(_FIRST_MARK + len(self._citations) - 1)

    def _citation_at(self, mark: str) -> _Citation:
        return self._citations[ord(mark) - _FIRST_MARK]

    def counts_in_brackets(self, text: str) -> bool:
        """Return whether text apart from citations has "(1)" that would pass for one."""
        return bool(cited_numbers(text, max(self.numbers.values(), default=0)))

    def write_citations(self, text: str, *, square: bool) -> str:
        """Return `text` with its placeholders written out as "(12)" or "[12]"."""
        done = ""
        match = _RUN.search(text)
        while match:
            opening, closing = match["open"] or "", match["close"] or ""
            in_brackets = bool(opening and closing)
            cited = [self._citation_at(mark) for mark in _ANY_MARK.findall(match["run"])]
            before = done + text[: match.start()] + ("" if in_brackets else opening)
            after = ("" if in_brackets else closing) + text[match.end() :]
            written = self._written(match["run"])
            if any(citation.named for citation in cited):
                done, text = f"{before}[{written}]", after
            else:
                attached = any(citation.raised for citation in cited) or not before[-1:].isspace()
                citation = f"[{written}]" if square else f"({written})"
                done, text = place_citation(before, citation, after, attached=attached)
            match = _RUN.search(text)
        return tidy(done + text)

    def _written(self, run: str) -> str:
        """Return "1,3-5" for placeholders with what stands between them."""
        numbers: list[int] = []
        position = 0
        for mark in _ANY_MARK.finditer(run):
            cited = self._citation_at(mark.group()).numbers
            between = run[position : mark.start()]
            if numbers and _DASH.fullmatch(between) and cited[0] > numbers[-1]:
                numbers.extend(range(numbers[-1] + 1, cited[0]))
            numbers.extend(cited)
            position = mark.end()
        return numbers_as_text(numbers)

    # Formulas

    def _formula(self, element: Element) -> str:
        """Return a formula as flat text; MathML before TeX before whatever else there is."""
        label = element.find("label")
        math = next(element.iter("math"), None)
        tex = next(element.iter("tex-math"), None)
        if math is not None:
            text = self._math(math)
        elif tex is not None:
            source = tex.text or ""
            body = _TEX_BODY.search(source)
            text = self.piece(body.group(1) if body else source).strip().strip("$").strip()
        else:
            text = self._content(element, skip=frozenset({"label"}))
            if not text.strip() and next(element.iter("graphic"), None) is not None:
                self.problems.append(f"line {self.line(element)}: a formula that is an image is left out")
        number = self.text(label).strip("()[] ")
        shown = f"{text} (Eq. {number})" if number else text
        return f" {shown} " if element.tag == "disp-formula" else shown

    def _math(self, element: Element) -> str:
        parts = [self._math(child) for child in element]
        match element.tag:
            case "mi" | "mn" | "mtext" | "ms":
                return self.piece(element.text).strip()
            case "mo":
                sign = self.piece(element.text).strip(" \n\t\u2061\u2062\u2063\u2064")
                return f" {sign} " if sign in _SPACED_SIGNS else sign
            case "mspace":
                return " "
            case "mfrac" if len(parts) == 2:
                return "/".join(part if len(part) < 4 or part.isalnum() else f"({part})" for part in parts)
            case "msup" if len(parts) == 2:
                raised = superscript(parts[1])
                return parts[0] + (raised if raised != parts[1] else f"^({parts[1].strip()})")
            case "msubsup" if len(parts) == 3:
                return parts[0] + parts[1] + superscript(parts[2])
            case "msqrt":
                return f"√({''.join(parts)})"
            case "mroot" if len(parts) == 2:
                return f"{superscript(parts[1])}√({parts[0]})"
            case "mfenced":
                return f"{element.get('open', '(')}{', '.join(parts)}{element.get('close', ')')}"
            case "semantics":
                return parts[0] if parts else ""
            case "annotation" | "annotation-xml":
                return ""
        return "".join(parts)


_LOWERED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


def tidy(text: str) -> str:
    """Return `text` on one line, without blanks before stops or inside brackets."""
    return re.sub(r"\(\s+", "(", re.sub(r"\s+([,.;:)](?:\s|\Z))", r"\1", _BLANKS.sub(" ", text))).strip()
