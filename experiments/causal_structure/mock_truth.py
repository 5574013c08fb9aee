"""The graph of the mock survey over the variables of the study, as a file for ``discovery.truth``.

    python experiments/causal_structure/mock_truth.py > experiments/causal_structure/mock_truth.json

Nodes that the study does not use stay in the graph as hidden ones. The measured redshift stands for the true
one (their difference is 30 km/s); g-r and r are two effects of what the node ``photometry`` is an effect of.
"""

import json

from galaxy_causal.dataset.mock.graph import mock_graph

NAMES = {"log_mass": "log M*", "log_ssfr": "log sSFR", "bulge_fraction": "bulge", "photometry": "g-r"}
LEFT_OUT = ("measured_redshift",)


def main() -> None:
    """Print the graph as JSON."""
    graph = mock_graph()
    kept = [node for node in graph.nodes if node not in LEFT_OUT]
    edges = [[NAMES.get(a, a), NAMES.get(b, b)] for a, b in graph.edges if b not in LEFT_OUT]
    edges += [[cause, "r"] for cause, effect in edges if effect == "g-r"]
    variables = [*(NAMES.get(node, node) for node in kept), "r"]
    print(json.dumps({"kind": "dag", "variables": variables, "edges": edges}, indent=1))


if __name__ == "__main__":
    main()
