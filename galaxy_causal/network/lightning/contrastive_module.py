"""The LightningModule that trains a contrastive network: two halves of a mini-batch, each seen twice."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

import torch
from torch import Tensor

from galaxy_causal.network import contrastive_losses as losses
from galaxy_causal.network.contrastive_model import ContrastiveModel, View
from galaxy_causal.network.contrastive_weights import Weights
from galaxy_causal.network.lightning.module import Batch, DensityModule
from galaxy_causal.network.pixels import other_orientations, turned
from galaxy_causal.network.training import Training


class Seen(NamedTuple):
    """What the network makes of one half of a mini-batch in one pass."""

    view: View
    whole: Tensor
    log_prob: Tensor
    log_q: Tensor | None


class ContrastiveModule(DensityModule):
    """Minimises the weighted sum of the terms in ``contrastive_losses``.

    The two halves of a mini-batch hold different galaxies, row by row. Each half passes through once; its
    reconstruction passes through again; images pass also in another orientation (Zhang et al. 2025,
    arXiv:2509.23901, section 3). Terms of no weight are not computed. ``history`` holds, besides the mean
    cross-entropies ``train`` and ``validation`` per galaxy, each term as it enters the sum, ``loss/<term>``.
    """

    def __init__(self, model: ContrastiveModel, training: Training, weights: Weights) -> None:
        super().__init__(model, training)
        self.network = model
        self.weights = weights

    def training_step(self, batch: Batch, _: int) -> Tensor:
        """The weighted sum of all terms of one mini-batch."""
        size = len(batch.y) // 2
        terms: dict[str, Tensor] = defaultdict(lambda: batch.y.new_zeros(()))
        positive: list[losses.Pair] = []
        firsts = []
        for part in (slice(0, size), slice(size, 2 * size)):
            pixels = None if batch.pixels is None else batch.pixels[part]
            half = Batch(batch.x[part], batch.label[part], batch.y[part], pixels)
            first = self._half(half, terms, positive)
            firsts.append(self._main(first))
        weights = self.weights
        if weights.contrast:
            terms["contrast"] = losses.latent_contrast(positive, [(firsts[0], firsts[1])])
        if weights.neighbours:
            y = batch.y[: 2 * size]
            terms["neighbours"] = losses.neighbour_contrast(torch.cat(firsts), y, weights.bandwidth)
        total = sum(
            (getattr(weights, name) * term for name, term in terms.items()), start=batch.y.new_zeros(())
        )
        for name, term in terms.items():
            self.gathered[f"loss/{name}"].append(term.detach())
        self.gathered["loss/total"].append(total.detach())
        return total

    def _half(self, half: Batch, terms: dict[str, Tensor], positive: list[losses.Pair]) -> Seen:
        """Add the terms of one half, and its pairs of latents that belong together; its first pass."""
        weights, x, label, pixels = self.weights, half.x, half.label, half.pixels
        seen = self._pass(self.network.encoder.prepare(x, pixels), label)
        self.gathered["train"].append(losses.cross_entropy(seen.log_prob.detach()))
        terms["cross_entropy"] = terms["cross_entropy"] + losses.cross_entropy(seen.log_prob)
        if not weights.twice:
            return seen
        wanted = self.network.wanted(seen.view)
        rebuilt = self.network.decode(seen.whole)
        again = self._pass(self.network.with_rebuilt(seen.view, rebuilt), label)
        twice = self.network.decode(again.whole)
        self._add(
            terms, seen, again, losses.reconstruction(rebuilt, wanted) + losses.reconstruction(twice, wanted)
        )
        terms["cross_entropy"] = terms["cross_entropy"] + losses.cross_entropy(again.log_prob)
        positive.append((self._main(seen), self._main(again)))
        if pixels is not None:
            copy = self._pass(self.network.encoder.prepare(x, self._otherwise(pixels)), label)
            error = losses.reconstruction(self.network.decode(copy.whole), self.network.wanted(copy.view))
            self._add(terms, seen, copy, error)
            positive.append((self._main(seen), self._main(copy)))
        return seen

    def _add(self, terms: dict[str, Tensor], seen: Seen, other: Seen, error: Tensor) -> None:
        terms["reconstruction"] = terms["reconstruction"] + error
        if seen.log_q is not None and other.log_q is not None:
            terms["consistency"] = terms["consistency"] + losses.label_consistency(seen.log_q, other.log_q)

    def _pass(self, view: View, label: Tensor) -> Seen:
        whole = self.network.encoder.encode(view)
        main, head = whole[:, : self.network.main], self.network.head
        if not self.weights.consistency:
            return Seen(view, whole, head.log_prob(main, label), None)
        log_q = head.log_probabilities(main)
        return Seen(view, whole, log_q.gather(1, label[:, None])[:, 0], log_q)

    def _main(self, seen: Seen) -> Tensor:
        return seen.whole[:, : self.network.main]

    def _otherwise(self, pixels: Tensor) -> Tensor:
        """Each image in an orientation other than its own."""
        return turned(pixels, other_orientations(len(pixels)).to(pixels.device))
