"""The network of the learned index in PyTorch, to be trained; `rag/retrieval/learned.py` says the same in numpy.

A transformer encoder (Vaswani et al. 2017; layer norm first) over the word vectors of a text, pooled by
attention, beside a sum of fitted vectors of its words and letter groups (a "wide and deep" model, Cheng et
al. 2016). It needs numpy and torch alone, so that a machine with a graphics card and little else can train it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional as fn

Arrays = dict[str, NDArray[np.float32]]


@dataclass(frozen=True)
class Shape:
    """How large the network is and how it is trained; `nets` of them are trained, and asked together."""

    width: int = 256
    layers: int = 2
    heads: int = 8
    nets: int = 2
    epochs: int = 25
    drop: float = 0.3
    rate: float = 2e-3
    decay: float = 0.05
    batch: int = 512
    smoothing: float = 0.05
    unheard: float = 0.15


@dataclass(frozen=True)
class Texts:
    """Texts as the network sees them.

    Attributes:
        words: of each text, rows of `vectors`; at most `max_words` count.
        vectors: unit vectors of words, shape (n_words, dim); the first is zero, for "no word".
        terms, values: of each text, numbers of its terms, and how much each counts.
        n_terms: how many terms there are.
        max_words: the longest text.
    """

    words: Sequence[NDArray[np.int64]]
    vectors: NDArray[np.float32]
    terms: Sequence[NDArray[np.int64]]
    values: Sequence[NDArray[np.float32]]
    n_terms: int
    max_words: int


class _Layer(nn.Module):
    def __init__(self, width: int, heads: int, drop: float) -> None:
        super().__init__()
        self.heads = heads
        self.before_attention, self.before_forward = nn.LayerNorm(width), nn.LayerNorm(width)
        self.mix, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        self.drop = nn.Dropout(drop)

    def forward(self, hidden: torch.Tensor, there: torch.Tensor) -> torch.Tensor:
        n, length, width = hidden.shape
        mixed = self.mix(self.before_attention(hidden)).view(n, length, 3, self.heads, width // self.heads)
        asked, keys, values = mixed.permute(2, 0, 3, 1, 4)
        heard = fn.scaled_dot_product_attention(
            asked, keys, values, attn_mask=there[:, None, None, :], dropout_p=self.drop.p if self.training else 0.0
        )
        hidden = hidden + self.drop(self.out(heard.transpose(1, 2).reshape(n, length, width)))
        raised = fn.gelu(self.up(self.before_forward(hidden)), approximate="tanh")
        added: torch.Tensor = self.drop(self.down(self.drop(raised)))
        return hidden + added


class Network(nn.Module):
    """From texts to the logits of pieces."""

    def __init__(self, texts: Texts, n_pieces: int, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        width = shape.width
        self.entry = nn.Linear(texts.vectors.shape[1], width)
        self.place = nn.Parameter(torch.randn(texts.max_words, width) * 0.02)
        self.layers = nn.ModuleList(_Layer(width, shape.heads, shape.drop) for _ in range(shape.layers))
        self.listen = nn.Linear(width, 1)
        self.terms = nn.Parameter(torch.zeros(texts.n_terms, width // 2))  # a term never met counts nothing
        self.lift = nn.Linear(width // 2, width)
        self.exit = nn.Linear(width, n_pieces)
        self.drop = nn.Dropout(shape.drop)

    def forward(self, words: torch.Tensor, there: torch.Tensor, terms: torch.Tensor) -> torch.Tensor:
        """Return logits, shape (n, n_pieces).

        Args:
            words: vectors, shape (n, length, dim).
            there: which of these are words, shape (n, length).
            terms: how much each term counts, sparse or dense, shape (n, n_terms).
        """
        if self.training:
            heard = torch.rand(there.shape, device=there.device) > self.shape.unheard
            there = there & (heard | ~heard.any(dim=1, keepdim=True))
            there[:, 0] |= ~there.any(dim=1)
        hidden = self.drop(self.entry(words) + self.place[: words.shape[1]])
        for layer in self.layers:
            hidden = layer(hidden, there)
        share = self.listen(hidden).squeeze(-1).masked_fill(~there, -torch.inf).softmax(dim=1)
        pooled = (share[..., None] * hidden).sum(dim=1)
        pooled = pooled + self.lift(fn.dropout(terms, self.shape.drop, self.training) @ self.terms)
        logits: torch.Tensor = self.exit(self.drop(fn.gelu(pooled, approximate="tanh")))
        return logits

    def arrays(self) -> Arrays:
        """Return the fitted weights by name, matrices so that a row of inputs is multiplied from the left."""
        named = {}
        for name, value in self.state_dict().items():
            array = value.detach().cpu().numpy().astype(np.float32)
            is_linear = name.endswith(".weight") and array.ndim == 2
            named[name] = np.ascontiguousarray(array.T) if is_linear else array
        return named


class Batches:
    """Texts on a device, by number."""

    def __init__(self, texts: Texts, device: str) -> None:
        self._texts, self._device = texts, device
        self._vectors = torch.tensor(texts.vectors, device=device)
        kept = [words[: texts.max_words] if len(words) else np.zeros(1, dtype=np.int64) for words in texts.words]
        self._lengths = np.array([len(words) for words in kept])
        self._words = torch.zeros(len(kept), int(self._lengths.max()), dtype=torch.long)
        for row, words in enumerate(kept):
            self._words[row, : len(words)] = torch.from_numpy(words)
        self._words = self._words.to(device)
        self._there = torch.tensor(np.arange(self._words.shape[1])[None] < self._lengths[:, None], device=device)
        self._starts = np.cumsum([0, *(len(terms) for terms in texts.terms)])
        self._terms = torch.tensor(np.concatenate(texts.terms), device=device)
        self._values = torch.tensor(np.concatenate(texts.values), device=device)

    def __getitem__(self, rows: NDArray[np.int64]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return what the network takes, for some rows."""
        at = torch.tensor(rows, device=self._device)
        length = int(self._lengths[rows].max())
        own = np.concatenate([np.arange(self._starts[row], self._starts[row + 1]) for row in rows])
        owner = np.repeat(np.arange(len(rows)), np.diff(self._starts)[rows])
        terms = torch.zeros(len(rows), self._texts.n_terms, device=self._device)
        places = torch.tensor(own, device=self._device)
        terms[torch.tensor(owner, device=self._device), self._terms[places]] = self._values[places]
        return self._vectors[self._words[at, :length]], self._there[at, :length], terms


