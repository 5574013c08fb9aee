from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from galaxy_causal.plot import (
    dependence_against,
    dependence_by_inputs,
    dependence_table,
    latent_maps,
    loss_terms,
    principal_plane,
    save,
)
from galaxy_causal.types import Answer, Dependence, DependenceCurve, UserError

POINT = Dependence(
    group="all", galaxies=40.0, independent=5.0,
    corr=0.3, corr_error=0.1, corr_null=0.01, corr_null_error=0.2, corr_p=0.004,
    pred_eff=0.2, pred_eff_error=0.02, pred_eff_null=0.03, pred_eff_null_error=0.01,
    pred_eff_p=0.01, significant=0.5, gradient_bound=0.3, kernel_p=np.nan,
)  # fmt: skip


@pytest.fixture
def answer():
    """Two classes against mass and magnitude; correlations 0.1, 0.2, 0.3."""

    def curve(group, label):
        points = tuple(replace(POINT, group=group, corr=0.1 * (i + 1), pred_eff=0.05 * i) for i in range(3))
        return DependenceCurve(group, label, np.array([9.0, 10.0, 11.0]), points)

    curves = tuple(curve(group, label) for group in ("all", "star_forming") for label in ("mass", "r [mag]"))
    return Answer("redshift", ("ebv",), (POINT, replace(POINT, group="star_forming")), curves)


def test_curves_show_their_values_errors_and_the_band_of_independence(answer, tmp_path) -> None:
    figure = dependence_against(answer, "log mass", "ugriz")
    top, bottom = figure.axes[0], figure.axes[2]
    for container in top.containers:
        np.testing.assert_allclose(container.lines[0].get_ydata(), [0.1, 0.2, 0.3])
        segments = np.array(container.lines[2][0].get_segments())
        np.testing.assert_allclose(np.ptp(segments[:, :, 1], axis=1), 0.2)
    assert len(top.containers) == 2
    for axes, ends in ((top, (-0.392, 0.392)), (bottom, (0.03 - 0.0196, 0.03 + 0.0196))):
        (band,) = [c for c in axes.collections if c.get_alpha() == 0.25]
        heights = band.get_paths()[0].vertices[:, 1]
        assert (heights.min(), heights.max()) == pytest.approx(ends)
    efficiency = bottom.containers[1]
    assert efficiency.get_label() == "star_forming"
    np.testing.assert_allclose(efficiency.lines[0].get_ydata(), [0.0, 0.05, 0.1])
    np.testing.assert_allclose(np.ptp(np.array(efficiency.lines[2][0].get_segments())[:, :, 1], axis=1), 0.04)
    save(figure, tmp_path, "against")


def test_queries_are_rows_of_marks_for_each_set_of_inputs(tmp_path) -> None:
    found = {"ugriz": {"redshift": (0.8, 0.02), "W1": (0.1, 0.05)}, "ugriz and W1": {"redshift": (0.7, 0.03)}}
    figure = dependence_by_inputs(found, "log mass")
    first, second = figure.axes[0].containers
    np.testing.assert_allclose(first.lines[0].get_xdata(), [0.8, 0.1])
    np.testing.assert_allclose(second.lines[0].get_xdata(), [0.7, np.nan])
    np.testing.assert_allclose(np.ptp(first.lines[2][0].get_segments()[1][:, 0]), 0.1)
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["redshift", "W1"]
    save(figure, tmp_path, "by_inputs")
    with pytest.raises(UserError, match="0 queries in 1 sets"):
        dependence_by_inputs({"ugriz": {}}, "log mass")


def test_an_answer_without_curves_is_refused(answer) -> None:
    with pytest.raises(UserError, match="no curve"):
        dependence_against(replace(answer, curves=()), "mass", "ugriz")


def test_the_table_fits_a_terminal_and_dashes_what_is_missing(answer) -> None:
    nothing = Dependence("other", 0.0, 0.0, *[np.nan] * 13)
    console = Console(width=80, record=True, file=None, quiet=False, force_terminal=False)
    with console.capture() as capture:
        console.print(dependence_table(replace(answer, groups=(*answer.groups, nothing))))
    lines = capture.get().splitlines()
    assert "redshift given ebv" in lines[1]
    assert all(len(line) <= 80 for line in lines)
    assert any("star-forming" in line and "+0.300 ± 0.100" in line and "0.004" in line for line in lines)
    assert any(line.startswith("other") and line.split()[1:] == ["0", *["-"] * 7] for line in lines)
    assert "kernel" not in capture.get()


def test_a_kernel_test_has_its_column(answer) -> None:
    console = Console(width=80)
    with console.capture() as capture:
        console.print(
            dependence_table(
                replace(
                    answer,
                    groups=(
                        replace(
                            POINT,
                            group="star_forming",
                            galaxies=12345,
                            corr_p=1e-200,
                            pred_eff_p=1e-200,
                            kernel_p=0.123,
                        ),
                    ),
                )
            )
        )
    lines = capture.get().splitlines()
    assert any(line.rstrip().endswith("kernel p") for line in lines)
    assert any(line.startswith("star-forming") and line.rstrip().endswith("0.123") for line in lines)


def test_the_principal_plane_keeps_distances_of_a_plane() -> None:
    rng = np.random.default_rng(0)
    flat = rng.normal(size=(50, 2)) * (3, 1)
    turn, _ = np.linalg.qr(rng.normal(size=(5, 5)))
    plane, share = principal_plane(np.pad(flat, ((0, 0), (0, 3))) @ turn + 7)
    centred = flat - flat.mean(axis=0)
    np.testing.assert_allclose(np.hypot(*plane.T), np.hypot(*centred.T))
    assert share.sum() == pytest.approx(1)
    assert share[0] > share[1]


def test_a_latent_of_one_coordinate_is_a_line() -> None:
    plane, share = principal_plane(np.arange(5.0)[:, None])
    np.testing.assert_allclose(np.abs(plane[:, 0]), [2, 1, 0, 1, 2])
    assert (plane[:, 1] == 0).all()
    np.testing.assert_allclose(share, [1, 0])


def test_maps_show_means_with_a_symmetric_scale_for_correlations(tmp_path) -> None:
    rng = np.random.default_rng(0)
    latent = rng.normal(size=(500, 3))
    holed = np.where(rng.random(500) < 0.1, np.nan, latent[:, 1])
    columns = {"mass": latent[:, 0], "query": holed, "local correlation with query": 0.2 + 0.1 * latent[:, 2]}
    figure = latent_maps(*principal_plane(latent), columns, "a latent")
    low, high = figure.axes[2].collections[0].get_clim()
    assert low == -high
    assert np.isfinite(np.ma.compressed(figure.axes[1].collections[0].get_array())).all()
    save(figure, tmp_path, "maps")
    with pytest.raises(UserError, match="no column"):
        latent_maps(*principal_plane(latent), {}, "a latent")


def test_each_term_of_a_loss_has_its_panel(tmp_path) -> None:
    history = {"reconstruction": ((1, 3.0), (2, 1.0)), "contrast": ((1, 0.7),), "none": ()}
    figure = loss_terms(history, "a fit")
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["reconstruction", "contrast"]
    np.testing.assert_allclose(figure.axes[0].lines[0].get_xydata(), [(1, 3), (2, 1)])
    save(figure, tmp_path, "terms")
    with pytest.raises(UserError, match="no term"):
        loss_terms({"none": ()}, "a fit")
