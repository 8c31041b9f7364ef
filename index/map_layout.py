"""Where articles stand on a map of the archive: what is near in meaning stands near by.

t-SNE (van der Maaten and Hinton 2008) over each article's nearest neighbours, started from the principal components, so
that equal vectors give an equal map. What pushes articles apart is summed on a grid by Fourier transforms (Linderman et al.
2019, "Fast interpolation-based t-SNE"), so that the work grows with the number of articles and not with its square.
"""

from collections.abc import Callable
from dataclasses import dataclass

import faiss
import numpy as np
import numpy.typing as npt

NEIGHBOURS = 15
PERPLEXITY = 8.0
"""How many neighbours count as near, smoothly."""

EXACT_BELOW = 20_000
"""From so many articles on, neighbours are sought in the likeliest parts of the archive only; a few are missed."""
PROBED = 12
TRAINED_ON = 40
"""Vectors per part that the parts are found with."""

EARLY_STEPS, LATE_STEPS, RENEWED_STEPS = 120, 280, 120
EARLY_EXAGGERATION, LATE_EXAGGERATION = 12.0, 1.6
"""How much stronger neighbours attract: at first so that islands form, then so that they stay apart (Kobak and Berens 2019)."""

FEW = 30
"""Fewer articles make no islands: they stand by their principal components."""

MANY = 1_024
"""Of more dimensions the principal components are sought in a subspace: all of 4,096 would take half a minute."""
SUBSPACE, SUBSPACE_ROUNDS = 12, 6

PAIR_BY_PAIR = 1_000
"""So few articles push one another apart pair by pair, which is then quicker than the grid."""

GRID_STEP = 0.5
"""Between two points of the grid; the forces change over a length of 1."""
GRID_ROUND = 24
"""The grid grows by so many points at once, so that its transforms are seldom made anew."""

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]
Tell = Callable[[int, int], None]
"""Told how many steps are done, and of how many."""


def lay_out(vectors: Floats, start: Floats | None = None, tell: Tell = lambda *_: None) -> Floats:
    """Places on the map, (n, 2) float32, aligned with `vectors`, (n, dimension) float32 of length 1.

    `start` are earlier places, (n, 2): the map is improved from there, and keeps its look. Fewer than `FEW` articles are
    laid out anew.
    """
    count = len(vectors)
    if count < 3:
        return np.stack([np.arange(count), np.zeros(count)], axis=1).astype(np.float32)
    if count < FEW:
        return _principal(vectors)
    edges = _Edges.between(*nearest(vectors, vectors, NEIGHBOURS, itself=True))
    places = _principal(vectors) if start is None else start.astype(np.float32)
    early, late = (EARLY_STEPS, LATE_STEPS) if start is None else (0, RENEWED_STEPS)
    moves = _Moves(places, edges)
    for step in range(early + late):
        moves.step(EARLY_EXAGGERATION if step < early else LATE_EXAGGERATION, 0.5 if step < early else 0.8)
        tell(step + 1, early + late)
    middle: Floats = moves.places - moves.places.mean(axis=0)
    return middle


def nearest(vectors: Floats, among: Floats, k: int, itself: bool = False) -> tuple[Rows, Floats]:
    """The `k` nearest of each vector: rows of `among`, (n, k) int64, and cosines, (n, k) float32, best first.

    `itself`: both are the same vectors, and no row is its own neighbour. k is at most as many as there are.
    """
    k = min(k, len(among) - itself)
    scores, rows = indexed(among).search(np.ascontiguousarray(vectors), k + itself)
    if itself:
        order = np.argsort(rows == np.arange(len(rows))[:, None], axis=1, kind="stable")[:, :k]
        rows, scores = np.take_along_axis(rows, order, axis=1), np.take_along_axis(scores, order, axis=1)
    missed = rows < 0  # where the parts that were looked at hold fewer: the nearest one counts again
    return np.where(missed, rows[:, :1], rows), np.where(missed, scores[:, :1], scores)


