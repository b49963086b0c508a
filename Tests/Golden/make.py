#!/usr/bin/env python3
"""Writes the golden files of this folder with PyTorch; see README.md for their contents.

    python3 make.py            writes every file
    python3 make.py --check    regenerates in memory and compares with the files on disk

Every input is a float32 number. Every expected value is computed from those inputs in float64 and
rounded to float32 once, so that a file's own error is half a unit in the last place.
"""

import argparse
import json
import math
import pathlib
import platform
import struct
import sys

import numpy
import torch
import torch.nn.functional as functional

FOLDER = pathlib.Path(__file__).resolve().parent
IGNORE_INDEX = -100


class Golden:
    """One safetensors file in the making: named tensors, a seeded generator, remarks."""

    def __init__(self, name, seed, **remarks):
        self.name = name
        self.generator = torch.Generator().manual_seed(seed)
        self.tensors = {}
        self.metadata = {
            "seed": str(seed),
            "torch": torch.__version__,
            "numpy": numpy.__version__,
            "python": platform.python_version(),
            "precision": "float64 from float32 inputs, rounded to float32",
            **{key: str(value) for key, value in remarks.items()},
        }

    def normal(self, *shape, scale=1.0):
        """A random normal tensor: float32 numbers, held as float64."""
        sample = torch.randn(*shape, generator=self.generator) * scale
        return sample.to(torch.float32).to(torch.float64)

    def uniform(self, *shape, bound):
        sample = (torch.rand(*shape, generator=self.generator) * 2 - 1) * bound
        return sample.to(torch.float32).to(torch.float64)

    def unit_rows(self, rows, columns):
        return rounded(functional.normalize(self.normal(rows, columns), dim=1))

    def integers(self, low, high, *shape):
        return torch.randint(low, high, shape, generator=self.generator)

    def store(self, name, tensor):
        """Stores a tensor as F32 or I32; a scalar gets the shape [1]."""
        if not torch.is_tensor(tensor):
            tensor = torch.tensor(tensor, dtype=torch.float64)
        array = tensor.detach().reshape(-1) if tensor.ndim == 0 else tensor.detach()
        kind = numpy.float32 if tensor.is_floating_point() else numpy.int32
        if name in self.tensors:
            raise ValueError(f"{self.name}: {name} stored twice")
        self.tensors[name] = numpy.ascontiguousarray(array.numpy().astype(kind))

    def store_all(self, prefix, named):
        for name, tensor in named.items():
            self.store(prefix + name, tensor)

    def file(self):
        """The safetensors bytes, the same in every run: names and metadata are sorted."""
        header, offset = {"__metadata__": dict(sorted(self.metadata.items()))}, 0
        for name, array in sorted(self.tensors.items()):
            header[name] = {
                "dtype": "F32" if array.dtype == numpy.float32 else "I32",
                "shape": list(array.shape),
                "data_offsets": [offset, offset + array.nbytes],
            }
            offset += array.nbytes
        text = json.dumps(header, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 8)
        data = b"".join(array.tobytes() for _, array in sorted(self.tensors.items()))
        return f"{self.name}.safetensors", struct.pack("<Q", len(text)) + text + data


def rounded(tensor):
    """The float64 tensor of the nearest float32 numbers."""
    return tensor.to(torch.float32).to(torch.float64)


def with_gradient(tensor):
    return tensor.clone().requires_grad_(True)


# Layers


def gru(name, seed, steps, batch, inputs, hidden, layers, initial_state):
    golden = Golden(name, seed, gates="r, z, n", loss="sum(y * loss_weights)")
    network = torch.nn.GRU(inputs, hidden, layers, dtype=torch.float64)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(golden.uniform(*parameter.shape, bound=1.5 / math.sqrt(hidden)))
    x = with_gradient(golden.normal(steps, batch, inputs))
    h0 = with_gradient(golden.normal(layers, batch, hidden, scale=0.5)) if initial_state else None
    y, final = network(x, h0)
    weights = golden.normal(steps, batch, hidden)
    loss = (y * weights).sum()
    loss.backward()

    golden.store("x", x)
    golden.store("loss_weights", weights)
    golden.store("y", y)
    golden.store("final_hidden", final)
    golden.store("loss", loss)
    golden.store("gradient.x", x.grad)
    if initial_state:
        golden.store("h0", h0)
        golden.store("gradient.h0", h0.grad)
    for parameter_name, parameter in network.named_parameters():
        golden.store(f"parameter.{parameter_name}", parameter)
        golden.store(f"gradient.{parameter_name}", parameter.grad)
    return golden


