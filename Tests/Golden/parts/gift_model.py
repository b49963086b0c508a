"""The gift recommender in PyTorch, in both wirings, over a batch of N profiles and G gifts.

`parity` repeats the published wiring: no core, softmax over tools and actions, five random reward
components. In `connected` every tensor takes part. What its specification leaves open is here:

- category: z + dropout(relu(layer(z))) twice, z + attention(z), then the scorer's logits;
- tool: c + attention(c), then the head's logits, where c is the context encoder's output; the
  parameter generator sees [c ; e] with the same c, before the attention;
- gifts: the catalogue's memory is added behind the norm, so every user of a gift's code sees it;
- reward: the components' sigmoids, leaky ReLU 0.1 behind the first and the second fusion layer, a
  sigmoid behind the third; the mean of the other gifts of a category is 0 where there are none;
- fusion: q = user_projection(e) + h; keys and values are the gifts in their order, then the tool's
  token; q + attention(q) four times; no norm;
- ranking: the first G logits of the fusion's head, plus those of the policy head, plus the gift
  scorer's on [h ; gift code] before its sigmoid; softmax over these G (slots from G on masked);
- core: user_encoder(state) is added to the scaled embeddings at every position, PAD too;
- a layer pair is Linear, ReLU, dropout, Linear; no dropout in pairs whose rate is not in `Rates`.
"""

import dataclasses

import torch
import torch.nn.functional as functional

from .gift_core import Core

CATEGORIES, TOOLS, OCCASIONS, RELATIONSHIPS, SLOTS = 13, 5, 10, 11, 50
COMPONENTS = (256, 17, 320, 288, 18, 1, 512)


@dataclasses.dataclass
class Rates:
    """Dropout rates; the defaults are those of the second published settings."""

    user: float = 0.2
    category: float = 0.2
    scorer: float = 0.0
    gift: float = 0.2
    recommendation: float = 0.3
    heads: float = 0.1


class Pair(torch.nn.Module):
    """Linear, ReLU, dropout, Linear."""

    def __init__(self, inputs, hidden, outputs, rate=0.0):
        super().__init__()
        self.first = torch.nn.Linear(inputs, hidden)
        self.second = torch.nn.Linear(hidden, outputs)
        self.dropout = torch.nn.Dropout(rate)

    def forward(self, x):
        return self.second(self.dropout(torch.relu(self.first(x))))


def attention(width, heads):
    return torch.nn.MultiheadAttention(width, heads, batch_first=True)


def attend(layer, query, memory):
    return layer(query, memory, memory, need_weights=False)[0]


class UserProfiling(torch.nn.Module):
    """A profile -> e [N, 256]."""

    def __init__(self, hobbies, preferences, relationship, rate):
        super().__init__()
        self.hobby_embeddings = torch.nn.Embedding(hobbies, 64)
        self.preference_embeddings = torch.nn.Embedding(preferences, 32)
        self.occasion_embeddings = torch.nn.Embedding(OCCASIONS, 32)
        if relationship:
            self.relationship_embeddings = torch.nn.Embedding(RELATIONSHIPS, 32)
        self.age_encoder = Pair(1, 16, 16)
        self.budget_encoder = Pair(1, 16, 16)
        self.encoder = Pair(192 if relationship else 160, 256, 256, rate)
        self.norm = torch.nn.LayerNorm(256)

    def forward(self, inputs):
        """e, and the parts of it that the reward components see."""
        parts = {
            "hobbies": inputs["hobbies"] @ self.hobby_embeddings.weight,
            "preferences": inputs["preferences"] @ self.preference_embeddings.weight,
            "occasion": inputs["occasion"] @ self.occasion_embeddings.weight,
            "age": self.age_encoder(inputs["age"]),
            "budget": self.budget_encoder(inputs["budget"]),
        }
        if hasattr(self, "relationship_embeddings"):
            parts["relationship"] = inputs["relationship"] @ self.relationship_embeddings.weight
        return self.norm(self.encoder(torch.cat(list(parts.values()), dim=1))), parts


