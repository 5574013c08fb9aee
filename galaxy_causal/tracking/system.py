"""What a machine does while a job runs: processors, memory, disk, network and, with pynvml, GPUs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

EVERY = 10.0
"""Seconds between two samples, of which one in three stands in the run as their mean."""
SAMPLES = 3


@contextmanager
def watched(run_id: str, uri: str) -> Iterator[None]:
    """Have a run hold what the machine does, until the end; of a job of seconds there is nothing to hold.

    Parameters
    ----------
    run_id
        Of the job.
    uri
        Of the database or server.
    """
    from mlflow.system_metrics.system_metrics_monitor import SystemMetricsMonitor

    watching: Any = SystemMetricsMonitor  # without types
    monitor = watching(
        run_id, sampling_interval=EVERY, samples_before_logging=SAMPLES, resume_logging=True, tracking_uri=uri
    )
    monitor.start()
    try:
        yield
    finally:
        monitor.finish()
