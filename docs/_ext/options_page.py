"""Pages of all options, made of their declarations when the site is built."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from declared import CONF, PRESETS, WITHIN, Choice, Option, choices, groups, plain_options, readers
from texts import summary_of

from galaxy_causal.jobs.job import job_names
from galaxy_causal.jobs.usage import summary

FOLDER = Path(__file__).parents[1] / "reference" / "options"
TITLES = {
    "acquire": "From an archive",
    "bands": "Inputs x1 and x2",
    "causal": "Causal analysis",
    "compute": "How images are computed with",
    "cutouts": "Cutting images",
    "dataset": "Data",
    "decomposition": "Decomposition",
    "discovery": "Causal discovery",
    "estimator": "Estimators",
    "experiment": "Presets of studies",
    "launcher": "Sweeps",
    "neighbours": "Neighbours",
    "network": "Networks",
    "predict": "Estimates of other galaxies",
    "scale": "Size of the studies",
    "subsets": "Subsets",
    "target": "What the target is",
    "tracking": "Where fits and runs are kept",
    "trainer": "Trainer",
    "training": "Training of a network",
    "weights": "Terms of a contrastive loss",
}
"""What pages are called; others by their groups."""


def pages() -> dict[str, str]:
    """All pages, by the names of their files."""
    found = {f"{group}.md": _group(group) for group in groups()}
    return {"index.md": _index(), "general.md": _general()} | found


def write_pages(folder: Path = FOLDER) -> None:
    """Write the pages that changed.

    Parameters
    ----------
    folder
        Where they go.
    """
    folder.mkdir(exist_ok=True)
    for name, text in pages().items():
        file = folder / name
        if not file.exists() or file.read_text() != text:
            file.write_text(text)


def _index() -> str:
    rows = [f"| [`{group}`]({group}.md) | {_title(group)} | {_jobs(group)} |" for group in groups()]
    return "\n".join(
        [
            "# Options",
            "",
            "Made of the declarations themselves when this site is built. An option is given as",
            "`galaxy-causal estimator.folds=5`, a choice of a group as `galaxy-causal estimator=ksg`.",
            "A value on the command line wins over a preset of `experiment=`, which wins over",
            "the defaults here.",
            "",
            "| group | what | read by `job=` |",
            "|---|---|---|",
            "| [options in no group](general.md) | the job, seeds | |",
            *rows,
            "",
            "```{toctree}",
            ":hidden:",
            "",
            "general",
            *groups(),
            "```",
            "",
        ]
    )


def _title(group: str) -> str:
    return TITLES.get(group, group.replace("_", " ").capitalize())


def _jobs(group: str) -> str:
    return ", ".join(f"`{name}`" for name in readers(WITHIN.get(group, group).partition(".")[0]))


def _general() -> str:
    lines = ["# Options in no group", "", summary_of((CONF / "config.yaml").read_text()), ""]
    lines += ["| `job=` | |", "|---|---|", *(f"| `{name}` | {summary(name)} |" for name in job_names()), ""]
    return "\n".join([*lines, *(line for option in plain_options() for line in _option(option, {}))])


def _group(group: str) -> str:
    found = choices(group)
    path = WITHIN.get(group, group)
    lines = [f"# {_title(group)}", "", f"Chosen by `{_given(group)}=`."]
    lines += [f"Read by the jobs {_jobs(group)}.", ""] if _jobs(group) else [""]
    if path != group:
        lines += [f"Its options are in `{path}`.", ""]
    if group in PRESETS:
        return "\n".join([*lines, *_presets(found)])
    if len(found) > 1:
        lines += [f"| `{_given(group)}=` | |", "|---|---|"]
        lines += [f"| `{one.name}` | {_line(one.says)} |" for one in found] + [""]
    else:
        lines += [found[0].says, ""]
    return "\n".join([*lines, *_families(found)])


def _given(group: str) -> str:
    """How a choice of a group is given."""
    return f"{group}@{WITHIN[group]}" if group in ("training", "weights") else group


def _line(says: str) -> str:
    """A summary on one line of a table, its example left out."""
    return says.partition("\n\n```")[0].removesuffix(", for example").replace("|", "\\|")


def _presets(found: Sequence[Choice]) -> Iterator[str]:
    for one in found:
        yield from (f"## `{one.name}`", "", one.says, "", "```yaml", one.sets, "```", "")


def _families(found: Sequence[Choice]) -> Iterator[str]:
    """Choices that make the same thing have their options in common."""
    families: dict[str, list[Choice]] = {}
    for one in found:
        families.setdefault(one.target or one.name, []).append(one)
    seen: set[str] = set()
    for target, members in families.items():
        names = ", ".join(f"`{one.name}`" for one in members)
        if len(families) > 1:
            yield from (f"## {names}", "")
        if "." in target:
            yield from (f"Makes `{target}`.", "")
        example = next((one.says for one in members if "```" in one.says), "")
        if example and len(found) > 1:
            yield from ("```" + example.partition("```")[2], "")
        options: dict[str, Option] = {}
        for one in members:
            options |= {option.path: option for option in one.options if option.path not in options}
        for path, option in options.items():
            defaults = {one.name: own.default for one in members for own in one.options if own.path == path}
            yield from _option(option, defaults, index=path not in seen)
            seen.add(path)


def _option(option: Option, defaults: dict[str, str], *, index: bool = True) -> Iterator[str]:
    """One option; its defaults by choice, where they differ."""
    different = len(set(defaults.values())) > 1
    many = "; ".join(f"`{value}` of `{name}`" for name, value in defaults.items())
    yield from (f"```{{confval}} {option.path}", f":type: {option.type}")
    yield f":default: {many if different else f'`{option.default}`'}"
    yield from ([] if index else [":no-index:"])
    yield from ("", _sentence(option.says), "```", "")


def _sentence(says: str) -> str:
    """A comment as a sentence; stars and the like in it are no mark-up."""
    text = says[:1].upper() + says[1:] if not says[:2].islower() or says[:1].islower() else says
    text = text.replace("\\", "\\\\").replace("*", "\\*").replace("<", "&lt;").replace("_", "\\_")
    return text if text.endswith((".", "?", "!", "...")) else f"{text}."


def setup(app: Any) -> dict[str, object]:  # noqa: ANN401  (Sphinx)
    """What Sphinx asks of an extension."""
    app.connect("builder-inited", lambda _app: write_pages())
    return {"version": "1", "parallel_read_safe": True}