def layer(name, seed, network, input_shape, **remarks):
    """Any layer of one input: parameters, y, sum(y * loss_weights) and all gradients."""
    golden = Golden(name, seed, loss="sum(y * loss_weights)", **remarks)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(golden.normal(*parameter.shape, scale=0.7))
    x = with_gradient(golden.normal(*input_shape))
    y = network(x)
    weights = golden.normal(*y.shape)
    loss = (y * weights).sum()
    loss.backward()
    golden.store_all("", {"x": x, "loss_weights": weights, "y": y, "loss": loss})
    golden.store("gradient.x", x.grad)
    for parameter_name, parameter in network.named_parameters():
        golden.store(f"parameter.{parameter_name}", parameter)
        golden.store(f"gradient.{parameter_name}", parameter.grad)
    return golden


def linear():
    return layer("linear", 21, torch.nn.Linear(33, 17, dtype=torch.float64), (3, 5, 33))


def layer_norm():
    network = torch.nn.LayerNorm(65, dtype=torch.float64)
    return layer("layer-norm", 22, network, (2, 7, 65), epsilon=network.eps)


def embedding():
    golden = Golden("embedding", 23, loss="sum(y * loss_weights)")
    table = with_gradient(golden.normal(11, 5))
    indices = golden.integers(0, 11, 4, 6)
    indices[0, 0], indices[3, 5] = 0, 10
    y = functional.embedding(indices, table)
    weights = golden.normal(4, 6, 5)
    loss = (y * weights).sum()
    loss.backward()
    golden.store_all("", {"indices": indices, "loss_weights": weights, "y": y, "loss": loss})
    golden.store("parameter.weight", table)
    golden.store("gradient.weight", table.grad)
    return golden


def activations():
    golden = Golden("activations", 24, loss="sum(f(x) * loss_weights)", gelu="exact (erf)")
    special = torch.tensor([0.0, 1.0, -1.0, 0.5, -0.5, 3.0, -3.0, 8.0, -8.0, 15.0, -15.0, 30.0, -30.0])
    x = torch.cat([special.to(torch.float64), golden.normal(86, scale=3.0)])
    weights = golden.normal(len(x))
    golden.store_all("", {"x": x, "loss_weights": weights})
    functions = {
        "gelu": functional.gelu,
        "silu": functional.silu,
        "softplus": functional.softplus,
        "tanh": torch.tanh,
        "sigmoid": torch.sigmoid,
        "relu": torch.relu,
    }
    for name, function in functions.items():
        leaf = with_gradient(x)
        y = function(leaf)
        (y * weights).sum().backward()
        golden.store(f"{name}.y", y)
        golden.store(f"{name}.gradient.x", leaf.grad)
    return golden


def normalize():
    golden = Golden("l2-normalize", 25, loss="sum(y * loss_weights)", epsilon=1e-12)
    x = with_gradient(golden.normal(9, 33) * torch.logspace(-3, 3, 9, dtype=torch.float64)[:, None])
    x = with_gradient(rounded(x.detach()))
    y = functional.normalize(x, dim=1, eps=1e-12)
    weights = golden.normal(9, 33)
    loss = (y * weights).sum()
    loss.backward()
    golden.store_all("", {"x": x, "loss_weights": weights, "y": y, "loss": loss})
    golden.store("gradient.x", x.grad)
    return golden


# Losses


