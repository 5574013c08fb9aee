"""How good cutouts from SDSS frames are: noise, fluxes and places, beside cutouts made by others.

    python benchmarks/cutout_quality.py FRAMES OTHERS.npz

FRAMES is a folder of corrected frames in ugriz of one field; OTHERS holds ``images`` (n, 5, 64, 64)
[nanomaggy], ``ra`` and ``dec`` [deg], the galaxy in the middle and all bands on the grid of r. Galaxies whose
cutout lies within all five frames count. Noise is the robust deviation of a pixel farther than 24 pixels from
the middle, its median over the galaxies; fluxes are sums in a round aperture of 12 pixels, as the median
difference from the frame's own pixels and its robust scatter [mag], of galaxies brighter than 20 there.
Last, from the others' cutouts after ours have been moved to the middle by a cubic spline: the largest
difference in r, and the median distance of centroids.
"""

import sys

import numpy as np
from scipy.ndimage import shift

from galaxy_causal.cutouts import Grid, find_frames

BANDS, SIZE, APERTURE, SKY, INNER, FAINTEST = tuple("ugriz"), 64, 12, 24, 48, 20.0
REACH = 48
"""Pixels from a galaxy to the edge of every frame: half a turned cutout, and two for its splines."""
GRIDS = {
    "`bicubic`, on r": Grid(BANDS, SIZE),
    "`bicubic`, north up": Grid(BANDS, SIZE, reference=None),
    "`exact`, on r": Grid(BANDS, SIZE, resampling="exact"),
    "`exact`, north up": Grid(BANDS, SIZE, reference=None, resampling="exact"),
}
V, U = np.indices((SIZE, SIZE)) - (SIZE - 1) / 2


def robust(values: np.ndarray) -> float:
    """Deviation of normal numbers with this median absolute deviation."""
    return float(1.4826 * np.median(np.abs(values - np.median(values))))


def noise(pixels: np.ndarray) -> float:
    """Of a pixel in the sky of one band (64, 64)."""
    return robust(pixels[np.hypot(U, V) > SKY])


def flux(pixels: np.ndarray, place: tuple[float, float]) -> float:
    """In the aperture about the galaxy, one band (64, 64)."""
    return float(pixels[np.hypot(U - place[0], V - place[1]) < APERTURE].sum())


def centroid(pixels: np.ndarray) -> np.ndarray:
    """Of the light in the aperture about the middle, one band (64, 64)."""
    weight = pixels * (np.hypot(U, V) < APERTURE)
    return np.array([(weight * U).sum(), (weight * V).sum()]) / weight.sum()


def row(title: str, cells: list[str]) -> None:
    """A line of the table."""
    print(f"| {title} | {' | '.join(cells)} |", flush=True)


def difference(theirs: np.ndarray, ours: np.ndarray) -> str:
    """Of fluxes (n,), in magnitudes."""
    found = -2.5 * np.log10(theirs / ours)
    return f"{np.median(found):+.3f} ± {robust(found):.3f}"


def main() -> None:
    """Print the table."""
    held = {frame.band: (frame, frame.load()) for frame in find_frames(sys.argv[1])}
    with np.load(sys.argv[2], allow_pickle=False) as file:
        others = {name: file[name] for name in ("images", "ra", "dec")}
    native = {band: Grid((band,), SIZE, reference=band) for band in BANDS}
    inside = np.ones(len(others["ra"]), dtype=bool)
    for frame, pixels in held.values():
        x, y = frame.pixel(others["ra"], others["dec"])
        height, width = pixels.shape
        inside &= (np.minimum(x, width - 1 - x) > REACH) & (np.minimum(y, height - 1 - y) > REACH)
    others = {name: values[inside] for name, values in others.items()}
    places = list(zip(others["ra"].tolist(), others["dec"].tolist(), strict=True))
    own = {band: [grid.cut(*place, held) for place in places] for band, grid in native.items()}
    truth = np.array([[flux(pixels[0], where) for pixels, where in own[band]] for band in BANDS])
    bright = truth > 10 ** (0.4 * (22.5 - FAINTEST))
    print(f"{len(places)} galaxies")
    row("", [f"{band} ({some.sum()})" for band, some in zip(BANDS, bright, strict=True)])
    row("noise of the frame [nanomaggy]", [
        f"{np.median([noise(pixels[0]) for pixels, _ in own[band]]):.4f}" for band in BANDS
    ])  # fmt: skip
    middle = (0.0, 0.0)
    made = {title: [grid.cut(*place, held) for place in places] for title, grid in GRIDS.items()}
    made["others"] = [(pixels, middle) for pixels in others["images"]]
    fluxes = {
        title: np.array([[flux(pixels[b], where) for pixels, where in cuts] for b in range(len(BANDS))])
        for title, cuts in made.items()
    }
    for title, cuts in made.items():
        row(f"noise, {title}", [
            f"{np.median([noise(pixels[b]) for pixels, _ in cuts]):.4f}" for b in range(len(BANDS))
        ])  # fmt: skip
    for title, found in fluxes.items():
        row(f"flux, {title}", [difference(f[s], t[s]) for f, t, s in zip(found, truth, bright, strict=True)])
    ours, theirs = fluxes["`bicubic`, on r"], fluxes["others"]
    row("flux, `bicubic`, on r, from the others", [
        difference(o[s], t[s]) for o, t, s in zip(ours, theirs, bright, strict=True)
    ])  # fmt: skip
    edge, apart = (SIZE - INNER) // 2, np.empty((len(BANDS), len(places)))
    worst = 0.0
    for number, (pixels, (x, y)) in enumerate(made["`bicubic`, on r"]):
        image = others["images"][number]
        moved = np.array([shift(p.astype(float), (-y, -x), order=3, mode="nearest") for p in pixels])
        worst = max(worst, np.abs(moved[2] - image[2])[edge:-edge, edge:-edge].max())
        for b in range(len(BANDS)):
            apart[b, number] = np.hypot(*(centroid(moved[b]) - centroid(image[b])))
    print(f"largest difference in r within {INNER} x {INNER} pixels, after moving: {worst:.1e} nanomaggy")
    row("distance of centroids, after moving [pixels]", [
        f"{np.median(a[s]):.4f}" for a, s in zip(apart, bright, strict=True)
    ])  # fmt: skip


if __name__ == "__main__":
    main()
