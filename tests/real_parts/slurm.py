"""A cluster of several nodes on this machine: Debian's munge, slurmctld, and a slurmd for each node."""

from __future__ import annotations

import getpass
import os
import socket
import subprocess
from pathlib import Path

from real_parts.daemons import Daemon, kill_all, until, with_environment

MARK = "REAL_PARTS_NODE"
"""In the environment of a node's slurmd, and so of the slurmstepd that it starts."""
CONFIGURATION = """\
ClusterName=here
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=10
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=5,bf_interval=5
ReturnToService=2
SlurmdTimeout=10
SlurmctldTimeout=10
KillWait=10
MinJobAge=3600
MpiDefault=none
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
SlurmdParameters=config_overrides
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
{nodes}
PartitionName=main Nodes=ALL Default=YES MaxTime=60 State=UP PriorityTier=1 PreemptMode=REQUEUE
PartitionName=urgent Nodes=ALL MaxTime=60 State=UP PriorityTier=10 PreemptMode=OFF
"""


class Cluster:
    """Nodes that share this machine's processors and folders.

    Parameters
    ----------
    folder
        Of its configuration, state and logs.
    nodes
        Names of the nodes.
    cpus
        That each says it has.
    """

    def __init__(self, folder: Path, nodes: tuple[str, ...] = ("node1", "node2"), cpus: int = 2) -> None:
        self.folder = folder
        ports = free_ports(1 + len(nodes))
        host = socket.gethostname()
        lines = [
            f"NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs={cpus} RealMemory=4000"
            for name, port in zip(nodes, ports[1:], strict=True)
        ]
        folder.mkdir()
        (folder / "state").mkdir()
        for name in nodes:
            (folder / name).mkdir()
        self.configuration = folder / "slurm.conf"
        self.configuration.write_text(
            CONFIGURATION.format(
                folder=folder, host=host, port=ports[0], user=getpass.getuser(), nodes="\n".join(lines)
            )
        )
        self.environment = {"SLURM_CONF": str(self.configuration)}
        self.munge = Daemon(["munged", "--foreground", "--force", *self._munge()], folder / "munge.out")
        self.controller = self._daemon("slurmctld", "-D")
        self.nodes = {name: self._daemon("slurmd", "-D", "-N", name) for name in nodes}

    def _munge(self) -> list[str]:
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o400)
        files = {
            "socket": "socket",
            "key-file": "key",
            "log-file": "log",
            "pid-file": "pid",
            "seed-file": "seed",
        }
        return [f"--{option}={self.folder}/munge.{name}" for option, name in files.items()]

    def _daemon(self, program: str, *options: str) -> Daemon:
        name = options[-1] if program == "slurmd" else program
        marked = {MARK: f"{self.folder}/{name}"} if program == "slurmd" else {}
        command = [f"/usr/sbin/{program}", *options, "-f", str(self.configuration)]
        return Daemon(command, self.folder / f"{name}.out", {**self.environment, **marked})

    def start(self) -> None:
        """Have all of it run."""
        self.munge.start()
        until("munge", (self.folder / "munge.socket").exists)
        self.controller.start()
        until("slurmctld", lambda: self.asks("sinfo") is not None)
        for node in self.nodes.values():
            node.start()
        until("nodes", lambda: (self.asks("sinfo", "-h", "-o", "%D %T") or "") == f"{len(self.nodes)} idle")

    def stop(self) -> None:
        """End all of it, and whatever its jobs left."""
        self.asks("scancel", "--full", f"--user={getpass.getuser()}")
        for daemon in (*self.nodes.values(), self.controller, self.munge):
            daemon.end(within=20)
        for name in self.nodes:
            kill_all(with_environment(**{MARK: f"{self.folder}/{name}"}))
        kill_all(with_environment(**self.environment))

    def asks(self, *command: str) -> str | None:
        """What a command of SLURM answers; None where it fails."""
        done = subprocess.run(
            command, env={**os.environ, **self.environment}, capture_output=True, text=True, timeout=120,
            check=False,
        )  # fmt: skip
        return done.stdout.strip() if done.returncode == 0 else None

    def tasks(self, node: str | None = None) -> list[int]:
        """Processes of jobs, on one node or all."""
        return sorted(with_environment(**self.environment, **({"SLURMD_NODENAME": node} if node else {})))

    def lose_power(self, node: str) -> None:
        """Kill a node and all that runs there."""
        self.nodes[node].kill()
        kill_all(with_environment(**{MARK: f"{self.folder}/{node}"}))
        kill_all(iter(self.tasks(node)))

    def cut_off(self, node: str) -> None:
        """Have a node not answer, while all that runs there goes on."""
        self.nodes[node].kill()


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens at, just now."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports
