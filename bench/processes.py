"""The programs that a benchmark starts, each on one core, and what they use of it; and wrk and h2load, which ask them."""
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


def cost(process, load, seconds):
    """Runs a load that has been warmed up: what it printed, and what of its core the process used meanwhile; `per` makes the figures of all
    the benchmarks of a number of requests."""
    before, started = process.cpu_seconds(), time.monotonic()
    output = subprocess.run(load, check=True, stdout=subprocess.PIPE, text=True).stdout
    cpu, wall = process.cpu_seconds() - before, time.monotonic() - started

    def per(requests, p50, p99):
        return {"rps": requests / seconds, "cpu": 1e6 * cpu / max(requests, 1), "busy": cpu / wall, "p50": p50, "p99": p99,
                "rss": process.resident_kib() / 1024}
    return output, per


def under_wrk(process, url, connections, seconds, more=(), cores=LOAD_CORE, threads=1):
    """What wrk says of HTTP/1.1 after a second of warming up, and what of its core the process used: requests/s, CPU microseconds a request,
    the share of the core that was busy, latencies as wrk spells them, resident MiB."""
    wrk = ["taskset", "-c", cores, "wrk", f"-t{threads}", f"-c{connections}", "--latency", "--timeout", "10s", *more]
    subprocess.run(wrk + ["-d1s", url], check=True, stdout=subprocess.DEVNULL)
    output, per = cost(process, wrk + [f"-d{seconds}s", url], seconds)
    if re.search(r"Non-2xx|Socket errors", output):
        print("  ! " + " ".join(re.findall(r"(?:Non-2xx|Socket errors).*", output)), flush=True)
    latency = dict(re.findall(r"(50|99)%\s+(\S+)", output))
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
    served = int(re.search(r"(\d+) requests in", output).group(1)) - (int(refused.group(1)) if refused else 0)
    return per(served, latency.get("50"), latency.get("99"))


def under_h2load(process, url, connections, streams, seconds, more=(), cores=LOAD_CORE, threads=1):
    """The same of HTTP/2: by ALPN to https, with prior knowledge to http. h2load tells no percentiles."""
    load = ["taskset", "-c", cores, "h2load", f"-t{threads}", f"-c{connections}", f"-m{streams}", *more]
    subprocess.run(load + ["-D1", url], check=True, stdout=subprocess.DEVNULL)
    output, per = cost(process, load + [f"-D{seconds}", url], seconds)
    counts = {name: int(number) for number, name in re.findall(r"(\d+) (succeeded|failed|errored|timeout|[2345]xx)", output)}
    if not re.search(r"Application protocol: h2", output) or any(counts.get(bad) for bad in ("failed", "errored", "timeout", "3xx", "4xx", "5xx")):
        print("  ! h2load: " + " ".join(re.findall(r"(?:Application protocol|requests|status codes): .*", output)), flush=True)
    return per(counts.get("2xx", 0), "-", "-")