class CategoryMatching(torch.nn.Module):
    """e -> scores [N, 13]: probabilities in parity, else logits."""

    def __init__(self, connected, rate, scorer_rate):
        super().__init__()
        self.connected = connected
        self.category_embeddings = torch.nn.Embedding(CATEGORIES, 128)
        self.input = torch.nn.Linear(384, 128)
        self.layers = torch.nn.ModuleList(torch.nn.Linear(128, 128) for _ in range(2))
        self.attention = attention(128, 8)
        self.scorer = Pair(128, 64, 1, scorer_rate)
        self.dropout = torch.nn.Dropout(rate)

    def forward(self, e):
        categories = self.category_embeddings.weight.expand(len(e), -1, -1)
        users = e[:, None].expand(-1, CATEGORIES, -1)
        z = self.input(torch.cat([users, categories], dim=2))
        for layer in self.layers:
            y = self.dropout(torch.relu(layer(z)))
            z = z + y if self.connected else y
        y = attend(self.attention, z, z)
        z = z + y if self.connected else y
        scores = self.scorer(z)[:, :, 0]
        return scores if self.connected else torch.sigmoid(scores)


class ToolSelection(torch.nn.Module):
    """e -> scores [N, 5] (softmax in parity, else logits) and the tools' token [N, 128]."""

    def __init__(self, connected):
        super().__init__()
        self.connected = connected
        self.context_encoder = Pair(256, 128, 128)
        self.attention = attention(128, 4)
        self.head = torch.nn.Linear(128, TOOLS)
        self.parameter_generator = Pair(384, 128, 128)

    def forward(self, e):
        context = self.context_encoder(e)
        y = attend(self.attention, context[:, None], context[:, None])[:, 0]
        if not self.connected:
            return torch.softmax(self.head(y), dim=1), None
        token = self.parameter_generator(torch.cat([context, e], dim=1))
        return self.head(context + y), token


class RewardPrediction(torch.nn.Module):
    """Rewards [N, G] in (0, 1)."""

    def __init__(self):
        super().__init__()
        self.components = torch.nn.ModuleList(Pair(size, 64, 1) for size in COMPONENTS)
        self.fusion = torch.nn.ModuleList(
            [torch.nn.Linear(7, 3), torch.nn.Linear(3, 1), torch.nn.Linear(1, 1)])

    def fused(self, scores, activation):
        x = activation(self.fusion[0](scores))
        return torch.sigmoid(self.fusion[2](activation(self.fusion[1](x))))[..., 0]

    def parity(self, e, g, noise):
        """Two components; the other five are `noise` [N, G, 5]."""
        users, gifts = len(e), len(g)
        category = torch.sigmoid(self.components[0](g))
        budget = torch.sigmoid(self.components[1](
            torch.cat([e[:, :16], torch.full_like(e[:, :1], 0.5)], dim=1)))
        scores = torch.cat([category[None].expand(users, -1, -1),
                            budget[:, None].expand(-1, gifts, -1), noise], dim=2)
        return self.fused(scores, torch.relu)

    def connected(self, e, parts, g, raw_budget, catalogue):
        users, gifts = len(e), len(g)

        def of_users(x):
            return x[:, None].expand(-1, gifts, -1)

        def of_gifts(x):
            return x[None].expand(users, -1, -1)

        share = torch.clamp(catalogue["price"][None] / raw_budget, max=2.0)[:, :, None]
        others = catalogue["others_of_category"] @ g
        seen = [
            of_users(e) * of_gifts(g),
            torch.cat([of_users(parts["budget"]), share], dim=2),
            torch.cat([of_users(parts["hobbies"]), of_gifts(g)], dim=2),
            torch.cat([of_users(parts["occasion"]), of_gifts(g)], dim=2),
            torch.cat([of_users(parts["age"]), of_gifts(catalogue["ages"])], dim=2),
            of_gifts(catalogue["rating"]),
            of_gifts(torch.cat([g, others], dim=1)),
        ]
        scores = torch.cat([torch.sigmoid(component(x))
                            for component, x in zip(self.components, seen)], dim=2)
        return self.fused(scores, lambda x: functional.leaky_relu(x, 0.1))