def indexed(among: Floats) -> faiss.Index:
    """An index of these vectors: of many one that looks into the likeliest parts only."""
    among = np.ascontiguousarray(among)
    flat = faiss.IndexFlatIP(among.shape[1])
    if len(among) < EXACT_BELOW:
        flat.add(among)
        return flat
    parts = int(2 * np.sqrt(len(among)))
    found = faiss.IndexIVFFlat(flat, among.shape[1], parts, faiss.METRIC_INNER_PRODUCT)
    found.cp.niter, found.nprobe = 6, PROBED
    found.train(among[np.random.default_rng(0).permutation(len(among))[: parts * TRAINED_ON]])
    found.add(among)
    return found


def _principal(vectors: Floats) -> Floats:
    """The two directions in which vectors differ most, (n, 2), of deviation 1; what would stand at one point is told apart."""
    centred = vectors - vectors.mean(axis=0)
    axes = _two_directions(centred)
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), [0, 1]])
    places = centred @ axes[:, ::-1].astype(np.float32)
    noise = np.random.default_rng(0).normal(size=places.shape) * 1e-2
    told_apart: Floats = (places / max(float(places.std()), 1e-9) + noise).astype(np.float32)
    return told_apart


def _two_directions(centred: Floats) -> Floats:
    """The eigenvectors of the two greatest eigenvalues of the covariance, (dimension, 2), the greatest last: found among all
    where either articles or dimensions are few, else in a small subspace that holds nearly all of both (Halko, Martinsson and
    Tropp 2011, "Finding structure with randomness")."""
    count, dimension = centred.shape
    if dimension < 2:
        return np.repeat(np.ones((dimension, 1), np.float32), 2, axis=1)
    if dimension <= MANY:
        return np.linalg.eigh(centred.T @ centred)[1][:, -2:]
    basis = np.random.default_rng(0).normal(size=(dimension, min(SUBSPACE, count, dimension))).astype(np.float32)
    for _ in range(SUBSPACE_ROUNDS):
        basis, _ = np.linalg.qr(centred.T @ (centred @ basis))
    within = centred @ basis
    directions: Floats = (basis @ np.linalg.eigh(within.T @ within)[1][:, -2:]).astype(np.float32)
    return directions


@dataclass(frozen=True, slots=True)
class _Edges:
    """How strongly articles attract one another; both directions stand there, by `heads`, and all weights add up to 1."""

    heads: Rows
    tails: Rows
    weights: Floats
    starts: Rows
    """Where the edges of each article begin."""

    @classmethod
    def between(cls, rows: Rows, scores: Floats) -> "_Edges":
        count, k = rows.shape
        weights = _affinities(scores).ravel() / (2 * count)
        one, other = np.repeat(np.arange(count), k), rows.ravel()
        keys = np.concatenate([one * count + other, other * count + one])
        unique, at = np.unique(keys, return_inverse=True)
        summed = np.bincount(at, weights=np.concatenate([weights, weights]))
        heads = unique // count
        starts = np.searchsorted(heads, np.arange(count))
        return cls(heads, unique % count, summed.astype(np.float32), starts)


def _affinities(scores: Floats) -> Floats:
    """How near each neighbour counts, (n, k), each row adding up to 1: Gaussian, of a width by which `PERPLEXITY` of the
    neighbours, or two thirds of fewer, count."""
    apart = (scores[:, :1] - scores).astype(np.float64)
    aim = np.log(min(PERPLEXITY, max(1.0, scores.shape[1] * 2 / 3)))
    low, high = np.full((len(scores), 1), 1e-2), np.full((len(scores), 1), 1e6)
    for _ in range(40):
        width = np.sqrt(low * high)
        shares = np.exp(-apart * width)
        shares /= shares.sum(axis=1, keepdims=True)
        entropy = -(shares * np.log(np.maximum(shares, 1e-300))).sum(axis=1, keepdims=True)
        low, high = np.where(entropy > aim, width, low), np.where(entropy > aim, high, width)
    near: Floats = shares.astype(np.float32)
    return near


