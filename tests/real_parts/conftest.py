"""These tests start real daemons and take minutes: only `make cluster-test` runs them."""

import os

collect_ignore_glob = [] if os.environ.get("CLUSTER_TEST") else ["*"]
