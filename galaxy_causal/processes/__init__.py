"""Processes of a machine: who one is."""

from galaxy_causal.processes.identity import ProcessIdentity

__all__ = ["ProcessIdentity"]
