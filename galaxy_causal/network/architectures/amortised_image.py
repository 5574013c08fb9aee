"""One network for every subset of images in several bands and numbers."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn

from galaxy_causal.network.architectures.amortised import Amortised, SubsetNetwork, Subsets
from galaxy_causal.network.architectures.image import Image, check_turning, in_flux
from galaxy_causal.network.equivariant import TurningConv2d
from galaxy_causal.network.heads import density_head
from galaxy_causal.network.image_network import some
from galaxy_causal.network.interface import Network
from galaxy_causal.network.layers import ResidualBlock
from galaxy_causal.network.pixels import ORIENTATIONS, Apertures, PreparedPixels
from galaxy_causal.network.residuals import colour_pairs, profile_pairs
from galaxy_causal.network.subset_model import Players, SubsetEncoder, SubsetModel
from galaxy_causal.network.training import Training, Width
from galaxy_causal.network.trunk import HALVINGS, Conv, Trunk
from galaxy_causal.types import Floats, Fraction, Sample, UserError, option

LAYERS = 2  # residual layers after the fusion


class BandTrunk(nn.Module):
    """Images in one band each, (k, h, w), and the number of that band (k,), to features (k, count).

    One ``Trunk`` serves all bands. It is told of the band by a gain and an offset of the band's own for each
    field of its first layer.
    """

    def __init__(self, trunk: Trunk, bands: int, fields: int, count: int) -> None:
        super().__init__()
        self.trunk = trunk
        self.gain = nn.Parameter(torch.ones(bands, fields))
        self.offset = nn.Parameter(torch.zeros(bands, fields))
        self.narrow = nn.Linear(trunk.count, count)

    def forward(self, pixels: Tensor, band: Tensor) -> Tensor:
        """Shape (k, count)."""
        x = self.trunk.layers[0](pixels[:, None])
        gain, offset = (
            of[band].repeat_interleave(ORIENTATIONS, dim=1)[..., None, None]
            for of in (self.gain, self.offset)
        )
        features: Tensor = self.narrow(self.trunk.pool(self.trunk.layers[1:](x * gain + offset)))
        return features


class SubsetImageEncoder(SubsetEncoder):
    """Numbers and pixels, zero where they are hidden, and a mask of what is shown -> latent.

    The light in apertures joins the numbers (of a band's light, that in the largest aperture has residuals
    with all other players), as do residuals between bands within each smaller aperture, colours at every
    radius, and between neighbouring apertures of a band, its profile (of players alone, and not of bands that
    are divided by their flux). Each band's pixels pass through a
    ``BandTrunk`` by themselves. In the first layer every band has weights of its own for what the trunk makes
    of it, so that the embeddings of the bands that are shown are added up; these weights start at zero, that
    numbers and light be learnt fast.
    """

    owner: Tensor  # (players, bands), true where a band is a player's
    always: Tensor  # (bands,), true where a band is shown in every subset

    def __init__(
        self,
        numbers: Floats,
        pixels: Tensor,
        bands: tuple[str, ...],
        players: Players,
        prepare: PreparedPixels,
        apertures: int,
        trunk: BandTrunk,
        hidden: int,
    ) -> None:
        """``numbers`` (k, d), ``pixels`` (k, c, h, w) of training galaxies; ``players`` as in ``Sample``."""
        light = Apertures(pixels, apertures)
        own = {
            name: tuple(numbers.shape[1] + bands.index(name) * apertures + a for a in range(apertures)[::-1])
            for name in players
            if name in bands
        }
        owner = torch.tensor([[name == band for band in bands] for name in players]).reshape(len(players), -1)
        embedded = owner.float().repeat_interleave(trunk.narrow.out_features, dim=1)

        compared = [columns for band, columns in own.items() if in_flux(band)]
        light_of = torch.tensor(compared, dtype=torch.int64).reshape(-1, apertures)
        rest = nn.Sequential(*(ResidualBlock(hidden, 0.0) for _ in range(LAYERS)), nn.SiLU())
        known = np.hstack([numbers, light(pixels).numpy()])
        pairs = torch.cat([colour_pairs(light_of[:, 1:]), profile_pairs(light_of)])
        super().__init__(known, {**players, **own}, hidden, rest, pairs, embedded)
        nn.init.zeros_(self.first.linear.weight[:, -embedded.shape[1] :].detach())
        self.light, self.prepare, self.band_trunk = light, prepare, trunk
        self.register_buffer("owner", owner.float())
        self.register_buffer("always", ~owner.any(dim=0))

    def features(self, x: Tensor, pixels: Tensor | None = None, shown: Tensor | None = None) -> Tensor:
        """All that can be shown of x (m, d) and pixels (m, c, h, w): (m, features).

        With ``shown`` (m, players) bands that are hidden are not looked at; what stands in their place does
        not matter.
        """
        if pixels is None:
            raise TypeError("a SubsetImageEncoder needs images")
        known = torch.cat([x, self.light(pixels).to(x.dtype)], dim=1)
        return torch.cat([super().features(known), self._embedded(pixels, shown)], dim=1)

    def _embedded(self, pixels: Tensor, shown: Tensor | None) -> Tensor:
        """Every band's embedding side by side, (m, c * count)."""
        prepared = self.prepare(pixels)
        wanted = self.always.expand(len(pixels), -1)
        wanted = wanted | (True if shown is None else (shown.float() @ self.owner > 0))
        rows, band = wanted.nonzero(as_tuple=True)
        found = self.band_trunk(prepared[rows, band], band)
        result = found.new_zeros(*wanted.shape, found.shape[1])
        result[rows, band] = found
        embedded: Tensor = result.flatten(1)
        return embedded


