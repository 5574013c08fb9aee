"""A page: nothing is fetched, its numbers are those that it was given, texts of users are escaped."""

import json
import re
from html.parser import HTMLParser
from io import BytesIO
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from galaxy_causal.page import Chart, Curves, Intervals, Listing, Number, Page, Picture, render

EVIL = "</script><script>alert('x')</script> & $$x$$"
LIMIT = 5_000_000


def picture(name="atoms", size=(900, 600), seed=0):
    """Noise, which no compression makes small."""
    pixels = np.random.default_rng(seed).integers(0, 255, (*size[::-1], 3), dtype=np.uint8)
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return Picture(name, f"What {name} shows", file.getvalue())


def page(**changes):
    three = np.array([0.1, np.nan, -0.3])
    given = {
        "title": f"What {EVIL} tells",
        "question": (EVIL,),
        "answer": "All is well.",
        "meaning": "A nat is 1.44 bits.",
        "verdict": "lower bound",
        "warnings": ("mind the gap",),
        "figures": (picture(size=(300, 200)),),
        "charts": (
            Chart(
                "Atoms",
                "nats",
                (Intervals(EVIL, ("u", EVIL, "r"), three, np.full(3, 0.02), ("", "", ""), "#0072B2"),),
            ),
            Chart("Curves", "nats", (Curves("all", "mass", np.arange(3.0), {"R": (three, three, "")}),)),
        ),
        "tables": (Listing("Inputs", ("name", "value"), ((EVIL, Number(1.5, "1.50 ± 0.02")),)),),
        "configuration": f"name: {EVIL}\n",
        "repeat": {"In a shell": f"galaxy-causal dataset.name='{EVIL}'"},
        "versions": {"galaxy_causal": "0.1"},
    }
    return Page(**(given | changes))


