"""What the Python peers share: options, clock, the cases, the JSON object they print."""

import argparse
import json
import os
import statistics
import sys
import time

MATMUL_SHAPES = [(512, 512, 512), (1024, 1024, 1024), (2048, 2048, 2048),
                 (32, 1536, 512), (3200, 1536, 768)]
MATMUL_FORMS = ("nn", "nt", "tn")

# name: inputs, hidden, layers, batch, steps
GRU_CASES = {"768x512x4x32x100": (768, 512, 4, 32, 100), "64x64x1x32x50": (64, 64, 1, 32, 50)}


def load_torch(options):
    """PyTorch with its threads set and TF32 off.

    Exits with status 3 when it is missing, by which the driver knows. How idle OpenMP threads wait
    must be said before the library is loaded: by default they spin for a while, which is the
    faster way on a quiet machine and by far the slower one on a shared one.
    """
    if options.waiting == "passive":
        os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
    else:
        os.environ.pop("OMP_WAIT_POLICY", None)
    try:
        import torch
    except ImportError:
        print("PyTorch is not installed for this Python; python3 -m pip install torch numpy",
              file=sys.stderr)
        sys.exit(3)
    if options.device == "cuda" and not torch.cuda.is_available():
        print("PyTorch finds no CUDA device", file=sys.stderr)
        sys.exit(3)
    torch.set_float32_matmul_precision("highest")
    torch.backends.cudnn.allow_tf32 = False
    torch.set_num_threads(options.threads)
    return torch


def parser(description):
    options = argparse.ArgumentParser(description=description)
    options.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    options.add_argument("--threads", type=int, default=os.cpu_count())
    options.add_argument("--waiting", default="default", choices=["default", "passive"],
                         help="how idle OpenMP threads wait: spinning at first, or asleep")
    options.add_argument("--runs", type=int, default=20, help="timed calls of a case, at most")
    options.add_argument("--budget", type=float, default=3.0,
                         help="seconds after which a case stops, once it has three timed calls")
    options.add_argument("--peak", type=float, help="the machine's measured peak in GFLOP/s")
    options.add_argument("--case", help="a case's name or its shape; default: every case")
    return options


def time_calls(call, options, synchronize):
    """Two warm-up calls, then at most `runs` timed ones within the budget (at least three)."""
    for _ in range(2):
        call()
    synchronize()
    seconds, begin = [], time.perf_counter()
    while len(seconds) < options.runs and (
            len(seconds) < 3 or time.perf_counter() - begin < options.budget):
        start = time.perf_counter()
        call()
        synchronize()
        seconds.append(time.perf_counter() - start)
    return seconds


def row(options, implementation, case, shape, seconds, operations, error):
    median = statistics.median(seconds)
    rate = operations / median / 1e9 if operations else None
    return {
        "implementation": implementation, "device": options.device, "case": case, "shape": shape,
        "median_seconds": median, "min_seconds": min(seconds), "runs": len(seconds),
        "gflops": round(rate, 2) if rate else None,
        "fraction_of_peak": round(rate / options.peak, 4) if rate and options.peak else None,
        "max_relative_error": error,
    }


def implementation_name(torch, options):
    if options.device == "cuda":
        return f"PyTorch {torch.__version__} (TF32 off)"
    return f"PyTorch {torch.__version__} ({options.waiting} waiting)"


def synchronizer(torch, options):
    return torch.cuda.synchronize if options.device == "cuda" else lambda: None


def cpu_name():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            return next(line.split(":", 1)[1].strip() for line in lines
                        if line.startswith("model name"))
    except (OSError, StopIteration):
        return "unknown"


def print_report(torch, options, benchmark, rows, **more):
    cuda = options.device == "cuda"
    machine = {
        "cpu": cpu_name(), "cores": os.cpu_count(), "threads": options.threads,
        "device": torch.cuda.get_device_name() if cuda else "cpu",
        "driver": f"PyTorch {torch.__version__}" + (f", CUDA {torch.version.cuda}" if cuda else ""),
        "measured_peak_gflops": options.peak,
    }
    json.dump({"benchmark": benchmark, "machine": machine, "results": rows, **more},
              sys.stdout, indent=1)
    print()
