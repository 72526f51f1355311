"""Ask every gold question and score the answers."""

from collections.abc import Callable, Sequence

from eval.gold import GoldItem
from eval.metrics import ItemScore, score
from rag.answer import Answer


def run(
    items: Sequence[GoldItem],
    ask: Callable[[str], Answer],
    *,
    source: str,
    on_progress: Callable[[int, int], None] | None = None,
) -> list[ItemScore]:
    """Return the score of each item, in order; `on_progress` gets (items done, items in all)."""
    scores: list[ItemScore] = []
    for item in items:
        scores.append(score(item, ask(item.question), source))
        if on_progress is not None:
            on_progress(len(scores), len(items))
    return scores
