"""A configuration as the parameters of a run."""

from __future__ import annotations

from collections.abc import Mapping


def flat(shown: Mapping[str, object]) -> dict[str, str]:
    """Nested options, one line a leaf, without nulls and without where the code is."""
    found: dict[str, str] = {}

    def walk(prefix: str, node: object) -> None:
        if isinstance(node, dict):
            for key, value in node.items():
                walk(f"{prefix}.{key}" if prefix else str(key), value)
        elif node is not None:
            found[prefix] = str(node)

    walk("", dict(shown))
    return {k: v for k, v in found.items() if not k.endswith(("_target_", "_partial_"))}
