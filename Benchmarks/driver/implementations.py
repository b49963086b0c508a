"""The commands that are compared: Tandem on its devices, and the peers."""

import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from .commands import HERE, ROOT, Missing, output_of, run_command
from .sweep import TandemSweep, sweep_peers

BUILD = ROOT / ".build" / "benchmarks"
SHAPES = {
    "matmul": ["512x512x512", "1024x1024x1024", "2048x2048x2048", "32x1536x512", "3200x1536x768"],
    "gru": ["768x512x4x32x100", "64x64x1x32x50"],
    "step": ["39x128x64x1-b32"],
    "attention": ["16x8x50x64"],
    "tensor": ["64x50x512"],
    "retrieval": ["3029x35218x384x10"],
    "gift-recommender": ["connected-b16"],
    "dialogue-lattice": ["blocked-b64", "blocked-wide-b64"],
    "sequence-vectors": ["news-baseline-gru", "news-memory-gru", "news-hierarchical-gru",
                         "long-memory-gru"],
    "calling-score-sweep": ["calling-score-sweep"],
}
FORMS = ("nn", "nt", "tn")
TENSOR_CASES = ("softmax-last", "softmax-middle", "layer-norm", "broadcast-chain")
# What a case of the sequence vectors sets besides the configuration news-baseline-gru.
SEQUENCE_SETTINGS = {
    "news-baseline-gru": [],
    "news-memory-gru": ["model.kind=memory-gru"],
    "news-hierarchical-gru": ["model.kind=hierarchical-gru"],
    "long-memory-gru": ["model.kind=memory-gru", "model.memory=original", "model.slots=2048",
                        "model.hidden=512", "model.layers=4", "data.contextLength=100",
                        "training.batchSize=32"],
}
# The options that the numbers of a shape belong to.
SIZES = {
    "gru": ("--input", "--hidden", "--layers", "--batch", "--steps"),
    "attention": ("--batch", "--heads", "--positions", "--width"),
    "tensor": ("--batch", "--groups", "--width"),
    "retrieval": ("--queries", "--candidates", "--width", "--nearest"),
}


