"""What is shown or hidden as one, and the subsets that sets of inputs are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.checksum import checksum
from galaxy_causal.dataset.inputs.pairs import selected
from galaxy_causal.types import IMAGES, Feature, Input, InputPair, InputSet, UserError, option

SHORT = 2
"""Letters of a name, such as W1, that needs no mark between it and the next."""


def divided(
    pair: InputPair, features: Mapping[str, Mapping[str, Feature]], images: Sequence[str] = ()
) -> InputSet:
    """The union of a pair, with what only one of the two holds as players.

    Parameters
    ----------
    pair
        What both of it hold (E(B-V) by default) is always shown.
    features, images
        Of the catalogue, and the bands of its images, in whose order players come; images come last.

    Returns
    -------
    InputSet
        A player is a feature with its error, or the image in one band.

    Raises
    ------
    UserError
        Where there are fewer than two players.
    """
    order = [(modality, name) for modality, named in features.items() for name in named]
    order += [(modality, band) for modality in IMAGES for band in images]
    common = set(pair.x1.items) & set(pair.x2.items)
    own = [item for item in pair.union.items if item not in common]
    if len(own) < 2:
        raise UserError(
            f"of {pair.x1.label} and {pair.x2.label} only {len(own)} inputs are not in both, and subsets "
            "need two; choose other bands"
        )
    place = {key: row for row, key in enumerate(order)}
    return replace(pair.union, players=tuple(sorted(own, key=lambda i: place[i.modality, i.name])))


def player_names(inputs: InputSet) -> tuple[str, ...]:
    """Short names of the players.

    Parameters
    ----------
    inputs
        With players.

    Returns
    -------
    tuple of str
        The feature's own name where no other player has it, else with the modality. A band of images beside
        other inputs is always named with its modality.

    Examples
    --------
    >>> g, z, r = Input("photometry", "g"), Input("redshift", "z"), Input("images", "r")
    >>> player_names(InputSet("all", (g, z, r), players=(g, z, r)))
    ('g', 'z', 'images/r')
    """
    count = Counter(player.name for player in inputs.players)
    bare = all(player.modality in IMAGES for player in inputs.players)
    return tuple(
        player.name if count[player.name] == 1 and (bare or player.modality not in IMAGES) else str(player)
        for player in inputs.players
    )


def subset_label(names: Sequence[str], shown: NDArray[np.bool_]) -> str:
    """What a subset of named players is called.

    Parameters
    ----------
    names
        Of the players, as ``player_names`` gives them.
    shown
        (players,), true where the subset holds one.

    Returns
    -------
    str
        Names of up to two letters of one modality run together; ``nothing`` for the empty subset.

    Examples
    --------
    >>> subset_label(["images/u", "images/g", "redshift"], np.array([True, True, True]))
    'redshift+images/ug'
    """
    named: dict[str, list[str]] = {}
    for name in (name for name, there in zip(names, shown, strict=True) if there):
        modality, _, own = name.rpartition("/")
        named.setdefault(f"{modality}/" if modality else "", []).append(own)
    parts: list[str] = []
    for modality, of_it in sorted(named.items(), key=lambda item: bool(item[0])):
        short = "".join(name for name in of_it if len(name) <= SHORT)
        long = [name for name in of_it if len(name) > SHORT]
        parts += [modality + part for part in filter(None, [short, *long])]
    return "+".join(parts) or "nothing"


def shown(inputs: InputSet, parts: Sequence[InputSet]) -> NDArray[np.bool_]:
    """Which players each of some parts holds.

    Parameters
    ----------
    inputs
        With players.
    parts
        Sets of some of its items.

    Returns
    -------
    numpy.ndarray
        Bool, (parts, players).

    Examples
    --------
    >>> g, z = Input("photometry", "g"), Input("redshift", "z")
    >>> both = InputSet("gz", (g, z), players=(g, z))
    >>> shown(both, [InputSet("g", (g,)), both]).tolist()
    [[True, False], [True, True]]
    """
    held = [set(part.items) for part in parts]
    return np.array([[player in own for player in inputs.players] for own in held])


def check_distinct(inputs: InputSet, features: Mapping[str, Mapping[str, Feature]]) -> None:
    """Refuse players that hold the same values under two names: they would share whatever they tell.

    Parameters
    ----------
    inputs
        With players; bands of images are not compared.
    features
        Of the catalogue, by modality and name.

    Raises
    ------
    UserError
        Naming both, for values that are equal to the last digit.
    """
    seen: dict[str, Input] = {}
    for player in (player for player in inputs.players if player.modality not in IMAGES):
        values = features[player.modality][player.name].value
        first = seen.setdefault(checksum(values), player)
        if first is not player:
            raise UserError(
                f"the inputs {first} and {player} hold the same values, so that what they tell would be "
                f"split between them; leave {player} out of {option('bands.x1')} and {option('bands.x2')}"
            )


def groups(inputs: InputSet, wanted: object, count: int, dataset: str) -> NDArray[np.bool_]:
    """Groups of players.

    Parameters
    ----------
    inputs
        With players.
    wanted
        The groups, each a modality, or written as ``ugriz`` or a list of names.
    count
        How many there must be.
    dataset
        Its name, for messages.

    Returns
    -------
    numpy.ndarray
        Which players each group holds, bool (count, players).

    Raises
    ------
    UserError
        For another number of groups, names that no player has, and players in two groups.
    """
    names = player_names(inputs)
    if isinstance(wanted, str) or not isinstance(wanted, Sequence) or len(wanted) != count:
        raise UserError(
            f"{option('subsets.sources', wanted)}: give {count} groups of the inputs {', '.join(names)}, "
            f"for example [{names[0]}, {names[1]}, {names[-1]}]"
        )
    chosen = [
        _of_modality(inputs, group) or selected(group, names, "inputs", dataset, "subsets.sources")
        for group in wanted
    ]
    found = np.array([[name in group for name in names] for group in chosen])
    twice = [name for name, times in zip(names, found.sum(axis=0), strict=True) if times > 1]
    if twice or not found.any(axis=1).all():
        raise UserError(
            f"{option('subsets.sources', wanted)}: each group needs an input, and each input may stand in "
            "one group" + (f"; {', '.join(twice)} stand in two" if twice else "")
        )
    return found


def _of_modality(inputs: InputSet, wanted: object) -> tuple[str, ...]:
    named = zip(player_names(inputs), inputs.players, strict=True)
    return tuple(name for name, player in named if player.modality == wanted)
