"""HTML read back as a tree, for tests of what the page is made of; badly nested HTML is an error."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = frozenset(("br", "hr", "input", "img", "meta", "link"))


@dataclass
class Element:
    """An element, with its attributes and what stands in it: elements and texts."""

    tag: str
    attributes: dict[str, str]
    children: list["Element | str"] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(child if isinstance(child, str) else child.text for child in self.children)

    @property
    def classes(self) -> list[str]:
        return self.attributes.get("class", "").split()

    def all(self, tag: str = "", *, style: str = "", **attributes: str) -> list["Element"]:
        """Return the elements within that have the tag, the class and the attributes, in order."""
        return [
            element
            for element in self._within()
            if (not tag or element.tag == tag)
            and (not style or style in element.classes)
            and all(element.attributes.get(name.replace("_", "-")) == value for name, value in attributes.items())
        ]

    def shown(self, language: str) -> str:
        """Return the text that a reader of the interface in `language` sees."""
        other = {"sl": "t-en", "en": "t-sl"}[language]
        return "".join(
            child if isinstance(child, str) else child.shown(language)
            for child in self.children
            if isinstance(child, str) or other not in child.classes
        )

    def _within(self) -> Iterator["Element"]:
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child._within()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> repeats an attribute: {names}"
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in _VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def tree(html: str) -> Element:
    """Return the root of what `html` says."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert len(reader.open) == 1, f"<{reader.open[-1].tag}> is not closed"
    return reader.open[0]