def compile_peer(name, libraries):
    """The path of a compiled C peer."""
    BUILD.mkdir(parents=True, exist_ok=True)
    compiler = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
    if not compiler:
        raise Missing("no C compiler (cc, gcc or clang)")
    flags = output_of(["pkg-config", "--cflags", "openblas"], "").split() if "cblas" in name else []
    program = BUILD / name
    command = [compiler, "-O2", "-ffp-contract=fast", *flags, str(HERE / "peers" / f"{name}.c"),
               "-o", str(program), *libraries, "-lm"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Missing(f"{name}.c does not build: {done.stderr.strip().splitlines()[0]}")
    return program


@contextlib.contextmanager
def sequence_data(case, options, dimension=768, length=164, documents=12):
    """The folder of chains of a case: the news vectors, or random walks long enough for its context.

    Ten of the twelve documents of the walks are for training: 640 windows of 100 vectors.
    """
    if case.startswith("news-"):
        yield options.data
        return
    script = """
import sys, numpy
folder, dimension, length, documents = sys.argv[1], *map(int, sys.argv[2:])
draw = numpy.random.default_rng(1)
vectors = draw.standard_normal((documents, length, dimension)).astype(numpy.float32)
for row in range(1, length):
    vectors[:, row] += 0.7 * vectors[:, row - 1]
starts = [(number * length, length) for number in range(documents)]
numpy.save(folder + "/vectors.npy", vectors.reshape(-1, dimension))
numpy.save(folder + "/documents.npy", numpy.array(starts, dtype=numpy.int64))
numpy.save(folder + "/split.npy", numpy.array([0] * (documents - 2) + [1, 2], dtype=numpy.uint8))
"""
    with tempfile.TemporaryDirectory() as folder:
        run_command([options.python, "-c", script, folder, dimension, length, documents])
        yield folder


class Peer:
    """A peer program: called with the shape, it prints the rows."""

    def __init__(self, name, command, environment=None, options=None):
        self.name, self.command, self.environment = name, command, environment
        self.options = options

    def measure(self, shape):
        command = [*self.command, "--threads", self.options.threads]
        if shape in SHAPES["sequence-vectors"]:
            with sequence_data(shape, self.options) as data:
                return json.loads(run_command(
                    [*command, "--case", shape, "--data", data, "--epochs", self.options.epochs],
                    self.environment))
        else:
            command += ["--case", shape, "--runs", self.options.runs]
        return json.loads(run_command(command, self.environment))


class Tandem:
    """Tandem on one device. Only this class knows how the command line spells its options."""

    def __init__(self, program, benchmark, device, options):
        self.name, self.program, self.benchmark = f"tandem-{device}", program, benchmark
        self.device, self.options = device, options

    def measure(self, shape):
        if self.benchmark == "sequence-vectors":
            return self.train(shape)
        if self.benchmark == "matmul":
            sizes, expected = ["--sizes", shape], {f"{shape}-{form}" for form in FORMS}
        elif self.benchmark in ("step", "gift-recommender"):
            sizes, expected = [], {shape}
        elif self.benchmark == "dialogue-lattice":
            preset = "blockedWide" if "wide" in shape else "blocked"
            sizes, expected = ["--preset", preset], {shape}
        else:
            pairs = zip(SIZES[self.benchmark], shape.split("x"))
            sizes = [part for pair in pairs for part in pair]
            expected = {shape}
            if self.benchmark == "tensor":
                expected = {f"{shape}-{case}" for case in TENSOR_CASES}
        found = json.loads(run_command([
            self.program, "bench", self.benchmark, *sizes, "--device", self.device, "--threads",
            self.options.threads, "--runs", self.options.runs, "--seconds", "0.001", "--json"]))
        printed = {row["case"] for row in found["results"]}
        if printed != expected:
            raise RuntimeError(f"tandem bench {self.benchmark} printed the cases "
                               f"{sorted(printed)}, expected {sorted(expected)}")
        return found

    def train(self, case):
        """Seconds per epoch from the history of a short training run."""
        settings = [f"training.epochs={self.options.epochs}", *SEQUENCE_SETTINGS[case]]
        with (tempfile.TemporaryDirectory() as folder,
              sequence_data(case, self.options) as data):
            run = pathlib.Path(folder) / "run"
            run_command([self.program, "train", "--config", self.options.config, "--data", data,
                         "--device", self.device, "--threads", self.options.threads,
                         *(part for setting in settings for part in ("--set", setting)),
                         "--out", run, "--quiet"])
            lines = (run / "history.jsonl").read_text(encoding="utf-8").splitlines()
        history = [json.loads(line) for line in lines]
        seconds = sorted(entry["trainingSeconds"] for entry in history)
        row = {"implementation": "Tandem", "device": self.device, "case": case, "shape": case,
               "median_seconds": seconds[len(seconds) // 2], "min_seconds": seconds[0],
               "runs": len(seconds), "gflops": None, "fraction_of_peak": None,
               "max_relative_error": None}
        return {"benchmark": self.benchmark, "machine": {"device": self.device, "driver": "tandem"},
                "results": [row], "history": history}


def find_tandem(options):
    candidates = [options.tandem] if options.tandem else [
        ROOT / ".build" / "release" / name for name in ("tandem", "TandemCLI")]
    for candidate in candidates:
        if os.access(candidate, os.X_OK):
            return pathlib.Path(candidate).resolve()
    sys.exit("Benchmarks/run: no tandem program; run 'make build' or give --tandem FILE")


def knows_avx512():
    try:
        return " avx512f" in pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False


def matmul_peers(options, missing):
    try:
        libraries = output_of(["pkg-config", "--libs", "openblas"], "-lopenblas").split()
        program = compile_peer("cblas_matmul", libraries)
        yield Peer("cblas", [program], options=options)
        if knows_avx512():
            # OpenBLAS takes its AVX2 core on processors that are newer than itself.
            yield Peer("cblas-avx512", [program], {"OPENBLAS_CORETYPE": "SkylakeX"}, options)
    except Missing as absent:
        missing["cblas"] = str(absent)
    for device in options.devices:
        if not device.startswith("opencl"):
            continue
        try:
            program = compile_peer("clblast_matmul", ["-lclblast", "-lOpenCL"])
            number = device.partition(":")[2] or "0.0"
            yield Peer(f"clblast-{device}", [program, "--device", number], options=options)
        except Missing as absent:
            missing["clblast"] = str(absent)


def pytorch_peers(benchmark, options):
    command = [options.python, HERE / "peers" / f"pytorch_{benchmark.replace('-', '_')}.py"]
    if benchmark == "gru":
        command += ["--budget", options.budget]
    if "cpu" in options.devices or "cuda" not in options.devices:
        # With one thread nothing waits.
        for waiting in ("default", "passive") if options.threads > 1 else ("default",):
            yield Peer(f"pytorch-{waiting}", [*command, "--waiting", waiting], options=options)
    if "cuda" in options.devices:
        yield Peer("pytorch-cuda", [*command, "--device", "cuda"], options=options)


def implementations(benchmark, options, missing):
    """Tandem on every device asked for, then the peers; what is absent is noted in `missing`."""
    if not options.peers_only:
        program = find_tandem(options)
        kind = TandemSweep if benchmark == "calling-score-sweep" else Tandem
        for device in options.devices:
            if device != "cuda":
                yield kind(program, benchmark, device, options)
    if benchmark == "matmul":
        yield from matmul_peers(options, missing)
    if benchmark == "calling-score-sweep":
        yield from sweep_peers(options)
    else:
        yield from pytorch_peers(benchmark, options)
