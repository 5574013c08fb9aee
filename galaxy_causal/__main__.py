"""``python -m galaxy_causal`` is the same as ``galaxy-causal``."""

from galaxy_causal.cli import main

if __name__ == "__main__":
    main()
