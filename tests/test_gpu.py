"""benchmarks/gpu.py runs whole with few packages, and says what is wrong."""

import copy
import re
import subprocess
import sys
import textwrap
from importlib import import_module
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import gpu
import gpu_together
import numpy as np
import pytest
import torch
from gpu_accuracy import Doubled, apart, gradient, scores, shaken
from gpu_options import MODULES
from gpu_samples import batch_of, sample_for
from gpu_speed import in_eights, operations
from gpu_table import TINY, Place, Row

from galaxy_causal.network import Image, Mlp, PaperImage

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
NEEDED = ("torch", "pytorch_lightning", "numpy", "scipy")
HERE = Place("cpu", TINY, 1e11)
ALONE = """
    import importlib.metadata, runpy, sys

    allowed, script = set(sys.argv[1].split(",")) | sys.stdlib_module_names, sys.argv[2]

    class Only:
        "Finds what another does, but for what is not allowed."
        def __init__(self, finder):
            self.finder = finder
        def find_spec(self, name, path=None, target=None):
            if name.partition(".")[0] in allowed and hasattr(self.finder, "find_spec"):
                return self.finder.find_spec(name, path, target)

    def version(name, found=importlib.metadata.version):
        if name == "galaxy_causal":
            raise importlib.metadata.PackageNotFoundError(name)
        return found(name)

    importlib.metadata.version = version
    sys.meta_path[:] = map(Only, sys.meta_path)
    sys.argv = sys.argv[2:]
    sys.path.insert(0, script.rpartition("/")[0])
    runpy.run_path(script, run_name="__main__")
"""


def normal(name):
    return re.split(r"[^\w.-]", name)[0].lower().replace("_", "-")


def required(names):
    """What these packages install and need, and what that needs, without extras."""
    found, waiting = set(), list(map(normal, names))
    while waiting:
        name = waiting.pop()
        if name in found or not any(
            name == normal(d) for ds in packages_distributions().values() for d in ds
        ):
            continue
        found.add(name)
        waiting += [normal(r) for r in requires(name) or () if "extra ==" not in r]
    return found


@pytest.mark.long
def test_few_packages_are_enough_for_all_parts(tmp_path):
    of = required(NEEDED)
    modules = [m for m, owners in packages_distributions().items() if of & set(map(normal, owners))]
    own = [file.stem for file in BENCHMARKS.glob("*.py")]
    assert not {"pydantic", "annotated_types", "faiss", "hydra", "mlflow", "astropy"} & set(modules)
    command = [sys.executable, "-c", textwrap.dedent(ALONE), ",".join([*modules, *own, "galaxy_causal"])]
    command += [
        str(BENCHMARKS / "gpu.py"),
        "--rehearse",
        "--minutes",
        "30",
        "--out",
        str(tmp_path / "table.md"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1200, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "pydantic is missing" in done.stdout
    table = (tmp_path / "table.md").read_text().splitlines()
    assert {line.split(" | ")[0].strip("| ") for line in table[2:]} == set(gpu.PARTS) - {"compiled"}
    assert {line.count("|") for line in table} == {9}
    assert not [line for line in table if "WRONG" in line or "failed" in line]


def test_a_part_that_fails_says_so_and_the_next_one_begins(monkeypatch, capsys):
    def broken(place):
        yield Row("fine")
        raise RuntimeError("out of memory\nof the device")

    monkeypatch.setattr(gpu, "PARTS", {"steps": broken, "fed": lambda place: iter([Row("next", wrong=True)])})
    lines = list(gpu.measured(["steps", "fed"], HERE, 1.0))
    assert [good for _, good in lines] == [True, False, False]
    assert "RuntimeError: out of memory of the device" in lines[1][0]
    assert "WRONG" in lines[2][0]
    assert "out of memory" in capsys.readouterr().err


def test_a_part_ends_with_its_time(monkeypatch):
    endless = {"steps": lambda place: iter(lambda: Row("again"), None)}
    monkeypatch.setattr(gpu, "PARTS", endless)
    lines = [line for line, _ in gpu.measured(["steps"], HERE, 0.0)]
    assert len(lines) == 2
    assert "time is over" in lines[-1]


def test_double_precision_is_one():
    network, sample = Mlp(), sample_for(Mlp(), 8, 64)
    module = shaken(network, 64)
    precise = copy.deepcopy(module).double()
    with Doubled():
        truth = scores(network, precise, sample, "cpu")
        assert precise.model.encoder(torch.as_tensor(sample.x)).dtype == torch.float64
        slope = gradient(precise, batch_of(network, sample, "cpu"))
    assert 0 < apart(scores(network, module, sample, "cpu"), truth) < 1e-5
    with torch.no_grad():
        module.model.encoder[1].weight[0, 0] += 0.1
    assert apart(scores(network, module, sample, "cpu"), truth) > 1e-5
    assert apart(gradient(module, batch_of(network, sample, "cpu")), slope) > 1e-3
    assert apart(torch.tensor([np.nan]), torch.ones(1)) == np.inf


def test_channels_in_eights_are_the_published_ones_and_few_more():
    network, sample = PaperImage(), sample_for(PaperImage(), 2, 64)
    batch = batch_of(network, sample, "cpu")
    counted = []
    for change in (lambda module: module, in_eights):
        module = change(shaken(network, 64))
        with torch.no_grad():
            counted.append(operations(lambda: module.model(batch.x, batch.label, batch.pixels)))  # noqa: B023
        channels = {layer.out_channels for layer in module.modules() if isinstance(layer, torch.nn.Conv2d)}
    assert counted[0] == pytest.approx(2 * 5.93e9, rel=1e-2)
    assert 1.0 < counted[1] / counted[0] < 1.1
    assert all(count % 8 == 0 for count in channels)


def test_all_at_once_is_what_members_do_alone():
    every = gpu_together.members(5, 512)
    together = gpu_together.Together(every, "cpu")
    rows = torch.arange(0, 512, 4)
    assert gpu_together.difference(every, together, rows) < 1e-5
    for weights in together.weights.values():
        weights.grad = None
    together.weights["0.weight"].data[3] *= 1.01
    assert gpu_together.difference(every, together, rows) > 1e-5


def test_input_sets_are_those_of_the_study():
    sets = gpu_together.input_sets()
    assert len({tuple(one) for one in sets}) == len(sets) == 31


def test_stand_ins_have_what_the_package_asks_for():
    for name, contents in MODULES.items():
        assert all(hasattr(import_module(name), one) for one in contents)


def test_batches_are_the_trainings_own_where_the_place_has_room_for_them():
    assert gpu.FULL.batches[0] >= Image().training.batch_size == PaperImage().training.batch_size
