from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.colors import to_hex

from galaxy_causal.plot import atoms_against, save
from galaxy_causal.plot.curve_words import BELOW, RISES
from galaxy_causal.plot.style import COLOURS, FAINT, LINES
from galaxy_causal.types import ATOMS, Curve, Summary, UserError

EMPTY = Summary("all", 1, {}, {})


@pytest.fixture
def curve(summary):
    def make(group="all", label="log mass", centre=(9.0, 10.0, 11.0, 12.0, 13.0), missing=(), **options):
        bins = tuple(EMPTY if i in missing else summary(group, **options) for i in range(len(centre)))
        return Curve(group, label, np.array(centre), bins)

    return make


def areas(axes, atom: str) -> list[np.ndarray]:
    return [c.get_paths()[0].vertices for c in axes.collections if c.get_label() == atom]


def lines(axes, name: str) -> list[np.ndarray]:
    return [line.get_xydata() for line in axes.lines if line.get_label() == name]


def test_areas_are_as_high_as_the_atoms(curve, summary) -> None:
    axes = atoms_against([curve()], "pointwise_min", "a", "b").axes[0]
    base = 0.0
    for atom in ATOMS:
        height = summary().value[f"pointwise_min/{atom}"]
        (outline,) = areas(axes, atom)
        assert sorted({round(float(y), 9) for y in outline[:, 1]}) == pytest.approx([base, base + height])
        base += height


def test_negative_atoms_are_below_zero(curve) -> None:
    # Atoms -0.2, 0.7, 0.5, -0.4.
    axes = atoms_against([curve(mi=(0.5, 0.3, 0.6), redundant=-0.2)], "pointwise_min", "a", "b").axes[0]
    for atom, ends in zip(ATOMS, [(-0.2, 0.0), (0.0, 0.7), (0.7, 1.2), (-0.6, -0.2)], strict=True):
        (outline,) = areas(axes, atom)
        assert (outline[:, 1].min(), outline[:, 1].max()) == pytest.approx(ends)


def test_an_atom_that_changes_sign_passes_through_zero_between_the_bins(summary) -> None:
    # Synergistic -0.3 at 0 and +0.1 at 4: its zero is at 3.
    bins = (summary(mi=(1.0, 1.0, 0.7)), summary(mi=(1.0, 1.0, 1.1)))
    axes = atoms_against([Curve("all", "mass", np.array([0.0, 4.0]), bins)], "population_min", "a", "b").axes[
        0
    ]
    above, below = sorted(areas(axes, "synergistic"), key=lambda outline: -outline[:, 1].max())
    assert below[below[:, 1] < -1e-9, 0].max() < 3.0
    assert above[above[:, 1] > 1.0 + 1e-9, 0].min() > 3.0
    assert above[:, 1].max() == pytest.approx(1.1)
    assert below[:, 1].min() == pytest.approx(-0.3)


def test_a_missing_bin_is_a_gap_and_a_lone_bin_a_strip(curve) -> None:
    axes = atoms_against([curve(missing=(2, 4))], "population_min", "a", "b").axes[0]
    spans = sorted((outline[:, 0].min(), outline[:, 0].max()) for outline in areas(axes, "redundant"))
    np.testing.assert_allclose(spans, [(9.0, 10.0), (11.8, 12.2)])
    drawn = sorted(line[:, 0].tolist() for line in lines(axes, "mi_x1"))
    np.testing.assert_allclose(drawn, [(9.0, 10.0), (11.8, 12.2)])


def test_nan_is_a_gap_too(curve, summary) -> None:
    nan = summary(mi=(np.nan,) * 3, redundant=np.nan, error=np.nan)
    whole = curve()
    holed = Curve("all", "m", whole.centre, (*whole.summaries[:2], nan, *whole.summaries[3:]))
    axes = atoms_against([holed], "pointwise_min", "a", "b").axes[0]
    spans = sorted((outline[:, 0].min(), outline[:, 0].max()) for outline in areas(axes, "unique_2"))
    np.testing.assert_allclose(spans, [(9.0, 10.0), (12.0, 13.0)])


def test_error_bars_of_the_informations_have_their_length(curve, summary) -> None:
    axes = atoms_against([curve()], "population_min", "a", "b").axes[0]
    for container in axes.containers:
        name = container.get_label()
        segments = np.array(container.lines[2][0].get_segments())
        np.testing.assert_allclose(np.ptp(segments[:, :, 1], axis=1) / 2, summary().error[name])
        np.testing.assert_allclose(segments[:, :, 1].mean(axis=1), summary().value[name])
    assert {container.get_label() for container in axes.containers} == {"mi_x1", "mi_x2", "mi_union"}


def test_an_endless_error_does_not_flatten_the_rest(curve, summary) -> None:
    whole = curve()
    wild = Curve("all", "m", whole.centre, (*whole.summaries[:4], summary(error=100.0)))
    low, high = atoms_against([wild], "population_min", "a", "b").axes[0].get_ylim()
    assert high - low < 4 * summary().value["mi_union"]


