"""Losses and the gradients of what they judge."""

from functools import partial

import torch
import torch.nn.functional as functional

from .golden import Golden, rounded, with_gradient

IGNORE_INDEX = -100


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
    # Still a mean over all elements: PyTorch does not divide by the sum of the weights.
    for name, number in (("heavy", 6.95), ("light", 0.25)):
        weight = rounded(torch.tensor(number, dtype=torch.float64))
        golden.store(f"bce_{name}_positives.weight", weight)
        cases[f"bce_{name}_positives"] = (
            logits, probabilities,
            partial(functional.binary_cross_entropy_with_logits, pos_weight=weight))
    for name, (first, second, function) in cases.items():
        leaf = with_gradient(first)
        loss = function(leaf, second)
        loss.backward()
        golden.store_all(f"{name}.", {"prediction": leaf, "target": second, "loss": loss})
        golden.store(f"{name}.gradient.prediction", leaf.grad)
    return golden
