"""How fits are made, whatever of and wherever they are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Annotated, Any

from annotated_types import Ge

from galaxy_causal.estimator import CrossEntropy, Estimator
from galaxy_causal.network import Compute, Mlp, Network
from galaxy_causal.types import Count, InputSet, Positive, Seed, Whole, at_most, checked, snake_case

Processes = Annotated[int, Ge(1), at_most(1_024, "each is a process with a memory of its own")]

LENGTHS = ("max_epochs", "max_steps")
"""Options of a trainer that are those of the network's training unless they are given."""


@checked("trainer")
@dataclass(frozen=True)
class TrainerOptions:
    """How a network is trained, beside its own training: arguments of ``pytorch_lightning.Trainer``.

    Parameters
    ----------
    accelerator, devices, num_nodes, strategy, use_distributed_sampler
        Where it is trained; no part of a recipe, but for the number of devices where they are several. A
        strategy is ``auto`` or ``ddp_spawn``.
    precision
        None (single), ``bf16-mixed`` or ``16-mixed``; networks without images train in single precision
        whatever it is.
    max_epochs, max_steps
        Those of the network's training where they are None.
    min_epochs, min_steps, max_time, limit_train_batches, limit_val_batches, overfit_batches
        How long it trains, and on what share of the batches.
    val_check_interval, check_val_every_n_epoch, num_sanity_val_steps
        When the validation galaxies are looked at.
    accumulate_grad_batches, gradient_clip_val, gradient_clip_algorithm, sync_batchnorm
        What is done with gradients and batch statistics.
    deterministic, benchmark, detect_anomaly, fast_dev_run, barebones, profiler
        For reproducing, speeding up and searching for faults.
    enable_progress_bar, enable_model_summary, log_every_n_steps, default_root_dir
        What is shown and written; no part of a recipe.
    checkpoint_minutes
        Between the files from which a fit goes on that was stopped; None: there are none. The package's own,
        and no part of a recipe.

    Notes
    -----
    Meaning and defaults are Lightning's, but for what this package sees to itself: progress, logging, kept
    weights and checkpoints.
    """

    accelerator: str = "auto"
    devices: (
        Annotated[int, at_most(1_024, "each is a process with a memory of its own")] | str | Sequence[int]
    ) = 1
    num_nodes: Annotated[
        int, Ge(1), at_most(1, "a fit runs on one machine; share out the members of a sweep among several")
    ] = 1
    strategy: str = "auto"
    precision: int | str | None = None
    max_epochs: Annotated[int, Ge(-1)] | None = None
    max_steps: Annotated[int, Ge(-1)] | None = None
    min_epochs: Whole | None = None
    min_steps: Whole | None = None
    max_time: str | Mapping[str, object] | None = None
    limit_train_batches: float | None = None
    limit_val_batches: float | None = None
    overfit_batches: float = 0.0
    val_check_interval: float | None = None
    check_val_every_n_epoch: Count | None = 1
    num_sanity_val_steps: Annotated[int, Ge(-1)] | None = 0
    accumulate_grad_batches: Count = 1
    gradient_clip_val: Annotated[float, Ge(0)] | None = None
    gradient_clip_algorithm: str | None = None
    deterministic: bool | str | None = None
    benchmark: bool | None = None
    detect_anomaly: bool = False
    fast_dev_run: bool | Whole = False
    barebones: bool = False
    enable_progress_bar: bool | None = True
    enable_model_summary: bool | None = False
    log_every_n_steps: Whole | None = 50
    profiler: str | None = None
    sync_batchnorm: bool = False
    use_distributed_sampler: bool = False
    default_root_dir: str | None = None
    checkpoint_minutes: Positive | None = 5

    @property
    def given(self) -> dict[str, Any]:
        """Those that are not the defaults."""
        usual = asdict(TrainerOptions())
        return {name: value for name, value in asdict(self).items() if value != usual[name]}


@checked()
@dataclass(frozen=True)
class Fitting:
    """How fits are made: estimator, network, trainer, and seeds of the realisations.

    Parameters
    ----------
    estimator
        What estimates informations.
    network
        What the estimator learns with, if it does. One for images may have one for inputs without images
        beside it, as its ``tabular``.
    trainer
        What Lightning's trainer is told beside the network's own training.
    compute
        How images are computed with; no part of a recipe.
    seed
        Of the first realisation.
    seeds
        Realisations; one where the estimator has no network.
    """

    estimator: Estimator = field(default_factory=CrossEntropy)
    network: Network = field(default_factory=Mlp)
    trainer: TrainerOptions = field(default_factory=TrainerOptions)
    compute: Compute = field(default_factory=Compute)
    seed: Seed = 0
    seeds: Annotated[int, Ge(1), at_most(1_000, "each trains every network anew")] = 3

    def realisations(self) -> list[int]:
        """Seeds of the realisations; one where the estimator has no network to start anew."""
        count = self.seeds if self.estimator.uses_network else 1
        return [self.seed + s for s in range(count)]

    def network_of(self, inputs: InputSet | None) -> Network:
        """The network that learns some inputs.

        Parameters
        ----------
        inputs
            None stands for the network itself.

        Returns
        -------
        Network
            Where the inputs hold no image, the one for tables that a network for images has beside it: a fit
            on a table is thus the same whichever networks for images there are.
        """
        return self.network if inputs is None else self.network.learning(inputs.has_images)

    def trainer_of(self, network: Network) -> dict[str, Any]:
        """Options of Lightning's trainer for this network."""
        own = {
            name: getattr(network.training, name) for name in LENGTHS if getattr(self.trainer, name) is None
        }
        options = asdict(self.trainer) | own
        del options["checkpoint_minutes"]
        return options


def network_name(network: Network) -> str:
    """The name of a network's class, as options spell it.

    Parameters
    ----------
    network
        Also one of a user's own.

    Returns
    -------
    str
        In snake case.

    Examples
    --------
    >>> from galaxy_causal.network import PaperPhotometry
    >>> network_name(PaperPhotometry())
    'paper_photometry'
    """
    return snake_case(type(network).__name__)
