"""Layers and element-wise functions: outputs and all gradients."""

import math

import torch
import torch.nn.functional as functional

from .golden import Golden, rounded, with_gradient


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
