"""Links from pages to files of the checkout that are no pages: they work in the checkout, and on the site.

A study's page is that of its folder in ``experiments/``. Other files are links to the repository where its
address is known (``REPOSITORY``, or what Read the Docs and GitHub say), and else are named as they are.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parents[1]
ROOT = DOCS.parent
STUDIES = "evidence/studies"
FENCE = re.compile(r"(^```(?!\{).*?^```$)", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[(?P<text>[^\[\]]+)\]\((?P<path>[^)\s#]+)(?P<anchor>#[^)\s]*)?\)")


def repository() -> str:
    """The address under which files of the checkout are seen, or nothing."""
    on_github = os.environ.get("GITHUB_REPOSITORY", "")
    found = os.environ.get("REPOSITORY") or os.environ.get("READTHEDOCS_GIT_CLONE_URL", "")
    found = found or (f"https://github.com/{on_github}" if on_github else "")
    return found.removesuffix(".git").rstrip("/")


def on_site(text: str, folder: Path) -> str:
    """A page's Markdown, with links that leave the documents as the site needs them.

    Parameters
    ----------
    text
        The page, of a file in ``folder``.
    folder
        From which its links go out.

    Returns
    -------
    str
        The same, where nothing leaves.
    """
    parts = FENCE.split(text)
    parts[::2] = [LINK.sub(lambda match: _link(match, folder), part) for part in parts[::2]]
    return "".join(parts)


def _link(match: re.Match[str], folder: Path) -> str:
    """One link, as the site needs it."""
    label, path, anchor = match["text"], match["path"], match["anchor"] or ""
    target = Path(os.path.normpath(folder / path))
    if re.match(r"[a-z]+:", path) or not target.is_relative_to(ROOT):
        return match[0]
    if target.parent.parent == ROOT / "experiments" and target.name == "README.md":
        return f"[{label}](/{STUDIES}/{target.parent.name}.md{anchor})"
    if target.is_relative_to(DOCS) and target.suffix == ".md":
        return f"[{label}](/{target.relative_to(DOCS)}{anchor})"
    if target.is_relative_to(DOCS):
        return match[0]
    inside = target.relative_to(ROOT)
    address = repository()
    return f"[{label}]({address}/blob/HEAD/{inside})" if address else label


def write_studies() -> None:
    """Make a page of each study's README."""
    folder = DOCS / STUDIES
    folder.mkdir(exist_ok=True)
    for readme in sorted((ROOT / "experiments").glob("*/README.md")):
        text = on_site(readme.read_text(), readme.parent).replace("](../../docs/figures/", "](/figures/")
        page = folder / f"{readme.parent.name}.md"
        if not page.exists() or page.read_text() != text:
            page.write_text(text)


def _read(app: Any, name: str, source: list[str]) -> None:  # noqa: ANN401  (Sphinx)
    path = Path(app.env.doc2path(name))
    if path.suffix == ".md":
        source[0] = on_site(source[0], path.parent)
    if name == "tutorials/index" and len(_beside(app, "tutorials")) == 1:
        source[0] = source[0].partition("```{toctree}")[0]  # nothing there yet, of which Sphinx would warn


def _beside(app: Any, folder: str) -> set[str]:  # noqa: ANN401  (Sphinx)
    """Pages of a folder."""
    return {name for name in app.env.found_docs if name.startswith(f"{folder}/")}


def setup(app: Any) -> dict[str, object]:  # noqa: ANN401  (Sphinx)
    """What Sphinx asks of an extension."""
    app.connect("builder-inited", lambda _app: write_studies())
    app.connect("source-read", _read)
    return {"version": "1", "parallel_read_safe": True}
