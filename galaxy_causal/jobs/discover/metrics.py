"""The metrics of a discovery."""

from __future__ import annotations

import numpy as np

from galaxy_causal.discovery import LearnedGraph, Marks, Posterior, Stability, agreement


def measured(
    found: LearnedGraph,
    galaxies: int,
    stability: Stability | None,
    posterior: Posterior | None,
    truth: Marks | None,
) -> dict[str, float]:
    """Metrics of a graph by name: its edges, their stability, the posterior, agreement with a truth."""
    marks = found.marks
    values = {
        "edges": float(np.sum(marks != 0) / 2),
        "directed_edges": float(np.sum((marks == 2) & (marks.T == 1))),
        "imposed_edges": float(len(found.imposed)),
        "galaxies": float(galaxies),
    }
    if stability is not None:
        present = stability.adjacent[np.triu(marks != 0)]
        values["stability"] = stability.mean
        values["edge_stability"] = float(present.mean()) if present.size else float("nan")
        values["flipping_edges"] = float(np.sum(np.triu(stability.flips)))
        values["consensus_edges"] = float(np.sum(stability.consensus != 0) / 2)
    if posterior is not None:
        values["log_evidence"] = posterior.evidence
        values["likeliest_dag_probability"] = posterior.probability
    return values if truth is None else values | agreement(marks, truth).metrics()
