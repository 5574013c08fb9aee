"""How much each term of a contrastive loss counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge

from galaxy_causal.types import Positive, checked

Factor = Annotated[float, Ge(0)]


@checked("network.weights")
@dataclass(frozen=True)
class Weights:
    """Factors of the terms in ``contrastive_losses``; a term of factor zero is not computed.

    Parameters
    ----------
    cross_entropy, reconstruction, consistency, contrast
        As published (Zhang et al. 2025, arXiv:2509.23901, section 3).
    neighbours
        Makes near in the latent mean alike in the target.
    bandwidth
        Of ``neighbours``, in units of the target's deviation over training galaxies.
    """

    cross_entropy: Positive = 1.0
    reconstruction: Factor = 0.0
    consistency: Factor = 0.0
    contrast: Factor = 0.0
    neighbours: Factor = 0.0
    bandwidth: Positive = 0.2

    @property
    def twice(self) -> bool:
        """Whether a term needs a reconstruction, and so a decoder and a second pass."""
        return bool(self.reconstruction or self.consistency or self.contrast)
