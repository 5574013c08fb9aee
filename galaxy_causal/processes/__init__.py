"""Who a process is, how it is asked to stop, and that it ends with whoever started it."""

from galaxy_causal.processes.belongings import lasting_folder, machine, mark, sweep, temporary_folder
from galaxy_causal.processes.identity import ProcessIdentity
from galaxy_causal.processes.stops import SIGNALS, Stops, on_stop

__all__ = [
    "SIGNALS",
    "ProcessIdentity",
    "Stops",
    "lasting_folder",
    "machine",
    "mark",
    "on_stop",
    "sweep",
    "temporary_folder",
]