class _Moves:
    """Gradient descent with momentum and a gain for each coordinate, as in the paper's own program."""

    def __init__(self, places: Floats, edges: _Edges) -> None:
        self.places = places
        self._edges = edges
        self._push = _Push()
        self._speed = np.zeros_like(places)
        self._gains = np.ones_like(places)
        self._edge = np.float32(15 + 1.5 * np.sqrt(len(places)))
        """No map is larger; it bounds the grid, should steps ever overshoot."""

    def step(self, exaggeration: float, momentum: float) -> None:
        few = len(self.places) <= PAIR_BY_PAIR
        pull, push = self._pull(), pushed_exactly(self.places) if few else self._push.of(self.places)
        gradient = exaggeration * pull - push
        same = np.sign(gradient) == np.sign(self._speed)
        self._gains = np.maximum(np.where(same, self._gains * 0.8, self._gains + 0.2), 0.01).astype(np.float32)
        rate = len(self.places) / exaggeration * 4
        self._speed = momentum * self._speed - rate * self._gains * gradient
        length = np.linalg.norm(self._speed, axis=1, keepdims=True)
        self._speed = (self._speed * np.minimum(1, 5 / np.maximum(length, 1e-9))).astype(np.float32)
        self.places = np.clip(self.places + self._speed, -self._edge, self._edge)

    def _pull(self) -> Floats:
        """Towards the neighbours, (n, 2)."""
        edges = self._edges
        apart = self.places[edges.heads] - self.places[edges.tails]
        strength = edges.weights / (1 + np.einsum("ij,ij->i", apart, apart))
        pull: Floats = np.add.reduceat(apart * strength[:, None], edges.starts, axis=0).astype(np.float32)
        return pull


def pushed_exactly(places: Floats) -> Floats:
    """Away from all others, (n, 2), to be taken away: what the grid comes near to, summed over all pairs."""
    across, down = (places[:, None, axis] - places[None, :, axis] for axis in (0, 1))
    near = 1 / (1 + across * across + down * down)
    together = max(float(near.sum()) - len(places), 1e-9)
    near *= near
    push: Floats = (np.stack([(across * near).sum(axis=1), (down * near).sum(axis=1)], axis=1) / together).astype(
        np.float32
    )
    return push


class _Push:
    """Away from all others: summed by transforms on a grid whose points lie `GRID_STEP` apart."""

    def __init__(self) -> None:
        self._size = 0
        self._kernels: npt.NDArray[np.complex64] = np.zeros(0, np.complex64)

    def of(self, places: Floats) -> Floats:
        """The force on each place, (n, 2), to be taken away."""
        low = places.min(axis=0)
        extent = float((places.max(axis=0) - low).max())
        self._prepare(GRID_ROUND * (int(extent / GRID_STEP + 4) // GRID_ROUND + 1))
        size = self._size
        at = (places - low) / GRID_STEP + 1
        node = np.rint(at).astype(np.int64)
        shares = _shares(at - node)
        nodes = [
            ((node[:, 0] + a) * size + node[:, 1] + b, shares[a + 1][:, 0] * shares[b + 1][:, 1]) for a, b in _AROUND
        ]
        charges = np.zeros(size * size)
        for where, share in nodes:
            charges += np.bincount(where, weights=share, minlength=size * size)
        spectrum = np.fft.rfft2(charges.reshape(size, size).astype(np.float32), s=(2 * size, 2 * size))
        fields = np.fft.irfft2(spectrum * self._kernels, s=(2 * size, 2 * size))[:, :size, :size].reshape(3, -1)
        felt = np.zeros((3, len(places)), dtype=np.float64)
        for where, share in nodes:
            felt += fields[:, where] * share
        together = max(float(felt[0].sum()) - len(places), 1e-9)
        push: Floats = (felt[1:].T / together).astype(np.float32)
        return push

    def _prepare(self, size: int) -> None:
        if size == self._size:
            return
        self._size = size
        steps = np.fft.fftfreq(2 * size, 1 / (2 * size)).astype(np.float32) * np.float32(GRID_STEP)
        x, y = np.meshgrid(steps, steps, indexing="ij")
        near = 1 / (1 + x * x + y * y)
        self._kernels = np.fft.rfft2(np.stack([near, x * near * near, y * near * near])).astype(np.complex64)


_AROUND = [(a, b) for a in (-1, 0, 1) for b in (-1, 0, 1)]


def _shares(off: npt.NDArray[np.floating]) -> tuple[npt.NDArray[np.floating], ...]:
    """What a place off its nearest grid point has of the one before, that one and the one after (quadratic interpolation)."""
    return off * (off - 1) / 2, 1 - off * off, off * (off + 1) / 2