def cross_entropy():
    golden = Golden("softmax-cross-entropy", 31, ignore_index=IGNORE_INDEX, reduction="mean")
    for case, scale in (("plain", 1.5), ("ignore", 1.5), ("large", 60.0)):
        logits = with_gradient(golden.normal(9, 33, scale=scale))
        targets = golden.integers(0, 33, 9)
        if case == "ignore":
            targets[1] = targets[8] = IGNORE_INDEX
        loss = functional.cross_entropy(logits, targets, ignore_index=IGNORE_INDEX)
        loss.backward()
        golden.store_all(f"{case}.", {"logits": logits, "targets": targets, "loss": loss})
        golden.store(f"{case}.softmax", functional.softmax(logits, dim=1))
        golden.store(f"{case}.gradient.logits", logits.grad)
    leaf = with_gradient(golden.normal(4, 3, 33))
    weights = golden.normal(4, 3, 33)
    y = functional.softmax(leaf, dim=-1)
    (y * weights).sum().backward()
    golden.store_all("softmax.", {"x": leaf, "loss_weights": weights, "y": y})
    golden.store("softmax.gradient.x", leaf.grad)
    return golden


def info_nce(prediction, target, temperature, mask=None):
    """mean_b [logsumexp_j S_bj - S_bb], S = p t^T / tau (+ mask)."""
    scores = prediction @ target.T / temperature
    if mask is not None:
        scores = scores + mask
    return functional.cross_entropy(scores, torch.arange(len(scores)))


def info_nce_golden():
    golden = Golden("info-nce", 32, temperature=0.07, mask_value=-1e4)
    target = golden.unit_rows(9, 24)
    near = functional.normalize(target + golden.normal(9, 24, scale=0.25), dim=1)
    prediction = rounded(near)
    mask = torch.zeros(9, 9, dtype=torch.float64)
    for row, column in ((0, 1), (0, 2), (1, 2), (4, 8), (8, 0), (8, 7)):
        mask[row, column] = -1e4
    golden.store_all("", {"prediction": prediction, "target": target, "mask": mask})
    for case, used in (("plain", None), ("masked", mask)):
        leaf = with_gradient(prediction)
        loss = info_nce(leaf, target, 0.07, used)
        loss.backward()
        golden.store_all(f"{case}.", {"loss": loss, "gradient.prediction": leaf.grad})
    return golden


def losses():
    golden = Golden("losses", 33, reduction="mean", cosine="1 - mean(cosine similarity)",
                    dot="1 - mean(p . t) of unit rows")
    prediction, target = golden.normal(7, 13), golden.normal(7, 13)
    probabilities = rounded(torch.rand(7, 13, generator=golden.generator).to(torch.float64))
    probabilities[0], probabilities[1] = 0.0, 1.0
    logits = golden.normal(7, 13, scale=6.0)
    unit, unit_target = golden.unit_rows(7, 13), golden.unit_rows(7, 13)
    cases = {
        "mse": (prediction, target, functional.mse_loss),
        "l1": (prediction, target, functional.l1_loss),
        "cosine": (prediction, target,
                   lambda p, t: (1 - functional.cosine_similarity(p, t, dim=1)).mean()),
        "dot": (unit, unit_target, lambda p, t: 1 - (p * t).sum(dim=1).mean()),
        "bce_with_logits": (logits, probabilities, functional.binary_cross_entropy_with_logits),
    }
    for name, (first, second, function) in cases.items():
        leaf = with_gradient(first)
        loss = function(leaf, second)
        loss.backward()
        golden.store_all(f"{name}.", {"prediction": leaf, "target": second, "loss": loss})
        golden.store(f"{name}.gradient.prediction", leaf.grad)
    return golden


# Optimisers and schedules

STEPS = 10
OPTIMIZERS = {
    "adamw": lambda p: torch.optim.AdamW(
        p.values(), lr=1e-2, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.1),
    "adamw-groups": lambda p: torch.optim.AdamW(
        [{"params": [p["weight"]], "lr": 1e-2, "weight_decay": 0.1},
         {"params": [p["bias"], p["scale"]], "lr": 5e-3, "weight_decay": 0.0}],
        betas=(0.8, 0.99), eps=1e-6),
    "adam-l2": lambda p: torch.optim.Adam(
        p.values(), lr=1e-2, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.1),
    "sgd": lambda p: torch.optim.SGD(p.values(), lr=0.05, weight_decay=0.01),
    "sgd-momentum": lambda p: torch.optim.SGD(
        p.values(), lr=0.05, momentum=0.9, weight_decay=0.01),
    "sgd-nesterov": lambda p: torch.optim.SGD(
        p.values(), lr=0.05, momentum=0.9, weight_decay=0.01, nesterov=True),
}


