"""The sweep of the calling-score system: whole processes, from their start to their end."""

import json
import math
import os
import pathlib
import tempfile
import time

from .commands import HERE, run_command

CONFIGURATION = "Configs/calling-score-sweep.json"


def timed(command):
    """Standard output of a command and the seconds that its process took."""
    start = time.perf_counter()
    output = run_command(command)
    return output, time.perf_counter() - start


def data_options(options):
    folder = pathlib.Path(options.data)
    return ["--data", folder / "training.json", "--split-file", folder / "split.json"]


def default_data():
    return pathlib.Path(os.environ.get("TANDEM_DATA") or "Data") / "calling-score"


class TandemSweep:
    """Tandem's sweep on one device. Only this class knows how its command line spells it."""

    def __init__(self, program, benchmark, device, options):
        self.name, self.program, self.benchmark = f"tandem-{device}", program, benchmark
        self.device, self.options = device, options

    def measure(self, case):
        with tempfile.TemporaryDirectory() as folder:
            out = pathlib.Path(folder) / "sweep"
            _, seconds = timed([
                self.program, "sweep", "--config", CONFIGURATION, *data_options(self.options),
                "--out", out, "--device", self.device, "--jobs", self.options.threads, "--json",
                "--quiet"])
            text = (out / "optimization_results.json").read_text(encoding="utf-8")
        found = json.loads(text)
        failed = [variant["config"]["name"] for variant in found["variants"]
                  if not variant["success"]]
        if failed:
            raise RuntimeError(f"tandem sweep: these variants failed: {', '.join(failed)}")
        rows = found["environment"]["split"][0]
        variants = [{
            "name": variant["config"]["name"], "val_loss": variant["val_loss"],
            "test_loss": variant["test_loss"], "best_epoch": variant["best_epoch"],
            "training_time": variant["training_time"],
            "steps": variant["epochs_run"] * math.ceil(rows / variant["config"]["batch_size"]),
        } for variant in found["variants"]]
        row = {"implementation": "Tandem", "device": self.device, "case": case,
               "shape": f"{len(variants)} variants", "median_seconds": seconds,
               "min_seconds": seconds, "runs": 1, "gflops": None, "fraction_of_peak": None,
               "max_relative_error": None, "variants": variants,
               "steps": sum(variant["steps"] for variant in variants)}
        return {"benchmark": self.benchmark, "results": [row],
                "machine": {"device": self.device, "driver": "tandem"}}


class SweepPeer:
    """PyTorch's sweep with a number of threads."""

    def __init__(self, threads, options):
        self.name, self.threads, self.options = f"pytorch-{threads}", threads, options

    def measure(self, case):
        with tempfile.TemporaryDirectory() as folder:
            output, seconds = timed([
                self.options.python, HERE / "peers" / "pytorch_sweep.py",
                *data_options(self.options), "--out", folder, "--threads", self.threads])
        found = json.loads(output)
        for row in found["results"]:
            row |= {"case": case, "median_seconds": seconds, "min_seconds": seconds,
                    "variants": found["variants"]}
        return found


def sweep_peers(options):
    """PyTorch with one thread: with two it took 81 s where one took 69 s, on two quiet cores."""
    yield SweepPeer(1, options)
