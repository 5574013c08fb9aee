"""Figures of single galaxies, of planes, and of estimates."""

from dataclasses import replace

import numpy as np
import pytest

from galaxy_causal import plot
from galaxy_causal.plot.kinds import headings, value_text
from galaxy_causal.types import Examples, UserError

TARGET = r"$\log_{10} M_\star/M_\odot$"


def normal(grid, mean, sigma):
    return np.exp(-0.5 * ((grid - mean) / sigma) ** 2) / (sigma * np.sqrt(2 * np.pi))


def examples(stamps=True, classes=()):
    """Four galaxies: the first tells by both, the second by x2, the third by both together, x1 misleads
    about the last."""
    grid = np.arange(len(classes)) * 1.0 if classes else np.linspace(8.0, 12.0, 81)
    y = np.array([0.0, 1.0, 1.0, 0.0]) if classes else np.array([10.0, 9.5, 10.5, 11.0])
    prior = np.array([0.6, 0.4]) if classes else normal(grid, 10.0, 0.6)
    centre = np.array([[0, 0, 0], [0.6, 0, 0], [0.4, -0.4, 0], [-1.2, 0.1, 0.0]]) + y[:, None]
    density = (
        np.tile([[0.7, 0.3], [0.2, 0.8], [0.1, 0.9]], (4, 1, 1))
        if classes
        else normal(grid, centre[:, :, None], np.array([0.3, 0.3, 0.1])[:, None])
    )
    told = np.array([[1.0, 1.1, 1.5], [0.1, 1.4, 1.5], [0.1, 0.1, 2.5], [-2.0, 0.8, 1.5]])
    kinds = {"redundant": [0], "unique_2": [1], "synergistic": [2, 0], "misled_1": [3]}
    return Examples(
        kinds={kind: np.array(rows) for kind, rows in kinds.items()},
        id=np.array(["a", "b", "c", "a name that is so long that nobody could read it"]),
        galaxy_class=np.array(["star_forming", "passive", "passive", ""]),
        y=y,
        estimate=np.clip(np.round(centre), 0, 1) if classes else centre,
        informations=told,
        atoms=np.stack([told.min(axis=1), told[:, 0], told[:, 1], told[:, 2]], axis=1),
        magnitude=np.full(4, 17.0),
        redshift=np.full(4, 0.1),
        ra=np.full(4, np.nan),
        dec=np.full(4, np.nan),
        grid=grid,
        prior=prior,
        density=density.astype(np.float32),
        classes=tuple(classes),
        stamps=np.full((4, 8, 8, 3), 90, dtype=np.uint8)
        if stamps
        else np.zeros((0, 0, 0, 3), dtype=np.uint8),
        colours="i, r, g as red, green, blue" if stamps else "",
        stamp_scale=0.396 if stamps else np.nan,
        x1="photometry[ugriz]",
        x2="normalised_images[ugriz]",
        target=TARGET,
        magnitude_label="r [mag]",
    )


def texts(figure):
    own = [text.get_text() for text in figure.texts]
    return own + [text.get_text() for axes in figure.axes for text in axes.texts]


def test_the_gallery_shows_each_galaxy_with_its_numbers():
    found = examples()
    figure = plot.gallery(found, TARGET)
    shown = [axes for axes in figure.axes if axes.images]
    assert len(shown) == 5  # one is of two kinds
    written = texts(figure)
    assert {headings(found)[kind] for kind in found.kinds} <= set(written)
    assert "photometry[ugriz] misleads" in written
    bold = [text.get_text() for text in figure.texts if text.get_fontweight() == "bold"]
    assert bold.count("10.00") == 2  # the true target of the galaxy that is shown twice
    assert "\N{MINUS SIGN}2.0" in written
    assert any("3 arcsec wide" in text and "i, r, g as red, green, blue" in text for text in written)
    assert TARGET in "".join(written)


def test_atoms_hang_to_the_left_where_they_are_negative():
    figure = plot.gallery(examples(), TARGET)
    widths = [patch.get_width() for patch in figure.artists]
    assert min(widths) < 0 < max(widths)
    assert len(widths) == 5 * 5  # four atoms and a zero line


def test_without_pixels_the_gallery_is_of_densities():
    found = examples(stamps=False)
    figure = plot.gallery(found, TARGET)
    assert not any(axes.images for axes in figure.axes)
    curve = figure.axes[0].lines[2].get_ydata()  # of both
    np.testing.assert_allclose(curve.max(), np.log(found.density[0, 2].max()), rtol=1e-6)
    assert any("densities of the target" in text for text in texts(figure))


def test_neither_pixels_nor_densities_are_refused():
    nothing = replace(examples(stamps=False), grid=np.zeros(0), density=np.zeros((4, 3, 0), np.float32))
    with pytest.raises(UserError, match="neither images nor densities"):
        plot.gallery(nothing, TARGET)
    with pytest.raises(UserError, match="no densities"):
        plot.one_galaxy(nothing, TARGET)
    with_stamps = replace(examples(), grid=np.zeros(0), density=np.zeros((4, 3, 0), np.float32))
    assert plot.gallery(with_stamps, TARGET)


def test_one_galaxy_marks_the_densities_at_the_true_target():
    found = examples()
    figure = plot.one_galaxy(found, TARGET)
    panels = [axes for axes in figure.axes if axes.get_title(loc="left")]
    titles = [axes.get_title(loc="left").strip() for axes in panels]
    names = headings(found)
    assert titles == [names[kind] for kind in ("redundant", "unique_2", "synergistic", "misled_1")]
    for row, axes in enumerate(panels):
        assert axes.get_yscale() == "log"
        marks = [line for line in axes.lines if line.get_marker() == "o"]
        heights = [float(line.get_ydata()[0]) for line in marks]
        expected = [np.interp(found.y[row], found.grid, one) for one in found.density[row]]
        np.testing.assert_allclose(heights, expected, rtol=1e-5)
        assert axes.child_axes[0].images