def group_remarks(optimizer, parameters):
    """The settings of every parameter group, with the parameters' names, as JSON."""
    names = {id(parameter): name for name, parameter in parameters.items()}
    kept = ("lr", "betas", "eps", "weight_decay", "momentum", "nesterov")
    return json.dumps([
        {**{key: group[key] for key in kept if key in group},
         "parameters": [names[id(parameter)] for parameter in group["params"]]}
        for group in optimizer.param_groups])


def optimizer_golden(name, seed):
    golden = Golden(f"optimizer-{name}", seed, steps=STEPS)
    shapes = {"weight": (7, 5), "bias": (13,), "scale": (3, 2, 4)}
    parameters = {key: with_gradient(golden.normal(*shape)) for key, shape in shapes.items()}
    gradients = {key: golden.normal(STEPS, *shape) for key, shape in shapes.items()}
    golden.store_all("initial.", parameters)
    golden.store_all("gradients.", gradients)
    optimizer = OPTIMIZERS[name](parameters)
    golden.metadata["groups"] = group_remarks(optimizer, parameters)
    values = {key: [] for key in shapes}
    for step in range(STEPS):
        for key, parameter in parameters.items():
            parameter.grad = gradients[key][step].clone()
        optimizer.step()
        for key, parameter in parameters.items():
            values[key].append(parameter.detach().clone())
    golden.store_all("values.", {key: torch.stack(series) for key, series in values.items()})
    return golden


def clipping():
    golden = Golden("clipping", 48, formula="g * min(1, limit / (norm + 1e-6))")
    shapes = {"weight": (7, 5), "bias": (13,), "scale": (3, 2, 4)}
    gradients = {key: golden.normal(*shape) for key, shape in shapes.items()}
    golden.store_all("gradient.", gradients)
    for case, limit in (("clipped", 1.0), ("untouched", 100.0)):
        parameters = {key: with_gradient(torch.zeros_like(value)) for key, value in gradients.items()}
        for key, parameter in parameters.items():
            parameter.grad = gradients[key].clone()
        norm = torch.nn.utils.clip_grad_norm_(parameters.values(), limit)
        golden.store_all(f"{case}.", {key: value.grad for key, value in parameters.items()})
        golden.store(f"{case}.limit", limit)
        if case == "clipped":
            golden.store("norm", norm)
    return golden


def cosine_with_warmup(peak, steps, warmup, floor):
    """Learning rates of steps 0 ..< steps by PyTorch's LinearLR and CosineAnnealingLR."""
    warmup = max(1, warmup)
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=peak)
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(
        optimizer, T_max=steps - warmup, eta_min=peak * floor)
    if warmup > 1:
        rise = torch.optim.lr_scheduler.LinearLR(
            optimizer, start_factor=1 / warmup, end_factor=1.0, total_iters=warmup - 1)
        scheduler = torch.optim.lr_scheduler.SequentialLR(
            optimizer, [rise, cosine], milestones=[warmup - 1])
    else:
        scheduler = cosine
    rates = []
    for step in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        closed = peak * (step + 1) / warmup
        if step >= warmup:
            progress = (step + 1 - warmup) / (steps - warmup)
            closed = peak * floor + 0.5 * peak * (1 - floor) * (1 + math.cos(math.pi * progress))
        if not math.isclose(closed, rates[-1], rel_tol=1e-9):
            raise AssertionError(f"step {step}: PyTorch {rates[-1]}, closed form {closed}")
        optimizer.step()
        scheduler.step()
    return rates


