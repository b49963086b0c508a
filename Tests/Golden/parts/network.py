"""A whole network: the anchored Baseline GRU, its gradients and ten steps of training."""

import json
import math

import torch
import torch.nn.functional as functional

from .golden import Golden, rounded
from .losses import info_nce
from .optimizers import STEPS


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
