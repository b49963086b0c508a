"""The ten loss terms of the gift recommender, and how a training step combines them.

What the specification leaves open: `semantic` divides by the number of profiles; `value` and
`rewardHead` aim at the mean reward of the three gifts that rank highest (the lower index where two
are equal); `token` is a softmax over the whole vocabulary; `halting` is the mean over profiles and
both logits; with several segments the terms are the means over the segments.
"""

import torch
import torch.nn.functional as functional

TERMS = ("category", "tool", "reward", "semantic", "embedding", "ranking", "value", "rewardHead",
         "token", "halting")
# The second published settings, and the connected wiring's own terms.
WEIGHTS = dict(zip(TERMS, (0.20, 0.30, 0.25, 0.20, 2e-5, 0.10, 0.05, 0.05, 0.05, 0.05)))
FIRST_CATEGORY_TOKEN = 200


def smoothed(targets, smoothing):
    """1 becomes 1 - s + s / 13, 0 becomes s / 13."""
    return targets * (1 - smoothing) + smoothing / targets.shape[1]


def embedding_norms(user_profiling, category_matching):
    return (user_profiling.hobby_embeddings.weight.norm()
            + category_matching.category_embeddings.weight.norm()
            + user_profiling.preference_embeddings.weight.norm())


def published_reward_targets(budget, hobby_counts):
    """The targets [N] of the third published settings."""
    bonus = torch.where(budget > 150, 0.20, torch.where(budget >= 50, 0.15, 0.0))
    hobbies = torch.clamp(0.05 * hobby_counts, max=0.15)
    return torch.clamp(0.5 + bonus + hobbies, 0.4, 0.9)


def parity_terms(outputs, labels, embedding, smoothing=0.0, reward_targets=None):
    """Five terms of `categories` and `tools` (probabilities) and `rewards` [N, G].

    `reward_targets` [N], where given, is met by each profile's mean reward; else 0.7 by the mean
    over all. PyTorch's binary cross-entropy clamps logarithms at -100.
    """
    scores, rewards = outputs["categories"], outputs["rewards"]
    if reward_targets is None:
        reward = (rewards.mean() - 0.7).square()
    else:
        reward = (rewards.mean(dim=1) - reward_targets).square().mean()
    named = labels["hobby_categories"] * (1 - scores).square()
    return {
        "category": functional.binary_cross_entropy(
            scores, smoothed(labels["categories"], smoothing)),
        "tool": functional.binary_cross_entropy(outputs["tools"], labels["tools"]),
        "reward": reward, "semantic": named.sum() / len(scores), "embedding": embedding,
    }


def connected_terms(outputs, labels, embedding, smoothing=0.0):
    """All ten terms of the connected wiring's outputs."""
    logits, expected, rewards = outputs["categories"], labels["categories"], labels["rewards"]
    share = expected / expected.sum(dim=1, keepdim=True)
    ranking = outputs["ranking"]
    with torch.no_grad():
        top = torch.argsort(ranking, dim=1, descending=True, stable=True)[:, :3]
        reached = rewards.gather(1, top).mean(dim=1)
        hit = expected.gather(1, logits.argmax(dim=1, keepdim=True))
    wanted = torch.softmax(rewards / 0.1, dim=1)
    tokens = torch.log_softmax(outputs["token_logits"], dim=1)
    tokens = tokens[:, FIRST_CATEGORY_TOKEN:FIRST_CATEGORY_TOKEN + expected.shape[1]]
    cross_entropy = functional.binary_cross_entropy_with_logits
    return {
        "category": cross_entropy(logits, smoothed(expected, smoothing)),
        "tool": cross_entropy(outputs["tools"], labels["tools"]),
        "reward": (outputs["rewards"] - rewards).square().mean(),
        "semantic": (share * (1 - torch.sigmoid(logits)).square()).sum() / len(logits),
        "embedding": embedding,
        "ranking": -(wanted * torch.log_softmax(ranking, dim=1)).sum(dim=1).mean(),
        "value": (outputs["value"] - reached).square().mean(),
        "rewardHead": ((outputs["reward_head"] + 1) / 2 - reached).square().mean(),
        "token": -(share * tokens).sum(dim=1).mean(),
        "halting": cross_entropy(outputs["halting"], torch.cat([hit, 1 - hit], dim=1)),
    }


def terms_of(model, outputs, labels):
    embedding = embedding_norms(model.user_profiling, model.category_matching)
    return (connected_terms if model.connected else parity_terms)(outputs, labels, embedding)


def total(terms):
    return sum(WEIGHTS[name] * value for name, value in terms.items())


# The published settings' groups: learning rates of the second, decay 0.015.
RATES = {"user_profiling": 8e-5, "category_matching": 8e-5, "tool_selection": 1.2e-4,
         "reward_prediction": 8e-5, "main": 8e-5}
DECAY = 0.015
# Tensors that the published system trains in no group; they keep their initial values.
UNGROUPED = ("user_profiling.age_encoder", "user_profiling.budget_encoder", "gift_",
             "category_matching.input", "tool_selection.context_encoder", "core.", "policy_head",
             "value_head", "reward_head", "user_encoder", "cross_modal_fusion.user_projection",
             "cross_modal_fusion.gift_projection", "cross_modal_fusion.tool_projection")


def parameter_groups(model):
    """Name of a group -> its named parameters: all in connected, the published ones in parity."""
    groups = {name: {} for name in RATES}
    for name, parameter in model.named_parameters():
        if model.connected or not name.startswith(UNGROUPED):
            first = name.split(".")[0]
            groups[first if first in groups else "main"][name] = parameter
    return groups


def optimizer_for(model):
    groups = [{"params": list(members.values()), "lr": RATES[name]}
              for name, members in parameter_groups(model).items()]
    return torch.optim.AdamW(groups, betas=(0.9, 0.999), eps=1e-8, weight_decay=DECAY)
