"""Tables as distributions of dit, and its decompositions as atoms."""

from __future__ import annotations

from typing import Any

import numpy as np

from galaxy_causal.decomposition.tables import marginals
from galaxy_causal.independence import seeded
from galaxy_causal.types import Atoms, Floats, UserError, option

NATS = float(np.log(2.0))  # in a bit
_FIRST, _SECOND = (0,), (1,)


def decompose(name: str, p: Floats, seed: int = 0) -> Atoms:
    """Atoms in nats of one table p (a, b, c) by ``dit.pid.<name>`` (James et al. 2018, JOSS 3, 738).

    ``seed`` sets where dit's optimisers start, which draw from the global generators.
    """
    marginals(p)  # refuses what is no distribution
    if p.ndim != 3:
        raise UserError(f"{name} takes one table (source 1, source 2, target), got shape {p.shape}")
    # dit takes more than a second to import.
    from dit import Distribution, ditParams
    from dit import pid as decompositions
    from dit.exceptions import OptimizationException

    ditParams["repr.print"] = False
    present = np.argwhere(p > 0)
    joint = Distribution([tuple(map(str, row)) for row in present.tolist()], p[p > 0] / p.sum())
    try:
        with seeded(seed):
            found: Any = getattr(decompositions, name)(joint, [[0], [1]], [2])
        nodes = ((_FIRST, _SECOND), (_FIRST,), (_SECOND,), ((0, 1),))
        return Atoms(*(np.asarray(NATS * float(found.get_pi(node))) for node in nodes))
    except OptimizationException as error:
        raise UserError(
            f"dit's {name} finds no optimum for this table of {p.shape}: lower "
            f"{option('decomposition.quantised.bins')}"
        ) from error
