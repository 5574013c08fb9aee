"""Interpret networks that estimate quantities of galaxies, as masses: ``import galaxy_causal as gc``."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from galaxy_causal.dataset import from_table as from_table
    from galaxy_causal.dataset import read_hats as read_hats
    from galaxy_causal.dataset import read_sdss_mgs as read_sdss_mgs
    from galaxy_causal.dataset import read_table as read_table
    from galaxy_causal.jobs.causal.result import CausalAnalysis as CausalAnalysis
    from galaxy_causal.jobs.decompose.result import Decomposition as Decomposition
    from galaxy_causal.jobs.discover.result import Discovery as Discovery
    from galaxy_causal.jobs.subsets.result import Subsets as Subsets
    from galaxy_causal.library.archives import acquire as acquire
    from galaxy_causal.library.causes import causal_analysis as causal_analysis
    from galaxy_causal.library.causes import discover as discover
    from galaxy_causal.library.informations import decompose as decompose
    from galaxy_causal.library.informations import fit as fit
    from galaxy_causal.library.informations import subsets as subsets
    from galaxy_causal.library.models import log_model as log_model
    from galaxy_causal.library.store import Store as Store
    from galaxy_causal.library.stores import load as load
    from galaxy_causal.library.stores import merge as merge
    from galaxy_causal.library.stores import runs as runs
    from galaxy_causal.network import preset as preset
    from galaxy_causal.types import Catalogue as Catalogue
    from galaxy_causal.types import UserError as UserError

_HOMES = {
    "Catalogue": "types",
    "CausalAnalysis": "jobs.causal.result",
    "Decomposition": "jobs.decompose.result",
    "Discovery": "jobs.discover.result",
    "Store": "library.store",
    "Subsets": "jobs.subsets.result",
    "UserError": "types",
    "acquire": "library.archives",
    "causal_analysis": "library.causes",
    "decompose": "library.informations",
    "discover": "library.causes",
    "fit": "library.informations",
    "from_table": "dataset",
    "preset": "network",
    "read_hats": "dataset",
    "read_sdss_mgs": "dataset",
    "read_table": "dataset",
    "load": "library.stores",
    "log_model": "library.models",
    "merge": "library.stores",
    "runs": "library.stores",
    "subsets": "library.informations",
}
__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:  # noqa: ANN401  (whatever it is)
    """The public names, imported when they are first asked for: the command line starts without them."""
    if name == "__version__":
        return version("galaxy_causal")  # a checkout that is not installed has none
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
