"""The tutorials as code: what stands in the cells of a page."""

import re
from pathlib import Path

TUTORIALS = Path(__file__).parents[1] / "docs" / "tutorials"
CELL = re.compile(r"^```\{code-cell\}.*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def pages():
    """Every notebook."""
    return sorted(page for page in TUTORIALS.glob("*.md") if page.stem != "index")


def cells(page):
    """Its cells, in their order."""
    return CELL.findall(page.read_text())
