"""How the site is made of the documents: ``make docs``."""

import os
import sys
from importlib.metadata import version as version_of
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_ext"))
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # of the tutorials: small networks lose time with more
os.environ.setdefault("PYTHONWARNINGS", "ignore:IProgress not found")  # tqdm's wish for ipywidgets

project = "galaxy_causal"
author = "The galaxy_causal authors"
copyright = author  # noqa: A001  (Sphinx calls it so)
release = version = version_of("galaxy_causal")

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "numpydoc",
    "sphinx_design",
    "sphinx_copybutton",
    "checkout",
    "options_page",
    "signatures",
]
exclude_patterns = ["_build", "_ext", "server"]
root_doc = "index"

# Markdown
myst_enable_extensions = ["attrs_block", "attrs_inline", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 4
suppress_warnings = ["misc.highlighting_failure"]  # code of other dialects is shown as it is

# tutorials run while the site is built: again only where their code has changed, and an error ends the build
nb_execution_mode = "cache"
nb_execution_cache_path = str(HERE / "_build" / "notebooks")
nb_execution_timeout = 900
nb_execution_raise_on_error = True
nb_execution_in_temp = True
nb_merge_streams = True
nb_execution_show_tb = True

# the reference
default_role = "py:obj"
highlight_language = "text"
python_maximum_signature_line_length = 80
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

# every reference must lead somewhere; types of other packages, and what is within this one, are named alone
INNER = (
    "archive.frames.Frames",
    "archive.service.Found",
    "estimator.binning.Binning",
    "fitting.elsewhere.Brought",
    "fitting.maker.FitMaker",
    "independence.moments.Design",
    "jobs.causal.result.LatentPlane",
    "jobs.page.Asked",
    "jobs.page.Content",
    "jobs.predict.result.Predictions",
    "jobs.result.Drawings",
    "network.lightning.module.DensityModule",
    "network.model.DensityModel",
    "network.subsets.SubsetDraw",
)
nitpicky = True
nitpick_ignore = {("py:class", f"galaxy_causal.{name}") for name in INNER}
nitpick_ignore_regex = [(r"py:.*", r"(?!galaxy_causal\.).*")]

# The outside world: `make links` asks every address
linkcheck_timeout = 20
linkcheck_retries = 2
linkcheck_anchors = False
linkcheck_ignore = [r"http://127\.0\.0\.1.*", r"http://host.*", r"http://localhost.*"]

html_theme = "furo"
html_title = "galaxy_causal"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#1f5f8b", "color-brand-content": "#1f5f8b"},
    "dark_css_variables": {"color-brand-primary": "#7fb8e0", "color-brand-content": "#7fb8e0"},
    "top_of_page_buttons": [],
}
copybutton_exclude = ".linenos, .gp, .go"