class Tags(HTMLParser):
    """All elements, their attributes, and the text without scripts and styles."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.text, self._within = [], "", ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self._within = tag

    def handle_endtag(self, tag):
        if tag == self._within:
            self._within = ""

    def handle_data(self, data):
        if not self._within:
            self.text += data

    def of(self, tag):
        return [attrs for name, attrs in self.elements if name == tag]


@pytest.fixture(scope="module")
def shown():
    return render(page())


@pytest.fixture(scope="module")
def tags(shown):
    return Tags(shown)


def test_nothing_is_fetched(shown, tags):
    for tag, attrs in tags.elements:
        for name in ("src", "href", "data", "action", "srcset", "poster", "background"):
            assert attrs.get(name, "data:").startswith("data:"), (tag, attrs)
    assert not tags.of("link")
    assert not tags.of("iframe")
    style = re.search(r"<style>(.*?)</style>", shown, re.DOTALL)[1]
    assert "url(" not in style
    assert "@import" not in style
    (policy,) = [one["content"] for one in tags.of("meta") if "content" in one and "http-equiv" in one]
    assert policy.startswith("default-src 'none'")
    assert "http" not in policy
    assert "connect-src" not in policy


def test_texts_of_users_are_escaped(tags):
    """There are as many scripts as of a page without such texts, and the texts stand as they are."""
    assert len(tags.of("script")) == 3
    assert tags.text.count(EVIL) >= 6


def test_numbers_of_charts_stand_in_the_page_and_unknown_ones_are_null(shown):
    found = json.loads(re.search(r'<script type="application/json" id="numbers">(.*?)</script>', shown)[1])
    assert [one["kind"] for one in found] == ["intervals", "curves"]
    assert found[0]["value"] == [0.1, None, -0.3]
    assert found[0]["told"] == ["0.100 ± 0.020", "unknown", "-0.300 ± 0.020"]
    assert found[0]["high"][0] == pytest.approx(0.12)
    assert found[0]["labels"][1] == EVIL


def test_a_page_has_its_parts_in_order_and_headings_that_do_not_skip(shown, tags):
    parts = [
        "question",
        "answer",
        "warnings",
        "figures",
        "charts",
        "tables",
        "configuration",
        "repeat",
        "versions",
    ]
    places = [shown.index(f'<h2 id="{name}"') for name in parts]
    assert places == sorted(places)
    levels = [int(tag[1]) for tag, _ in tags.elements if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all(one.get("alt") for one in tags.of("img"))
    assert tags.of("html")[0]["lang"] == "en"
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in tags.of("meta")


def test_that_tables_hold_a_charts_numbers_is_said_where_they_do(tags):
    assert tags.text.count("the tables below hold the same numbers") == 1
    labels = [one["aria-label"] for one in tags.of("div") if one.get("role") == "img"]
    assert labels == [f"Atoms: {EVIL}. The numbers are in the tables below.", "Curves: all"]


def test_what_there_is_none_of_has_no_heading():
    bare = render(Page("t", (), "a"))
    assert "<h2" in bare
    assert bare.count("<h2") == 1
    assert len(bare) < 30_000


def test_marks_of_what_is_not_reliable_are_open_and_the_page_says_so(shown):
    assert "open marks: not reliable" not in shown
    three = np.array([0.1, 0.2, 0.3])
    lines = {"R": (three, three, ""), "S": (three, three, "")}
    intervals = Intervals("a", ("u", "v", "w"), three, three, ("", "", ""), "", (False, True, False))
    charts = (
        Chart("Atoms", "nats", (intervals,)),
        Chart("Curves", "bits", (Curves("all", "mass", three, lines, frozenset({"S"})),)),
    )
    text = render(page(charts=charts))
    found = json.loads(re.search(r'<script type="application/json" id="numbers">(.*?)</script>', text)[1])
    assert found[0]["open"] == [False, True, False]
    assert [line["open"] for line in found[1]["lines"]] == [[False] * 3, [True] * 3]
    assert "nats; open marks: not reliable" in text
    assert "bits; open marks: not reliable" in text


def test_a_folded_table_is_there_and_opens(tags):
    table = Listing("Curves", ("at", "value"), ((Number(1.0, "1"), Number(2.0, "2.0")),), folded=True)
    found = Tags(render(page(tables=(table,))))
    assert len(found.of("details")) == len(tags.of("details")) + 1
    assert len(found.of("table")) == 1


def test_each_figure_can_be_shown_large(tags):
    boxes = [one for one in tags.of("input") if one.get("type") == "checkbox"]
    assert [one["aria-label"] for one in boxes] == ["Show atoms large"]


def test_headings_wrap_and_stand_above_their_numbers(shown, tags):
    classes = [one.get("class") for one in tags.of("th") if one.get("scope") == "col"]
    assert classes == [None, "number"]
    style = re.search(r"<style>(.*?)</style>", shown, re.DOTALL)[1]
    assert "white-space: normal" in re.search(r"th button \{(.*?)\}", style, re.DOTALL)[1]
    assert "text-align: right" in re.search(r"th\.number button \{(.*?)\}", style, re.DOTALL)[1]
    assert "white-space: pre-wrap" in re.search(r"\npre \{(.*?)\}", style, re.DOTALL)[1]


@pytest.mark.long
def test_many_large_pictures_are_made_smaller_until_the_page_is_below_five_megabytes():
    many = tuple(picture(f"f{k}", (1300, 900), k) for k in range(4))
    found = render(page(figures=many[:2], gallery=many[2:]))
    assert len(found.encode()) < LIMIT
    images = Tags(found).of("img")
    assert len(images) == 4
    assert all(100 < int(one["width"]) < 1300 for one in images)


def test_contrast_of_all_texts_is_at_least_that_of_wcag_aa():
    """Ink on paper, of both schemes: 4.5 (Web Content Accessibility Guidelines 2.2, 1.4.3)."""
    style = re.search(r"<style>(.*?)</style>", render(Page("t", (), "a")), re.DOTALL)[1]
    for block in re.findall(r":root \{(.*?)\}", style, re.DOTALL):
        colour = dict(re.findall(r"--(\w+): (#\w{6})", block))
        for ink in ("ink", "faint", "accent", "good", "fair", "bad"):
            for paper in ("paper", "card"):
                assert contrast(colour[ink], colour[paper]) >= 4.5, (ink, paper)
        assert contrast(colour["ink"], colour["warned"]) >= 4.5


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour):
    parts = np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])