class CrossModalFusion(torch.nn.Module):
    """Action logits [N, 50] of a user that looks at the gifts."""

    def __init__(self, connected, rate):
        super().__init__()
        self.connected = connected
        self.attention = torch.nn.ModuleList(attention(512, 8) for _ in range(4))
        self.user_projection = torch.nn.Linear(256, 512)
        self.gift_projection = torch.nn.Linear(256, 512)
        self.tool_projection = torch.nn.Linear(128, 512)
        self.recommendation_head = Pair(512, 256, SLOTS, rate)

    def forward(self, e, g, token=None, h=None):
        """`token` [N, 128] and `h` [N, 512] are those of the connected wiring."""
        query = self.user_projection(e)[:, None]
        memory = self.gift_projection(g).expand(len(e), -1, -1)
        if self.connected:
            query = query + h[:, None]
            memory = torch.cat([memory, self.tool_projection(token)[:, None]], dim=1)
        for layer in self.attention:
            y = attend(layer, query, memory)
            query = query + y if self.connected else y
        return self.recommendation_head(query[:, 0])


class GiftFeatureEncoder(torch.nn.Module):
    """Features [G, 128] -> codes [G, 256]."""

    def __init__(self, rate):
        super().__init__()
        self.layers = Pair(128, 256, 256, rate)
        self.norm = torch.nn.LayerNorm(256)

    def forward(self, features):
        return self.norm(self.layers(features))


class GiftRecommender(torch.nn.Module):
    """The whole model; `connected` says which wiring."""

    def __init__(self, connected, hobbies=18, preferences=20, relationship=False, rates=Rates()):
        super().__init__()
        self.connected = connected
        self.user_profiling = UserProfiling(hobbies, preferences, relationship, rates.user)
        self.category_matching = CategoryMatching(connected, rates.category, rates.scorer)
        self.tool_selection = ToolSelection(connected)
        self.reward_prediction = RewardPrediction()
        self.cross_modal_fusion = CrossModalFusion(connected, rates.recommendation)
        self.gift_feature_encoder = GiftFeatureEncoder(rates.gift)
        self.gift_catalog_memory = torch.nn.Parameter(torch.zeros(SLOTS, 256))
        self.core = Core()
        self.policy_head = Pair(512, 256, SLOTS, rates.heads)
        self.value_head = Pair(512, 256, 1, rates.heads)
        self.reward_head = Pair(512, 128, 1)
        self.gift_scorer = Pair(1024, 512, 1)
        self.user_encoder = Pair(26, 512, 512)
        self.gift_encoder = Pair(20, 512, 512)

    def forward(self, inputs, catalogue, carry=None, noise=None):
        """The outputs by name; `noise` [N, G, 5] in parity alone, `carry` in connected alone."""
        e, parts = self.user_profiling(inputs)
        g = self.gift_feature_encoder(catalogue["features"])
        if not self.connected:
            tools, _ = self.tool_selection(e)
            return {
                "user": e, "gifts": g, "categories": self.category_matching(e), "tools": tools,
                "rewards": self.reward_prediction.parity(e, g, noise),
                "actions": torch.softmax(self.cross_modal_fusion(e, g), dim=1),
            }
        g = g + self.gift_catalog_memory[:len(g)]
        tools, token = self.tool_selection(e)
        x = self.core.embed(inputs["tokens"]) + self.user_encoder(inputs["state"])[:, None]
        high, halting, carry = self.core(x, carry)
        h = (inputs["token_weights"][:, :, None] * high).sum(dim=1)
        return {
            "user": e, "gifts": g, "categories": self.category_matching(e), "tools": tools,
            "tool_token": token,
            "rewards": self.reward_prediction.connected(
                e, parts, g, inputs["raw_budget"], catalogue),
            "state": h, "ranking": self.ranking(e, g, token, h, catalogue),
            "value": self.value_head(h)[:, 0],
            "reward_head": torch.tanh(self.reward_head(h)[:, 0]),
            "token_logits": self.core.lm_head(high[:, 0]), "halting": halting, "carry": carry,
        }

    def ranking(self, e, g, token, h, catalogue):
        """Logits [N, G]: fusion, policy and gift scorer together."""
        gifts = len(g)
        codes = self.gift_encoder(catalogue["description"]).expand(len(e), -1, -1)
        scored = self.gift_scorer(torch.cat([h[:, None].expand(-1, gifts, -1), codes], dim=2))
        return (self.cross_modal_fusion(e, g, token, h)[:, :gifts] + self.policy_head(h)[:, :gifts]
                + scored[:, :, 0])
