"""How much each term of a contrastive loss counts."""

from __future__ import annotations

from dataclasses import dataclass, fields

from galaxy_causal.types import UserError, check_options


@dataclass(frozen=True)
class Weights:
    """Factors of the terms in ``contrastive_losses``; a term of factor zero is not computed.

    ``bandwidth`` of ``neighbours`` is in units of the target's deviation over training galaxies.
    """

    cross_entropy: float = 1.0
    reconstruction: float = 0.0
    consistency: float = 0.0
    contrast: float = 0.0
    neighbours: float = 0.0
    bandwidth: float = 0.2

    def __post_init__(self) -> None:
        check_options("network.weights", self, dict.fromkeys((field.name for field in fields(self)), 0))
        if not self.cross_entropy or not self.bandwidth:
            raise UserError(
                f"network.weights.cross_entropy={self.cross_entropy} and network.weights.bandwidth="
                f"{self.bandwidth} must be positive"
            )

    @property
    def twice(self) -> bool:
        """Whether a term needs a reconstruction, and so a decoder and a second pass."""
        return bool(self.reconstruction or self.consistency or self.contrast)
