from __future__ import annotations

from dataclasses import replace

import matplotlib
import numpy as np
import pytest
from matplotlib.container import BarContainer, ErrorbarContainer

from galaxy_causal.plot import atoms_by_class
from galaxy_causal.types import ATOMS, Summary, UserError

LONG = "photometry[ugriz]+infrared[W1W2W3]"


def bars(axes) -> list[BarContainer]:
    return [c for c in axes.containers if isinstance(c, BarContainer)]


def error_bars(axes) -> list[ErrorbarContainer]:
    return [c for c in axes.containers if isinstance(c, ErrorbarContainer)]


@pytest.fixture
def groups(summary) -> list[Summary]:
    return [summary(), summary("star_forming", 1234, (0.5, 0.3, 0.6), -0.2), summary("passive", 7, error=2.0)]


@pytest.mark.parametrize("measure", ["population_min", "pointwise_min"])
def test_bar_heights_are_the_atoms_of_the_measure_asked_for(groups, measure) -> None:
    (axes,) = atoms_by_class(groups, measure, "a", "b").axes
    drawn = [[patch.get_height() for patch in container] for container in bars(axes)]
    expected = [[group.value[f"{measure}/{atom}"] for group in groups] for atom in ATOMS]
    np.testing.assert_allclose(drawn, expected, atol=1e-12)


def test_negative_atoms_hang_below_zero_and_positive_ones_stand_above(groups) -> None:
    # Pointwise atoms of the second group: -0.2, 0.7, 0.5, -0.4.
    (axes,) = atoms_by_class(groups, "pointwise_min", "a", "b").axes
    starts = [container[1].get_y() for container in bars(axes)]
    ends = [container[1].get_y() + container[1].get_height() for container in bars(axes)]
    np.testing.assert_allclose(starts, [0.0, 0.0, 0.7, -0.2], atol=1e-12)
    np.testing.assert_allclose(ends, [-0.2, 0.7, 1.2, -0.6], atol=1e-12)


def test_errors_sit_at_the_ends_side_by_side_and_have_their_length(groups) -> None:
    (axes,) = atoms_by_class(groups, "pointwise_min", "a", "b").axes
    places = []
    for container, errors, atom in zip(bars(axes), error_bars(axes), ATOMS, strict=False):
        segments = np.array(errors.lines[2][0].get_segments())
        ends = [patch.get_y() + patch.get_height() for patch in container]
        expected = [group.error[f"pointwise_min/{atom}"] for group in groups]
        np.testing.assert_allclose(np.ptp(segments[:, :, 1], axis=1) / 2, expected)
        np.testing.assert_allclose(segments[:, :, 1].mean(axis=1), ends, atol=1e-12)
        places.append(segments[0, 0, 0])
    assert np.diff(places).min() > 0.1


def test_the_diamond_is_the_information_of_the_union_and_of_the_stack(groups) -> None:
    (axes,) = atoms_by_class(groups, "pointwise_min", "a", "b").axes
    total = error_bars(axes)[-1].lines[0].get_ydata()
    np.testing.assert_allclose(total, [group.value["mi_union"] for group in groups])
    heights = [[patch.get_height() for patch in container] for container in bars(axes)]
    np.testing.assert_allclose(np.sum(heights, axis=0), total, atol=1e-12)


def test_all_of_a_large_error_is_inside_the_axes(groups) -> None:
    (axes,) = atoms_by_class(groups, "population_min", "a", "b").axes
    low, high = axes.get_ylim()
    assert low < groups[2].value["mi_union"] - groups[2].error["mi_union"]
    assert high > groups[2].value["mi_union"] + groups[2].error["mi_union"]


def test_words_name_groups_counts_inputs_measure_and_target(groups) -> None:
    figure = atoms_by_class(groups, "population_min", LONG, "redshift", "log10 mass [solar masses]")
    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_xticklabels()][1] == "star-forming\n1,234 galaxies"
    assert axes.get_ylabel() == "information about log10 mass [nats]"
    assert f"{LONG} and redshift" in figure.get_suptitle()
    assert any("population_min" in text.get_text() for text in axes.texts)
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend[:4] == ["redundant", f"unique: {LONG}", "unique: redshift", "synergistic"]


@pytest.mark.parametrize("x1", [LONG, "$not mathematics: \\nothing$", "$5", "a_b"])
def test_nothing_overflows_the_figure(summary, x1) -> None:
    groups = [summary(f"class_number_{i}", 10**i) for i in range(6)]
    figure = atoms_by_class(groups, "population_min", x1, LONG)
    figure.canvas.draw()
    width, height = figure.bbox.size
    for box in (figure.legends[0].get_window_extent(), figure.axes[0].get_tightbbox()):
        assert box.x0 >= 0
        assert box.x1 <= width
        assert box.y0 >= 0
        assert box.y1 <= height


