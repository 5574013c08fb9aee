"""Networks of a user's own: one method, from Python and from the command line, known in one place."""

import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from gaussian_samples import gaussian_sample
from image_learners import BINS, learner, quick
from image_samples import blob_sample
from torch import nn

import galaxy_causal as gc
from galaxy_causal.network import ImageNetwork, Network
from galaxy_causal.types import UserError, imported

OWN = """
from dataclasses import dataclass
from torch import nn
from galaxy_causal.network import Network

@dataclass(frozen=True)
class Net(Network):
    width: int = 8

    def layers(self, inputs):
        return nn.Sequential(nn.Linear(inputs, self.width), nn.SiLU())
"""
QUICK = (
    "dataset=gaussian", "bands=signals", "dataset.n=400", "seeds=1",
    "decomposition.draws=20", "decomposition.curve_draws=5", "decomposition.referee=false",
    "network.training.max_epochs=2",
)  # fmt: skip


@dataclass(frozen=True)
class OwnNumbers(Network):
    width: int = 16

    def layers(self, inputs):
        return nn.Sequential(nn.Linear(inputs, self.width), nn.SiLU(), nn.Linear(self.width, 4), nn.SiLU())


@dataclass(frozen=True)
class OwnImages(ImageNetwork):
    def layers(self, inputs):
        conv = nn.Sequential(nn.Conv2d(inputs, 8, 3, stride=2), nn.SiLU(), nn.Conv2d(8, 8, 3, stride=2))
        return nn.Sequential(conv, nn.SiLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten())


def test_one_of_numbers_learns_what_a_gaussian_input_tells():
    """0.51 nats; the mean of 900 test galaxies has error 0.03, and 1,800 teach all but some hundredths."""
    data = gaussian_sample(0.8, 3000, seed=0)
    found = BINS.information(data, learner(20, OwnNumbers(quick(20))), 0)
    truth = -0.5 * np.log(1 - 0.64)
    assert truth - 0.15 < found.metrics["mi_test"] < truth + 0.1


def test_one_of_images_learns_from_pixels_and_from_numbers_beside_them():
    """Of the 0.83 nats that brightness tells, and the 0.51 of a number beside images of noise, most."""
    data = blob_sample(0.9, 1000, seed=1, numbers=1)
    found = BINS.information(data, learner(8, OwnImages(quick(8))), 0).metrics["mi_test"]
    assert 0.4 < found < 1.1
    dark = replace(data, images=blob_sample(0.0, 1000, seed=1).images)
    told = 0.8 * (data.y - 10) / 0.6 + 0.6 * np.random.default_rng(7).normal(size=1000)
    beside = BINS.information(replace(dark, x=told[:, None]), learner(8, OwnImages(quick(8))), 0)
    assert 0.2 < beside.metrics["mi_test"] < 0.75


def test_one_of_images_needs_no_numbers_beside_them():
    data = blob_sample(0.9, 200, seed=1)
    assert data.x.shape[1] == 0
    assert np.isfinite(BINS.information(data, learner(1, OwnImages(quick(1))), 0).metrics["mi_test"])


def test_a_stored_one_is_restored():
    data = gaussian_sample(0.8, 400, seed=0)
    fit = learner(2, OwnNumbers(quick(2)))
    found = BINS.information(data, fit, 0)
    target = BINS.target(data, fit)
    again = fit.restore(target.sample, target.edges, found.weights).probabilities(data)
    assert again.shape == (400, 520)
    np.testing.assert_allclose(again.sum(axis=1), 1.0, rtol=1e-5)


def test_what_gives_no_features_is_refused():
    class Flat(Network):
        def layers(self, inputs):
            return nn.Flatten(0)

    data = gaussian_sample(0.5, 100, seed=0)
    with pytest.raises(
        UserError, match=r"Flat\.layers gives an array of shape \(2,\) for 2 galaxies; it must"
    ):
        BINS.information(data, learner(1, Flat(quick(1))), 0)

    class Bare(Network):
        pass

    with pytest.raises(UserError, match=r"Bare has no layers: define layers\(self, inputs\)"):
        BINS.information(data, learner(1, Bare(quick(1))), 0)


def test_its_options_are_checked_by_their_annotations():
    with pytest.raises(UserError, match=r"network\.width=wide must be a whole number"):
        OwnNumbers(width="wide")


@pytest.mark.long
def test_decompose_takes_one():
    rng = np.random.default_rng(0)
    mass, z = rng.normal(10.5, 0.5, 300), rng.uniform(0.02, 0.2, 300)
    frame = pd.DataFrame({"mass": mass, "z": z, "g": 20 - 2.5 * (mass - 10) + 0.1 * rng.normal(size=300)})
    galaxies = gc.from_table(frame, "mass", photometry_unit="magnitude", redshift="z", photometry={"g": "g"})
    found = gc.decompose(
        galaxies, {"photometry": "g"}, {"redshift": True}, network=OwnNumbers(quick(2)), seeds=1,
        referee=False, draws=20, progress=False,
    )  # fmt: skip
    assert np.isfinite(found.summaries[0].value["mi_union"])


@pytest.mark.long
def test_the_installed_command_finds_one_in_the_current_folder_with_the_options_of_its_class(
    galaxy_causal, tmp_path
):
    """Its class lacks options of the preset; ``width`` begins with its own 8, not with the preset's 128."""
    (tmp_path / "nets_of_a_user.py").write_text(OWN)
    command = [Path(sys.executable).with_name("galaxy-causal"), *QUICK, "network._target_=nets_of_a_user.Net"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "3 fits: 3 trained" in done.stdout
    again = galaxy_causal(*command[1:], "network.width=8", "network.training.batch_size=512")
    assert "3 fits: 0 trained, 3 reused" in again.out, again.err
    other = galaxy_causal(*command[1:], "network.width=9")
    assert "3 fits: 3 trained" in other.out, other.err


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("my_nets.Net", "there is no module my_nets here; run from the folder that holds my_nets.py, or put"),
        (
            "galaxy_causal.network.Mpl",
            "galaxy_causal.network has no Mpl; did you mean galaxy_causal.network.Mlp?",
        ),
        ("galaxy_causal.networks.Mlp", "galaxy_causal has no module networks"),
        ("Net", "must be a path of a module and a name in it"),
        ("broken_of_a_user.Net", "broken_of_a_user cannot be imported: No module named 'not_installed'"),
        ("wrong_of_a_user.Net", "wrong_of_a_user cannot be imported: ZeroDivisionError: division by zero"),
    ],
)
def test_a_target_that_is_not_found_says_so_in_one_line(path, message, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "broken_of_a_user.py").write_text("import not_installed")
    (tmp_path / "wrong_of_a_user.py").write_text("1 / 0")
    with pytest.raises(UserError) as refused:
        imported(path, "network._target_")
    assert message in str(refused.value)
    assert str(refused.value).startswith(f"network._target_={path}")
    assert "\n" not in str(refused.value)
