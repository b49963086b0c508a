"""The whole gift recommender in both wirings: outputs, losses, gradients and three steps."""

import json

import torch

from . import gift, gift_inputs, gift_losses
from .gift import GIFTS, ROWS, kinks, store_short, summary
from .gift_model import GiftRecommender
from .golden import Golden

STEPS = 3
# The specification's table, by the prefix of the names.
COUNTS = {
    "core.embed_tokens": 512_000, "core.lm_head": 512_000, "core.q_head": 1_026,
    "core.blocks": 6_684_672, "policy_head": 144_178, "value_head": 131_585,
    "reward_head": 65_793, "gift_scorer": 525_313, "user_encoder": 276_480,
    "gift_encoder": 273_408, "user_profiling.hobby_embeddings": 1_152,
    "user_profiling.preference_embeddings": 640, "user_profiling.occasion_embeddings": 320,
    "user_profiling.age_encoder": 304, "user_profiling.budget_encoder": 304,
    "user_profiling.encoder": 107_008, "user_profiling.norm": 512,
    "category_matching.category_embeddings": 1_664, "category_matching.layers": 33_024,
    "category_matching.input": 49_280, "category_matching.attention": 66_048,
    "category_matching.scorer": 8_321, "tool_selection.context_encoder": 49_408,
    "tool_selection.attention": 66_048, "tool_selection.head": 645,
    "tool_selection.parameter_generator": 65_792, "reward_prediction.components": 91_271,
    "reward_prediction.fusion": 30, "gift_feature_encoder": 99_328,
    "gift_catalog_memory": 12_800, "cross_modal_fusion.attention": 4_202_496,
    "cross_modal_fusion.user_projection": 131_584, "cross_modal_fusion.gift_projection": 131_584,
    "cross_modal_fusion.tool_projection": 66_048,
    "cross_modal_fusion.recommendation_head": 144_178,
}
GROUPS = {
    True: {"user_profiling": 110_240, "category_matching": 158_337, "tool_selection": 181_893,
           "reward_prediction": 91_301, "main": 13_914_473},
    False: {"user_profiling": 109_632, "category_matching": 109_057, "tool_selection": 132_485,
            "reward_prediction": 91_301, "main": 4_346_674},
}


def check(what, found, expected):
    if found != expected:
        raise AssertionError(f"{what}: {found}, the specification says {expected}")


def check_counts():
    """The model has the specification's parameters, row by row, and its groups."""
    for connected in (False, True):
        model = GiftRecommender(connected)
        sizes = {name: parameter.numel() for name, parameter in model.named_parameters()}
        check("all parameters", sum(sizes.values()), 14_456_244)
        check("rows of the table", sum(COUNTS.values()), 14_456_244)
        for prefix, count in COUNTS.items():
            found = sum(size for name, size in sizes.items()
                        if name == prefix or name.startswith(prefix + "."))
            check(prefix, found, count)
        check("groups", {group: sum(parameter.numel() for parameter in members.values())
                         for group, members in gift_losses.parameter_groups(model).items()},
              GROUPS[connected])
    model = GiftRecommender(True, 23, 26)
    check("extended", sum(p.numel() for p in model.parameters()), 14_456_756)


def made(golden, connected):
    """The model of a wiring with its inputs, which are stored."""
    words = (23, 26) if connected else (18, 20)
    model = gift_inputs.fill(GiftRecommender(connected, *words))
    generator = golden.generator
    inputs = gift_inputs.as_float64(gift_inputs.profiles(generator, ROWS, *words))
    gifts = gift_inputs.as_float64(gift_inputs.catalogue(generator, GIFTS))
    labels = gift_inputs.as_float64(gift_inputs.labels(generator, ROWS, GIFTS))
    noise = None if connected else 0.5 + golden.uniform(ROWS, GIFTS, 5, bound=0.25)
    prefix = "connected." if connected else "parity."
    golden.store_all(f"{prefix}input.", inputs)
    golden.store_all(f"{prefix}catalogue.", gifts)
    golden.store_all(f"{prefix}label.", labels)
    if not connected:
        golden.store(f"{prefix}input.noise", noise)
    return model, labels, lambda: model(inputs, gifts, noise=noise)


def whole(connected, seed):
    """One forward and backward pass; parameters without a gradient are listed in the metadata."""
    wiring = "connected" if connected else "parity"
    golden = Golden(f"gift-{wiring}", seed, parameters="by formula, see README.md",
                    weights=json.dumps(gift_losses.WEIGHTS))
    model, labels, forward = made(golden, connected)
    with kinks(golden, wiring):
        outputs = forward()
    carry = outputs.pop("carry", None)
    if carry:
        for name, state in zip(("high", "low"), carry):
            golden.store(f"{wiring}.carry.{name}.summary", summary(state))
    golden.store_all(f"{wiring}.output.", outputs)
    terms = gift_losses.terms_of(model, outputs, labels)
    loss = gift_losses.total(terms)
    loss.backward()
    golden.store_all(f"{wiring}.loss.", {**terms, "total": loss})
    unreached = []
    for name, parameter in model.named_parameters():
        if parameter.grad is None:
            unreached.append(name)
        else:
            store_short(golden, f"{wiring}.gradient.{name}", parameter.grad)
    if connected:
        golden.store(f"{wiring}.gradient.core.embed_tokens.weight.row.1",
                     model.core.embed_tokens.weight.grad[1])
    golden.metadata["without_gradient"] = json.dumps(unreached)
    return golden


def steps():
    """Three AdamW steps on the same batch in each wiring, clipped at 1.0, dropout off."""
    golden = Golden("gift-steps", 106, parameters="by formula, see README.md", steps=STEPS,
                    weights=json.dumps(gift_losses.WEIGHTS), clipping=1.0, decay=gift_losses.DECAY,
                    rates=json.dumps(gift_losses.RATES), betas="0.9 0.999", epsilon=1e-8)
    for wiring in ("parity", "connected"):
        model, labels, forward = made(golden, wiring == "connected")
        optimizer = gift_losses.optimizer_for(model)
        initial = {name: value.detach().clone() for name, value in model.named_parameters()}
        norms = {name: [] for name in initial}
        series = {"loss": [], "gradient_norm": []}
        for step in range(STEPS):
            model.zero_grad()
            with kinks(golden, f"{wiring}.{step}"):
                terms = gift_losses.terms_of(model, forward(), labels)
            loss = gift_losses.total(terms)
            loss.backward()
            norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            series["loss"].append(loss.item())
            series["gradient_norm"].append(norm.item())
            for name, term in terms.items():
                series.setdefault(f"term.{name}", []).append(term.item())
            for name, value in model.named_parameters():
                norms[name].append(value.detach().norm().item())
        golden.store_all(f"{wiring}.", {
            key: torch.tensor(value, dtype=torch.float64) for key, value in series.items()})
        for name, value in model.named_parameters():
            change = (value.detach() - initial[name]).norm()
            golden.store(f"{wiring}.norm.{name}", torch.tensor(
                [*norms[name], change], dtype=torch.float64))
    return golden


def goldens():
    check_counts()
    return [gift.modules(), gift.core(), gift.losses(), whole(False, 104), whole(True, 105),
            steps()]
