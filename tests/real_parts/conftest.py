"""These tests start real daemons and take minutes: `make cluster-test` runs them, other runs leave them out."""

import os

collect_ignore_glob = [] if os.environ.get("CLUSTER_TEST") else ["*"]
