"""The documents: links that lead somewhere, guide pages that can be read, options that are all there."""

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest
from options_page import pages

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
LINK = re.compile(r"\]\(<?([^)\s>]+)>?\)")
GUIDE = [page for folder in ("guide", "start") for page in sorted((DOCS / folder).glob("*.md"))]
WORDS = 70
"""More make a paragraph, or an item of a list, a wall."""
GENERATED = DOCS / "reference" / "options"


def documents():
    """All Markdown files of the repository."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    found = [ROOT / name for name in listed] or [*ROOT.glob("*.md"), *DOCS.rglob("*.md")]
    return [page for page in found if page.exists() and GENERATED not in page.parents]


def prose(text):
    """A page without its blocks of code."""
    return re.sub(r"^( *)(```+|~~~+).*?^\1\2 *$", "", text, flags=re.MULTILINE | re.DOTALL)


def anchors(text):
    """What links to a page may name: its headings as GitHub and the site spell them, and its own marks."""
    headings = re.findall(r"^#+ (.*)$", prose(text), re.MULTILINE)
    plain = [re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower() for heading in headings]
    slugs = [re.sub(r"[^\w\- ]", "", heading).strip().replace(" ", "-") for heading in plain]
    return {*slugs, *re.findall(r"^\(([\w-]+)\)=$", text, re.MULTILINE)}


@cache
def options():
    """Generated pages, by name."""
    return pages()


def broken(page):
    """Links of a page that lead nowhere."""
    generated = options()
    for target in LINK.findall(prose(page.read_text())):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if file.parent == GENERATED:
            there = file.name in generated
            text = generated.get(file.name, "")
        else:
            there = file.exists()
            text = file.read_text() if there and file.suffix == ".md" else ""
        if not there or (anchor and anchor not in anchors(text)):
            yield target


def test_every_link_leads_somewhere():
    found = {str(page.relative_to(ROOT)): list(broken(page)) for page in documents()}
    assert len(found) > 50
    assert {page: links for page, links in found.items() if links} == {}


def test_a_link_that_leads_nowhere_is_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "# A title\n[a](page.md) [b](#a-title) [c](other.md) [d](page.md#none)\n```\n[e](none)\n```\n"
    )
    assert list(broken(page)) == ["other.md", "page.md#none"]


def paragraphs(text):
    """Paragraphs and items of lists, without directives."""
    bare = re.sub(r"^(:::+.*|:[\w-]+:.*|\$\$.*)$", "", prose(text), flags=re.MULTILINE)
    return re.split(r"\n\s*\n|\n(?=\s*(?:[-*] |\d+\. |\||#))", bare)


@pytest.mark.parametrize("page", GUIDE, ids=lambda p: p.stem)
def test_a_guide_page_holds_no_walls(page):
    text = page.read_text()
    assert [line for line in text.splitlines() if len(line) > 120] == []
    assert [one for one in paragraphs(text) if len(one.split()) > WORDS] == []


@pytest.mark.parametrize("page", GUIDE, ids=lambda p: p.stem)
def test_a_guide_page_holds_no_table_of_measurements(page):
    for table in re.findall(r"(?:^\|.*\n)+", prose(page.read_text()), re.MULTILINE):
        cells = [cell.strip() for row in table.splitlines()[2:] for cell in re.split(r"(?<!\\)\|", row)[1:-1]]
        numbers = [cell for cell in cells if re.fullmatch(r"[-+±0-9.,x% ]*\d[-+±0-9.,x% ]*", cell)]
        assert len(numbers) <= max(5, len(cells) / 2), table


QUESTIONS = [
    page for page in GUIDE if page.parent.name == "guide" and page.stem not in ("index", "own", "notebook")
]


@pytest.mark.parametrize("page", QUESTIONS, ids=lambda p: p.stem)
def test_a_guide_page_has_its_parts(page):
    text = page.read_text()
    assert "galaxy-causal" in text
    assert "Python" in text or "```python" in text
    assert "## What can go wrong" in text


def test_every_guide_page_is_in_the_gallery():
    gallery = (DOCS / "guide" / "index.md").read_text()
    cards = set(re.findall(r"^:link: (\S+)$", gallery, re.MULTILINE))
    listed = {
        line
        for block in re.findall(r"```\{toctree\}\n(.*?)```", gallery, re.DOTALL)
        for line in block.split()
    }
    there = {page.stem for page in GUIDE if page.parent.name == "guide"} - {"index"}
    assert cards == there
    assert there <= listed


def test_every_evidence_page_is_in_its_index():
    index = (DOCS / "evidence" / "index.md").read_text()
    for page in (DOCS / "evidence").glob("*.md"):
        assert page.stem == "index" or f"({page.name})" in index
    for study in (ROOT / "experiments").glob("*/README.md"):
        assert f"({Path('../../experiments', study.parent.name, 'README.md')})" in index