def test_columns_are_quantities_and_rows_are_groups(curve, tmp_path) -> None:
    curves = [
        curve(),
        curve(label="r magnitude", centre=(15.0, 16.0)),
        curve("passive", centre=(10.5, 11.5, 12.5)),
    ]
    figure = atoms_against(curves, "population_min", "a", "b", "log10 mass")
    grid = np.array(figure.axes).reshape(2, 2)
    assert [axes.get_xlabel() for axes in grid[1]] == ["log mass", "r magnitude"]
    assert [text.get_text() for text in grid[1, 1].texts] == ["no bins", "passive"]
    assert len({axes.get_ylim() for axes in grid.flat}) == 1
    assert grid[0, 0].get_xlim() == grid[1, 0].get_xlim()
    save(figure, tmp_path, "curves")


def test_long_names_of_rows_stand_above_them_unbroken(curve) -> None:
    pair = "photometry[u]\nphotometry[grizW1W2W3]"
    figure = atoms_against([curve(group="all"), curve(group=pair)], "population_min", "x1", "x2")
    first, second = figure.axes
    assert first.get_title("left") == "all"
    named = [(text.get_text(), text.get_color()) for text in second.texts]
    assert named == [
        ("photometry[u]", LINES["mi_x1"]),
        (" and ", FAINT),
        ("photometry[grizW1W2W3]", LINES["mi_x2"]),
    ]


def test_many_rows_against_one_quantity_are_side_by_side(curve, tmp_path) -> None:
    rows = [curve(group=f"photometry[u]\nphotometry[g{n}]") for n in range(7)]
    figure = atoms_against(rows, "population_min", "x1", "x2", "log10 mass", title="of pairs")
    shown = [axes for axes in figure.axes if axes.axison]
    assert len(shown) == 7
    below = [axes.get_xlabel() for axes in shown]
    assert below == [""] * 4 + ["log mass"] * 3
    figure.canvas.draw()
    assert figure.get_figheight() < 9
    assert figure.get_suptitle().startswith("of pairs")
    save(figure, tmp_path, "many")


def test_lines_below_say_why_the_curve_rises_and_what_is_below_zero(curve) -> None:
    def below(*curves, target="$Y$"):
        return atoms_against(curves, "population_min", "a", "b", target).legends[0].get_title().get_text()

    assert below(curve()) == ""
    several = curve(label="$Y$", centre=(9.0, 10.0, 11.0, 12.0))
    assert below(several) == RISES
    assert below(replace(several, label="r [mag]")) == ""
    worse = replace(several.summaries[0], value=dict.fromkeys(several.summaries[0].value, -0.1))
    hanging = replace(several, summaries=(worse, *several.summaries[1:]))
    assert below(hanging) == f"{RISES}\n{BELOW}"


def test_one_bin_is_enough(curve, tmp_path) -> None:
    figure = atoms_against([curve(centre=(9.0,))], "population_min", "a", "b")
    (total,) = lines(figure.axes[0], "mi_union")
    assert total[:, 0] == pytest.approx([8.8, 9.2])  # level across the bin
    save(figure, tmp_path, "one")


def test_each_atom_has_its_colour(curve) -> None:
    axes = atoms_against([curve()], "pointwise_min", "a", "b").axes[0]
    drawn = {c.get_label(): to_hex(c.get_facecolor()[0]).upper() for c in axes.collections[:4]}
    assert drawn == COLOURS


def test_nothing_but_missing_bins_is_an_empty_panel(curve, tmp_path) -> None:
    figure = atoms_against([curve(missing=range(5))], "population_min", "a", "b")
    assert not any(areas(figure.axes[0], atom) for atom in ATOMS)
    save(figure, tmp_path, "none")


def test_bad_curves_are_refused(curve) -> None:
    with pytest.raises(UserError, match="at least one"):
        atoms_against([], "population_min", "a", "b")
    with pytest.raises(UserError, match="two curves"):
        atoms_against([curve(), curve()], "population_min", "a", "b")
    with pytest.raises(UserError, match="2 bin centres and 5 summaries"):
        atoms_against([Curve("all", "m", np.zeros(2), curve().summaries)], "population_min", "a", "b")
    with pytest.raises(UserError, match="has no 'imin/redundant'"):
        atoms_against([curve()], "imin", "a", "b")


def test_areas_of_what_is_not_reliable_are_hatched(curve) -> None:
    doubtful = {"population_min/redundant": "lower bound", "population_min/synergistic": "not to be trusted"}
    figure = atoms_against([replace(curve(), verdict=doubtful)], "population_min", "a", "b")
    hatches = {c.get_label(): c.get_hatch() for c in figure.axes[0].collections if c.get_label() in ATOMS}
    assert hatches["redundant"] == "///"
    assert hatches["synergistic"] == "xxx"
    assert hatches.get("unique_1") is None
    text = " ".join(a.get_text() for a in figure.axes[0].texts)
    assert "striped: lower bounds; crossed: not to be trusted" in text
    plain = atoms_against([curve()], "population_min", "a", "b").axes[0]
    assert "striped" not in " ".join(a.get_text() for a in plain.texts)
