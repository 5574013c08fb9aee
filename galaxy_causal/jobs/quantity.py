"""What the target of a question is, in words, and which jobs need it to be a number."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from galaxy_causal.estimator import Binning, Cells, CrossEntropy
from galaxy_causal.fitting import FitMaker
from galaxy_causal.types import Catalogue, Floats, InputSet, Labels, Sample, UserError, option

TWO = 2


def described_target(maker: FitMaker, inputs: InputSet, data: Sample) -> Iterator[str]:
    """Say what is to be known, and in which bins the estimator has it; ``data`` are the galaxies' inputs."""
    catalogue, estimator = maker.catalogue, maker.estimator
    kind, known = catalogue.target_kind, catalogue.provenance.get("target", catalogue.target_label)
    if catalogue.target_classes:
        yield f"  target = {known}: {counted(catalogue)}"
        return
    named = "" if kind is None or kind.name in ("own", known) else f"{kind.name}, "
    unit = f" [{kind.unit}]" if kind is not None and kind.unit else ""
    if not isinstance(estimator, CrossEntropy):
        yield f"  target = {named}{known}{unit}"
        return
    cells = estimator.target(data, maker.learner(inputs, maker.seeds()[0])).cells
    yield f"  target = {named}{known}{unit}, in {_bins(cells)}"
    if cells.discrete:
        yield f"  the target has {cells.count} values: they are treated as classes"


def _bins(cells: Cells | Binning) -> str:
    if isinstance(cells, Binning):
        return f"{cells.count:,} equal bins from {cells.low:g} to {cells.high:g}"
    return f"{cells.count:,} bins that follow its training galaxies"


def counted(catalogue: Catalogue) -> str:
    """The classes of the target with how many galaxies are of each."""
    names = catalogue.target_classes
    count = np.bincount(catalogue.target.astype(np.int64), minlength=len(names)).tolist()
    return f"{len(names)} classes: " + ", ".join(f"{n} {c:,}" for n, c in zip(names, count, strict=True))


def shown_target(catalogue: Catalogue) -> Floats | Labels:
    """The target (n,) as tables of galaxies show it: numbers, or names of classes."""
    names = catalogue.target_classes
    if not names:
        return catalogue.target
    return Labels(names, catalogue.target.astype(np.int8), max(map(len, names)))


def check_number(catalogue: Catalogue, job: str) -> None:
    """Refuse a target of three classes or more where a job needs a number: two classes are 0 and 1."""
    names = catalogue.target_classes
    if len(names) > TWO:
        raise UserError(
            f"job={job} tests dependence by correlation and regression, which need a number or two classes, "
            "and "
            f"the target is one of {len(names)} classes ({', '.join(names)}); join them to two by names in "
            f"{option('dataset.columns.target')}, such as {names[0]} and all others, or use job=decompose "
            "or subsets"
        )


def signed(catalogue: Catalogue) -> Iterator[str]:
    """Say which of two classes counts as one."""
    if catalogue.target_classes:
        none, one = catalogue.target_classes
        yield f"  the target counts as 1 for {one} and as 0 for {none}: correlations have this sign"
