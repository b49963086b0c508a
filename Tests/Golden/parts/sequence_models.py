"""The networks over sequences of vectors in plain form: outputs, gradients, three steps of training."""

import json
import math

import torch
import torch.nn.functional as functional

from .golden import Golden, rounded
from .losses import info_nce

ADAMW = {"lr": 5e-3, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 1e-2}
# The memory and the sharpness of its reading take no decay.
UNDECAYED = ("memory.slots", "memory.sharpness")


class Memory(torch.nn.Module):
    """Slots read by the cosine of a query; `original`: written by every batch, else parameters."""

    def __init__(self, features, hidden, slots, original):
        super().__init__()
        self.query = torch.nn.Linear(hidden, features)
        self.original = original
        if original:
            self.write_gate = torch.nn.Linear(hidden, slots)
            self.register_buffer("slots", torch.zeros(slots, features))
        else:
            self.slots = torch.nn.Parameter(torch.zeros(slots, features))
            self.sharpness = torch.nn.Parameter(torch.zeros(1))

    def read(self, query):
        direction = functional.normalize(self.query(query), dim=1)
        scores = direction @ functional.normalize(self.slots, dim=1).T
        if not self.original:
            scores = torch.exp(self.sharpness) * scores
        return torch.softmax(scores, dim=1) @ self.slots

    def write(self, query, value):
        with torch.no_grad():
            weights = torch.softmax(self.write_gate(query), dim=1).mean(dim=0)
            self.slots.copy_(0.9 * self.slots + 0.1 * torch.outer(weights, value.mean(dim=0)))


class MemoryGRU(torch.nn.Module):
    def __init__(self, features, hidden, layers, slots, original):
        super().__init__()
        self.input_norm = torch.nn.LayerNorm(features)
        self.gru = torch.nn.GRU(2 * features, hidden, layers, batch_first=True)
        self.memory = Memory(features, hidden, slots, original)
        self.fusion = torch.nn.Linear(hidden + features, hidden)
        self.fusion_norm = torch.nn.LayerNorm(hidden)
        self.expand = torch.nn.Linear(hidden, 2 * hidden)
        self.output = torch.nn.Linear(2 * hidden, features)

    def forward(self, context):
        batch, steps, _ = context.shape
        first = self.memory.read(torch.zeros(batch, self.gru.hidden_size, dtype=context.dtype))
        repeated = first[:, None].expand(batch, steps, -1)
        inputs = torch.cat([self.input_norm(context), repeated], dim=2)
        state = self.gru(inputs)[0][:, -1]
        joined = torch.cat([state, self.memory.read(state)], dim=1)
        fused = self.fusion_norm(functional.gelu(self.fusion(joined)))
        raw = self.output(functional.gelu(self.expand(fused)))
        self.last = state.detach(), raw.detach()
        return raw

    def after_backward(self):
        if self.memory.original:
            self.memory.write(*self.last)


class HierarchicalGRU(torch.nn.Module):
    def __init__(self, features, hidden, layers, chunks):
        super().__init__()
        self.chunks = chunks
        self.local = torch.nn.GRU(features, hidden, layers, batch_first=True)
        self.local_norm = torch.nn.LayerNorm(hidden)
        setattr(self, "global", torch.nn.GRU(hidden, hidden, layers, batch_first=True))
        self.global_norm = torch.nn.LayerNorm(hidden)
        self.expand = torch.nn.Linear(hidden, 2 * hidden)
        self.output = torch.nn.Linear(2 * hidden, features)
        self.residual = torch.nn.Linear(features, features)

    def forward(self, context):
        summaries = [self.local_norm(self.local(chunk)[0][:, -1])
                     for chunk in context.chunk(self.chunks, dim=1)]
        states = getattr(self, "global")(torch.stack(summaries, dim=1))[0]
        whole = self.global_norm(states[:, -1])
        return self.output(functional.gelu(self.expand(whole))) + self.residual(context[:, -1])


class ContextLSTM(torch.nn.Module):
    def __init__(self, features, hidden, layers):
        super().__init__()
        self.lstm = torch.nn.LSTM(features, hidden, layers, batch_first=True)
        self.output = torch.nn.Linear(hidden, features)

    def forward(self, context):
        return self.output(self.lstm(context)[0][:, -1])