def train(
    texts: Texts, labels: NDArray[np.float32], rows: NDArray[np.int64], shape: Shape, *, seed: int, device: str
) -> Network:
    """Return a network fitted on some rows of texts.

    Args:
        labels: which pieces answer each text, shape (n_texts, n_pieces); each row adds up to 1.
    """
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    network = Network(texts, labels.shape[1], shape).to(device)
    batches = Batches(texts, device)
    wanted = torch.tensor(labels * (1 - shape.smoothing) + shape.smoothing / labels.shape[1], device=device)
    steps = max(1, len(rows) // shape.batch)
    optimiser = torch.optim.AdamW(network.parameters(), lr=shape.rate, weight_decay=shape.decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, shape.rate, total_steps=steps * shape.epochs + 1)
    for _ in range(shape.epochs):
        for part in np.array_split(random.permutation(rows), steps):
            logits = network(*batches[part])
            loss = -(wanted[torch.tensor(part, device=device)] * fn.log_softmax(logits, dim=1)).sum(dim=1).mean()
            optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            schedule.step()
    return network.eval()


def log_probabilities(networks: Sequence[Network], texts: Texts, rows: NDArray[np.int64], *, device: str) -> Any:
    """Return what networks say together of some rows, shape (n_rows, n_pieces): the mean of their log-probabilities."""
    batches = Batches(texts, device)
    with torch.no_grad():
        parts = [
            torch.stack([fn.log_softmax(network(*batches[part]), dim=1) for network in networks]).mean(dim=0)
            for part in np.array_split(rows, max(1, len(rows) // 256))
        ]
    return fn.log_softmax(torch.cat(parts), dim=1).cpu().numpy()