def test_a_group_without_values_keeps_its_place_and_says_so(summary) -> None:
    (axes,) = atoms_by_class([summary(), Summary("other", 2, {}, {})], "population_min", "a", "b").axes
    assert len(axes.get_xticks()) == 2
    assert np.isnan(bars(axes)[0][1].get_height())
    assert "no value" in [text.get_text() for text in axes.texts]


def test_the_users_own_settings_neither_matter_nor_change(summary) -> None:
    with matplotlib.rc_context({"font.size": 30.0, "axes.grid": True}):
        (axes,) = atoms_by_class([summary()], "population_min", "a", "b").axes
        assert axes.yaxis.label.get_fontsize() == 12.0
        assert matplotlib.rcParams["font.size"] == 30.0


def test_nothing_to_show_is_refused() -> None:
    with pytest.raises(UserError, match="at least one"):
        atoms_by_class([], "population_min", "a", "b")


def test_an_unknown_measure_is_refused_with_those_there_are(summary) -> None:
    with pytest.raises(UserError, match="population_min, pointwise_min"):
        atoms_by_class([summary()], "imin", "a", "b")


def test_ceilings_are_dashed_lines_of_the_groups_that_have_one(groups) -> None:
    (axes,) = atoms_by_class(groups, "population_min", "a", "b").axes
    assert not [c for c in axes.collections if c.get_label() == "ceiling"]
    groups[1].value["mi_ceiling"] = 2.75
    figure = atoms_by_class(groups, "population_min", "a", "b")
    (axes,) = figure.axes
    (lines,) = [c for c in axes.collections if c.get_label() == "ceiling"]
    (segment,) = lines.get_segments()
    np.testing.assert_allclose(segment[:, 1], 2.75)
    assert segment[0, 0] < 1 < segment[1, 0]
    assert axes.get_ylim()[1] > 2.75
    assert "the most that can be known" in [text.get_text() for text in figure.legends[0].get_texts()]


def test_bars_that_are_not_reliable_are_hatched_and_the_legend_is_plain(groups) -> None:
    doubtful = {"pointwise_min/redundant": "lower bound", "pointwise_min/synergistic": "not to be trusted"}
    figure = atoms_by_class([replace(groups[0], verdict=doubtful), *groups[1:]], "pointwise_min", "a", "b")
    drawn = [c for c in figure.axes[0].containers if isinstance(c, BarContainer)]
    assert [bars[0].get_hatch() for bars in drawn] == ["///", None, None, "xxx"]
    assert not any(bar.get_hatch() for bars in drawn for bar in bars[1:])
    assert not any(handle.get_hatch() for handle in figure.legends[0].get_patches())
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert any("striped: lower bounds; crossed: not to be trusted" in text for text in texts)


def test_totals_that_are_not_reliable_are_open(groups) -> None:
    doubtful = replace(groups[0], verdict={"mi_union": "lower bound"})
    axes = atoms_by_class([doubtful, *groups[1:]], "pointwise_min", "a", "b").axes[0]
    (opened,) = [line for line in axes.lines if line.get_markerfacecolor() == "white"]
    assert opened.get_ydata().tolist() == [groups[0].value["mi_union"]]
    assert any("open marks: not reliable" in text.get_text() for text in axes.texts)


@pytest.mark.parametrize("measure", ["population_min", "pointwise_min"])
def test_what_the_marks_mean_stands_whole_above_the_figure(groups, measure) -> None:
    """All three kinds of marks at once, which is the longest note there is."""
    verdict = {f"{measure}/redundant": "lower bound", f"{measure}/unique_1": "not to be trusted"}
    judged = [replace(groups[0], verdict=verdict | {"mi_union": "lower bound"}), *groups[1:]]
    figure = atoms_by_class(judged, measure, "u", "g")
    figure.canvas.draw()
    (told,) = [text for text in figure.axes[0].texts if "crossed" in text.get_text()]
    place, title = told.get_window_extent(), figure._suptitle.get_window_extent()
    assert "open marks: not reliable" in told.get_text()
    assert place.x0 >= 0
    assert place.x1 <= figure.bbox.width
    assert title.y0 - 1 <= place.y0
    assert place.y1 <= title.y0 + 0.75 * title.height
