"""How much slips of the keyboard cost: `python -m eval.typos`, on the development questions only.

Four words in ten, of six letters or more, get one slip: a letter left out, doubled, or swapped with
the next (never the first or last one). Each question is asked as it was written, with slips, and with
slips that the engine does not mend.
"""

import random
import re
import sys
from collections.abc import Callable

from corpus.config import Settings
from corpus.load import load_article
from corpus.types import Language
from eval import retrieval
from eval.gold import GOLD_DIR, load_suite
from eval.record import record
from eval.systems import EvidencaSystem
from ingest.build import parse_article
from rag.answer import Outcome
from rag.engine import Engine

_SEED = 7
_SHARE = 0.4
_SHORTEST = 6


def slipped(text: str, rng: random.Random) -> str:
    """Return a text with slips in some of its words; names in capitals and numbers stay."""

    def slip(match: re.Match[str]) -> str:
        word = match.group()
        if len(word) < _SHORTEST or not word[1:].islower() or rng.random() >= _SHARE:
            return word
        at = rng.randrange(1, len(word) - 1)
        return rng.choice(
            (
                word[:at] + word[at + 1 :],
                word[:at] + word[at] + word[at:],
                word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            )
        )

    return re.sub(r"[^\W\d_]+", slip, text)


def main() -> None:
    """Print R@5 and how many questions are answered, by language, for each way of asking."""
    engine = Engine.open(Settings.from_environment())
    system = EvidencaSystem(engine)
    article = load_article()
    suite = load_suite(GOLD_DIR, article, parse_article(article))
    suite = suite.only(
        value.item.id
        for value in suite
        if value.item.split == "dev" and value.item.answerable and not (value.item.variant or value.item.dialogue)
    )
    rng = random.Random(_SEED)
    typed = {value.item.id: slipped(value.item.question, rng) for value in suite}
    judged = retrieval.qrels(suite)

    def say(name: str, question: Callable[[str, str], str]) -> None:
        engine.forget()
        records = []
        for value in suite:
            asked = question(value.item.id, value.item.question)
            records.append(record(value.item, engine.ask(asked), system.search(asked, [], k=retrieval.DEPTH)))
        values = retrieval.scores(judged, retrieval.run(suite.items, records))
        for language in Language:
            some = [one for one in records if suite.items[one.id].item.lang is language]
            found = [values[one.id]["R@5"] for one in some if one.id in values]
            answered = sum(one.outcome == Outcome.ANSWERED for one in some) / len(some)
            mean = sum(found) / len(found)
            sys.stdout.write(f"{name:20} {language}  R@5 {mean:.3f}  answered {answered:.3f}  n {len(some)}\n")

    say("as written", lambda _, question: question)
    say("with slips", lambda key, _: typed[key])
    engine.planner.speller.mend = lambda text, language: text  # type: ignore[method-assign]
    say("slips not mended", lambda key, _: typed[key])


if __name__ == "__main__":
    main()
