"""The dialogue cores, each alone, the terms of the loss, ridge regression and three steps."""

import json

import torch
import torch.nn.functional as functional

from . import dialogue_model, gift_inputs
from .dialogue_model import Convolution, Convolutions, Lattice, Perceptron
from .gift import summary
from .golden import Golden, rounded, with_gradient

ROWS, STEPS = 3, 3
WHOLE = 300
FEW = {"grid": (2, 2, 3), "g": 1, "channels": 4, "hidden": 6, "steps": 3}
FAT = {**FEW, "grid": (3, 2, 2), "g": 2}
# One cell inside, which is no boundary.
CUBE = {**FEW, "grid": (3, 3, 3), "steps": 2}
LATTICES = {
    "walls": FEW, "periodic": {**FEW, "boundary": "periodic"},
    "reflecting": {**FEW, "boundary": "reflecting"}, "absorbing": {**CUBE, "boundary": "absorbing"},
    "walls_26": {**FEW, "moves": 26}, "periodic_26": {**FEW, "boundary": "periodic", "moves": 26},
    "reflecting_26": {**FEW, "boundary": "reflecting", "moves": 26},
    "absorbing_26": {**CUBE, "boundary": "absorbing", "moves": 26},
    "fat": FAT, "no_placement": {**FAT, "placement": False}, "per_step": {**FAT, "per_step": True},
    "per_step_no_placement": {**FEW, "per_step": True, "placement": False},
    "tanh": {**FAT, "activation": "tanh"}, "historic": {**FAT, "historic": True},
    "historic_no_placement": {**FEW, "historic": True, "placement": False}, "blocked": {},
}
COUNTS = {
    300_464: {}, 314_208: {"channels": 32, "hidden": 64, "steps": 6},
    1_186_224: {"grid": (4, 4, 8)},
    299_592: {"grid": (8, 8, 6), "g": 1, "channels": 8, "hidden": 24},
    4_680: {"grid": (8, 8, 6), "g": 1, "channels": 8, "hidden": 24, "placement": False},
    7_752: {"grid": (8, 8, 12), "g": 1, "channels": 8, "hidden": 24, "placement": False},
}


def check():
    """Parameter counts of the specification, degrees of the block, and the kernel's order."""
    for count, settings in COUNTS.items():
        with torch.device("meta"):
            model = Lattice(**settings)
        found = sum(parameter.numel() for parameter in model.parameters())
        if found != count:
            raise AssertionError(f"{settings}: {found} parameters instead of {count}")
    table = dialogue_model.neighbours((8, 8, 6), "walls", dialogue_model.FACES)
    degrees = (table < len(table)).sum(dim=1).bincount().tolist()
    if degrees != [0, 0, 0, 8, 64, 168, 144]:
        raise AssertionError(f"cells by neighbours: {degrees}")
    layer = gift_inputs.fill(Convolution(2, 3))
    x = gift_inputs.formula("x", (1, 2, 12)).double().view(1, 2, 2, 2, 3)
    cells = functional.pad(x.view(2, 12).T, (0, 0, 0, 1))
    table = dialogue_model.neighbours((2, 2, 3), "walls", dialogue_model.AROUND)
    own = torch.arange(12)[:, None]
    gathered = cells[torch.cat([own, table], dim=1)].flatten(1) @ layer.weight.T + layer.bias
    torch.testing.assert_close(layer(x).view(3, 12).T, gathered)


def store_short(golden, name, series):
    """One tensor or some stacked [n, ...], or `NAME.summary` where they are large."""
    short = series if torch.is_tensor(series) else series[0]
    if short.numel() >= WHOLE:
        name = f"{name}.summary"
        series = summary(series) if short is series else list(map(summary, series))
    golden.store(name, series if torch.is_tensor(series) else torch.stack(series))


def case(golden, name, module):
    """Forward and gradients of one core; `target` with the historic loss of the output."""
    size = module.size if isinstance(module, Lattice) else 12
    x, target = with_gradient(golden.unit_rows(ROWS, size)), golden.unit_rows(ROWS, size)
    y = module(x)
    weights = golden.normal(*y.shape)
    loss = (y * weights).sum()
    loss.backward()
    golden.store_all(f"{name}.", {
        "x": x, "target": target, "y": y, "loss_weights": weights, "loss": loss,
        "historic_loss": dialogue_model.historic(y, target), "gradient.x": x.grad})
    for key, parameter in module.named_parameters():
        store_short(golden, f"{name}.gradient.{key}", parameter.grad)


def lattice():
    golden = Golden("dialogue-lattice", 201, parameters="by formula, see README.md",
                    settings=json.dumps(LATTICES))
    for name, settings in LATTICES.items():
        case(golden, name, gift_inputs.fill(Lattice(**settings)))
    return golden


def ridge(golden):
    """Closed form on 40 pairs of 12 numbers: of the answers, and of what they add to questions."""
    questions, other = golden.unit_rows(40, 12), golden.unit_rows(40, 12)
    answers = rounded(functional.normalize(questions + 0.8 * other, dim=1))
    x = golden.unit_rows(5, 12)
    golden.store_all("ridge.", {"questions": questions, "answers": answers, "x": x})
    for form, strength in (("answer", 0.3), ("residual", 1.0)):
        y = ridge_answers(questions, answers, x, form, strength)
        golden.store(f"ridge.{form}.y", y)
        golden.store(f"ridge.{form}.strength", strength)


