"""Optimisers, clipping, schedules and default initial values."""

import json
import math

import torch

from .golden import Golden, with_gradient


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
# Optimisers whose parameters have no gradient (`grad` is None) in some steps.
OPTIMIZERS_WITH_GAPS = {
    "adamw-gaps": OPTIMIZERS["adamw"],
    "sgd-momentum-gaps": OPTIMIZERS["sgd-momentum"],
}
# The steps in which each parameter has a gradient.
REACHED = {
    "weight": [0, 1, 2, 4, 5, 6, 7, 8, 9], "bias": [2, 3, 6, 7, 9], "scale": list(range(STEPS))}


def group_remarks(optimizer, parameters):
    """The settings of every parameter group, with the parameters' names, as JSON."""
    names = {id(parameter): name for name, parameter in parameters.items()}
    kept = ("lr", "betas", "eps", "weight_decay", "momentum", "nesterov")
    return json.dumps([
        {**{key: group[key] for key in kept if key in group},
         "parameters": [names[id(parameter)] for parameter in group["params"]]}
        for group in optimizer.param_groups])


def optimizer_golden(name, seed, reached=None):
    golden = Golden(f"optimizer-{name}", seed, steps=STEPS)
    shapes = {"weight": (7, 5), "bias": (13,), "scale": (3, 2, 4)}
    parameters = {key: with_gradient(golden.normal(*shape)) for key, shape in shapes.items()}
    gradients = {key: golden.normal(STEPS, *shape) for key, shape in shapes.items()}
    golden.store_all("initial.", parameters)
    golden.store_all("gradients.", gradients)
    optimizer = {**OPTIMIZERS, **OPTIMIZERS_WITH_GAPS}[name](parameters)
    if reached:
        golden.metadata["reached"] = json.dumps(reached)
        for key, steps in reached.items():
            golden.store(f"reached.{key}", torch.tensor(
                [1.0 if step in steps else 0.0 for step in range(STEPS)]))
    golden.metadata["groups"] = group_remarks(optimizer, parameters)
    values = {key: [] for key in shapes}
    for step in range(STEPS):
        for key, parameter in parameters.items():
            has_gradient = not reached or step in reached[key]
            parameter.grad = gradients[key][step].clone() if has_gradient else None
        optimizer.step()
        for key, parameter in parameters.items():
            values[key].append(parameter.detach().clone())
    golden.store_all("values.", {key: torch.stack(series) for key, series in values.items()})
    return golden


def weight_average():
    """The exponential moving average of PyTorch's AveragedModel over ten changes of the weights."""
    golden = Golden("weight-average", 49, decay=0.8, formula="0.8 average + 0.2 weights")
    shapes = {"weight": (7, 5), "bias": (13,)}
    series = {key: golden.normal(STEPS, *shape) for key, shape in shapes.items()}
    golden.store_all("weights.", series)
    model = torch.nn.ParameterDict(
        {key: torch.nn.Parameter(value[0].clone()) for key, value in series.items()})
    average = torch.optim.swa_utils.AveragedModel(
        model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.8))
    averages = {key: [] for key in shapes}
    for step in range(STEPS):
        with torch.no_grad():
            for key, value in series.items():
                model[key].copy_(value[step])
        average.update_parameters(model)
        for key in shapes:
            averages[key].append(average.module[key].detach().clone())
    golden.store_all("averages.", {key: torch.stack(value) for key, value in averages.items()})
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
                              threshold=1e-4, threshold_mode="rel", cooldown=0, min_lr=1e-5),
            reduce_on_plateau(5e-4, hits, mode="max", factor=0.5, patience=1,
                              threshold=1e-3, threshold_mode="rel", cooldown=0, min_lr=0.0)],
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
    lstm = torch.nn.LSTM(24, 64, 2, bidirectional=True)
    attention = torch.nn.MultiheadAttention(96, 4)
    root_norm = torch.nn.RMSNorm(32)
    return {
        "linear": {"inputs": 48, "outputs": 256, "parameters": {
            key: uniform(value, 1 / math.sqrt(48)) for key, value in dense.named_parameters()}},
        "gru": {"inputs": 24, "hidden": 64, "layers": 2, "parameters": {
            key: uniform(value, 1 / math.sqrt(64)) for key, value in recurrent.named_parameters()}},
        "lstm": {"inputs": 24, "hidden": 64, "layers": 2, "parameters": {
            key: uniform(value, 1 / math.sqrt(64)) for key, value in lstm.named_parameters()}},
        "attention": {"size": 96, "heads": 4, "parameters": {
            "in_proj_weight": uniform(attention.in_proj_weight, math.sqrt(6 / (96 + 3 * 96))),
            "in_proj_bias": constant(attention.in_proj_bias, 0.0),
            "out_proj.weight": uniform(attention.out_proj.weight, 1 / math.sqrt(96)),
            "out_proj.bias": constant(attention.out_proj.bias, 0.0)}},
        "rms_norm": {"features": 32, "parameters": {"weight": constant(root_norm.weight, 1.0)}},
        "layer_norm": {"features": 32, "parameters": {
            "weight": constant(norm.weight, 1.0), "bias": constant(norm.bias, 0.0)}},
        "embedding": {"rows": 500, "features": 40, "parameters": {"weight": {
            "distribution": "normal", "mean": 0.0, "deviation": 1.0,
            "observed_mean": table.weight.mean().item(),
            "observed_deviation": table.weight.std(correction=0).item()}}},
    }
