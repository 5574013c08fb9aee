"""Recipes that come with the package, and those of users."""

from itertools import pairwise

import pytest
from archive_server import quick_recipe

from galaxy_causal.archive import Client, SkyServer, Slice, recipe_of, recipes
from galaxy_causal.dataset.tables.roles import column_map
from galaxy_causal.types import UserError

LONGEST = 2048
"""Letters of a query in an address that every server takes."""


def test_every_recipe_is_whole_and_maps_columns_that_it_has():
    assert recipes() == ["allwise", "desi_provabgs", "hats", "sdss_mgs", "sdss_wise"]
    for name in recipes():
        recipe = recipe_of(name)
        there = {column.name for column in recipe.own_columns}
        mapped = recipe.dataset.get("columns")
        if mapped is not None:
            assert set(column_map(mapped).wanted()) - {"???"} <= there, name
        assert recipe.address is None or recipe.address.startswith("https://")


@pytest.mark.parametrize("name", ["sdss_mgs", "sdss_wise"])
def test_queries_of_sdss_join_by_the_schema_and_fit_in_an_address(name):
    recipe = recipe_of(name)
    service = SkyServer(recipe, Client(), recipe.address)
    query = service.query(Slice(0.02, 0.025))
    wise = (
        "LEFT JOIN WISE_xmatch x ON x.sdss_objid = p.objID LEFT JOIN WISE_allsky w ON w.cntr = x.wise_cntr "
        if name == "sdss_wise"
        else ""
    )
    assert query.partition(" FROM ")[2] == (
        "SpecObj s JOIN PhotoObj p ON s.bestObjID = p.objID JOIN galSpecExtra g ON s.specObjID = g.specObjID "
        f"JOIN galSpecInfo i ON s.specObjID = i.specObjID {wise}"
        "WHERE s.class = 'GALAXY' AND p.petroMag_r - p.extinction_r <= 17.77 AND (i.primtarget & 64) != 0 "
        "AND i.reliable != 0 AND g.lgm_tot_p50 > -1000 AND s.z >= 0.02 AND s.z < 0.025"
    )
    assert len(service.encoded(service.query(Slice(0.123456789, 0.987654321), 10))) < LONGEST
    edges = service.slices(None)
    assert all(one.high == two.low for one, two in pairwise(edges))


def test_a_recipe_is_known_by_what_it_asks_not_by_where_or_in_which_words(tmp_path):
    shipped = recipe_of("sdss_mgs")
    moved = recipe_of(quick_recipe("sdss_mgs", tmp_path, "http://127.0.0.1:1", title="mine"))
    assert moved.digest() == shipped.digest()
    for changes in (
        {"where": "s.class = 'QSO'"},
        {"columns": {"z": "s.z"}, "repeats": [], "dataset": {}},
        {"repeats": []},
    ):
        assert recipe_of(quick_recipe("sdss_mgs", tmp_path, "x", **changes)).digest() != shipped.digest()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a\n", "holds no recipe"),
        ("{", "is no YAML"),
        ("title: a\nservice: skyserver\n", "lacks columns"),
        (
            "title: a\nservice: ftp\ncolumns: {}\n",
            "recipe.service=ftp must be one of skyserver, tap, files, hats",
        ),
        (
            "title: a\nservice: files\ncolumns: {}\nfile: [b]\n",
            "recipe has no option file; it has name, title",
        ),
        ("title: a\nservice: skyserver\ncolumns: {z: s.z}\n", "a query needs tables and slices"),
        (
            "title: a\nservice: files\ncolumns: {z: {kind: real}}\n",
            "column.kind=real must be one of number, inte",
        ),
        (
            "title: a\nservice: files\nfiles: [b]\ncolumns: {z: Z}\nrepeats: [{same: id}]\n",
            "repeats names id, which is no column",
        ),
    ],
)
def test_files_that_are_no_recipe_say_why(tmp_path, text, message):
    (tmp_path / "mine.yaml").write_text(text)
    with pytest.raises(UserError, match=message):
        recipe_of(str(tmp_path / "mine.yaml"))
    with pytest.raises(
        UserError, match=r"acquire.recipe=nothing is unknown; choose one of allwise, desi_provabgs"
    ):
        recipe_of("nothing")
