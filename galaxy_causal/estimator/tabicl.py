"""Information from TabICL, a network taught on tables of many kinds, which reads the training galaxies."""

from __future__ import annotations

import inspect
from dataclasses import replace
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from galaxy_causal.estimator.cross_entropy import CrossEntropy
from galaxy_causal.estimator.folds import Folds
from galaxy_causal.estimator.interface import TABLES
from galaxy_causal.estimator.quantiles import quantile_probabilities
from galaxy_causal.estimator.target import Target
from galaxy_causal.files import sha256_of
from galaxy_causal.types import (
    Count,
    Density,
    Floats,
    Information,
    Learner,
    Sample,
    UserError,
    checked,
    option,
)

HUB = "jingang/TabICL"
"""The repository of its weights on the Hugging Face hub."""
LEVELS = ndtr(np.linspace(-4.0, 4.0, 129))
"""At which its distribution is read, at equal steps of the normal score."""


class Regressor(Protocol):
    """What of ``tabicl.TabICLRegressor`` is used."""

    def fit(self, x: Floats, y: Floats) -> object:
        """Keep training galaxies with inputs x (n, d) and target y (n,)."""

    def predict(self, x: Floats, output_type: str, alphas: list[float]) -> NDArray[np.floating]:
        """With output_type ``quantiles``, the quantiles of these levels at inputs x (m, d), (m, levels)."""


@checked("estimator")
class TabICL(CrossEntropy):
    """i(y; x) = log p(y | x) - log p(y), with p(y | x) from TabICL.

    Parameters
    ----------
    weights
        File of the regressor's weights; None looks in the cache of the Hugging Face hub. Nothing is ever
        downloaded.
    members
        Permutations of the columns whose quantiles are averaged.
    folds
        As of ``CrossEntropy``.

    Notes
    -----
    Nothing is trained: the network reads the training galaxies with each galaxy that it is asked about. It
    learns the target's normal score, as every density of ``CrossEntropy`` does, and gives quantiles, between
    which the distribution is as in ``quantile_probabilities``. The prior's share is fitted on the validation
    galaxies. The score counts for galaxies that it has not read: to a training galaxy it gives back its own
    target. Needs the extra ``tabicl``.

    References
    ----------
    Qu et al. 2025, arXiv:2502.05564.
    """

    name = "tabicl"
    single = False
    accepts = TABLES
    takes_classes = False
    uses_network = False
    keeps_density = False

    def __init__(self, weights: str | Path | None = None, members: Count = 8, folds: Folds = 0) -> None:
        super().__init__(recalibrate="prior", folds=folds)
        self.weights = weights
        self.members = members

    def check(self, sample: Sample) -> None:
        """Refuse also where the package or its weights are missing."""
        super().check(sample)
        self.checksums()

    def checksums(self) -> dict[str, str]:
        """The weights by their contents: a path says nothing of them."""
        return {"weights": self._checksum}

    @cached_property
    def _checksum(self) -> str:
        return sha256_of(self.file)

    @cached_property
    def file(self) -> Path:
        """The file of the weights; UserError where it, or the package, is not at hand."""
        if find_spec("tabicl") is None:
            raise UserError(
                f"{option('estimator', 'tabicl')} needs the package tabicl, which is not installed; "
                f"pip install 'galaxy_causal[tabicl]', or use {option('estimator', 'cross_entropy')}"
            )
        return _cached() if self.weights is None else _given(Path(self.weights))

    def information(self, sample: Sample, learner: Learner, seed: int) -> Information:
        """Pointwise information of galaxies that it has not read; columns are permuted by ``seed``.

        Parameters
        ----------
        sample, seed
            As of any estimator.
        learner
            Not used.

        Returns
        -------
        Information
            NaN for training galaxies; see the class.
        """
        return replace(super().information(sample, learner, seed), weights=None)

    def _density(self, target: Target, learner: Learner, seed: int) -> Density:
        """Of other galaxies, once it has read those of training."""
        sample = target.sample
        train = sample.split == "train"
        regressor = self.regressor(seed)
        regressor.fit(sample.x[train], sample.y[train])
        return _InContext(regressor, target.edges)

    def _once(self, sample: Sample, learner: Learner, seed: int) -> Information:
        """Without values of training galaxies, whose targets it has read."""
        found = super()._once(sample, learner, seed)
        pointwise = np.where(sample.split == "train", np.nan, found.pointwise_mi)
        metrics = {name: value for name, value in found.metrics.items() if name != "mi_train"}
        return replace(found, pointwise_mi=pointwise, metrics=metrics)

    def regressor(self, seed: int) -> Regressor:
        """TabICL with its weights, which are loaded when it is fitted."""
        from tabicl import TabICLRegressor

        made: Regressor = TabICLRegressor(
            n_estimators=self.members,
            model_path=self.file,
            allow_auto_download=False,
            random_state=seed,
            kv_cache="repr",  # so that training galaxies are read once for all calls of predict
        )
        return made


class _InContext(Density):
    """What a regressor that has read the training galaxies says of others."""

    def __init__(self, regressor: Regressor, edges: Floats) -> None:
        super().__init__()
        self.regressor, self.edges = regressor, edges

    def probabilities(self, part: Sample) -> NDArray[np.float32]:
        quantiles = self.regressor.predict(part.x, output_type="quantiles", alphas=LEVELS.tolist())
        if not np.isfinite(quantiles).all():
            bad = int(np.sum(~np.isfinite(quantiles).all(axis=1)))
            raise UserError(
                f"{option('estimator', 'tabicl')}: quantiles of {bad} of {len(quantiles)} galaxies are NaN "
                f"or infinite; look for outliers in the inputs, or use {option('estimator', 'cross_entropy')}"
            )
        return quantile_probabilities(quantiles.astype(np.float64), LEVELS, self.edges).astype(np.float32)


def _given(file: Path) -> Path:
    if not file.is_file():
        raise UserError(
            f"{option('estimator.weights', str(file))}: there is no such file; give the path of TabICL's "
            f"regressor weights ({_checkpoint()} of https://huggingface.co/{HUB}), which are not "
            "downloaded here"
        )
    return file


def _cached() -> Path:
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.constants import HF_HUB_CACHE

    found = try_to_load_from_cache(HUB, _checkpoint(), cache_dir=HF_HUB_CACHE)
    if not isinstance(found, str):
        raise UserError(
            f"{option('estimator', 'tabicl')}: its weights {_checkpoint()} are not in {HF_HUB_CACHE}, and "
            f"are not downloaded in silence; fetch them from https://huggingface.co/{HUB} and give their "
            f"path: {option('estimator.weights', '/path/to/the.ckpt')}"
        )
    return Path(found)


def _checkpoint() -> str:
    """Name of the weights that the installed version of the package was made for."""
    from tabicl import TabICLRegressor

    return str(inspect.signature(TabICLRegressor).parameters["checkpoint_version"].default)
