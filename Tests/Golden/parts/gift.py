"""The gift recommender's modules, core and losses, each alone."""

import contextlib

import torch
import torch.nn.functional as functional

from . import gift_inputs, gift_losses, gift_model
from .gift_core import Core
from .golden import Golden, with_gradient

WHOLE = 2000
SAMPLES = 64
ROWS, GIFTS = 3, 7


def sample_indices(count):
    """64 flat indices below `count`: ((k + 1) * 2654435761 mod 2^32) * count / 2^32."""
    return [((k + 1) * 2654435761 % 2 ** 32) * count >> 32 for k in range(SAMPLES)]


def summary(tensor):
    """[66]: the L2 norm, the sum and the samples."""
    flat = tensor.detach().reshape(-1)
    return torch.cat([flat.norm()[None], flat.sum()[None], flat[sample_indices(len(flat))]])


def store_short(golden, name, tensor):
    """The tensor itself where it is small, else its summary as `NAME.summary`."""
    if tensor.numel() < WHOLE:
        golden.store(name, tensor)
    else:
        golden.store(f"{name}.summary", summary(tensor))


@contextlib.contextmanager
def kinks(golden, name):
    """Notes the smallest distance of a ReLU's input from 0, where its gradient jumps."""
    smallest, relu, leaky = [float("inf")], torch.relu, functional.leaky_relu

    def watched(function):
        def call(x, *rest):
            smallest[0] = min(smallest[0], x.detach().abs().min().item())
            return function(x, *rest)
        return call

    torch.relu, functional.leaky_relu = watched(relu), watched(leaky)
    try:
        yield
    finally:
        torch.relu, functional.leaky_relu = relu, leaky
    golden.metadata[f"smallest_relu_input.{name}"] = f"{smallest[0]:.1e}"


def case(golden, name, module, inputs, call, constants=()):
    """Forward and gradients of one module; `constants` are inputs without a gradient."""
    leaves = {key: value if key in constants or not value.is_floating_point()
              else with_gradient(value) for key, value in inputs.items()}
    golden.store_all(f"{name}.input.", inputs)
    with kinks(golden, name):
        outputs = call(module, leaves)
    loss = 0
    for key, y in outputs.items():
        weights = golden.normal(*y.shape)
        golden.store(f"{name}.output.{key}", y)
        golden.store(f"{name}.loss_weights.{key}", weights)
        loss = loss + (y * weights).sum()
    loss.backward()
    golden.store(f"{name}.loss", loss)
    for key, leaf in leaves.items():
        if leaf.requires_grad:
            store_short(golden, f"{name}.gradient.input.{key}", leaf.grad)
    for key, parameter in module.named_parameters():
        if parameter.grad is not None:
            store_short(golden, f"{name}.gradient.{key}", parameter.grad)


def user_profiling(golden):
    for name, words, relationship in (("user_profiling", (18, 20), False),
                                      ("user_profiling_relationship", (23, 26), True)):
        module = gift_inputs.fill(
            gift_model.UserProfiling(*words, relationship, 0.2), "user_profiling.")
        inputs = gift_inputs.as_float64(gift_inputs.profiles(golden.generator, ROWS, *words))
        inputs = {key: inputs[key] for key in (
            "hobbies", "preferences", "occasion", "relationship", "age", "budget")}
        case(golden, name, module, inputs, lambda module, x: {"user": module(x)[0]},
             constants=tuple(inputs))


def wired(golden):
    """The modules that the two wirings use in different ways."""
    e, g = golden.normal(ROWS, 256), golden.normal(GIFTS, 256)
    for wiring in ("parity", "connected"):
        connected = wiring == "connected"
        case(golden, f"category_matching.{wiring}", gift_inputs.fill(
            gift_model.CategoryMatching(connected, 0.2, 0.3), "category_matching."),
            {"user": e}, lambda module, x: {"categories": module(x["user"])})
        case(golden, f"tool_selection.{wiring}", gift_inputs.fill(
            gift_model.ToolSelection(connected), "tool_selection."), {"user": e},
            lambda module, x: {key: y for key, y in zip(("tools", "tool_token"), module(x["user"]))
                               if y is not None})
        fused = {"user": e, "gifts": g}
        if connected:
            fused |= {"tool_token": golden.normal(ROWS, 128), "state": golden.normal(ROWS, 512)}
        case(golden, f"cross_modal_fusion.{wiring}", gift_inputs.fill(
            gift_model.CrossModalFusion(connected, 0.3), "cross_modal_fusion."), fused,
            lambda module, x: {"actions": module(*x.values())})
    rewards(golden, e, g)


def rewards(golden, e, g):
    noise = 0.5 + golden.uniform(ROWS, GIFTS, 5, bound=0.25)
    module = gift_inputs.fill(gift_model.RewardPrediction(), "reward_prediction.")
    case(golden, "reward_prediction.parity", module, {"user": e, "gifts": g, "noise": noise},
         lambda module, x: {"rewards": module.parity(*x.values())}, constants=("noise",))
    module.zero_grad()
    sizes = {"hobbies": 64, "occasion": 32, "age": 16, "budget": 16}
    known = gift_inputs.as_float64(gift_inputs.catalogue(golden.generator, GIFTS))
    known = {key: known[key] for key in ("price", "rating", "ages", "others_of_category")}
    raw_budget = 100 + golden.uniform(ROWS, 1, bound=70)
    case(golden, "reward_prediction.connected", module,
         {"user": e, "gifts": g, **{key: golden.normal(ROWS, size) for key, size in sizes.items()},
          "raw_budget": raw_budget, **known},
         lambda module, x: {"rewards": module.connected(
             x["user"], x, x["gifts"], x["raw_budget"], x)}, constants=("raw_budget", *known))


