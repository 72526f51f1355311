"""Whether one more piece adds to an answer, judged piece by piece by fitted weights.

The best piece alone answers most questions; a second one often says the same again. What tells the
two apart is less how probable the piece is by itself than what it brings beside those chosen: words
of the question not yet covered, the kind of answer still missing, the sentence that goes on from one
chosen. The weights are fitted on whether a piece brought a fact of the gold answer (`eval/fit.py`).
"""

from collections.abc import Sequence

import numpy as np

from ingest.lexicon import Floats
from rag.prose.features import FEATURES, Candidates
from rag.questions.plan import Shape
from rag.questions.question import Question
from rag.retrieval.retrieve import Retriever

FURTHER_FEATURES = (
    "log_odds", "log_odds_best", "drop", "ratio", "gain", "left", "same_passage", "follows", "precedes",
    "list", "overview", "comparison", "gives_first", "n_chosen", "rank", "length", "length_so_far", "share",
    "restated", "restated_lead", "results", "other_side", "bias",
)  # fmt: skip
_SURE = 1e-6


def further_features(
    question: Question,
    retriever: Retriever,
    found: Candidates,
    probabilities: Floats,
    *,
    shape: Shape,
    chosen: Sequence[int],
    row: int,
    rank: int,
) -> Floats:
    """Return what speaks for adding the candidate `row` to those chosen, in the order of `FURTHER_FEATURES`.

    Args:
        chosen: rows of the candidates the answer holds, the best first.
        rank: of the candidate among all but the best, from 0.
    """
    positions = found.positions
    best = chosen[0]
    covered = found.matches[:, list(chosen)].max(axis=1, initial=0.0)
    own, first = (retriever.chunks[int(positions[place])] for place in (row, best))
    passage = int(retriever.passage_of[positions[row]])

    def column(name: str) -> Floats:
        return np.asarray(found.features[:, FEATURES.index(name)])

    odds, odds_best = _log_odds(float(probabilities[row])), _log_odds(float(probabilities[best]))
    gives = column("gives")
    values = {
        "log_odds": odds,
        "log_odds_best": odds_best,
        "drop": odds - odds_best,
        "ratio": float(probabilities[row]) / max(_SURE, float(probabilities[best])),
        "gain": float(found.weights @ np.maximum(found.matches[:, row] - covered, 0.0)),
        "left": float(found.weights @ (1 - covered)),
        "same_passage": float(passage >= 0 and passage == int(retriever.passage_of[positions[best]])),
        "follows": float(any(retriever.following_of[positions[kept]] == positions[row] for kept in chosen)),
        "precedes": float(any(retriever.preceding_of[positions[kept]] == positions[row] for kept in chosen)),
        "list": float(shape is Shape.LIST),
        "overview": float(shape is Shape.OVERVIEW),
        "comparison": float(shape is Shape.COMPARISON),
        "gives_first": float(gives[row] > max(gives[list(chosen)])),
        "n_chosen": float(len(chosen)),
        "rank": float(rank),
        "length": float(np.log1p(len(own.text.split()))),
        "length_so_far": float(
            np.log1p(sum(len(retriever.chunks[int(positions[kept])].text.split()) for kept in chosen))
        ),
        "share": float(column("share")[row]),
        "restated": float(column("restated_cosine")[row]),
        "restated_lead": float(column("restated_cosine")[row] - column("restated_cosine")[best]),
        "results": float(column("results")[row]),
        "other_side": float(own.section.startswith("abstract") != first.section.startswith("abstract")),
        "bias": 1.0,
    }
    return np.array([values[name] for name in FURTHER_FEATURES])


def _log_odds(probability: float) -> float:
    inside = min(max(probability, _SURE), 1 - _SURE)
    return float(np.log(inside / (1 - inside)))
