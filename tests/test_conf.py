"""Every option composes, and every _target_ is a public name that takes what its option gives."""

import inspect
import re
import shlex
from copy import deepcopy
from dataclasses import asdict
from functools import cache
from pathlib import Path

import hydra
import pytest
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.utils import get_object, instantiate
from omegaconf import OmegaConf

from galaxy_causal.fitting.recipe import canonical
from galaxy_causal.jobs.arguments import readable
from galaxy_causal.jobs.checks import check_config, groups_read
from galaxy_causal.jobs.job import job_names
from galaxy_causal.jobs.quoting import quoted
from galaxy_causal.jobs.settings import plain
from galaxy_causal.network import PaperImage, PaperPhotometry, PaperScl, PaperSclImage, preset
from galaxy_causal.types import spec_of

CONF = Path(__file__).parents[1] / "conf"
WITHIN = {"training": "training@network.training", "weights": "weights@causal.network.weights"}
"""Groups that stand within others."""
OPTIONS = sorted(
    f"{WITHIN.get(file.parent.name, file.parent.name)}={file.stem}" for file in CONF.glob("*/*.yaml")
)


def compose(*overrides):
    """A configuration of one's own: many tests ask for the same one, and Hydra takes long to compose it."""
    return deepcopy(composed(overrides))


@cache
def composed(overrides):
    with hydra.initialize_config_module("galaxy_causal.conf", version_base="1.3"):
        return hydra.compose("config", overrides=list(overrides), return_hydra_config=True)


def targets(node):
    if OmegaConf.is_dict(node):
        if "_target_" in node:
            yield node
        for key in node:
            if not OmegaConf.is_missing(node, key):
                yield from targets(node._get_node(key))


def test_there_are_options():
    assert len(OPTIONS) > 15


@pytest.mark.parametrize("option", OPTIONS)
def test_an_option_composes_its_targets_bind_and_jobs_take_it(option):
    cfg = compose(option)
    ours = [node for group in cfg if group != "hydra" for node in targets(cfg._get_node(group))]
    assert ours
    for node in ours:
        assert node._target_.count(".") == 2, f"{node._target_} is not one room and one name deep"
        found = get_object(node._target_)
        given = {str(k) for k in node if str(k) not in ("_target_", "_partial_", "_recursive_", "_convert_")}
        parameters = inspect.signature(found).parameters
        assert given <= set(parameters), f"{node._target_} does not take {given - set(parameters)}"
        needed = {n for n, p in parameters.items() if p.default is p.empty and p.kind is p.KEYWORD_ONLY}
        if not node.get("_partial_"):
            needed |= {n for n, p in parameters.items() if p.default is p.empty}
            assert needed <= given, f"{node._target_} needs {needed - given}"
    check_every_job(cfg, option.rpartition("@")[2].partition("=")[0].partition(".")[0])


def check_every_job(cfg, group):
    """Jobs that read a group take it as it is; presets of whole studies are read by all of them."""
    OmegaConf.set_struct(cfg, False)
    del cfg["hydra"]  # jobs do not see it
    for job in job_names():
        cfg.job = job
        if group in groups_read(cfg) or group in ("experiment", "scale"):
            check_config(cfg)


@pytest.mark.parametrize("network", sorted(p.stem for p in (CONF / "network").glob("*.yaml")))
def test_every_network_goes_with_the_small_scale_as_it_is(network):
    assert compose("scale=small", f"network={network}").network == compose(f"network={network}").network


@pytest.mark.parametrize("network", sorted(p.stem for p in (CONF / "network").glob("*image*_small.yaml")))
def test_small_networks_differ_from_their_own_in_size_and_training_alone(network):
    small, own = (instantiate(compose(f"network={one}").network) for one in (network, network[:-6]))
    assert type(small) is type(own)
    assert small.binning == 2 * own.binning
    assert small.training.max_epochs < own.training.max_epochs
    changed = {k for k in vars(own) if getattr(small, k) != getattr(own, k)}
    assert changed <= {"width", "binning", "training", "tabular"}


@pytest.mark.parametrize(
    "network",
    sorted({p.stem for p in (CONF / "network").glob("*image*.yaml")} - {"scl_image", "scl_image_small"}),
)
def test_networks_for_images_take_any_network_for_numbers_beside_them_as_it_is(network):
    """All but ``scl_image``, which gives its number of latents to the one beside it."""
    beside = compose(f"network={network}", "network@network.tabular=paper_photometry").network.tabular
    assert beside == compose("network=paper_photometry").network


@pytest.mark.parametrize("preset", [p.stem for p in sorted((CONF / "network").glob("paper_*.yaml"))])
def test_published_presets_are_what_their_classes_are_without_options(preset):
    network = instantiate(compose(f"network={preset}").network)
    bare = type(network)()
    assert network == bare
    assert asdict(network.training) == asdict(bare.training)


