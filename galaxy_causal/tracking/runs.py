"""Reading and writing MLflow runs by id, patiently and within MLflow's limits."""

from __future__ import annotations

import math
import random
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from galaxy_causal.fitting import Made
from galaxy_causal.fitting.code import versions
from galaxy_causal.fitting.leases import Holder
from galaxy_causal.fitting.tracker import Galaxies
from galaxy_causal.processes import ProcessIdentity
from galaxy_causal.tracking.limits import allowed, batches, check_tags
from galaxy_causal.tracking.pulse import BEAT, OWNER, Deaths
from galaxy_causal.tracking.server import refusals
from galaxy_causal.tracking.shown import dataset_input, source_tags

if TYPE_CHECKING:
    from mlflow.entities import Run
    from mlflow.tracking import MlflowClient

P = ParamSpec("P")
T = TypeVar("T")
Point = tuple[str, int, float]

METRICS_PER_BATCH = 1000
ENTRIES_PER_BATCH = 100  # params or tags
LOCKED_FOR = 120.0  # seconds


def patiently(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call; where SQLite is locked by another process, again for up to two minutes.

    Raises
    ------
    UserError
        Where a server refuses, or is not there any more.
    """
    from mlflow.exceptions import MlflowException

    until = time.monotonic() + LOCKED_FOR
    while True:
        try:
            with refusals():
                return call(*args, **kwargs)
        except MlflowException as error:
            if "database is locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(random.uniform(0.05, 0.5))


class Runs:
    """The runs of one experiment, and which of them have lost their process.

    Each run has tags for the ``host`` and the process of whoever last wrote to it, and for its signs of life;
    and its ``versions``.

    Parameters
    ----------
    client
        Of the database or server.
    experiment_id
        Of the experiment.
    seconds
        How long a run is without a sign of life until it is over.
    seen
        Where processes of this machine remember which signs of life they saw.
    """

    def __init__(self, client: MlflowClient, experiment_id: str, seconds: float, seen: Path) -> None:
        self._client = client
        self._experiment_id = experiment_id
        self.owner = Holder(uuid.uuid4().hex[:12], ProcessIdentity.own(), seconds)
        self._owner = {"host": self.owner.host, OWNER: self.owner.content.decode(), BEAT: "0"}
        self._deaths = Deaths(seconds, seen)
        self._last = 0

    def search(self, condition: str) -> list[Run]:
        """Runs that satisfy an MLflow filter, oldest first; deleted ones are left out."""
        found: list[Run] = []
        token: str | None = None
        while True:
            page = patiently(
                self._client.search_runs,
                [self._experiment_id],
                condition,
                order_by=["attributes.start_time ASC"],
                page_token=token,
            )
            found.extend(page)
            token = page.token
            if not token:
                return found

    def get(self, run_id: str) -> Run:
        """The run as stored now."""
        return patiently(self._client.get_run, run_id)

    def dead(self) -> list[Run]:
        """RUNNING runs of fits and jobs whose process is gone."""
        running = self.search("attributes.status = 'RUNNING'")
        dead = [run for run in running if self._deaths.is_dead(run, self.owner.host)]
        self._deaths.remember(running)
        return dead

    def create(self, name: str, tags: Mapping[str, str], started: float | None = None) -> str:
        """A new RUNNING run, begun now or at a time [s since 1970]."""
        check_tags(tags)
        milliseconds = None if started is None else int(1000 * started)
        tags = {**self._made_by(), **self._owner, **tags}
        run = patiently(self._client.create_run, self._experiment_id, milliseconds, tags, name)
        return str(run.info.run_id)

    def begin(
        self, kind: str, key: str, name: str, tags: Mapping[str, str], started: float | None = None
    ) -> str:
        """Set the run with ``tags[kind] == key`` to RUNNING, or create it; call with its lease held.

        A RUNNING run whose process may be alive, of a store that has other leases, is left alone.
        """
        tags = {**tags, kind: key}
        for run in self.search(f"tags.{kind} = '{key}'"):
            if run.info.status != "RUNNING" or self._deaths.is_free(run, self.owner.host):
                run_id: str = run.info.run_id
                patiently(self._client.update_run, run_id, status="RUNNING", name=name)
                self.tag(run_id, {**self._made_by(), **self._owner, **tags})
                return run_id
        return self.create(name, tags, started)

    @property
    def experiment_id(self) -> str:
        """Of the experiment."""
        return self._experiment_id

    def _made_by(self) -> dict[str, str]:
        """Versions, program and person, by whom a run is made."""
        found = versions()
        return found | source_tags(found.get("commit", ""))

    def used(self, run_id: str, galaxies: Galaxies) -> None:
        """Say of which galaxies a run was made; said again it stays as it is."""
        patiently(self._client.log_inputs, run_id, [dataset_input(galaxies)])

    def used_as(self, run_id: str, other: Run) -> None:
        """Say that a run was made of the same galaxies as another one, of another store."""
        inputs = getattr(other.inputs, "dataset_inputs", None)
        if inputs:
            patiently(self._client.log_inputs, run_id, inputs)

    def end(self, run_id: str, status: str, finished: float | None = None) -> None:
        """Write the run's end: FINISHED, FAILED or KILLED, now or at a time [s since 1970]."""
        milliseconds = None if finished is None else int(1000 * finished)
        patiently(self._client.set_terminated, run_id, status, milliseconds)

    def revive(self, run_id: str) -> None:
        """Have a run RUNNING again."""
        patiently(self._client.update_run, run_id, status="RUNNING")

    def delete(self, run_id: str) -> None:
        """Have nobody find a run."""
        patiently(self._client.delete_run, run_id)

    def tag(self, run_id: str, tags: Mapping[str, str]) -> None:
        """Set tags; raises ``UserError`` for one that MLflow would cut."""
        from mlflow.entities import RunTag

        check_tags(tags)
        entries = [RunTag(name, value) for name, value in tags.items()]
        for batch in batches(entries, ENTRIES_PER_BATCH):
            patiently(self._client.log_batch, run_id, tags=batch)

    def params(self, run_id: str, params: Mapping[str, str]) -> None:
        """Log parameters; MLflow cuts long values and lets none change.

        So a long one points to ``params.json``, and the names of those that changed since the run was first
        opened are in the tag ``params_changed``.
        """
        from mlflow.entities import Param
        from mlflow.utils.validation import MAX_PARAM_VAL_LENGTH

        run = self.get(run_id)
        known = run.data.params
        shown = {
            allowed(name): value
            if len(value) <= MAX_PARAM_VAL_LENGTH
            else f"{len(value)} characters, see params.json"
            for name, value in params.items()
        }
        entries = [Param(name, value) for name, value in shown.items() if name not in known]
        for batch in batches(entries, ENTRIES_PER_BATCH):
            patiently(self._client.log_batch, run_id, params=batch)
        changed = sorted(name for name, value in shown.items() if known.get(name, value) != value)
        if changed or "params_changed" in run.data.tags:
            self.tag(
                run_id, {"params_changed": f"{', '.join(changed)} (see params.json)" if changed else "none"}
            )

    def metrics(self, run_id: str, made: Made) -> None:
        """Log numbers and curves; points that the run has already are not logged again.

        A number without a curve stands at step 0, any other one step behind its curve.
        """
        from mlflow.entities import Metric

        points = [(allowed(name), step, value) for name, step, value in _points(made)]
        known = self._known(run_id, {name for name, _, _ in points})
        # MLflow shows as the latest the one with the later time: never give two the same
        self._last = max(self._last + 1, time.time_ns() // 1_000_000)
        fresh = [
            Metric(name, float(value), self._last, step)
            for name, step, value in points
            if (name, step, repr(_stored(value))) not in known
        ]
        for batch in batches(fresh, METRICS_PER_BATCH):
            patiently(self._client.log_batch, run_id, metrics=batch)

    def _known(self, run_id: str, names: set[str]) -> set[tuple[str, int, str]]:
        """What stands at each (name, step) now; repr, for NaN equals nothing."""
        latest: dict[tuple[str, int], tuple[int, float]] = {}
        for name in names & set(self.get(run_id).data.metrics):
            for point in patiently(self._client.get_metric_history, run_id, name):
                place = (name, point.step)
                latest[place] = max(latest.get(place, (-1, 0.0)), (point.timestamp, point.value))
        return {(name, step, repr(_stored(value))) for (name, step), (_, value) in latest.items()}

    def made(self, run: Run) -> Made:
        """Numbers and curves of a run, infinities restored; a name with several points is a curve."""
        metrics, history = {}, {}
        for name, value in values(run).items():
            curve = patiently(self._client.get_metric_history, run.info.run_id, name)
            if len(curve) > 1:
                history[name] = tuple((point.step, _stored(point.value)) for point in curve)
            else:
                metrics[name] = value
        return Made(metrics, history)


def values(run: Run) -> dict[str, float]:
    """The latest value of each metric, infinities restored."""
    return {name: _stored(value) for name, value in run.data.metrics.items()}


def _points(made: Made) -> Iterator[Point]:
    for name, curve in made.history.items():
        yield from ((name, step, value) for step, value in curve)
    for name, value in made.metrics.items():
        yield name, max((step for step, _ in made.history.get(name, ())), default=-1) + 1, value


def _stored(value: float) -> float:
    """MLflow's databases hold an infinity as the largest float; take one for the other."""
    return math.copysign(math.inf, value) if abs(value) >= sys.float_info.max else float(value)
