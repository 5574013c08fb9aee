"""Processes that we start: they end with whoever started them, and when they are told to."""
