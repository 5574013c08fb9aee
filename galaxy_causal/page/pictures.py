"""Figures within a page: as small as they can be without a loss, and smaller where a page has many."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

from PIL import Image

from galaxy_causal.page.content import Picture

BUDGET = 3_000_000
"""Letters of all pictures of a page, which with scripts and tables stays below 5 MB."""
WIDEST = 2400
"""Pixels."""
SMALLER = 0.8
NARROWEST = 300


@dataclass(frozen=True)
class Inline:
    """A picture as it stands in HTML: its name, caption, address of data and size in pixels."""

    name: str
    caption: str
    address: str
    width: int
    height: int


def inlined(pictures: Sequence[Picture], budget: int = BUDGET) -> list[Inline]:
    """Pictures as addresses that hold them, all within a budget.

    Parameters
    ----------
    pictures
        As PNG.
    budget
        Letters that they may take together.

    Returns
    -------
    list of Inline
        WebP without loss; where that is too much, all of them narrower by the same factor.
    """
    images = [Image.open(BytesIO(one.png)).convert("RGB") for one in pictures]
    widest = WIDEST
    while True:
        found = [_inline(one, image, widest) for one, image in zip(pictures, images, strict=True)]
        if sum(len(one.address) for one in found) <= budget or widest < NARROWEST:
            return found
        widest = int(SMALLER * min(widest, max(image.width for image in images)))


def _inline(picture: Picture, image: Image.Image, widest: int) -> Inline:
    if image.width > widest:
        image = image.resize((widest, max(1, round(image.height * widest / image.width))))
    file = BytesIO()
    image.save(file, "WEBP", lossless=True, quality=60, method=3)
    data = base64.b64encode(file.getvalue()).decode()
    return Inline(picture.name, picture.caption, f"data:image/webp;base64,{data}", image.width, image.height)
