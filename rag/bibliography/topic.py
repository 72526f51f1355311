"""What the works asked for are about: concepts and words that their titles should name."""

import re
from dataclasses import replace

from corpus.terms import STOP_WORDS, is_dictionary_word, similarity, words
from corpus.types import Language
from rag.bibliography.entities import Finder, level
from rag.bibliography.query import TopicUnit

_JOINTS = {Language.EN: frozenset({"and", "or"}), Language.SL: frozenset({"in", "ali", "ter", "oziroma", "pa"})}
# After these stands of what, in what or by what something is.
_BINDING = {
    Language.EN: frozenset({"of", "in", "by", "with"}),
    Language.SL: frozenset({"pri", "v", "z", "s", "zaradi", "na"}),
}
# So many words may stand between two things that are joined: "and the", "in pri".
_GAP = 2


def read_topic(finder: Finder) -> tuple[TopicUnit, ...]:
    """Return the concepts and words left when everything that shapes the question is taken away."""
    left = list(finder.text)
    for span in finder.found.used:
        left[span.start : span.end] = " | ".ljust(span.end - span.start)[: span.end - span.start]
    text = _enumerated("".join(left), finder.language)
    tokens = words(text)
    stop = STOP_WORDS[finder.language]
    shaping = [token in stop or finder.words.scaffolding.fullmatch(token) is not None for token in tokens]
    named: dict[tuple[int, ...], list[str]] = {}
    for mention in finder.shelf.matcher.find(text, language=finder.language):
        first, *_, last = (*mention.positions, mention.positions[-1])
        # "Viri obravnavajo MSC" holds no "vir MSC": what shapes the question belongs to no name from afar.
        torn = last - first >= len(mention.positions) and any(shaping[position] for position in mention.positions)
        if not torn and not all(shaping[position] for position in mention.positions):
            named.setdefault(mention.positions, []).append(mention.key)
    covered = {position for positions in named for position in positions}
    units = [
        (positions, TopicUnit(text=" ".join(tokens[p] for p in positions), concepts=tuple(dict.fromkeys(keys))))
        for positions, keys in sorted(named.items())
    ]
    parts_left = 0
    for position, token in enumerate(tokens):
        if parts_left:
            parts_left -= 1
            continue
        compound = not token.isalnum()
        if compound and position in covered:
            parts_left = sum(len(part) > 1 or part.isdigit() for part in re.split(r"[-/]", token))
        if position in covered or shaping[position] or compound or token.isdigit() or len(token) < 2:
            continue
        ordinary = _ordinary(finder, token)
        before = tokens[position - 1] if position else ""
        # "Pharmacokinetics of warfarin", "farmakokinetika varfarina"
        bound = before in _BINDING[finder.language] or (not ordinary and position - 1 in covered)
        units.append(((position,), TopicUnit(text=token, ordinary=ordinary and not bound, bound=bound)))
    topic = _worth_asking(finder, tuple(dict.fromkeys(_joined(units, tokens, finder.language))))
    # "Diseases of the eye": what the eye has need not be called a disease.
    special = tuple(unit for unit in topic if not finder.shelf.is_general(unit))
    organs = any(finder.shelf.matcher.kind(key).startswith("organ:") for unit in special for key in unit.concepts)
    return special if organs else topic


def _enumerated(text: str, language: Language) -> str:
    """Say "and" where a comma or a slash joins words: "(liver, kidney)", "heart/lung"."""
    joint = " in " if language is Language.SL else " and "
    return re.sub(r"(?<=[^\W\d]{3})\s*(?:,|;|/|&|\+)\s*(?=[^\W\d]{3})", joint, text)


def untold(finder: Finder) -> list[str]:
    """Return the folded words of a question that neither shape a question of works nor were understood."""
    left = [
        token.folded
        for token in finder.tokens
        if not any(token.span.start < span.end and span.start < token.span.end for span in finder.found.used)
    ]
    stop, scaffolding = STOP_WORDS[finder.language], finder.words.scaffolding
    return [
        word
        for word in left
        if len(word) > 1 and not word.isdigit() and word not in stop and not scaffolding.fullmatch(word)
    ]


def subject(finder: Finder, topic: tuple[TopicUnit, ...]) -> str:
    """Return the stretch of the question in which all units of its topic stand."""
    words_named = [word for unit in topic for word in unit.text.split()]
    spans = [token.span for token in finder.tokens if any(part in words_named for part in words(token.text))]
    if not spans:
        return ""
    return finder.text[min(span.start for span in spans) : max(span.end for span in spans)]


def _joined(units: list[tuple[tuple[int, ...], TopicUnit]], tokens: list[str], language: Language) -> list[TopicUnit]:
    """Mark what "and" or "or" joins to what stands before it: concepts to concepts ("the heart and the kidney"),
    other words to other words ("storing or labelling").
    """
    found: list[TopicUnit] = []
    places = {position for positions, _ in units for position in positions}
    joints = {position for position, token in enumerate(tokens) if token in _JOINTS[language]}
    previous: tuple[int, bool] | None = None
    for positions, unit in units:
        named = bool(unit.concepts)
        between: list[str] = []
        if previous is not None and previous[1] == named:
            between = tokens[previous[0] + 1 : positions[0]]
        joined = any(word in _JOINTS[language] for word in between) and len(between) <= _GAP
        sides = ((positions[0], -1), (positions[-1], 1))
        paired = any(at + step in joints and at + 2 * step in places for at, step in sides)
        found.append(replace(unit, joined=joined, paired=paired))
        previous = positions[-1], named
    return found


def _ordinary(finder: Finder, token: str) -> bool:
    """Whether a folded word is, in some spelling of the question, one of the dictionary."""
    spelled = [t.text.lower() for t in finder.tokens if token in (t.folded, level(t.text.lower()))]
    if _is_name(finder, token):
        return False
    return any(is_dictionary_word(word, finder.language) for word in (*spelled, token))


def _is_name(finder: Finder, token: str) -> bool:
    return any(t.folded == token and t.capital and t.span.start for t in finder.tokens)


def _worth_asking(finder: Finder, topic: tuple[TopicUnit, ...]) -> tuple[TopicUnit, ...]:
    """Leave out words that no title has, unless they name something, are introduced as a topic, or it is asked
    whether there are any such works.
    """
    match = finder.shelf.by_topic(topic) if topic else None
    if match is None or match.numbers or any(unit.concepts or _is_name(finder, unit.text) for unit in topic):
        return topic
    found = finder.found
    named = found.authors or found.journals or found.years or found.unknown
    if not named and finder.words.says("whether_any", finder.folded):
        return topic
    for cue, n_words in (("about", 3), ("before_thing", 1)):
        for introducing in finder.words.cues[cue].finditer(finder.folded):
            following = re.findall(r"[\w-]+", finder.folded[introducing.end() :])[:n_words]
            if any(similarity(word, unit.text) == 1.0 for word in following for unit in topic):
                return topic
    return ()
