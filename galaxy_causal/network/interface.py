"""What every network says of itself: what it takes, how it learns, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor, nn

from galaxy_causal.network.density import Curves, NetworkDensity
from galaxy_causal.network.heads import density_head
from galaxy_causal.network.layers import Standardise
from galaxy_causal.network.model import DensityModel
from galaxy_causal.network.subsets import SubsetDraw
from galaxy_causal.network.training import OF_NUMBERS, Training
from galaxy_causal.types import Density, Floats, Sample, UserError, annotations_of, check_option, option

if TYPE_CHECKING:
    from galaxy_causal.network.lightning.module import DensityModule

COMPONENTS = 8
"""Of the mixture that stands behind layers of one's own."""


@dataclass(frozen=True)
class Network:
    """An architecture and its training; one for tables, unless it is an ``ImageNetwork``.

    One of your own is a dataclass, whose fields are its options, with one method, ``layers``.

    Parameters
    ----------
    training
        How it is trained.

    Raises
    ------
    UserError
        For options that their annotations do not allow.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Own(Network):
    ...     width: int = 64
    ...
    ...     def layers(self, inputs: int) -> nn.Module:
    ...         return nn.Sequential(nn.Linear(inputs, self.width), nn.SiLU())
    >>> Own(width=3).layers(5)[0]
    Linear(in_features=5, out_features=3, bias=True)
    """

    training: Training = OF_NUMBERS

    bins: ClassVar[tuple[float, float, int] | None] = None
    """Low end, high end and number of the equal bins of the target that it was published with."""
    skips_parameters: ClassVar[bool] = False
    """Whether a step may leave some of its parameters without a gradient."""

    def __post_init__(self) -> None:
        for name, annotation in annotations_of(type(self)).items():
            check_option(option(f"network.{name}"), getattr(self, name), annotation)

    @property
    def takes_images(self) -> bool:
        """Whether it learns from images."""
        return False

    @property
    def takes_subsets(self) -> bool:
        """Whether it learns subsets of the inputs, drawn for every galaxy."""
        return False

    @property
    def latent_dim(self) -> int:
        """Coordinates of the latent on which alone its densities rest; 0: it has none."""
        return 0

    @property
    def has_latent(self) -> bool:
        """Whether its densities rest on a latent alone."""
        return self.latent_dim > 0

    @property
    def turns_images(self) -> bool:
        """Whether it trains on images in random orientations."""
        return False

    def layers(self, inputs: int) -> nn.Module:
        """The torch module of a network of one's own.

        Parameters
        ----------
        inputs
            Columns of a table, or bands of images.

        Returns
        -------
        torch.nn.Module
            Of standardised columns (m, inputs), or scaled pixels (m, inputs, h, w), all float32; it gives
            features (m, any). What becomes of them, a density over the bins, is seen to.
        """
        raise UserError(
            f"{type(self).__name__} has no layers: define layers(self, inputs), which gives a torch module"
        )

    def build(self, train: Sample, edges: Floats) -> DensityModel:
        """A fresh model for training galaxies; the global torch seed sets its weights.

        Parameters
        ----------
        train
            The training galaxies.
        edges
            Of the bins, shape (bins + 1,), in the unit of the sample's y.

        Returns
        -------
        DensityModel
            From inputs to the density over the bins.
        """
        encoder = nn.Sequential(Standardise(train.x), self.layers(train.x.shape[1]))
        return over_bins(encoder, self.features(encoder, torch.as_tensor(train.x[:2])), train, edges)

    def features(self, module: nn.Module, *example: Tensor) -> int:
        """How many features a module of one's own gives, of a few galaxies; refuses other shapes."""
        module.eval()
        with torch.no_grad():
            found = module(*example)
        module.train()
        if found.ndim != len(("galaxies", "features")) or len(found) != len(example[0]):
            raise UserError(
                f"{type(self).__name__}.layers gives an array of shape {tuple(found.shape)} for "
                f"{len(example[0])} galaxies; it must be (galaxies, features)"
            )
        return int(found.shape[1])

    def module(self, model: DensityModel) -> DensityModule:
        """What trains a model of this network."""
        from galaxy_causal.network.lightning.module import DensityModule

        return DensityModule(model, self.training)

    def draws(self, sample: Sample) -> tuple[SubsetDraw, SubsetDraw] | None:
        """How subsets of the players are drawn in training and for validation; None: it learns none."""
        return None

    def density(self, model: DensityModel, device: torch.device, history: Curves) -> Density:
        """What a trained model of this network says of galaxies."""
        return NetworkDensity(model, device, self.training.threads, history)

    def learning(self, images: bool) -> Network:
        """The network that learns inputs with images, or without: itself, or one beside it."""
        return self

    def check(self, sample: Sample) -> None:
        """Refuse inputs that this network cannot take, with the remedy."""
        self.check_units(sample)
        if sample.images is not None:
            raise UserError(
                f"{type(self).__name__} takes numbers, but the inputs hold {', '.join(sample.images.bands)}; "
                f"use {option('network', 'image')}, image_d4 or paper_image, or choose bands without images"
            )

    def check_units(self, sample: Sample) -> None:
        """Refuse inputs of which subsets are asked where it takes none, and conversely."""
        name, one_by_one = type(self).__name__, option("estimator", "amortised")
        if sample.players and not self.takes_subsets:
            raise UserError(
                f"{one_by_one} needs a network that takes subsets of the inputs, and {name} does not; "
                f"set {option('network', 'amortised')}, or {option('estimator', 'cross_entropy')}"
            )
        if self.takes_subsets and not sample.players:
            raise UserError(
                f"{name} learns subsets of the inputs; set {one_by_one}, or {option('network', 'mlp')}"
            )


def over_bins(encoder: nn.Module, latent: int, train: Sample, edges: Floats) -> DensityModel:
    """An encoder with a mixture density behind it, which starts as the target's own distribution."""
    start = (float(train.y.mean()), float(train.y.std()))
    return DensityModel(
        encoder,
        density_head(latent, COMPONENTS, torch.as_tensor(edges), start, unordered=bool(train.classes)),
    )
