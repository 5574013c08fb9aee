"""Networks by the names that options have."""

from __future__ import annotations

from dataclasses import replace

from galaxy_causal.network.architectures.amortised import Amortised
from galaxy_causal.network.architectures.amortised_image import AmortisedImage
from galaxy_causal.network.architectures.contrastive import Scl
from galaxy_causal.network.architectures.contrastive_image import SclImage
from galaxy_causal.network.architectures.image import Image, ImageD4
from galaxy_causal.network.architectures.mlp import Mlp
from galaxy_causal.network.interface import Network
from galaxy_causal.types import by_name, snake_case


def preset(name: str) -> Network:
    """A network with all its options by its name, as in ``network=image_small``.

    Parameters
    ----------
    name
        Of a network on the command line.

    Returns
    -------
    Network
        A frozen dataclass, equal to what the command line makes; ``dataclasses.replace`` changes its options.

    Raises
    ------
    UserError
        For a name that there is not.

    Examples
    --------
    >>> preset("paper_scl").latent
    8
    >>> preset("image_small").binning
    2
    """
    from galaxy_causal.network import NETWORKS

    made: dict[str, Network] = {snake_case(kind.__name__): kind() for kind in NETWORKS} | _small()
    return by_name("network", name, dict(sorted(made.items())))


def _small() -> dict[str, Network]:
    """Of a few thousand galaxies: smaller batches, and of images half the resolution and fewer epochs."""
    mlp, scl, amortised, image = Mlp(), Scl(), Amortised(), Image()
    brief = replace(image.training, batch_size=32, max_epochs=12, threads=1)
    tables = {
        "mlp_small": replace(
            mlp, related=0.97, training=replace(mlp.training, batch_size=128, learning_rate=1e-3)
        ),
        "scl_small": replace(scl, training=replace(scl.training, batch_size=128)),
        "amortised_small": replace(amortised, training=replace(amortised.training, batch_size=128)),
    }
    beside = AmortisedImage()
    return tables | {
        "image_small": Image(brief, width=16, binning=2, tabular=tables["mlp_small"]),
        "image_d4_small": ImageD4(brief, width=16, binning=2, tabular=tables["mlp_small"]),
        "scl_image_small": SclImage(training=brief, width=16, binning=2, tabular=tables["scl_small"]),
        "amortised_image_small": replace(
            beside,
            binning=2,
            training=replace(beside.training, max_epochs=20, threads=1),
            tabular=tables["amortised_small"],
        ),
    }
