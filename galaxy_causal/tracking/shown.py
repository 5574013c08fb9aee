"""What MLflow's pages show of a run beside its numbers: where it came from, its galaxies, what it says."""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from galaxy_causal.fitting.tracker import Galaxies
from galaxy_causal.types import COMMAND_LINE_NAME, by_door

if TYPE_CHECKING:
    from mlflow.entities import DatasetInput

NOTE = "mlflow.note.content"
KIND, OF_TRAINING = "mlflow.experimentKind", "custom_model_development"
"""Tag of an experiment by which MLflow's pages open on its runs, and its value for trained models."""
OF_RUNS = "workflowType=machine_learning"
"""What MLflow's pages are asked for, lest they show chats with language models."""
ABOUT = (
    "What photometry, images, redshifts and other data tell of a galaxy's property: redundant, unique and "
    "synergistic information, and its causes. Each run of a job has its answer in its description and a "
    "page, `report.html`, among its artifacts; fits are shown beneath the job that made them."
)
"""Description of an experiment."""
LONGEST = 7500
"""Letters of a description, of which MLflow keeps 8000."""
DIGEST = 36
"""Letters of a data set's digest that MLflow keeps."""
COLUMNS = 200
"""Of a data set that are named."""


def experiment_tags(known: Mapping[str, str]) -> dict[str, str]:
    """Tags that an experiment lacks: what people have set stays."""
    ours = {KIND: OF_TRAINING, NOTE: ABOUT}
    return {name: value for name, value in ours.items() if name not in known}


def page_of(address: str, experiment_id: str, run_id: str = "") -> str:
    """The page of MLflow with the runs of an experiment, or with one of them."""
    run = f"/{run_id}" if run_id else ""
    return f"{address.rstrip('/')}/#/experiments/{experiment_id}/runs{run}?{OF_RUNS}"


def source_tags(commit: str = "") -> dict[str, str]:
    """By which program, of which commit, and by whom a run is made."""
    script = Path(sys.argv[0]).name if sys.argv and sys.argv[0] else ""
    interactive = hasattr(sys, "ps1") or "ipykernel" in sys.modules
    name = by_door(COMMAND_LINE_NAME, "notebook" if interactive or not script else script)
    found = {
        "mlflow.source.name": name,
        "mlflow.source.type": by_door("LOCAL", "NOTEBOOK" if name == "notebook" else "LOCAL"),
    }
    if commit:
        found["mlflow.source.git.commit"] = commit.rstrip("+")
    with suppress(KeyError, OSError, ImportError):  # a container may have nobody of this number
        found["mlflow.user"] = getpass.getuser()
    return found


def note(text: str, experiment_id: str, run_id: str, page: str) -> str:
    """A description in Markdown, with where its page lies; what is too long is cut between lines."""
    place = f"#/experiments/{experiment_id}/runs/{run_id}/artifacts/{page}?{OF_RUNS}"
    link = f"\n\nFigures, charts and tables: [{page}]({place})"
    more = f"\n\n... the rest is in {page}"
    if len(text) + len(link) > LONGEST:
        text = text[: LONGEST - len(link) - len(more)].rpartition("\n")[0] + more
    return text + (link if page else "")


def dataset_input(galaxies: Galaxies) -> DatasetInput:
    """Galaxies as a data set of MLflow's."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    columns = [{"type": "double", "name": name, "required": True} for name in galaxies.columns[:COLUMNS]]
    read = galaxies.source and not galaxies.source.startswith("simulated")
    kind = "local" if read else "code"
    place: dict[str, object] = {"uri": galaxies.source} if read else {"tags": {"made": galaxies.source}}
    return DatasetInput(
        Dataset(
            name=galaxies.name,
            digest=galaxies.digest[:DIGEST],
            source_type=kind,
            source=json.dumps(place),
            schema=_short(json.dumps({"mlflow_colspec": columns})),
            profile=json.dumps({"num_rows": galaxies.count, "num_elements": galaxies.count * len(columns)}),
        ),
        [InputTag("mlflow.data.context", "train, validation, test")],
    )


def _short(schema: str) -> str:
    """A schema that MLflow keeps: of 65,535 letters at most."""
    return schema if len(schema) < 60_000 else json.dumps({"mlflow_colspec": []})


def galaxies_of(recipe: Mapping[str, Any], tags: Mapping[str, str], count: int) -> Galaxies | None:
    """The galaxies of a stored fit, as far as its recipe tells; their source is known to its job alone."""
    digest, inputs = recipe.get("dataset"), recipe.get("inputs")
    if not isinstance(digest, str) or "dataset" not in tags:
        return None
    columns = tuple(sorted(inputs)) if isinstance(inputs, Mapping) else ()
    return Galaxies(tags["dataset"], digest, "", columns, count)
