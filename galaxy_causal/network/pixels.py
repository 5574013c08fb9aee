"""What happens to pixels before a network sees them: turning, scaling, and their light in apertures."""

from __future__ import annotations

import torch
from torch import Tensor, nn

SCALINGS = ("signed_log", "asinh", "linear")
ORIENTATIONS = 8
UPSIDE_DOWN = 4
"""Of the orientations, the one that flips up-down alone."""


def turned(pixels: Tensor, orientation: Tensor) -> Tensor:
    """Square images (m, c, s, s), each in one of its eight orientations; ``orientation`` (m,) in 0..7.

    Bit 0 transposes, bits 1 and 2 flip left-right and up-down: together all rotations by right angles
    and their mirror images, each once. 0 leaves an image as it is.
    """
    transposes, flips, topples = (((orientation >> bit) & 1).bool()[:, None, None, None] for bit in range(3))
    pixels = torch.where(transposes, pixels.transpose(-1, -2), pixels)
    pixels = torch.where(flips, pixels.flip(-1), pixels)
    return torch.where(topples, pixels.flip(-2), pixels)


def other_orientations(count: int) -> Tensor:
    """Random orientations (count,) of which none is 0, from the global torch seed, as published.

    Zhang et al. (2025, arXiv:2509.23901) turn by no, one, two or three right angles, equally likely, and then
    flip up-down or not; what they did not turn they always flip. So that flip has probability 1/4, each of
    the other six 1/8.
    """
    drawn = torch.randint(ORIENTATIONS, (count,), device="cpu")
    return drawn.masked_fill(drawn == 0, UPSIDE_DOWN)


class PixelScaling(nn.Module):
    """Pixels of any type (m, c, h, w) to float32 of moderate range, channel by channel.

    ``signed_log``: sign(v) log(1 + |v|), as published; ``asinh``: asinh(v); ``linear``: v; where v is the
    pixel over the channel's ``softening``. Integers become floats first, so that nothing is truncated.
    """

    softening: Tensor

    def __init__(self, kind: str, softening: Tensor | float = 1.0) -> None:
        """``softening`` is in the unit of the pixels: one number, or (c,)."""
        super().__init__()
        if kind not in SCALINGS:
            raise ValueError(f"scaling={kind!r} is none of {', '.join(SCALINGS)}")
        self.kind = kind
        self.register_buffer("softening", torch.as_tensor(softening, dtype=torch.float32).reshape(-1, 1, 1))

    def forward(self, pixels: Tensor) -> Tensor:
        """Shape (m, c, h, w) in and out."""
        v = pixels.float() / self.softening
        if self.kind == "linear":
            return v
        return torch.asinh(v) if self.kind == "asinh" else torch.sign(v) * torch.log1p(v.abs())


class PreparedPixels(nn.Module):
    """Pixels (m, c, h, w) as convolutions take them: averaged, scaled and standardised channel by channel.

    Squares of ``binning`` pixels on a side are averaged, then scaled as in ``PixelScaling`` with the median
    |pixel| of the training galaxies as softening, mostly noise of the sky (their mean where that is zero).
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, train: Tensor, scaling: str, binning: int = 1) -> None:
        """``train`` (n, c, h, w) are pixels of training galaxies."""
        super().__init__()
        self.binning = nn.AvgPool2d(binning) if binning > 1 else nn.Identity()
        binned = self.binning(train)
        self.scaling = PixelScaling(scaling, _softening(binned))
        scaled = self.scaling(binned).transpose(0, 1).flatten(1)
        deviation = scaled.std(dim=1, correction=0)
        self.register_buffer("mean", scaled.mean(dim=1)[:, None, None])
        self.register_buffer("deviation", torch.where(deviation > 0, deviation, 1.0)[:, None, None])

    def forward(self, pixels: Tensor) -> Tensor:
        """Shape (m, c, h / binning, w / binning)."""
        prepared: Tensor = (self.scaling(self.binning(pixels)) - self.mean) / self.deviation
        return prepared


def _softening(pixels: Tensor) -> Tensor:
    """Median |pixel| of each channel; the mean where that is zero, (c,)."""
    size = pixels.transpose(0, 1).flatten(1).abs()
    median, mean = size.median(dim=1).values, size.mean(dim=1)
    return torch.where(median > 0, median, torch.where(mean > 0, mean, 1.0))


def aperture_masks(shape: tuple[int, int], count: int) -> Tensor:
    """Which pixels lie within ``count`` circles about the centre: 0 or 1, (count, height * width).

    Radii grow evenly in their logarithm from 1.5 pixels to half the shorter side.
    """
    radius = radii(shape)
    limits = torch.logspace(0, 1, count) if count > 1 else torch.ones(1)
    least, most = 1.5, min(shape) / 2
    limits = least * (most / least) ** torch.log10(limits)
    return (radius.flatten() <= limits[:, None]).float()


def radii(shape: tuple[int, int]) -> Tensor:
    """Distance of every pixel's centre from the centre of the image, in pixels: (height, width)."""
    y, x = (torch.arange(s, dtype=torch.float32) - (s - 1) / 2 for s in shape)
    return torch.hypot(y[:, None], x[None, :])


class Apertures(nn.Module):
    """Light within concentric circles: (m, c, h, w) to (m, c * count), in logarithmic measure.

    asinh(f / s) of the flux f in each aperture, with s a tenth of the median |f| of the training
    galaxies, standardised over them. The total light and its concentration, which a convolutional network
    would have to learn to add up, are thus there from the start; they do not change when an
    image is turned.
    """

    masks: Tensor
    softening: Tensor
    mean: Tensor
    deviation: Tensor

    def __init__(self, train: Tensor, count: int) -> None:
        """``train`` (n, c, h, w) are pixels of training galaxies."""
        super().__init__()
        self.register_buffer("masks", aperture_masks((train.shape[2], train.shape[3]), count))
        flux = self._flux(train)
        softening = 0.1 * flux.abs().quantile(0.5, dim=0)
        self.register_buffer("softening", torch.where(softening > 0, softening, 1.0))
        light = torch.asinh(flux / self.softening)
        deviation = light.std(dim=0, correction=0)
        self.register_buffer("mean", light.mean(dim=0))
        self.register_buffer("deviation", torch.where(deviation > 0, deviation, 1.0))

    def _flux(self, pixels: Tensor) -> Tensor:
        with torch.autocast(pixels.device.type, enabled=False):
            return (pixels.float().flatten(2) @ self.masks.T).flatten(1)

    def forward(self, pixels: Tensor) -> Tensor:
        """Shape (m, c * count)."""
        return (torch.asinh(self._flux(pixels) / self.softening) - self.mean) / self.deviation
