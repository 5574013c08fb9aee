"""The paper's studies on the paper's own galaxies, in a small file of their layout."""

import hydra
import pytest
from command import QUICK
from hydra.utils import instantiate
from mgs_files import make
from stored import runs

from galaxy_causal.dataset import check_inputs, sample
from galaxy_causal.jobs.checks import check_config
from galaxy_causal.jobs.report.command import members

pytestmark = pytest.mark.usefixtures("light_figures")
STUDIES = ("image_bands", "photometry_bands")


@pytest.fixture
def given(tmp_path):
    path, tables = make(tmp_path, 120, size=16).write()
    options = [f"dataset.tables.{name}.path={file}" for name, file in tables.items()]
    return ["dataset=sdss_mgs", f"dataset.path={path}", f"dataset.cache={tmp_path / 'cache'}", *options]


def test_the_studies_of_the_paper_ask_for_what_the_file_has(given):
    """The first pair of each stands for its bands, which are the same in all its pairs."""
    with hydra.initialize_config_module("galaxy_causal.conf", version_base="1.3"):
        pairs = [*members("modalities", given), *(members(name, given)[0] for name in STUDIES)]
        cfgs = [hydra.compose("config", own) for own in pairs]
        causal = hydra.compose("config", ["experiment=local_independence_sdss_mgs", *given])
    galaxies = instantiate(cfgs[0].dataset)
    for cfg in cfgs:
        check_config(cfg)
        assert cfg.dataset == cfgs[0].dataset
        pair = instantiate(cfg.bands)(
            features=galaxies.features, dataset=galaxies.name, images=galaxies.images.bands
        )
        check_inputs(galaxies, sample(galaxies, pair.union))
    check_config(causal)
    assert set(causal.causal["query"]) - {"redshift"} <= set(galaxies.features["photometry"])


def test_a_decomposition_runs_whole(given, galaxy_causal, tmp_path):
    quick = [one for one in QUICK if not one.startswith(("dataset", "bands", "network"))]
    small = ["network.width=8", "network.hidden=8", "network.training.max_epochs=1", "network.binning=2"]
    tabular = ["network.tabular.width=8", "network.tabular.blocks=1", "network.tabular.training.max_epochs=1"]
    asked = ["experiment=modalities", "bands=photometry_images", "scale=small", *small, *tabular]
    outcome = galaxy_causal(*asked, *given, *quick)
    assert outcome.code == 0, outcome.err
    (run,) = runs(tmp_path, "decompose")
    assert {"redundant", "unique_1", "unique_2", "synergistic"} <= set(run.data.metrics)
    assert run.data.params["dataset.path"] == given[1].partition("=")[2]