@pytest.mark.parametrize("stamps", [True, False])
def test_classes_are_bars_with_their_names(stamps):
    found = examples(stamps, classes=("early", "late"))
    figure = plot.one_galaxy(found, "class")
    labels = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    assert labels == ["early", "late"]
    heights = [patch.get_height() for patch in figure.axes[0].patches]
    np.testing.assert_allclose(heights, [0.6, 0.4, 0.7, 0.3, 0.2, 0.8, 0.1, 0.9], rtol=1e-6)
    written = texts(plot.gallery(found, "class"))
    assert {"early", "late", "70%", "30%"} <= set(written)
    assert value_text(found, 1.0) == "late"


def test_maps_show_the_planted_atoms():
    """x1 tells on the right of the plane alone, x2 everywhere a nat, both no more than either."""
    rng = np.random.default_rng(0)
    x, y = rng.uniform(size=(2, 4000))
    i1, i2 = np.where(x > 0.5, 2.0, -1.0), np.ones(4000)
    plane = (plot.Quantity("r [mag]", x), plot.Quantity("g - r [mag]", y))
    figure = plot.atom_maps(
        [plane], np.stack([i1, i2, np.maximum(i1, i2)]), None, ("title", "below"), "a", "b"
    )
    panels = [axes for axes in figure.axes if axes.get_xlabel() == "r [mag]"]
    assert len(panels) == 4
    for axes, left, right in zip(panels, (-1, 0, 2, 0), (1, 1, 0, 0), strict=True):
        cells = axes.collections[0]
        low, high = cells.get_clim()
        assert low == -high  # zero is white
        across = cells.get_offsets()[:, 0]
        values = np.asarray(cells.get_array())
        np.testing.assert_allclose(values[across < 0.4], left, atol=1e-9)
        np.testing.assert_allclose(values[across > 0.6], right, atol=1e-9)


def test_maps_leave_out_cells_of_few_and_galaxies_without_a_value():
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.normal(0.0, 0.05, 400), [1.0, 1.0]])
    x[0] = np.nan
    plane = (
        plot.Quantity("x", x),
        plot.Quantity("y", np.concatenate([rng.normal(0, 0.05, 400), [1.0, 1.0]])),
    )
    figure = plot.atom_maps([plane], np.ones((3, 402)), None, ("title", "below"), "a", "b")
    assert figure.axes[0].collections[0].get_offsets()[:, 0].max() < 0.6
    with pytest.raises(UserError, match="no plane"):
        plot.atom_maps([], np.ones((3, 4)), None, ("title", "below"), "a", "b")


def test_maps_leave_out_galaxies_without_an_atom():
    """Of all four panels the cells are the same, whichever atom is unknown."""
    rng = np.random.default_rng(1)
    x, y = rng.uniform(size=(2, 2000))
    atoms = np.tile([[1.0], [2.0], [3.0], [4.0]], 2000)
    atoms[1, x < 0.3] = np.nan
    plane = (plot.Quantity("x", x), plot.Quantity("y", y))
    figure = plot.atom_maps([plane], np.ones((3, 2000)), atoms, ("title", "below"), "a", "b")
    panels = [axes for axes in figure.axes if axes.get_xlabel() == "x"]
    for axes, value in zip(panels, (1.0, 2.0, 3.0, 4.0), strict=True):
        cells = axes.collections[0]
        np.testing.assert_allclose(np.asarray(cells.get_array()), value)
        assert cells.get_offsets()[:, 0].min() > 0.25


def test_galaxies_that_a_map_can_show_have_all_values():
    values = np.array([0.0, np.nan, 1.0, 2.0, 3.0])
    plane = (plot.Quantity("x", values), plot.Quantity("y", values[::-1]))
    informations, atoms = np.ones((3, 5)), np.ones((4, 5))
    informations[1, 0], atoms[2, 4] = np.inf, np.nan
    np.testing.assert_array_equal(plot.known_in(plane, informations, None), [0, 0, 1, 0, 1])
    np.testing.assert_array_equal(plot.known_in(plane, informations, atoms), [0, 0, 1, 0, 0])


@pytest.mark.parametrize(("kinds", "said"), [(1, "one galaxy"), (2, "two galaxies"), (4, "four galaxies")])
def test_the_title_counts_the_galaxies_that_are_shown(kinds, said):
    found = examples()
    some = replace(found, kinds=dict([*found.kinds.items()][:kinds]))
    assert plot.one_galaxy(some, TARGET)._suptitle.get_text().endswith(f" tell of {said}")


def test_estimates_have_bias_scatter_and_running_median():
    rng = np.random.default_rng(2)
    y = rng.normal(10.5, 0.5, 20_000)
    estimate = y + 0.1 + 0.05 * rng.normal(size=20_000)
    estimate[:3] = np.nan
    figure = plot.estimate_against(y, estimate, TARGET, "photometry[gr] seed 0")
    axes = figure.axes[0]
    (above,) = (text.get_text() for text in axes.texts)
    assert "19,997 held-out galaxies, 3 without a value" in above
    assert "bias +0.1," in above
    assert " 0.05" in above
    marks = axes.containers[0].lines[0]
    np.testing.assert_allclose(marks.get_ydata() - marks.get_xdata(), 0.1, atol=0.01)
    assert axes.get_xlabel() == f"true {TARGET}"
    with pytest.raises(UserError, match="no estimate"):
        plot.estimate_against(np.full(3, np.nan), np.ones(3), TARGET, "nothing")