@pytest.mark.parametrize("name", sorted(p.stem for p in (CONF / "network").glob("*.yaml")))
def test_every_network_of_an_option_can_be_had_in_python_by_its_name(name):
    """And by its recipe it is the same, so that both find the same fits."""
    found = instantiate(compose(f"network={name}").network)
    assert found == preset(name)
    assert canonical({"network": spec_of(found)}) == canonical({"network": spec_of(preset(name))})
    written = plain(compose(f"network={name}").network)
    assert set(written) <= set(spec_of(found))


@pytest.mark.parametrize("name", sorted(p.stem for p in (CONF / "estimator").glob("*.yaml")))
def test_estimators_of_options_are_known_by_all_that_they_were_given(name):
    written = plain(compose(f"estimator={name}").estimator)
    found = spec_of(instantiate(written))
    assert written.items() <= found.items()
    assert spec_of(instantiate(found)) == found


def test_published_trainings_and_terms():
    """Zhang et al. 2025: one schedule; 128 galaxies or two halves of 32; images are rebuilt a hundredfold."""
    networks = {cls: cls() for cls in (PaperPhotometry, PaperImage, PaperScl, PaperSclImage)}
    for network in networks.values():
        training = network.training
        assert (training.learning_rate, training.weight_decay, training.average) == (1e-4, 0, 0)
        assert (training.schedule, list(training.milestones), training.decay) == ("steps", [60_000], 1 / 5)
        assert (training.max_steps, training.max_epochs, training.patience) == (180_000, -1, None)
    sizes = [(n.training.batch_size, n.training.replacement) for n in networks.values()]
    assert sizes == [(128, True), (128, True), (64, False), (64, False)]
    terms = {"cross_entropy": 1, "consistency": 1, "contrast": 1, "neighbours": 0, "bandwidth": 0.2}
    assert asdict(networks[PaperScl].weights) == terms | {"reconstruction": 1}
    assert asdict(networks[PaperSclImage].weights) == terms | {"reconstruction": 100}
    assert networks[PaperImage].tabular == networks[PaperPhotometry]
    assert networks[PaperSclImage].tabular == networks[PaperScl]
    assert [n.latent for n in networks.values()] == [8, 16, 8, 16]
    assert [networks[cls].nuisance_dim for cls in (PaperScl, PaperSclImage)] == [8, 512]


def test_trainer_options_are_lightnings_own_and_need_no_plus():
    import pytorch_lightning as pl

    known = set(inspect.signature(pl.Trainer.__init__).parameters) - {"self"}
    ours = {str(k) for k in compose().trainer} - {"checkpoint_minutes"}
    assert ours <= known
    objects = {"callbacks", "plugins", "logger", "enable_checkpointing", "inference_mode", "model_registry"}
    unset = {
        "limit_test_batches",
        "limit_predict_batches",
        "reload_dataloaders_every_n_epochs",
        "enable_autolog_hparams",
    }
    assert known - ours <= objects | unset


def test_what_is_not_science_in_the_trainer_exists():
    from galaxy_causal.fitting import TRAINER_NOT_SCIENCE

    assert set(TRAINER_NOT_SCIENCE) <= {str(k) for k in compose().trainer}


DOCS = CONF.parent / "docs"
PAGES = [CONF.parent / "README.md", *sorted(DOCS.glob("start/*.md")), *sorted(DOCS.glob("guide/*.md"))]
OWN = ("...", "$", "_target_=", "--", "doctor")
"""What a command has in it that stands for more, or that no configuration is composed for."""


def shown_commands(page):
    """What a page has after ``galaxy-causal``, in lines of their own and within text."""
    text = page.read_text().replace("\\\n", " ")
    found = {*re.findall(r"^ *galaxy-causal (.*)$", text, re.MULTILINE)}
    found |= {*re.findall(r"`galaxy-causal ([^`\n]*)`", text)}
    given = {one for one in found if not one.lstrip().startswith("#")}
    return sorted(one for one in given if not any(part in one for part in OWN))


def test_pages_show_commands():
    assert sum(len(shown_commands(page)) for page in PAGES) > 60


@pytest.mark.parametrize(
    "arguments", sorted({one for page in PAGES for one in shown_commands(page)}), ids=lambda one: one[:60]
)
def test_commands_that_pages_show_compose_and_pass(arguments):
    """Of a sweep its first member."""
    given = readable(list(map(quoted, shlex.split(arguments, comments=True))))
    if "=" not in given[0] and given[0] != "-m":  # a job by its name
        given[0] = f"job={given[0]}"
    parsed = OverridesParser.create().parse_overrides([one for one in given if one != "-m"])
    batches = BasicSweeper.split_arguments(parsed, max_batch_size=None)
    cfg = compose(*batches[0][0])
    OmegaConf.set_struct(cfg, False)
    del cfg["hydra"]
    check_config(cfg)


def test_joblib_launcher_takes_its_number_of_workers():
    assert compose("launcher=joblib", "launcher.workers=4").hydra.launcher.n_jobs == 4