def reduce_on_plateau(peak, metrics, **settings):
    """The learning rate after each reported metric."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=peak)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **settings)
    rates = []
    for metric in metrics:
        scheduler.step(metric)
        rates.append(optimizer.param_groups[0]["lr"])
    return {"peak": peak, **settings, "metrics": metrics, "rates": rates}


def schedules():
    losses_seen = [1.0, 0.8, 0.79999, 0.79998, 0.79997, 0.79996, 0.79995, 0.5, 0.51, 0.52, 0.5, 0.53,
                   0.5, 0.49, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6]
    hits = [0.10, 0.12, 0.11, 0.1199, 0.12005, 0.1202, 0.13, 0.125, 0.13, 0.1301, 0.14]
    cosine = [{"peak": 5e-4, "steps": 40, "warmup": 2, "floor": 0.1},
              {"peak": 1e-3, "steps": 20, "warmup": 5, "floor": 0.0},
              {"peak": 1e-2, "steps": 12, "warmup": 0, "floor": 0.1},
              {"peak": 1e-2, "steps": 12, "warmup": 1, "floor": 0.1}]
    return {
        "cosine_with_warmup": [{**case, "rates": cosine_with_warmup(**case)} for case in cosine],
        "reduce_on_plateau": [
            reduce_on_plateau(1e-3, losses_seen, mode="min", factor=0.5, patience=3,
                              threshold=1e-4, threshold_mode="rel", cooldown=0, min_lr=0.0),
            reduce_on_plateau(1e-3, losses_seen, mode="min", factor=0.1, patience=1,
                              threshold=1e-4, threshold_mode="rel", cooldown=2, min_lr=1e-5),
            reduce_on_plateau(5e-4, hits, mode="max", factor=0.5, patience=1,
                              threshold=1e-4, threshold_mode="abs", cooldown=0, min_lr=0.0)],
    }


def initialisation():
    """Bounds of PyTorch's default initial values, with what was observed in a large sample."""
    torch.manual_seed(51)

    def uniform(tensor, bound):
        observed = tensor.abs().max().item()
        if not 0.95 * bound < observed <= bound * (1 + 1e-6):
            raise AssertionError(f"observed {observed}, expected bound {bound}")
        return {"distribution": "uniform", "bound": bound, "observed_maximum": observed,
                "observed_deviation": tensor.std(correction=0).item()}

    def constant(tensor, value):
        if not torch.all(tensor == value):
            raise AssertionError(f"expected only {value}")
        return {"distribution": "constant", "value": value}

    dense = torch.nn.Linear(48, 256)
    recurrent = torch.nn.GRU(24, 64, 2)
    norm = torch.nn.LayerNorm(32)
    table = torch.nn.Embedding(500, 40)
    return {
        "linear": {"inputs": 48, "outputs": 256, "parameters": {
            key: uniform(value, 1 / math.sqrt(48)) for key, value in dense.named_parameters()}},
        "gru": {"inputs": 24, "hidden": 64, "layers": 2, "parameters": {
            key: uniform(value, 1 / math.sqrt(64)) for key, value in recurrent.named_parameters()}},
        "layer_norm": {"features": 32, "parameters": {
            "weight": constant(norm.weight, 1.0), "bias": constant(norm.bias, 0.0)}},
        "embedding": {"rows": 500, "features": 40, "parameters": {"weight": {
            "distribution": "normal", "mean": 0.0, "deviation": 1.0,
            "observed_mean": table.weight.mean().item(),
            "observed_deviation": table.weight.std(correction=0).item()}}},
    }


# A whole network


class BaselineGRU(torch.nn.Module):
    """Residual GRU stack: Linear, blocks of norm(h + gru(h)), Linear on the last time step."""

    class Block(torch.nn.Module):
        def __init__(self, hidden):
            super().__init__()
            self.gru = torch.nn.GRU(hidden, hidden, batch_first=True)
            self.norm = torch.nn.LayerNorm(hidden)

        def forward(self, h):
            return self.norm(h + self.gru(h)[0])

    def __init__(self, features, hidden, layers, context):
        super().__init__()
        self.input = torch.nn.Linear(features, hidden)
        self.blocks = torch.nn.ModuleList(self.Block(hidden) for _ in range(layers))
        self.output = torch.nn.Linear(hidden, features)
        age = torch.arange(context - 1, -1, -1, dtype=torch.float64)
        self.anchor = torch.nn.Parameter(age * math.log(0.6))

    def forward(self, context):
        """context [B, C, d] of unit vectors -> unit prediction [B, d]"""
        h = self.input(context)
        for block in self.blocks:
            h = block(h)
        raw = self.output(h[:, -1])
        weights = torch.softmax(self.anchor, dim=0)
        anchor = functional.normalize((weights[None, :, None] * context).sum(dim=1), dim=1)
        return functional.normalize(anchor + raw, dim=1), raw, anchor


