"""Fits by recipe: found in a store, or made and stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset import catalogue_checksums, check_inputs, check_pixels, missing_pixels, sample
from galaxy_causal.estimator import Estimator
from galaxy_causal.fitting.code import foreign_code, releases
from galaxy_causal.fitting.folder import Made
from galaxy_causal.fitting.recipe import recipe_key
from galaxy_causal.fitting.results import stored_estimate, stored_fit, stored_latent, write_fit
from galaxy_causal.fitting.settings import Fitting, Processes, network_name
from galaxy_causal.fitting.store import FitStore
from galaxy_causal.network import Checkpoints, NetworkLearner, process_count
from galaxy_causal.types import (
    Catalogue,
    Fit,
    Floats,
    InputSet,
    Sample,
    Stored,
    UserError,
    option,
    spec_of,
)

REVISION = 9
"""Raise it when the code gives the same recipe another meaning: older fits are then not reused."""

TRAINER_NOT_SCIENCE = (
    "accelerator",
    "barebones",
    "benchmark",
    "default_root_dir",
    "detect_anomaly",
    "devices",
    "enable_model_summary",
    "enable_progress_bar",
    "log_every_n_steps",
    "num_nodes",
    "profiler",
    "strategy",
    "use_distributed_sampler",
)
"""Trainer options that say where and how visibly to train, not what: they stay out of recipes.

