"""A server on this machine that plays public archives: answers in their shapes, and every fault."""

import io
import re
import time
from collections import deque
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pandas as pd
import yaml

import galaxy_causal.archive
from galaxy_causal.archive import recipe_of

SURVEYS = Path(galaxy_causal.archive.__file__).with_name("surveys")

RANGE = re.compile(r"s\.z >= (\S+) AND s\.z < (\S+)")
TOP = re.compile(r"SELECT TOP (\d+) ")


def galaxies(count=400, seed=0):
    """Rows as SkyServer would give them: the columns of sdss_wise, each of values of its own kind."""
    rng = np.random.default_rng(seed)
    table = {}
    for column in recipe_of("sdss_wise").own_columns:
        integers = column.kind in ("id", "integer")
        table[column.name] = rng.integers(0, 5, count) if integers else rng.uniform(0.1, 1, count).round(5)
    mass = rng.normal(10.5, 0.5, count).round(4)
    z = np.sort(rng.uniform(0.02, 0.06, count)).round(6)
    magnitude = (20 - 2.5 * (mass - 10) + 5 * np.log10(z / 0.05)).round(4)
    table |= {
        "specObjID": 299489676975171584 + np.arange(count), "objID": 1237645941824356443 + np.arange(count),
        "ra": rng.uniform(0, 360, count).round(6), "dec": rng.uniform(-5, 60, count).round(6), "z": z,
        "lgm_tot_p16": mass - 0.1, "lgm_tot_p50": mass, "lgm_tot_p84": mass + 0.1,
        "run": 4510 + np.arange(count) % 3, "rerun": np.full(count, 301), "camcol": np.full(count, 4),
        "field": 30 + np.arange(count) % 7, "wise_cntr": 10_000 + np.arange(count),
    }  # fmt: skip
    for number, band in enumerate("ugriz"):
        table[f"petroMag_{band}"] = (magnitude + 1 - 0.3 * number + rng.normal(0, 0.1, count)).round(4)
    return pd.DataFrame(table)


def quick_recipe(name, folder, address, **changes):
    """A shipped recipe as a file, for this server and without its slowness."""
    given = yaml.safe_load((SURVEYS / f"{name}.yaml").read_text())
    given["address"] = address
    given["limits"] = {**given.get("limits", {}), "queries_a_minute": 600_000, **changes.pop("limits", {})}
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump({**given, **changes}, sort_keys=False))
    return str(path)


class Archive:
    """What the server is asked, and how it answers.

    ``faults`` are taken one a request, until none is left: functions of the handler, or None for none.
    """

    def __init__(self, table, files=None):
        self.table = table
        self.files = files or {}
        self.faults = deque()
        self.asked = []
        self.most = None

    def csv(self, query):
        """The answer to a query."""
        low, high = (float(edge) for edge in RANGE.search(query).groups())
        chosen = query[query.index("SELECT ") + 7 : query.index(" FROM")]
        chosen = TOP.sub("", f"SELECT {chosen}").removeprefix("SELECT ")
        names = [part.rpartition(" AS ")[2].rpartition(".")[2] for part in chosen.split(",")]
        rows = self.table[(self.table["z"] >= low) & (self.table["z"] < high)]
        top = TOP.search(query)
        most = int(top.group(1)) if top else self.most
        text = io.StringIO()
        rows.iloc[:most].to_csv(text, columns=names, index=False, na_rep="null")
        return ("#Table1\n" + text.getvalue()).encode()


def respond(handler, body, status=200, **headers):
    """Send an answer."""
    handler.send_response(status)
    for name, value in {"Content_Length": len(body), **headers}.items():
        handler.send_header(name.replace("_", "-"), str(value))
    handler.end_headers()
    handler.wfile.write(body)


def refuse(status, body=b"", **headers):
    """A fault: an answer of such a status."""
    return lambda handler, good: respond(handler, body, status, **headers)


def cut_off(handler, good):
    """A fault: the connection ends in the middle of the answer."""
    respond(handler, good[: len(good) // 2], Content_Length=len(good))
    handler.close_connection = True


def half_said_whole(handler, good):
    """A fault: half a table, which the service takes for a whole one."""
    respond(handler, good[: good.rindex(b",")])


def instead(body):
    """A fault: this in place of the answer, as if all were well."""
    return lambda handler, good: respond(handler, body)


def slow(seconds):
    """A fault: the answer comes late."""

    def wait(handler, good):
        time.sleep(seconds)
        respond(handler, good)

    return wait


@contextmanager
def serving(archive):
    """The server's address, while it serves."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            parts = urlsplit(self.path)
            query = parse_qs(parts.query).get("cmd", [None])[0]
            archive.asked.append(query or parts.path)
            good = self.file(parts.path) if query is None else archive.csv(query)
            fault = archive.faults.popleft() if archive.faults else None
            if good is None:
                respond(self, b"<html><body>Not Found</body></html>", 404)
            elif fault is None:
                start, _, end = self.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")
                part = good[int(start) : int(end or len(good)) + 1]
                respond(self, part, 206 if "Range" in self.headers else 200)
            else:
                fault(self, good)

        def file(self, path):
            return archive.files.get(path.lstrip("/"))

        def do_HEAD(self):
            good = self.file(urlsplit(self.path).path)
            self.send_response(404 if good is None else 200)
            self.send_header("Content-Length", str(len(good or b"")))
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
