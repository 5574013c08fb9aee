"""Networks, a file each; which there are by name: `galaxy_causal.network.presets`."""
