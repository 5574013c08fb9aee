import pytest
from omegaconf import OmegaConf

from galaxy_causal.jobs.checks import check_config
from galaxy_causal.types import UserError
from tests.test_conf import compose


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (
            ["network.dropout=1"],
            "network.dropout=1 must be below 1: it is the share of numbers that are left",
        ),
        (["network.related=2"], "network.related=2 must be at most 1: it is a correlation"),
        (["network.width=abc"], "network.width=abc must be a whole number"),
        (
            ["network.training.patience=soon"],
            "network.training.patience=soon must be a whole number, at least 1, or null",
        ),
        (["estimator.fractions=half"], "estimator.fractions=half must be a list of numbers"),
        (["estimator.folds=true"], "estimator.folds=True must be a whole number"),
        (["job=causal", "causal.network.latent=[8]"], "causal.network.latent=[8] must be a whole number"),
        (["dataset=gaussian", "dataset.r1=nan"], "dataset.r1=nan must be a number"),
        (["dataset=gaussian", "dataset.name=3"], "dataset.name=3 must be a word"),
        (["compute.compiled=maybe"], "compute.compiled=maybe must be true or false"),
        (
            ["dataset=gaussian", "dataset.n=1e4"],
            "dataset.n=10000.0 must be a whole number, at least 1; write 10000",
        ),
        (
            ["job=discover", "discovery.estimate=x1", "compute.compiled=maybe"],
            "compute.compiled=maybe must be true or false",
        ),
        (
            ["network=image", "network.tabular=paper_photometry"],
            "network.tabular=paper_photometry is no network; choose one by network@network.tabular=paper",
        ),
        (["+network.depth=3"], "network has no option depth; it has training, width, blocks"),
        (["dataset.name=2024"], """dataset.name=2024 must be a word; as a word it is dataset.name="'2024'"""),
        (
            ["trainer.gradient_clip_val=true"],
            "trainer.gradient_clip_val=True must be a number, at least 0, or null",
        ),
        (["trainer.log_every_n_steps=[1,2]"], "trainer.log_every_n_steps=[1, 2] must be a whole number"),
        (["trainer.min_steps=0x10"], "trainer.min_steps=0x10 must be a whole number, at least 0, or null"),
        (["trainer.max_epochs=[abc,null]"], "trainer.max_epochs=['abc', None] must be a whole number"),
        (["trainer.max_time=-1"], "trainer.max_time=-1 must be a word, or a group of options, or null"),
        (["trainer.enable_progress_bar=abc"], "trainer.enable_progress_bar=abc must be true or false, or"),
        (
            ["trainer.accumulate_grad_batches=0"],
            "trainer.accumulate_grad_batches=0 must be a whole number, at least 1",
        ),
        (["trainer.min_epochs=???"], "trainer.min_epochs=??? must be given"),
        (["network=scl", "network.weights=abc"], "network.weights=abc must be a group of options"),
        (["network.training=null"], "network.training=None must be a group of options; override"),
        (["launcher.workers=many"], "launcher.workers=many must be a whole number"),
        (["decomposition.quantised=3"], "decomposition.quantised=3 must be a group of options"),
        (
            ["network=paper_photometry", "network.depth=10000000"],
            "network.depth=10,000,000 must be at most 1,000: memory grows with it",
        ),
        (["network=image", "network.hidden=1000000"], "network.hidden=1,000,000 must be at most 65,536"),
        (
            ["job=causal", "causal.probe.tabular.training.threads=5000"],
            "causal.probe.tabular.training.threads=5,000 must be at most 1,024: no machine has more",
        ),
    ],
)
def test_options_of_another_kind_are_refused_by_name(overrides, message):
    with pytest.raises(UserError) as found:
        check_config(compose(*overrides))
    assert str(found.value).startswith(message)


@pytest.mark.parametrize(
    ("key", "most", "chosen"),
    [
        ("seed", 4_000_000_000, ()),
        ("seeds", 1_000, ()),
        ("fits_at_once", 1_024, ()),
        ("launcher.workers", 1_024, ()),
        ("decomposition.draws", 100_000, ()),
        ("decomposition.curve_draws", 100_000, ()),
        ("decomposition.bins", 1_000, ()),
        ("decomposition.quantised.draws", 100_000, ()),
        ("decomposition.quantised.bins", 100, ()),
        ("estimator.folds", 100, ()),
        ("estimator.bins", 10_000, ()),
        ("trainer.num_nodes", 1_024, ()),
        ("trainer.devices", 1_024, ()),
        ("network.width", 65_536, ()),
        ("network.training.threads", 1_024, ()),
        ("network.training.average", 1_000_000, ()),
        ("subsets.draws", 100_000, ("job=subsets",)),
        ("subsets.permutations", 100_000, ("job=subsets",)),
        ("causal.permutations", 100_000, ("job=causal",)),
        ("causal.basis", 1_000, ("job=causal",)),
        ("causal.folds", 100, ("job=causal",)),
        ("causal.kernel_galaxies", 100_000, ("job=causal",)),
        ("causal.bins", 1_000, ("job=causal",)),
        ("causal.network.latent", 65_536, ("job=causal",)),
        ("neighbours.block", 1_000_000, ("job=causal",)),
        ("neighbours.threads", 1_024, ("job=causal",)),
        ("neighbours.cells", 1_000_000, ("job=causal", "neighbours=approximate")),
        ("discovery.stability.replicates", 100_000, ("job=discover",)),
        ("discovery.stability.workers", 1_024, ("job=discover",)),
        ("discovery.algorithm.basis", 1_000, ("job=discover",)),
        ("cutouts.grid.size", 100_000, ("job=cutouts",)),
    ],
)
def test_numbers_up_to_the_bound_pass_and_those_beyond_are_refused_with_the_reason(key, most, chosen):
    cfg = compose(*chosen)
    OmegaConf.update(cfg, key, most)
    check_config(cfg)
    OmegaConf.update(cfg, key, most + 1)
    with pytest.raises(UserError, match=f"{key}=.* must be at most .*: .{{9}}"):
        check_config(cfg)


def test_no_other_spelling_is_offered_of_a_number_beyond_its_bound():
    with pytest.raises(UserError) as found:
        check_config(compose("trainer.devices=5000"))
    assert str(found.value).endswith("each is a process with a memory of its own")


def test_jobs_look_at_what_they_need():
    check_config(compose("job=discover", "network.width=abc"))
    check_config(compose("job=cutouts", "cutouts.grid.bands=ugriz", "cutouts.frames.hdu=SCI"))
    check_config(compose("bands.accompany=null", "compute.image_memory=inf"))
    check_config(compose("job=cutouts", "cutouts.grid.bands=ugriz", "network._target_=not.there"))
    with pytest.raises(UserError, match=r"network\.width=abc"):
        check_config(compose("job=causal", "network.width=abc"))


def test_the_command_line_refuses_at_once(galaxy_causal):
    refused = galaxy_causal("network.dropout=much", "dataset=table", "dataset.path=missing.fits")
    assert refused.code == 2
    assert refused.err == "error: network.dropout=much must be a number, at least 0\n"
