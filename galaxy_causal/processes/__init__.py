"""Who a process is, how it is asked to stop, and that it ends with whoever started it."""

from galaxy_causal.processes.identity import ProcessIdentity

__all__ = ["ProcessIdentity"]
