"""What a job is asked, whichever it is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar, Generic, NamedTuple, TypeVar

from rich.console import Console
from rich.text import Text

from galaxy_causal.fitting import FitMaker
from galaxy_causal.jobs.result import Result
from galaxy_causal.jobs.side_by_side import Task
from galaxy_causal.jobs.twin import Call
from galaxy_causal.types import Catalogue, spec_of

R_co = TypeVar("R_co", bound=Result, covariant=True)


class Need(NamedTuple):
    """A fit that a question needs, and what makes it."""

    maker: FitMaker
    task: Task


class Question(ABC, Generic[R_co]):
    """What a job is asked, and how it is answered.

    Attributes
    ----------
    job
        Its name on the command line.
    maker
        Makes or finds the fits that it needs, and holds the store.
    """

    job: ClassVar[str]
    maker: FitMaker

    @property
    @abstractmethod
    def name(self) -> str:
        """What the run is called."""

    @abstractmethod
    def check(self) -> None:
        """Refuse what cannot work, before anything is trained.

        Raises
        ------
        UserError
            It names the option and the remedy.
        """

    @abstractmethod
    def described(self) -> Iterator[str | Text]:
        """Say what is asked.

        Yields
        ------
        str or rich.text.Text
            Lines for the terminal.
        """

    @abstractmethod
    def recipe(self) -> dict[str, object]:
        """Give all that the answer depends on.

        Returns
        -------
        dict of str to object
            A question with the same one goes on in the same run.
        """

    @abstractmethod
    def tags(self) -> dict[str, str]:
        """Give what the run is found by before there is an answer.

        Returns
        -------
        dict of str to str
            Such as the names of the inputs.
        """

    @abstractmethod
    def answer(self, console: Console, parent: str) -> R_co:
        """Find or make the fits, and compute what is asked.

        Parameters
        ----------
        console
            Where to print.
        parent
            The run beneath which fits are shown; empty where nothing is tracked.

        Returns
        -------
        Result
            The answer.

        Raises
        ------
        UserError
            For what is found out only then, such as a training that diverged.
        """

    @abstractmethod
    def call(self) -> Call | None:
        """Give the function of the library that asks the same.

        Returns
        -------
        Call or None
            None where options were chosen that no function takes.
        """

    @abstractmethod
    def needs(self) -> list[Need]:
        """Tell which fits can be made before the question is answered.

        Returns
        -------
        list of Need
            In any order, without those that are known only once others are made.
        """

    @property
    def catalogue(self) -> Catalogue:
        """The galaxies."""
        return self.maker.catalogue

    def params(self) -> dict[str, object]:
        """Give what the answer is computed with, and nothing that it does not read.

        Returns
        -------
        dict of str to object
            Options, group by group.
        """
        fitting = self.maker.fitting
        found: dict[str, object] = {"seed": fitting.seed, "estimator": spec_of(fitting.estimator)}
        if fitting.estimator.uses_network:
            found |= {"seeds": fitting.seeds, "network": spec_of(fitting.network)}
            found["trainer"] = fitting.trainer.given
        return found
