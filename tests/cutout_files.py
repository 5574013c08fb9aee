"""Files of cutouts of every kind, for tests that read them."""

import shutil

import h5py
import numpy as np
import zarr
from astropy.io import fits

SPLIT = {"train": 0.6, "validation": 0.2, "test": 0.2, "seed": 0}
COLUMNS = {"id": "ID", "target": "LOGM", "redshift": "Z"}
BANDS, SCALE, UNIT = ("g", "r", "W1"), 0.396, "nanomaggy"
SAID = {"bands": "grW1", "pixel_scale": SCALE, "unit": UNIT}
KINDS = ("contiguous.h5", "chunked.h5", "images.zarr", "images.npy", "cubes")


def write(folder, kind, ids, pixels):
    """Write the images and give the options with which they are read."""
    path = folder / kind
    if kind.endswith(".h5"):
        with h5py.File(path, "w") as file:
            chunks = {"chunks": (3, *pixels.shape[1:]), "compression": "gzip"} if kind[:2] == "ch" else {}
            data = file.create_dataset("images", data=pixels, **chunks)
            data.attrs.update({"bands": BANDS, "pixel_scale": SCALE, "unit": UNIT})
            file["id"] = ids
    elif kind.endswith(".zarr"):
        group = zarr.create_group(path, overwrite=True)
        group.create_array("images", data=pixels, chunks=(7, *pixels.shape[1:]))
        group.create_array("id", data=ids)
        group.attrs.update({"bands": list(BANDS), "pixel_scale": SCALE, "unit": UNIT})
    elif kind.endswith(".npy"):
        np.save(path, pixels)
        (folder / "ids.txt").write_text("\n".join(map(str, ids)))
        return {"path": str(path), "ids": str(folder / "ids.txt"), **SAID}
    else:
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir()
        header = fits.Header({"BUNIT": UNIT, "BANDS": "grW1", "CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN"})
        header.update({"CRVAL1": 10.0, "CRVAL2": 5.0, "CDELT1": -SCALE / 3600, "CDELT2": SCALE / 3600})
        for name, cube in zip(ids, pixels, strict=True):
            fits.PrimaryHDU(cube, header).writeto(path / f"{name}.fits", overwrite=True)
    return {"path": str(path)}


def at(row, value, band=slice(None)):
    """Spoil one pixel, or all of a band, of the image in that row of the file."""

    def change(ids, images):
        images[row, band, 1, 2] = value
        return ids, images

    return change