The number of ``devices`` does go in where they are several, which change the numbers a little.
"""

KEPT_NAMES = {"nuisance_dim": "rest", "tabular": "numbers"}
"""Options by the names under which stored fits know them."""

Progress = Callable[[int, int, float], None]
GoesOn = Callable[[int, int, int], None]


@dataclass(frozen=True)
class FitMakerElsewhere:
    """What another process needs for a ``FitMaker`` of its own; it can be pickled.

    Parameters
    ----------
    fitting
        How fits are made.
    galaxies, opened
        Make the catalogue, and open the store, in that process.
    """

    fitting: Fitting
    galaxies: Callable[[], Catalogue]
    opened: Callable[[], FitStore]

    def made(self) -> FitMaker:
        """The maker, with its catalogue; whoever asked for it shows what it makes."""
        return FitMaker(self.fitting, self.galaxies(), self.opened).untracked()


@dataclass(frozen=True)
class FitMaker:
    """Makes or finds the fits of one way of fitting on one catalogue.

    Parameters
    ----------
    fitting
        How fits are made.
    catalogue
        Whose galaxies they are made of.
    opened
        Opens the store when it is first needed.
    galaxies
        Makes the catalogue anew in another process; without it, and with ``at_once`` one, fits are made one
        after the other in this one.
    at_once
        Processes that make fits side by side, or ``auto``: as many as the cores can feed.
    members
        Jobs that run side by side with this one, and share the cores.
    """

    fitting: Fitting
    catalogue: Catalogue
    opened: Callable[[], FitStore]
    galaxies: Callable[[], Catalogue] | None = None
    at_once: Literal["auto"] | Processes = 1
    members: Processes = 1

    def elsewhere(self) -> FitMakerElsewhere:
        """The same for another process, where the catalogue is made anew: it need not travel."""
        if self.galaxies is None:
            raise TypeError("a catalogue that cannot be made anew stays in its process")
        return FitMakerElsewhere(self.fitting, self.galaxies, self.opened)

    def untracked(self) -> FitMaker:
        """One whose fits are shown to nobody until they are found again."""
        return replace(self, opened=lambda: self.opened().untracked()).knowing(self)

    def knowing(self, other: FitMaker) -> FitMaker:
        """This one, with what another has found out of the same catalogue."""
        if other.catalogue is self.catalogue:
            for name in {"checksums", "missing_pixels"} & set(vars(other)):
                vars(self)[name] = vars(other)[name]  # where cached properties are
        return self

    def beside(self, **changes: Any) -> FitMaker:  # noqa: ANN401  (fields of any kind)
        """One with other ``changes`` in this process, alone and on the same open store."""
        return replace(self, opened=lambda: self.store, galaxies=None, at_once=1, **changes).knowing(self)

    @cached_property
    def store(self) -> FitStore:
        """Where fits are kept, opened when first needed."""
        return self.opened()

    @property
    def estimator(self) -> Estimator:
        """What estimates informations."""
        return self.fitting.estimator

    @cached_property
    def checksums(self) -> dict[str, str]:
        """Checksums of the catalogue and its columns."""
        return catalogue_checksums(self.catalogue)

    @cached_property
    def missing_pixels(self) -> NDArray[np.int64]:
        """Missing pixels of every galaxy in every band, as in ``missing_pixels``; counted once."""
        images = self.catalogue.images
        if images is None:
            return np.zeros((len(self.catalogue), 0), dtype=np.int64)
        return missing_pixels(images, len(self.catalogue))

    def seeds(self) -> list[int]:
        """Seeds of the realisations; one where the estimator has no network to start anew."""
        return self.fitting.realisations()

    def method(self, inputs: InputSet | None = None) -> dict[str, Any]:
        """The part of a recipe that does not depend on the seed; with ``inputs``, the network is theirs."""
        kind = None if inputs is None else inputs.has_images
        if kind not in self._methods:
            self._methods[kind] = self._method(inputs)
        return dict(self._methods[kind])

    @cached_property
    def _methods(self) -> dict[bool | None, dict[str, Any]]:
        return {}

    def _method(self, inputs: InputSet | None) -> dict[str, Any]:
        method: dict[str, Any] = {
            "revision": REVISION,
            "dataset": self.checksums["catalogue"],
            "estimator": spec_of(self.estimator) | self.estimator.checksums(),
        }
        if self.estimator.uses_network:
            network = self.fitting.network_of(inputs)
            trainer = self.fitting.trainer_of(network)
            if inputs is not None and not inputs.has_images:
                trainer["precision"] = None  # half precision is for images
            method["network"] = _as_kept(spec_of(network))
            if inputs is not None:
                method["network"].pop("numbers", None)
            method["trainer"] = {k: v for k, v in trainer.items() if k not in TRAINER_NOT_SCIENCE}
            count = process_count(trainer)
            if count > 1:  # they share out every batch, and average what each has learnt
                method["trainer"]["devices"] = count
        if self.catalogue.target_classes:
            method["target"] = {"classes": list(self.catalogue.target_classes)}
        code = foreign_code(method)
        return method | ({"code": code} if code else {})

    def network_name(self, inputs: InputSet | None = None) -> str:
        """The name of the network that learns these inputs, or ``none``."""
        return network_name(self.fitting.network_of(inputs)) if self.estimator.uses_network else "none"

    def inputs_recipe(self, inputs: InputSet) -> dict[str, str]:
        """Columns of these inputs with their checksums."""
        names = [str(column) for item in inputs.items for column in item.columns]
        return {name: self.checksums[name] for name in names}

    def check(self, inputs: Sequence[InputSet]) -> list[Sample]:
        """Refuse what cannot work, before anything is trained.

        Parameters
        ----------
        inputs
            Of every fit that is to be made.

        Returns
        -------
        list of Sample
            The galaxies as each of these fits takes them.

        Raises
        ------
        UserError
            For options that contradict each other, a catalogue without a target, and inputs of the wrong
            values, kind or shape.
        """
        if not np.isfinite(self.catalogue.target).all():
            raise UserError(
                f"dataset {self.catalogue.name} has no target: a stored fit can tell of its galaxies, but "
                "nothing can be learnt from them; name the target's column"
            )
        seed = self.seeds()[0]
        learners = [self.learner(one, seed) for one in inputs]
        self.estimator.check_together(learners)
        self._check_published(learners)
        samples = []
        for one, learner in zip(inputs, learners, strict=True):
            if self.estimator.uses_network:
                learner.check()
            data = sample(self.catalogue, one, self.estimator.single)
            check_inputs(self.catalogue, data)
            self.estimator.check(data)
            if self.estimator.uses_network:
                self.fitting.network_of(one).check(data)
            if data.images is not None:
                check_pixels(self.catalogue, self.missing_pixels, one.items)
            samples.append(data)
        return samples

    def _check_published(self, learners: Sequence[NetworkLearner]) -> None:
        """Refuse the bins that a network was published with, of log10 masses, for another quantity."""
        kind, bins = self.catalogue.target_kind, [self.estimator.published(one) for one in learners]
        if (
            kind is None
            or kind.is_class
            or kind.name == "mass"
            or self.estimator.bins is not None
            or not any(bins)
        ):
            return
        low, high, count = next(one for one in bins if one is not None)
        raise UserError(
            f"{option('network', self.network_name())} was published with {count} bins of log10 masses from "
            f"{low} to "
            f"{high}, and the target is another quantity ({kind.name}); give bins of it by estimator.low, "
            f"estimator.high and estimator.bins, or take {option('network', 'mlp')}, whose bins follow the "
            "target"
        )

    def recipe(self, inputs: InputSet, seed: int) -> dict[str, Any]:
        """All that the fit of these inputs and seed depends on."""
        players = {"units": [str(player) for player in inputs.players]} if inputs.players else {}
        columns = {"inputs": self.inputs_recipe(inputs)}
        return {"job": "fit", **self.method(inputs), **columns, **players, "seed": seed}

    def find(self, inputs: InputSet, seed: int, parent: str = "", reused: bool = True) -> Fit | None:
        """The stored fit of these inputs and seed, if there is one; the run ``parent`` of a job asks."""
        found = self.store.find(self.recipe(inputs, seed), parent)
        return None if found is None else stored_fit(found, self.catalogue, reused)

    def fit(
        self,
        inputs: InputSet,
        seed: int,
        parent: str = "",
        progress: Progress | None = None,
        wait: Callable[[str], None] | None = None,
        *,
        blocking: bool = True,
        goes_on: GoesOn | None = None,
    ) -> Fit:
        """The fit of these inputs and seed, found or made.

        Parameters
        ----------
        inputs
            What of the galaxies it is given.
        seed
            Of the realisation.
        parent
            The run of the job that asks, if one does.
        progress
            Hears of steps done, steps in all (0 if unknown) and the last validation loss.
        wait
            Hears the fit's name, where another process makes it and is waited for.
        blocking
            Whether to wait for that process.
        goes_on
            Hears where a fit goes on that was stopped: the number of its training, from 1; steps done, steps
            in all (0 if unknown).

        Returns
        -------
        Fit
            Informations of all galaxies in the catalogue's order; those of training galaxies are too high.

        Raises
        ------
        Held
            Where another process makes it, and is not waited for.
        """
        recipe = self.recipe(inputs, seed)
        name = f"{inputs.label} seed {seed}"
        tags = {
            "job": "fit",
            "dataset": self.catalogue.name,
            "inputs": inputs.label,
            "estimator": str(self.estimator.name),
            "network": self.network_name(inputs),
            "seed": str(seed),
        }

        def make(folder: Path) -> Made:
            data = sample(self.catalogue, inputs, self.estimator.single)
            learner = self.learner(inputs, seed, progress, self._checkpoints(recipe, goes_on))
            information = self.estimator.information(data, learner, seed)
            held_out = self.estimator.held_out(data.split)
            return write_fit(folder, self.catalogue, held_out, information, name)

        kept, reused = self.store.get_or_make(
            recipe, name, tags, make, parent, on_wait=wait, blocking=blocking
        )
        return stored_fit(kept, self.catalogue, reused)

    def stored(self, inputs: InputSet, seed: int) -> Stored:
        """A fit that was made, as it is kept."""
        found = self.store.find(self.recipe(inputs, seed))
        if found is None:
            raise RuntimeError(f"the fit of {inputs.label} seed {seed} is not in the store")
        return found

    def latent(self, inputs: InputSet, seed: int) -> tuple[NDArray[np.float32], Floats]:
        """The latent that a stored fit keeps of each galaxy.

        Parameters
        ----------
        inputs, seed
            Of the fit.

        Returns
        -------
        tuple of ndarray
            The latent (n, l), and the estimate of the target (n,) in its unit.

        Raises
        ------
        UserError
            Where the latent holds NaN or infinities.
        """
        kept = self.stored(inputs, seed)
        return stored_latent(kept, self.catalogue, f"{inputs.label} seed {seed}"), stored_estimate(kept)

    def learner(
        self,
        inputs: InputSet,
        seed: int,
        progress: Progress | None = None,
        checkpoints: Checkpoints | None = None,
    ) -> NetworkLearner:
        """What learns these inputs, where the estimator has a network."""
        network = self.fitting.network_of(inputs)
        trainer, compute = self.fitting.trainer_of(network), self.fitting.compute
        return NetworkLearner(network, trainer, seed, progress, compute, checkpoints)

    def _checkpoints(self, recipe: Mapping[str, Any], goes_on: GoesOn | None) -> Checkpoints | None:
        """Where the fit of a recipe keeps what it has come to, if it is to."""
        minutes = self.fitting.trainer.checkpoint_minutes
        if minutes is None or not self.estimator.uses_network:
            return None
        key = recipe_key(recipe)
        return Checkpoints(self.store.checkpoints(key), minutes, {"fit": key, **releases()}, goes_on)


def _as_kept(options: Any) -> Any:  # noqa: ANN401  (plain values of any kind)
    """Nested options by the names that recipes have for them."""
    if not isinstance(options, dict):
        return options
    return {KEPT_NAMES.get(name, name): _as_kept(value) for name, value in options.items()}
