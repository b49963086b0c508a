"""Recurrent layers in both directions, attention and what transformers are made of: outputs and all gradients."""

import math

import torch
import torch.nn.functional as functional

from .golden import Golden, with_gradient


def store_parameters(golden, network):
    for name, parameter in network.named_parameters():
        golden.store(f"parameter.{name}", parameter)
        golden.store(f"gradient.{name}", parameter.grad)


def fill(golden, network, scale):
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(golden.normal(*parameter.shape, scale=scale))
    return network


def recurrent(name, seed, kind, steps, batch, inputs, hidden, layers, bidirectional, initial):
    """`loss` is sum(y * loss_weights) + sum(final * final_weights) over every final state."""
    golden = Golden(name, seed, loss="sum(y * loss_weights) + sum(final_X * final_X_weights)")
    network = fill(golden, getattr(torch.nn, kind)(
        inputs, hidden, layers, bidirectional=bidirectional, dtype=torch.float64),
        1 / math.sqrt(hidden))
    parts = ["hidden", "cell"] if kind == "LSTM" else ["hidden"]
    cells = layers * (2 if bidirectional else 1)
    x = with_gradient(golden.normal(steps, batch, inputs))
    first = {part: with_gradient(golden.normal(cells, batch, hidden, scale=0.5)) for part in parts}
    given = None
    if initial:
        given = (first["hidden"], first["cell"]) if kind == "LSTM" else first["hidden"]
    y, final = network(x, given)
    final = dict(zip(parts, final if kind == "LSTM" else [final]))
    weights = golden.normal(*y.shape)
    loss = (y * weights).sum()
    for part, state in final.items():
        state_weights = golden.normal(*state.shape)
        loss = loss + (state * state_weights).sum()
        golden.store(f"final_{part}", state)
        golden.store(f"final_{part}_weights", state_weights)
    loss.backward()
    golden.store_all("", {"x": x, "loss_weights": weights, "y": y, "loss": loss})
    golden.store("gradient.x", x.grad)
    if initial:
        for part in parts:
            golden.store(f"initial_{part}", first[part])
            golden.store(f"gradient.initial_{part}", first[part].grad)
    store_parameters(golden, network)
    return golden


def attention(name, seed, keys, mask):
    """Batch-first attention; without `keys` of itself. The mask is of the kind `mask`."""
    batch, queries, size, heads = 3, 6, 20, 4
    golden = Golden(name, seed, loss="sum(y * loss_weights)", heads=heads, mask=mask)
    network = fill(golden, torch.nn.MultiheadAttention(
        size, heads, batch_first=True, dtype=torch.float64), 0.25)
    x = with_gradient(golden.normal(batch, queries, size))
    memory = with_gradient(golden.normal(batch, keys, size)) if keys else x
    length = keys or queries
    given = None
    if mask == "causal":
        given = torch.triu(torch.full((queries, length), -math.inf, dtype=torch.float64), 1)
    elif mask == "additive":
        given = golden.normal(queries, length)
        golden.store("mask", given)
    elif mask == "boolean":
        # PyTorch leaves out where True; the file holds 1 where a key counts.
        given = golden.uniform(queries, length, bound=1.0) > 0.3
        given[:, 0] = False
        golden.store("mask", (~given).to(torch.float64))
    y, _ = network(x, memory, memory, attn_mask=given, need_weights=False)
    weights = golden.normal(*y.shape)
    loss = (y * weights).sum()
    loss.backward()
    golden.store_all("", {"x": x, "loss_weights": weights, "y": y, "loss": loss})
    golden.store("gradient.x", x.grad)
    if keys:
        golden.store("memory", memory)
        golden.store("gradient.memory", memory.grad)
    store_parameters(golden, network)
    return golden


def one_input(golden, network, x):
    """Parameters, y, sum(y * loss_weights) and all gradients of a layer of one input."""
    y = network(x)
    weights = golden.normal(*y.shape)
    loss = (y * weights).sum()
    loss.backward()
    golden.store_all("", {"x": x, "loss_weights": weights, "y": y, "loss": loss})
    golden.store("gradient.x", x.grad)
    store_parameters(golden, network)
    return golden