class ContextTransformer(torch.nn.Module):
    def __init__(self, features, hidden, layers, heads):
        super().__init__()
        self.input = torch.nn.Linear(features, hidden)
        self.layers = torch.nn.ModuleList(
            torch.nn.TransformerDecoderLayer(hidden, heads, 4 * hidden, 0.0, batch_first=True)
            for _ in range(layers))
        self.head = torch.nn.Linear(hidden, hidden)
        self.head_norm = torch.nn.LayerNorm(hidden)
        self.output = torch.nn.Linear(hidden, features)

    def forward(self, context):
        steps, hidden = context.shape[1], self.head.in_features
        angles = torch.arange(steps, dtype=torch.float64)[:, None] * torch.tensor(
            [10_000 ** (-2 * index / hidden) for index in range(hidden // 2)], dtype=torch.float64)
        positions = torch.stack([angles.sin(), angles.cos()], dim=2).reshape(steps, hidden)
        embedded = h = self.input(context) + positions
        mask = torch.triu(torch.full((steps, steps), -math.inf, dtype=torch.float64), 1)
        for layer in self.layers:
            h = layer(h, embedded, tgt_mask=mask, memory_mask=mask)
        return self.output(self.head_norm(functional.gelu(self.head(h[:, -1]))))


class AttentionMixture(torch.nn.Module):
    def __init__(self, features, hidden, keys):
        super().__init__()
        self.key = torch.nn.Linear(features, keys)
        self.query = torch.nn.Linear(features, keys)
        self.wide = torch.nn.Linear(2 * features, hidden)
        self.wide_norm = torch.nn.LayerNorm(hidden)
        self.narrow = torch.nn.Linear(hidden, hidden // 2)
        self.narrow_norm = torch.nn.LayerNorm(hidden // 2)
        self.output = torch.nn.Linear(hidden // 2, features)

    def forward(self, context):
        mean = context.mean(dim=1)
        scores = (self.key(context) * self.query(mean)[:, None]).sum(dim=2)
        weights = torch.softmax(scores / math.sqrt(self.key.out_features), dim=1)
        joined = torch.cat([mean, (weights[:, :, None] * context).sum(dim=1)], dim=1)
        h = self.wide_norm(functional.gelu(self.wide(joined)))
        return mean + self.output(self.narrow_norm(functional.gelu(self.narrow(h))))


def predict(network, context, kind):
    """The prediction and the raw output; `normalized` is delta with a step of unit length."""
    raw = network(context)
    if kind == "direct":
        return functional.normalize(raw, dim=1), raw
    step = functional.normalize(raw, dim=1) if kind == "normalized" else raw
    return functional.normalize(context[:, -1] + step, dim=1), raw


def trained(golden, network, windows, targets, kind, steps):
    groups = [{"params": [parameter for name, parameter in network.named_parameters()
                          if (name in UNDECAYED) == spared], "weight_decay": decay}
              for spared, decay in ((False, ADAMW["weight_decay"]), (True, 0.0))]
    optimizer = torch.optim.AdamW([group for group in groups if group["params"]], **ADAMW)
    losses, writes = [], []
    for step in range(max(1, steps)):
        optimizer.zero_grad()
        prediction, raw = predict(network, windows, kind)
        loss = info_nce(prediction, targets, 0.07)
        loss.backward()
        if step == 0:
            golden.store_all("", {"raw": raw, "prediction": prediction, "loss": loss})
            for name, parameter in network.named_parameters():
                if parameter.grad is not None:
                    golden.store(f"gradient.{name}", parameter.grad)
        if hasattr(network, "after_backward"):
            network.after_backward()
            writes.append(network.memory.slots.detach().clone())
        optimizer.step()
        losses.append(loss.item())
    if steps:
        golden.store("losses", torch.tensor(losses, dtype=torch.float64))
        golden.store_all("trained.", network.state_dict())
    if "memory.slots" in dict(network.named_buffers()):
        golden.store("writes", torch.stack(writes))
    return golden


def model_golden(name, seed, network, kind, steps, context=4, batch=5, features=6):
    golden = Golden(name, seed, temperature=0.07, prediction=kind, steps=steps,
                    optimizer=json.dumps({"name": "adamw", **ADAMW}))
    network = network(features).to(torch.float64)
    with torch.no_grad():
        for name, tensor in network.state_dict().items():
            bound = 1.0 if name in UNDECAYED else 0.6
            noise = golden.uniform(*tensor.shape, bound=bound)
            if "norm" in name and name.endswith("weight"):
                noise = rounded(1 + 0.3 * noise)
            tensor.copy_(noise)
    windows = rounded(functional.normalize(golden.normal(batch, context, features), dim=2))
    targets = golden.unit_rows(batch, features)
    golden.store_all("", {"context": windows, "target": targets})
    golden.store_all("parameter.", network.state_dict())
    return trained(golden, network, windows, targets, kind, steps)


def goldens():
    return [
        model_golden("memory-gru", 91, lambda d: MemoryGRU(d, 5, 2, 7, False), "delta", 3),
        model_golden("memory-gru-original", 92, lambda d: MemoryGRU(d, 5, 2, 7, True),
                     "normalized", 3),
        model_golden("hierarchical-gru", 93, lambda d: HierarchicalGRU(d, 5, 2, 2), "delta", 3,
                     context=6),
        model_golden("context-lstm", 94, lambda d: ContextLSTM(d, 5, 2), "delta", 0),
        model_golden("context-transformer", 95, lambda d: ContextTransformer(d, 8, 2, 2), "delta",
                     0),
        model_golden("attention-mixture", 96, lambda d: AttentionMixture(d, 8, 5), "direct", 0),
    ]
