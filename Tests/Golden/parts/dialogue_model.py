"""The dialogue lattice and the cores beside it, and the terms of its loss.

What the specification leaves open: 26 neighbours meet a boundary coordinate by coordinate; in
`absorbing` a boundary cell is one that lacks a neighbour; the historic rule has no residual and
takes the same z; masked pairs count neither in the contrastive term nor as hardest answers.
"""

import itertools
import math

import torch
import torch.nn.functional as functional

FACES = [(-1, 0, 0), (1, 0, 0), (0, -1, 0), (0, 1, 0), (0, 0, -1), (0, 0, 1)]
AROUND = [move for move in itertools.product((-1, 0, 1), repeat=3) if any(move)]
TAU, ALPHA = 0.5, 0.1
WEIGHTS = {"mse": 0.7, "cosine": 0.3, "l1": 0.1}
TEMPERATURE, MARGIN, EPSILON = 0.05, 0.2, 1e-8


def neighbours(grid, boundary, moves):
    """[V, n]: the cell numbers seen by every cell; V where there is none."""
    cells = math.prod(grid)

    def number(cell):
        if boundary == "periodic":
            cell = [at % size for at, size in zip(cell, grid)]
        elif boundary == "reflecting":
            cell = [min(max(at, 0), size - 1) for at, size in zip(cell, grid)]
        elif any(at < 0 or at >= size for at, size in zip(cell, grid)):
            return cells
        return (cell[0] * grid[1] + cell[1]) * grid[2] + cell[2]

    return torch.tensor([[number([at + step for at, step in zip(cell, move)]) for move in moves]
                         for cell in itertools.product(*map(range, grid))])


class Rule(torch.nn.Module):
    def __init__(self, inputs, hidden, channels):
        super().__init__()
        self.first = torch.nn.Linear(inputs, hidden)
        self.second = torch.nn.Linear(hidden, channels)

    def forward(self, z, activation):
        return torch.tanh(self.second(activation(self.first(z))))


class Lattice(torch.nn.Module):
    """x [B, D] -> y [B, D]."""

    def __init__(self, grid=(4, 4, 4), g=6, channels=16, hidden=32, steps=4, boundary="walls",
                 moves=6, placement=True, per_step=False, historic=False, activation="gelu"):
        super().__init__()
        self.cells, self.g, self.steps, self.historic = math.prod(grid), g, steps, historic
        self.size = self.cells * g
        self.activation = torch.tanh if historic or activation == "tanh" else functional.gelu
        self.moves = {6: FACES, 26: AROUND}[moves]
        self.table = neighbours(grid, boundary, self.moves)
        self.damping = 1.0
        if boundary == "absorbing":
            outer = (self.table == self.cells).any(dim=1)
            self.damping = (1 - ALPHA * outer.double())[:, None]
        inputs = (moves + 1) * channels + g
        self.placement = torch.nn.ModuleDict({
            name: torch.nn.Linear(self.size, self.size, bias=False)
            for name in ("input", "output")}) if placement else None
        self.lift = torch.nn.Linear(g, channels, bias=False)
        self.position = torch.nn.Parameter(torch.zeros(self.cells, channels))
        self.rules = torch.nn.ModuleList(
            Rule(inputs, hidden, channels) for _ in range(steps if per_step else 1))
        self.read = torch.nn.Linear(channels, g, bias=False)

    def forward(self, x):
        rows = len(x)
        u = math.sqrt(self.size) * (self.placement["input"](x) if self.placement else x)
        u = u.view(rows, self.cells, self.g)
        state = self.lift(u) + self.position
        for step in range(self.steps):
            seen = functional.pad(state, (0, 0, 0, 1))[:, self.table].flatten(2)
            z = torch.cat([state, seen, u], dim=2)
            change = self.rules[step % len(self.rules)](z, self.activation)
            state = (change if self.historic else state + TAU * change) * self.damping
        delta = self.read(state).view(rows, self.size)
        delta = self.placement["output"](delta) if self.placement else delta
        return x + delta / math.sqrt(self.size)


