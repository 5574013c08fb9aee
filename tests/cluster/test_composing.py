"""Members that are composed quickly are what Hydra composes, and ask for the same fits."""

import pytest
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from omegaconf import OmegaConf

from galaxy_causal.jobs.composing import Composer, composed, composing, question_of
from galaxy_causal.jobs.once import once, remembering
from galaxy_causal.jobs.planning import planned
from galaxy_causal.types import UserError

GAUSSIAN = ("dataset=gaussian", "bands=signals", "dataset.n=300")
MEMBERS = [
    [*GAUSSIAN, "network.width=16", "seed=3"],
    [*GAUSSIAN, "network.width=16", "seed=4", "network=scl", "network.latent=3"],
    [*GAUSSIAN, "neighbours=approximate", "seed=7", "job=causal", "causal.query=[x1]"],
    [*GAUSSIAN, "tracking.root=elsewhere", "dataset=mock", "bands=photometry_redshift"],
    [
        *GAUSSIAN,
        "network@causal.network=scl_image",
        "causal.network.latent=5",
        "job=causal",
        "causal.query=[x1]",
    ],
    [*GAUSSIAN, "dataset.split={train: 0.6, validation: 0.2, test: 0.2}", "++decomposition.quantised.bins=4"],
    [
        *GAUSSIAN,
        "bands.x1={signal: x2}",
        "bands.x2.signal=x1",
        "trainer.max_epochs=4",
        "decomposition.also=[ccs]",
    ],
]


@pytest.fixture(autouse=True)
def hydra():
    with composing():
        yield
    HydraConfig.instance().cfg = None


def plain(node):
    return OmegaConf.to_container(node, resolve=True) if OmegaConf.is_config(node) else node


def test_members_are_what_hydra_composes():
    composer = Composer(alone=False)
    quick = [composer.member(one) for one in MEMBERS]
    for parts, overrides in zip(quick, MEMBERS, strict=True):
        cfg = composed(overrides, alone=False)
        for name in cfg:
            assert plain(parts[name]) == plain(cfg[name]), (name, overrides)


def test_what_hydra_refuses_is_refused():
    composer = Composer(alone=False)
    for wrong in ("network.widht=3", "nothing=3", "dataset.more.name=3"):
        with pytest.raises(HydraException):
            composer.member([*GAUSSIAN, wrong])
    with pytest.raises(UserError, match=r"network\.width=0 must be a whole number, at least 1"):
        composer.member([*GAUSSIAN, "network.width=0"])


def test_every_member_needs_what_it_needs_alone():
    overrides = [
        [
            *GAUSSIAN,
            f"dataset.r1={r1}",
            f"network.width={width}",
            f"seed={seed}",
            f"decomposition.bins={bins}",
        ]
        for bins in (5, 6)
        for r1 in (0.5, 0.6)
        for width in (8, 9)
        for seed in (0, 2)
    ]
    plan, _ = planned(overrides)
    assert {member.overrides for member in plan.members} == {tuple(one) for one in overrides}
    assert len({fit.key for fit in plan.fits}) == len(plan.fits)
    for member in plan.members[::5]:
        needs = question_of(composed(member.overrides, alone=False)).needs()
        from galaxy_causal.fitting import recipe_key

        alone = {recipe_key(maker.recipe(*task)) for maker, task in needs}
        assert {plan.fits[number].key for number in member.fits} == alone
    # four seeds of three inputs, and one opinion on each at two first seeds, of two datasets and two networks
    kinds = [fit.kind for fit in plan.fits]
    assert kinds.count("cross_entropy") == 2 * 2 * 3 * 5
    assert kinds.index("boosted") == kinds.count("cross_entropy") / 2  # datasets one after the other


def test_once_tells_objects_from_one_another_and_lets_go_of_none():
    with remembering():
        found = [once("x", ([],), list) for _ in range(20)]
        assert len({id(one) for one in found}) == 20
        part = []
        assert once("x", (part, 1), list) is once("x", (part, 1), list)
        assert once("x", (part, 1), list) is not once("x", (part, 2), list)
    assert once("x", (part, 1), list) is not once("x", (part, 1), list)