def own_context_mask(starts, context):
    """-1e4 where the target of window j lies in the context of window i."""
    target = starts[None, :] + context
    inside = (target >= starts[:, None]) & (target < starts[:, None] + context)
    return inside.to(torch.float64) * -1e4


def baseline_gru(features=12, hidden=8, layers=2, context=5, batch=7):
    settings = {"lr": 5e-3, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 1e-2}
    golden = Golden("baseline-gru", 61, temperature=0.07, clipping=1.0, steps=STEPS,
                    optimizer=json.dumps({"name": "adamw", **settings}))
    network = BaselineGRU(features, hidden, layers, context).to(torch.float64)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            noise = golden.uniform(*parameter.shape, bound=1 / math.sqrt(hidden))
            if name == "anchor" or name.endswith("norm.weight"):
                noise = rounded(parameter + 0.1 * noise)
            parameter.copy_(noise)
    chain = golden.normal(1, features)
    for _ in range(23):
        chain = torch.cat([chain, 0.6 * chain[-1:] + golden.normal(1, features)])
    vectors = rounded(functional.normalize(chain, dim=1))
    starts = torch.tensor([0, 1, 3, 4, 9, 13, 18])[:batch]
    windows = torch.stack([vectors[start:start + context] for start in starts.tolist()])
    targets = vectors[starts + context]
    mask = own_context_mask(starts, context)

    golden.store_all("", {"vectors": vectors, "starts": starts, "context": windows,
                          "target": targets, "mask": mask})
    golden.store_all("parameter.", dict(network.named_parameters()))
    optimizer = torch.optim.AdamW(network.parameters(), **settings)
    series = {"losses": [], "gradient_norms": []}
    for step in range(STEPS):
        optimizer.zero_grad()
        prediction, raw, anchor = network(windows)
        loss = info_nce(prediction, targets, 0.07, mask)
        loss.backward()
        if step == 0:
            golden.store_all("", {"raw": raw, "anchored": anchor, "prediction": prediction,
                                  "loss": loss})
            for name, parameter in network.named_parameters():
                golden.store(f"gradient.{name}", parameter.grad)
        norm = torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        series["losses"].append(loss.item())
        series["gradient_norms"].append(norm.item())
    golden.store_all("", {key: torch.tensor(value, dtype=torch.float64)
                          for key, value in series.items()})
    golden.store_all("trained.", dict(network.named_parameters()))
    return golden


def files():
    """Every file of the folder as (name, bytes)."""
    torch.set_num_threads(1)
    goldens = [
        gru("gru-1-layer", 11, 7, 5, 12, 17, 1, False),
        gru("gru-1-layer-h0", 12, 6, 33, 9, 16, 1, True),
        gru("gru-3-layers", 13, 6, 3, 10, 15, 3, False),
        gru("gru-3-layers-h0", 14, 5, 4, 7, 33, 3, True),
        linear(), layer_norm(), embedding(), activations(), normalize(),
        cross_entropy(), info_nce_golden(), losses(),
        *(optimizer_golden(name, 41 + index) for index, name in enumerate(OPTIMIZERS)),
        clipping(), baseline_gru(),
    ]
    yield from (golden.file() for golden in goldens)
    versions = {"torch": torch.__version__, "python": platform.python_version()}
    for name, content in (("schedules", schedules()), ("initialisation", initialisation())):
        text = json.dumps({"versions": versions, **content}, indent=1)
        yield f"{name}.json", text.encode() + b"\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with the files on disk")
    check = parser.parse_args().check
    total, different = 0, []
    for name, content in files():
        path = FOLDER / name
        total += len(content)
        if not check:
            path.write_bytes(content)
        elif not path.exists() or path.read_bytes() != content:
            different.append(name)
        print(f"{len(content):8d}  {name}")
    print(f"{total:8d}  in all")
    if different:
        sys.exit(f"differ from the files on disk: {', '.join(different)}")


if __name__ == "__main__":
    main()