class Perceptron(torch.nn.Module):
    def __init__(self, size, hidden):
        super().__init__()
        self.norm = torch.nn.LayerNorm(size)
        self.hidden = torch.nn.Linear(size, hidden)
        self.output = torch.nn.Linear(hidden, size)

    def forward(self, x):
        return x + self.output(functional.gelu(self.hidden(self.norm(x))))


class Convolution(torch.nn.Module):
    """3 x 3 x 3, zero padding; weights [O, 27 I]: own cell, then the 26 around it, each [I]."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(outputs, 27 * inputs))
        self.bias = torch.nn.Parameter(torch.zeros(outputs))

    def forward(self, x):
        order = [((0, 0, 0), *AROUND).index(move)
                 for move in itertools.product((-1, 0, 1), repeat=3)]
        weight = self.weight.view(len(self.bias), 27, -1)[:, order]
        weight = weight.transpose(1, 2).reshape(len(self.bias), -1, 3, 3, 3)
        return functional.conv3d(x, weight, self.bias, padding=1)


class Block(torch.nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.first = Convolution(channels, channels)
        self.second = Convolution(channels, channels)

    def forward(self, h):
        return h + self.second(functional.gelu(self.first(h)))


class Convolutions(torch.nn.Module):
    def __init__(self, grid, channels=16):
        super().__init__()
        self.grid = grid
        self.input = Convolution(1, channels)
        self.blocks = torch.nn.Sequential(*(Block(channels) for _ in range(3)))
        self.output = Convolution(channels, 1)

    def forward(self, x):
        h = functional.gelu(self.input(x.view(len(x), 1, *self.grid)))
        return x + self.output(self.blocks(h)).view(x.shape)


def similarities(prediction, target):
    """[B, B]: the cosine of every prediction and every answer."""
    def unit(rows):
        return rows / rows.norm(dim=1, keepdim=True).clamp(min=EPSILON)
    return unit(prediction) @ unit(target).T


def mse_per_vector(prediction, target):
    return (prediction - target).square().sum(dim=1).mean()


def cosine(prediction, target):
    return 1 - functional.cosine_similarity(prediction, target, dim=1, eps=EPSILON).mean()


def left_out(groups):
    """[B, B]: true for other pairs of the same group."""
    return (groups[:, None] == groups[None]) & ~torch.eye(len(groups), dtype=torch.bool)


def nce(prediction, target, groups=None, symmetric=False):
    scores = similarities(prediction, target) / TEMPERATURE
    if groups is not None:
        scores = scores.masked_fill(left_out(groups), -math.inf)
    own = torch.arange(len(scores), device=scores.device)
    loss = functional.cross_entropy(scores, own)
    return (loss + functional.cross_entropy(scores.T, own)) / 2 if symmetric else loss


def triplet(prediction, target, groups=None):
    """mean max(0, margin - cosine of the answer + highest cosine of another answer)."""
    scores = similarities(prediction, target)
    out = torch.eye(len(scores), dtype=torch.bool)
    if groups is not None:
        out = out | left_out(groups)
    hardest = scores.masked_fill(out, -math.inf).max(dim=1).values
    return torch.relu(MARGIN - scores.diagonal() + hardest).mean()


def historic(prediction, target, mse=functional.mse_loss):
    return (WEIGHTS["mse"] * mse(prediction, target) + WEIGHTS["cosine"] * cosine(
        prediction, target) + WEIGHTS["l1"] * functional.l1_loss(prediction, target))


def retrieval(prediction, target, groups=None):
    """The historic loss and 0.1 of the contrastive term."""
    return historic(prediction, target) + 0.1 * nce(prediction, target, groups)


def optimizer_for(model, rate=1e-3, decay=0.01, **options):
    """AdamW without decay on biases and on the lattice's positions."""
    named = dict(model.named_parameters())
    kept = [name for name in named if name == "position" or name.endswith("bias")]
    return torch.optim.AdamW(
        [{"params": [named[name] for name in named if name not in kept], "weight_decay": decay},
         {"params": [named[name] for name in kept], "weight_decay": 0.0}],
        lr=rate, betas=(0.9, 0.999), eps=1e-8, **options)
