"""Figures are shown by notebooks in which nobody imported pyplot."""

from io import BytesIO

from PIL import Image

from galaxy_causal.plot.style import blank


def test_a_figure_gives_jupyter_its_picture():
    figure = blank(2.0, width=3.0)
    figure.subplots().plot([0, 1], [0, 1])
    with Image.open(BytesIO(figure._repr_png_())) as picture:
        assert picture.size == (300, 200)
        assert picture.convert("L").getextrema()[0] < 100  # something is drawn on the white
