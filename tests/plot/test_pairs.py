from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.container import BarContainer, ErrorbarContainer

from galaxy_causal.plot import atoms_by_pair
from galaxy_causal.plot.style import LINES
from galaxy_causal.types import ATOMS, Summary, UserError

LONG = "photometry[W1W2W3]+normalised_images[ugriz]"


@pytest.fixture
def answers(summary) -> dict[str, list[Summary]]:
    return {
        f"{LONG} | redshift": [summary(), summary("passive", 40, (0.5, 0.3, 0.6), -0.2)],
        "images[u] | images[griz]": [summary(mi=(0.9, 0.2, 1.4))],
    }


def bars(axes) -> list[BarContainer]:
    return [c for c in axes.containers if isinstance(c, BarContainer)]


@pytest.mark.parametrize("measure", ["population_min", "pointwise_min"])
def test_a_panel_for_each_group_holds_the_atoms_of_every_pair(answers, measure) -> None:
    everyone, passive = atoms_by_pair(answers, measure).axes
    widths = [[patch.get_width() for patch in container] for container in bars(everyone)]
    expected = [[a[0].value[f"{measure}/{atom}"] for a in answers.values()] for atom in ATOMS]
    np.testing.assert_allclose(widths, expected, atol=1e-12)
    assert passive.get_title() == "passive\n40 galaxies"
    lacking = [container[1].get_width() for container in bars(passive)]
    assert np.isnan(lacking).all()


def test_negative_atoms_lie_left_of_zero(answers) -> None:
    # Pointwise atoms of the passive galaxies: -0.2, 0.7, 0.5, -0.4.
    _, passive = atoms_by_pair(answers, "pointwise_min").axes
    starts = [container[0].get_x() for container in bars(passive)]
    np.testing.assert_allclose(starts, [0.0, 0.0, 0.7, -0.2], atol=1e-12)


def test_errors_have_their_length_and_the_diamond_is_the_union(answers) -> None:
    everyone, _ = atoms_by_pair(answers, "population_min").axes
    *errors, total = [c for c in everyone.containers if isinstance(c, ErrorbarContainer)]
    for container, atom in zip(errors, ATOMS, strict=True):
        segments = np.array(container.lines[2][0].get_segments())
        expected = [a[0].error[f"population_min/{atom}"] for a in answers.values()]
        np.testing.assert_allclose(np.ptp(segments[:, :, 0], axis=1) / 2, expected)
    np.testing.assert_allclose(total.lines[0].get_xdata(), [1.9, 1.4])


@pytest.mark.parametrize("count", [1, 5, 15])
def test_nothing_overflows_the_figure(summary, count) -> None:
    groups = [summary(name) for name in ("all", "star_forming", "passive", "other")]
    rows = {f"{LONG} | {LONG}{n}": groups for n in range(count)}
    figure = atoms_by_pair(rows, "population_min", "log mass")
    figure.canvas.draw()
    width, height = figure.bbox.size
    for box in (figure.legends[0].get_window_extent(), *(a.get_tightbbox() for a in figure.axes)):
        assert 0 <= box.x0 < box.x1 <= width
        assert 0 <= box.y0 < box.y1 <= height


def test_what_cannot_be_drawn_is_refused(answers) -> None:
    with pytest.raises(UserError, match="at least one"):
        atoms_by_pair({}, "population_min")
    with pytest.raises(UserError, match="population_min, pointwise_min"):
        atoms_by_pair(answers, "imin")


def test_atoms_that_are_not_reliable_are_hatched(answers) -> None:
    name, groups = next(iter(answers.items()))
    doubtful = replace(groups[0], verdict={"population_min/unique_1": "lower bound"})
    figure = atoms_by_pair(
        {name: [doubtful]} | {k: v for k, v in answers.items() if k != name}, "population_min"
    )
    hatches = [[bar.get_hatch() for bar in container] for container in bars(figure.axes[0])]
    assert hatches == [[None, None], ["///", None], [None, None], [None, None]]
    words = [text.get_text() for text in figure.axes[0].texts]
    assert any("striped: lower bounds" in one and "crossed" not in one for one in words)
    reliable = atoms_by_pair(answers, "population_min").axes[0].texts
    assert not any("striped" in text.get_text() for text in reliable)


def test_each_row_names_its_inputs_in_their_colours(answers) -> None:
    axes, *_ = atoms_by_pair(answers, "population_min", "log mass", sample="mine: 9 galaxies").axes
    named = {text.get_text(): text.get_color() for text in axes.texts}
    assert named["redshift"] == named["images[griz]"] == LINES["mi_x2"]
    assert named["images[u]"] == named["photometry[W1W2W3]+\nnormalised images[ugriz]"] == LINES["mi_x1"]
    assert any(text.startswith("mine: 9 galaxies\n") for text in named)
