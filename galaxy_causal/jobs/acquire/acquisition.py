"""One acquisition: what it will take, what is asked, and what is made of the answers."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console

from galaxy_causal.archive import (
    Client,
    Downloads,
    Frames,
    Recipe,
    Service,
    SkyServer,
    Slice,
    SliceFolder,
    Tap,
    about,
    ask_all,
    check_address,
    check_place,
    finish,
    known,
    list_frames,
    recipe_of,
    whole,
    write,
)
from galaxy_causal.jobs.acquire.hats import hats_service
from galaxy_causal.jobs.acquire.options import AcquireOptions
from galaxy_causal.jobs.acquire.result import UNKNOWN, Acquired, Checked, Planned
from galaxy_causal.jobs.progress import counting
from galaxy_causal.types import UserError, option

KINDS: Mapping[str, type[Service]] = {"skyserver": SkyServer, "tap": Tap, "files": Downloads}
NOTHING: Mapping[str, int] = {"requests": 0, "slices_there": 0}
"""What was done where the catalogue is there."""
SPEEDS = (5, 50)
"""Of connections [MB/s], by which it is told how long files take."""
OURS = "acquired"
"""Folder of configurations beside a catalogue, and how names in it begin."""


@dataclass(frozen=True)
class Acquisition:
    """What is asked with some options.

    Parameters
    ----------
    options
        All of them.
    seed
        Of pauses between tries, and of galaxies whose frames are listed.
    say
        Told what goes on.
    """

    options: AcquireOptions
    seed: int
    say: Callable[[str], None]

    @cached_property
    def recipe(self) -> Recipe:
        """With the columns that are the user's to name."""
        found, chosen = recipe_of(self.options.recipe), self.options.columns
        if found.service != "hats":
            for name in ("columns", "cone", "pixels", "storage_options"):
                if getattr(self.options, name) is not None:
                    raise UserError(
                        f"{option(f'acquire.{name}')} is for catalogues in the layout of HATS; recipe "
                        f"{found.name} names its own"
                    )
        return found if chosen is None else replace(found, columns={})

    @cached_property
    def client(self) -> Client:
        """Which asks."""
        limits = self.recipe.own_limits
        return Client(
            limits.queries_a_minute,
            limits.seconds,
            self.options.tries,
            self.options.pause,
            self.seed,
            self.say,
        )

    @cached_property
    def service(self) -> Service:
        """Which is asked."""
        address = self.options.address or self.recipe.address
        if address is None:
            raise UserError(f"{option('acquire.address')} must say where the catalogue is")
        address = address.rstrip("/")
        if self.recipe.service == "hats":
            return hats_service(self.recipe, self.client, address, self.options)
        check_address(address)
        return KINDS[self.recipe.service](self.recipe, self.client, address)

    @cached_property
    def slices(self) -> list[Slice]:
        """All of them, none cut yet."""
        return self.service.slices(self.options.between)

    @cached_property
    def output(self) -> Path:
        """The catalogue's file."""
        return self.options.place(self.recipe.name)

    @property
    def query(self) -> str:
        """SHA-256 of all that the rows depend on; mirrors of a service give the same."""
        region = [str(getattr(self.options, name)) for name in ("between", "cone", "pixels")]
        place = self.service.address if self.recipe.service == "hats" else ""
        return hashlib.sha256("\n".join([self.service.recipe.digest(), place, *region]).encode()).hexdigest()

    @cached_property
    def _size(self) -> float | None:
        """Bytes that are expected, slices and catalogue together; None where nobody knows."""
        if self.options.dry_run and isinstance(self.service, Downloads):
            return None  # it would have to be asked
        size = self.service.size()
        return None if size is None else size * self._share

    @property
    def _share(self) -> float:
        """Of the recipe's slices, how many are asked for."""
        return len(self.slices) / max(len(self.service.slices(None)), 1)

    def described(self) -> Iterator[str]:
        """Sizes and hours, before anything starts."""
        recipe, limits, expected = self.recipe, self.recipe.own_limits, self.recipe.own_expected
        if recipe.service == "hats":
            yield f"{len(self.slices)} partitions of {self.service.address}"
            return
        yield f"{recipe.name}: {recipe.title}"
        yield f"from {self.service.address}" + (f" ({recipe.release})" if recipe.release else "")
        count = len(self.slices)
        if isinstance(self.service, Downloads):
            yield f"files to fetch: {count}; {self._download()}"
            return
        if self.service.knows_seconds:
            fewest, most = expected.seconds
            seconds = [count * max(one, 60 / limits.queries_a_minute) for one in (fewest, most)]
            yield (
                f"{count} slices, at most {limits.queries_a_minute:g} queries a minute; by estimates of "
                f"{fewest:g} to {most:g} s each, {_hours(seconds[0])} to {_hours(seconds[1])}"
            )
        if expected.rows is not None and self._size is not None:
            rows, gigabytes = expected.rows * self._share, self._size / 1e9
            yield f"about {rows:,.0f} rows, {gigabytes:.2f} GB with slices (estimates)"

    def _download(self) -> str:
        """How large files are, and how long they take."""
        if self.options.dry_run:
            return (
                "a dry run asks nothing, and so does not know their size: "
                f"{option('acquire.check', True)} does"
            )
        if self._size is None:
            return "the service does not tell their size"
        slow, quick = (_hours(self._size / 1e6 / rate) for rate in SPEEDS)
        return f"{self._size / 1e9:.2f} GB: {slow} at {SPEEDS[0]} MB/s, {quick} at {SPEEDS[1]}"

    def planned(self) -> Planned:
        """What would be asked, and whether there is a place for it."""
        edges = [one.told for one in self.slices] if self.service.can_cut else []
        try:
            check_place(self.output, self._size or 0)
            hindrance = ""
        except UserError as error:
            hindrance = str(error)
        queries = [self.service.query(one) for one in self.slices]
        return Planned(self.service.query(None), edges, queries, hindrance)

    def checked(self) -> Checked:
        """How the service compares with its recipe, by ten rows or the beginnings of files."""
        started = time.monotonic()
        found = self.service.check(self.options.between)
        return Checked(self.service.address, found, time.monotonic() - started)

    def is_there(self) -> bool:
        """Whether the catalogue is there already, of this very query."""
        there = whole(self.output, self.query)
        if there and not self.options.keep:  # a run may have been killed at its very end
            shutil.rmtree(self._folder, ignore_errors=True)
        return there

    @property
    def _folder(self) -> Path:
        """Of slices."""
        return self.output.with_name(f"{self.output.name}.slices")

    def check(self) -> None:
        """Refuse a place that cannot hold the catalogue, before any row is asked for."""
        check_place(self.output, self._size or 0)

    def check_options(self) -> None:
        """Refuse options that never work, also where nothing is asked in earnest."""
        self.options.place(self.recipe.name)
        if self.options.frames and self.recipe.frames is None:
            raise UserError(
                f"recipe {self.recipe.name} knows no frames; leave {option('acquire.frames')} at 0"
            )

    @cached_property
    def _asked(self) -> dict[str, object]:
        return {
            "service": self.recipe.service,
            "address": self.service.address,
            "query": self.service.query(None),
            "between": None if self.options.between is None else list(self.options.between),
        }

    def answer(self, console: Console) -> Acquired:
        """Ask for what is missing, and make the catalogue."""
        if self.is_there():  # another process has made it meanwhile
            return self.found()
        told = {"recipe": self.recipe.name, **self._asked}
        folder = SliceFolder(self._folder, self.query, told, self.say)
        recipe = self.service.recipe  # with the columns of a catalogue that was opened
        with folder.opened() as kept:
            there = sum(kept.done(one) is not None for one in self.slices)
            with counting(console, "slices", len(self.slices)) as count:
                done = ask_all(self.service, self.slices, kept, count.reach, self.say)
            made = write(self.output, recipe, kept, done)
            finish(self.output, about(recipe, self.query, self._asked, done, made))
            if not self.options.keep:
                kept.remove()
        return self.found({"requests": self.client.asked, "slices_there": there})

    def found(self, queries: Mapping[str, int] = NOTHING) -> Acquired:
        """The catalogue that is there, with what uses it."""
        listed: Frames | None = None
        if self.options.frames:
            listed = list_frames(self.output, self.recipe, self.options.frames, self.seed)
        return Acquired(
            self.output, known(self.output), self.recipe.dataset, self._configured(), queries, listed
        )

    def _configured(self) -> list[str]:
        """Write the column map as a configuration of the user's, and give the command that uses it."""
        given: dict[str, Any] = dict(self.recipe.dataset)
        if not given:
            columns = ["dataset=table", f"dataset.path={self.output}", f"dataset.columns.target={UNKNOWN}"]
            return ["galaxy-causal", *columns]
        folder = self.output.parent / OURS / "dataset"
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{OURS}_{self.output.stem}"
        text = yaml.safe_dump({"defaults": ["table"], "path": str(self.output), **given}, sort_keys=False)
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
        further = list(self.recipe.try_it)
        if given.get("columns", {}).get("target") == UNKNOWN:
            further.append(f"dataset.columns.target={UNKNOWN}")
        return ["galaxy-causal", "--config-dir", str(folder.parent), f"dataset={name}", *further]


def _hours(seconds: float) -> str:
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"
