"""Who a process is, and how it is asked to stop."""

from galaxy_causal.processes.identity import ProcessIdentity
from galaxy_causal.processes.stops import SIGNALS, Stops, ask, on_stop

__all__ = ["SIGNALS", "ProcessIdentity", "Stops", "ask", "on_stop"]