def rms_norm():
    golden = Golden("rms-norm", 91, loss="sum(y * loss_weights)", epsilon=1e-5)
    network = fill(golden, torch.nn.RMSNorm(65, eps=1e-5, dtype=torch.float64), 0.7)
    return one_input(golden, network, with_gradient(golden.normal(2, 7, 65)))


class SwiGLU(torch.nn.Module):
    """The feed-forward part of Llama: w2(silu(w1 x) * w3 x)."""

    def __init__(self, size, hidden):
        super().__init__()
        self.w1 = torch.nn.Linear(size, hidden, bias=False, dtype=torch.float64)
        self.w2 = torch.nn.Linear(hidden, size, bias=False, dtype=torch.float64)
        self.w3 = torch.nn.Linear(size, hidden, bias=False, dtype=torch.float64)

    def forward(self, x):
        return self.w2(functional.silu(self.w1(x)) * self.w3(x))


def swiglu():
    golden = Golden("swiglu", 92, loss="sum(y * loss_weights)")
    network = fill(golden, SwiGLU(9, 17), 0.5)
    return one_input(golden, network, with_gradient(golden.normal(3, 5, 9)))


def sequential():
    golden = Golden("sequential", 93, loss="sum(y * loss_weights)")
    network = fill(golden, torch.nn.Sequential(
        torch.nn.Linear(7, 11), torch.nn.GELU(), torch.nn.LayerNorm(11),
        torch.nn.Sequential(torch.nn.Linear(11, 6), torch.nn.Tanh()), torch.nn.Dropout(0.5),
        torch.nn.Linear(6, 4, bias=False)).double().eval(), 0.6)
    return one_input(golden, network, with_gradient(golden.normal(5, 7)))


def rotary():
    """Rotary positions of [B, T, heads, D] in both conventions, from position 3 on, base 10000."""
    golden = Golden("rotary", 94, loss="sum(y * loss_weights)", first=3, base=10000.0)
    batch, steps, heads, size = 2, 5, 3, 8
    x = golden.normal(batch, steps, heads, size)
    weights = golden.normal(batch, steps, heads, size)
    golden.store_all("", {"x": x, "loss_weights": weights})
    frequencies = 10000.0 ** (-torch.arange(0, size, 2, dtype=torch.float64) / size)
    angles = torch.outer(torch.arange(3, 3 + steps, dtype=torch.float64), frequencies)
    cosine, sine = (table[None, :, None, :] for table in (angles.cos(), angles.sin()))
    for name in ("half", "pairs"):
        leaf = with_gradient(x)
        if name == "half":
            # rotate_half of common Llama code: x * cos + rotate_half(x) * sin
            rotated = torch.cat([-leaf[..., size // 2:], leaf[..., :size // 2]], dim=-1)
            y = leaf * torch.cat([cosine, cosine], -1) + rotated * torch.cat([sine, sine], -1)
        else:
            # The paper's form: neighbours as complex numbers.
            even, odd = leaf[..., 0::2], leaf[..., 1::2]
            y = torch.stack(
                [even * cosine - odd * sine, even * sine + odd * cosine], dim=-1).flatten(-2)
        (y * weights).sum().backward()
        golden.store(f"{name}.y", y)
        golden.store(f"{name}.gradient.x", leaf.grad)
    return golden


def all_files():
    return [
        recurrent("lstm-1-layer", 81, "LSTM", 7, 5, 12, 17, 1, False, False),
        recurrent("lstm-1-layer-initial", 82, "LSTM", 6, 3, 9, 16, 1, False, True),
        recurrent("lstm-3-layers-both-initial", 83, "LSTM", 4, 3, 7, 9, 3, True, True),
        recurrent("gru-2-layers-both-initial", 84, "GRU", 5, 3, 7, 9, 2, True, True),
        recurrent("gru-2-layers-both", 85, "GRU", 4, 2, 6, 5, 2, True, False),
        attention("attention-self", 86, 0, "none"),
        attention("attention-causal", 87, 0, "causal"),
        attention("attention-cross", 88, 9, "none"),
        attention("attention-additive", 89, 9, "additive"),
        attention("attention-boolean", 90, 0, "boolean"),
        rms_norm(), swiglu(), sequential(), rotary(),
    ]