OF_SUBSETS_OF_IMAGES = Training(
    batch_size=16, learning_rate=3e-3, weight_decay=1e-2, patience=15, max_epochs=60
)
"""How a network for all subsets of bands is trained."""


@dataclass(frozen=True)
class AmortisedImage(SubsetNetwork, Image):
    """One network for all subsets of bands of images and of numbers; see ``SubsetImageEncoder``.

    Parameters
    ----------
    training, components, apertures, scaling, binning, augment
        As of `Image`, with other defaults.
    neighbours, whole, subsets, validated
        Which subsets it is trained on, as of `SubsetNetwork`.
    width, blocks
        Of the trunk that all bands share.
    hidden
        Of the layers after the fusion.
    embedding
        Numbers that stand for a band's pixels.
    invariant
        Whether it does not change when images are turned, as ``ImageD4``: there is nothing to augment then.
    related, colours
        Not used: every pair of players has its residual, and light is compared in all apertures.
    tabular
        What learns inputs without images.
    """

    training: Training = OF_SUBSETS_OF_IMAGES
    width: Width = 16
    embedding: Width = 32
    invariant: bool = True
    augment: bool = field(default=False, kw_only=True)
    neighbours: Fraction = field(default=0.3, kw_only=True)
    subsets: Subsets = field(default=16, kw_only=True)
    validated: Subsets = field(default=8, kw_only=True)
    tabular: Network | None = field(default_factory=Amortised, kw_only=True)

    def build(self, train: Sample, edges: Floats) -> SubsetModel:
        """A fresh model, with the players of the sample; see ``Network``."""
        x, y, images, players = train.x, train.y, self.images(train), train.players
        look = some(len(y))
        pixels = torch.from_numpy(images.read(look))
        prepare = PreparedPixels(pixels, self.scaling, self.binning)
        fields = [self.width // ORIENTATIONS * 2**stage for stage in range(HALVINGS)]
        trunk = Trunk(
            1, self._binned(images.shape), fields, self.blocks, TurningConv2d if self.invariant else Conv
        )
        encoder = SubsetImageEncoder(
            x[look],
            pixels,
            images.bands,
            players,
            prepare,
            self.apertures,
            BandTrunk(trunk, len(images.bands), fields[0], self.embedding),
            self.hidden,
        )
        start = (float(y.mean()), float(y.std()))
        head = density_head(
            self.hidden, self.components, torch.as_tensor(edges), start, unordered=bool(train.classes)
        )
        return SubsetModel(encoder, head)

    def check(self, sample: Sample) -> None:
        """Refuse also inputs without images, naming the network for them."""
        if sample.images is None and sample.players:
            raise UserError(
                f"{option('network', 'amortised_image')} takes images, but the inputs are "
                f"{', '.join(map(str, sample.columns))}; set {option('network', 'amortised')}, or leave "
                f"{option('network.tabular')} as it is"
            )
        super().check(sample)

    def check_shape(self, shape: tuple[int, int]) -> None:
        """Refuse a width and images (height, width) that the layers cannot take."""
        super().check_shape(shape)
        if self.invariant:
            name = option("network.invariant")
            check_turning(shape, self.binning, f"{name}=true", f"set {name}=false")
