"""What a causal analysis says, in sentences: on what the target depends beyond the inputs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from galaxy_causal.jobs.causal.graph import LEVEL
from galaxy_causal.jobs.decompose.trust import SEEN
from galaxy_causal.types import Answer, amount, chance, listed, quantity, sentence, with_error

LOST = "sufficiency/mi_lost"


def answer(inputs: str, target: str, answers: Sequence[Answer], information: Mapping[str, float]) -> str:
    """On which queries the target depends among galaxies that the inputs make alike, in sentences.

    Parameters
    ----------
    inputs, target
        What people call what the network saw, and the target.
    answers
        To every query, with and without conditions.
    information
        Of the latent: ``sufficiency/mi_lost`` [nats] and its error, where they are known.

    Returns
    -------
    str
    """
    about = quantity(target)
    depends = [one for one in answers if one.groups[0].p <= LEVEL]
    not_seen = [one for one in answers if one.groups[0].p > LEVEL]
    unasked = [one for one in answers if math.isnan(one.groups[0].p)]
    said = []
    if depends:
        said.append(f"{about} depends on {listed([_told(one) for one in depends])}")
    if not_seen:
        what = listed([_told(one) for one in not_seen], "or")
        said.append(f"no dependence of {about} on {what} is seen")
    if unasked:
        said.append(
            f"{listed([one.title for one in unasked])} could not be asked: all neighbourhoods are masked"
        )
    whole = f"among galaxies that {inputs} makes alike, {'; '.join(said)}"
    return " ".join(
        sentence(one)
        for one in (whole, _meaning(inputs, about, depends, not_seen), _lost(inputs, information))
        if one
    )


def _told(one: Answer) -> str:
    every = one.groups[0]
    if math.isnan(every.corr):
        return f"{one.title} ({chance(every.p)})"
    corr = with_error(every.corr, every.corr_error, sign=True)
    return f"{one.title} (local correlation {corr}, {chance(every.p)})"


def _meaning(inputs: str, about: str, depends: Sequence[Answer], not_seen: Sequence[Answer]) -> str:
    if depends:
        names = list(dict.fromkeys(one.query for one in depends))
        tell = "tells" if len(names) == 1 else "tell"
        return f"so {listed(names)} {tell} of {about} what {inputs} lacks"
    if not_seen:
        return "that none is seen is no proof that there is none"
    return ""


def _lost(inputs: str, information: Mapping[str, float]) -> str:
    """A warning where the latent itself has lost what its input tells."""
    lost, error = information.get(LOST, math.nan), information.get(f"{LOST}_err", math.nan)
    if not lost > SEEN * error:
        return ""
    return (
        f"the latent has lost {amount(lost, error)} nats of what {inputs} tells, and such a dependence may "
        "be that in part"
    )
