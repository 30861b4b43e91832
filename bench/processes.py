"""The programs that a benchmark starts, each on one core, and what they use of it; and wrk, which asks them."""
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SUBJECT_CORE, LOAD_CORE = "0", "1"
TICKS = os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Process:
    """A program on one core, ready when something listens on its port; stopped at the end of its `with`."""

    def __init__(self, core, port, command, **more):
        self.port = port
        self.log = tempfile.TemporaryFile("w+")
        self.popen = subprocess.Popen(["taskset", "-c", core] + command, stdout=self.log, stderr=self.log, **more)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and self.popen.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                time.sleep(0.02)
        self.stop()
        self.log.seek(0)
        sys.exit(f"{command[0]} does not listen on port {port}:\n" + self.log.read())

    def pids(self):
        """The process and its children (nginx has a master and a worker)."""
        pids = [self.popen.pid]
        for pid in pids:
            with open(f"/proc/{pid}/task/{pid}/children") as children:
                pids += [int(child) for child in children.read().split()]
        return pids

    def cpu_seconds(self):
        ticks = 0
        for pid in self.pids():
            with open(f"/proc/{pid}/stat") as stat:
                fields = stat.read().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / TICKS

    def resident_kib(self):
        total = 0
        for pid in self.pids():
            with open(f"/proc/{pid}/status") as status:
                total += int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1))
        return total

    def stop(self):
        if self.popen.poll() is None:
            self.popen.send_signal(signal.SIGTERM)
            try:
                self.popen.wait(5)
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.popen.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def under_wrk(process, url, connections, seconds, more=()):
    """What wrk says after a second of warming up, and what of its core the process used: requests/s, CPU microseconds a request, the share
    of the core that was busy, latencies as wrk spells them, resident MiB."""
    wrk = ["taskset", "-c", LOAD_CORE, "wrk", "-t1", f"-c{connections}", "--latency", "--timeout", "10s", *more]
    subprocess.run(wrk + ["-d1s", url], check=True, stdout=subprocess.DEVNULL)
    before, started = process.cpu_seconds(), time.monotonic()
    output = subprocess.run(wrk + [f"-d{seconds}s", url], check=True, stdout=subprocess.PIPE, text=True).stdout
    cpu, wall = process.cpu_seconds() - before, time.monotonic() - started
    requests = int(re.search(r"(\d+) requests in", output).group(1))
    if re.search(r"Non-2xx|Socket errors", output):
        print("  ! " + " ".join(re.findall(r"(?:Non-2xx|Socket errors).*", output)), flush=True)
    latency = dict(re.findall(r"(50|99)%\s+(\S+)", output))
    return {"rps": requests / seconds, "cpu": 1e6 * cpu / max(requests, 1), "busy": cpu / wall, "p50": latency.get("50"),
            "p99": latency.get("99"), "rss": process.resident_kib() / 1024}