def plain(golden):
    """The modules of one input."""
    for name, module, width in (
            ("gift_feature_encoder", gift_model.GiftFeatureEncoder(0.2), 128),
            ("policy_head", gift_model.Pair(512, 256, 50), 512),
            ("value_head", gift_model.Pair(512, 256, 1), 512),
            ("reward_head", gift_model.Pair(512, 128, 1), 512),
            ("gift_scorer", gift_model.Pair(1024, 512, 1), 1024),
            ("user_encoder", gift_model.Pair(26, 512, 512), 26),
            ("gift_encoder", gift_model.Pair(20, 512, 512), 20)):
        case(golden, name, gift_inputs.fill(module, f"{name}."),
             {"x": golden.normal(ROWS, width)}, lambda module, x: {"y": module(x["x"])})


def modules():
    golden = Golden("gift-modules", 101, parameters="by formula, see README.md")
    user_profiling(golden)
    wired(golden)
    plain(golden)
    return golden


def core():
    """Segments of the core; the small case goes on from the first segment's carry."""
    golden = Golden("gift-core", 102, parameters="by formula, see README.md",
                    small="vocabulary 40, width 32, layers 2, heads 4, cycles 2 and 2")
    small = {"vocabulary": 40, "width": 32, "layers": 2, "heads": 4, "cycles": (2, 2)}
    for name, settings, batch, positions, segments in (
            ("full", {}, 2, 10, 1), ("small", small, 3, 6, 2)):
        module = gift_inputs.fill(Core(**settings), "core.")
        vocabulary, width = module.embed_tokens.weight.shape
        inputs = {"tokens": golden.integers(0, vocabulary, batch, positions),
                  "added": golden.normal(batch, width)}

        def run(module, x):
            carry, outputs = None, {}
            embedded = module.embed(x["tokens"]) + x["added"][:, None]
            for segment in range(segments):
                high, halting, carry = module(embedded, carry)
                end = f".{segment}" if segments > 1 else ""
                outputs |= {f"high{end}": high, f"halting{end}": halting,
                            f"token_logits{end}": module.lm_head(high[:, 0])}
                golden.store(f"{name}.carry.high{end}", carry[0])
                golden.store(f"{name}.carry.low{end}", carry[1])
            return outputs

        case(golden, name, module, inputs, run)
    return golden


def losses():
    """Every term in both forms, from predictions that are inputs here."""
    golden = Golden("gift-losses", 103, smoothing=0.1)
    rows, gifts = 5, 9
    labels = gift_inputs.as_float64(gift_inputs.labels(golden.generator, rows, gifts))
    budget = torch.tensor([30.0, 50.0, 150.0, 151.0, 290.0], dtype=torch.float64)
    counts = torch.tensor([2.0, 3.0, 4.0, 1.0, 2.0], dtype=torch.float64)
    golden.store_all("label.", labels)
    golden.store_all("label.", {"raw_budget": budget, "hobby_counts": counts})
    targets = gift_losses.published_reward_targets(budget, counts)
    golden.store("published_reward_targets", targets)
    parity = {"categories": 0.5 + golden.uniform(rows, 13, bound=0.5),
              "tools": torch.softmax(golden.normal(rows, 5), dim=1).float().double(),
              "rewards": 0.5 + golden.uniform(rows, gifts, bound=0.5)}
    parity["categories"][0, :2] = torch.tensor([0.0, 1.0])
    connected = {
        "categories": golden.normal(rows, 13, scale=2), "tools": golden.normal(rows, 5, scale=2),
        "rewards": 0.5 + golden.uniform(rows, gifts, bound=0.5),
        "ranking": golden.normal(rows, gifts, scale=2), "value": golden.normal(rows),
        "reward_head": golden.uniform(rows, bound=1.0), "halting": golden.normal(rows, 2),
        "token_logits": golden.normal(rows, 300)}
    zero = torch.zeros((), dtype=torch.float64)
    for name, predictions, terms in (
            ("parity", parity, lambda x: gift_losses.parity_terms(x, labels, zero)),
            ("parity_smoothed", parity,
             lambda x: gift_losses.parity_terms(x, labels, zero, 0.1, targets)),
            ("connected", connected, lambda x: gift_losses.connected_terms(x, labels, zero)),
            ("connected_smoothed", connected,
             lambda x: gift_losses.connected_terms(x, labels, zero, 0.1))):
        if not name.endswith("smoothed"):
            golden.store_all(f"{name}.prediction.", predictions)
        store_terms(golden, name, predictions, terms)
    profiling = gift_model.UserProfiling(18, 20, False, 0.0)
    matching = gift_model.CategoryMatching(False, 0.0, 0.0)
    gift_inputs.fill(profiling, "user_profiling.")
    gift_inputs.fill(matching, "category_matching.")
    loss = gift_losses.embedding_norms(profiling, matching)
    loss.backward()
    golden.store("embedding.loss", loss)
    for key, table in (("user_profiling.hobby_embeddings", profiling.hobby_embeddings),
                       ("user_profiling.preference_embeddings", profiling.preference_embeddings),
                       ("category_matching.category_embeddings", matching.category_embeddings)):
        golden.store(f"embedding.gradient.{key}.weight", table.weight.grad)
    return golden


def store_terms(golden, name, predictions, terms):
    """The value of every term and its gradient for each prediction that it depends on."""
    for term in terms(predictions):
        if term == "embedding":
            continue
        leaves = {key: with_gradient(value) for key, value in predictions.items()}
        value = terms(leaves)[term]
        value.backward()
        golden.store(f"{name}.{term}.loss", value)
        for key, leaf in leaves.items():
            if leaf.grad is not None:
                golden.store(f"{name}.{term}.gradient.{key}", leaf.grad)