def ridge_answers(questions, answers, x, form, strength):
    """m_w + (x - m_q) W, W from centred rows; `residual` wants a - q and adds x, else w = a."""
    base = x if form == "residual" else torch.zeros_like(x)
    wanted = answers - questions if form == "residual" else answers
    means = questions.mean(dim=0), wanted.mean(dim=0)
    inputs = questions - means[0]
    system = inputs.T @ inputs + strength * torch.eye(inputs.shape[1], dtype=inputs.dtype)
    weights = torch.linalg.solve(system, inputs.T @ (wanted - means[1]))
    return base + means[1] + (x - means[0]) @ weights


def cores():
    golden = Golden("dialogue-cores", 202, parameters="by formula, see README.md",
                    perceptron="D 12, hidden 9", convolutions="2 x 2 x 3, 4 channels")
    case(golden, "mlp", gift_inputs.fill(Perceptron(12, 9)))
    case(golden, "conv3d", gift_inputs.fill(Convolutions((2, 2, 3), 4)))
    ridge(golden)
    return golden


def losses():
    """Every term from predictions of any length and unit answers; two pairs of rows share a group."""
    golden = Golden("dialogue-losses", 203, weights=json.dumps(dialogue_model.WEIGHTS),
                    temperature=dialogue_model.TEMPERATURE, margin=dialogue_model.MARGIN,
                    epsilon=dialogue_model.EPSILON)
    target, groups = golden.unit_rows(7, 12), torch.tensor([0, 1, 1, 2, 3, 4, 4])
    # Near its answer and that of the next row, so that no softmax is saturated.
    prediction = rounded(0.7 * target + 0.5 * target.roll(-1, 0) + golden.normal(7, 12, scale=0.2))
    prediction = rounded(prediction * torch.linspace(2, 0.5, 7, dtype=torch.float64)[:, None])
    golden.store_all("", {"prediction": prediction, "target": target, "groups": groups})
    terms = {
        "mse": functional.mse_loss, "mse_per_vector": dialogue_model.mse_per_vector,
        "cosine": dialogue_model.cosine, "l1": functional.l1_loss,
        "historic": dialogue_model.historic,
        "historic_per_vector": lambda y, a: dialogue_model.historic(
            y, a, dialogue_model.mse_per_vector),
        "retrieval": dialogue_model.retrieval,
    }
    for name, known in (("", None), ("_masked", groups)):
        terms[f"triplet{name}"] = lambda y, a, known=known: dialogue_model.triplet(y, a, known)
        for form, both in (("nce", False), ("nce_symmetric", True)):
            terms[f"{form}{name}"] = lambda y, a, known=known, both=both: dialogue_model.nce(
                y, a, known, both)
    for name, term in terms.items():
        leaf = with_gradient(prediction)
        loss = term(leaf, target)
        loss.backward()
        golden.store_all(f"{name}.", {"loss": loss, "gradient.prediction": leaf.grad})
    return golden


def steps():
    """Three AdamW steps on one batch: the historic loss and 0.1 nce, one group masked."""
    golden = Golden("dialogue-steps", 204, parameters="by formula, see README.md", steps=STEPS,
                    rate=1e-3, decay=0.01, betas="0.9 0.999", epsilon=1e-8,
                    limits=json.dumps({"walls_clipped": 0.05, "others": 1.0}))
    groups = torch.tensor([0, 1, 2, 1, 3, 4])
    golden.store("groups", groups)
    x, target = {}, {}
    for size in (12, 24):
        x[size], target[size] = golden.unit_rows(6, size), golden.unit_rows(6, size)
        golden.store_all("", {f"x.{size}": x[size], f"target.{size}": target[size]})
    models = {name: Lattice(**LATTICES[name])
              for name in ("walls", "periodic_26", "fat", "per_step", "historic")}
    models |= {"walls_clipped": Lattice(**FEW), "mlp": Perceptron(12, 9),
               "conv3d": Convolutions((2, 2, 3), 4)}
    for name, model in models.items():
        size = getattr(model, "size", 12)
        limit = 0.05 if name == "walls_clipped" else 1.0
        trained(golden, name, gift_inputs.fill(model), x[size], target[size], groups, limit)
    return golden


def trained(golden, name, model, x, target, groups, limit):
    optimizer = dialogue_model.optimizer_for(model)
    losses, norms = [], []
    values = {key: [] for key, _ in model.named_parameters()}
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = dialogue_model.retrieval(model(x), target, groups)
        loss.backward()
        norms.append(torch.nn.utils.clip_grad_norm_(model.parameters(), limit))
        optimizer.step()
        losses.append(loss.detach())
        for key, parameter in model.named_parameters():
            values[key].append(parameter.detach().clone())
    golden.store(f"{name}.losses", torch.stack(losses))
    golden.store(f"{name}.gradient_norms", torch.stack(norms))
    for key, series in values.items():
        store_short(golden, f"{name}.values.{key}", series)


def goldens():
    check()
    return [lattice(), cores(), losses(), steps()]
