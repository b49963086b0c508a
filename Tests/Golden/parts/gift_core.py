"""The recursive core of the gift recommender, in PyTorch."""

import math

import torch
import torch.nn.functional as functional


class Attention(torch.nn.Module):
    """Self-attention without biases and masks; rotary positions, the halves of a head rotated.

    The rows of `in_proj_weight` [3E, E] are the queries of all heads, then the keys, the values.
    """

    def __init__(self, width, heads, base):
        super().__init__()
        self.heads, self.base = heads, base
        self.in_proj_weight = torch.nn.Parameter(torch.zeros(3 * width, width))
        self.out_proj = torch.nn.Linear(width, width, bias=False)

    def rotated(self, x):
        """x [B, heads, S, E / heads] at positions 0 ..< S."""
        positions, size = x.shape[-2:]
        frequencies = self.base ** (-torch.arange(0, size, 2, dtype=x.dtype) / size)
        angles = torch.outer(torch.arange(positions, dtype=x.dtype), frequencies).to(x.device)
        cosine, sine = angles.cos().repeat(1, 2), angles.sin().repeat(1, 2)
        first, second = x.chunk(2, dim=-1)
        return x * cosine + torch.cat([-second, first], dim=-1) * sine

    def forward(self, x):
        batch, positions, width = x.shape
        q, k, v = (part.view(batch, positions, self.heads, -1).transpose(1, 2)
                   for part in (x @ self.in_proj_weight.T).chunk(3, dim=-1))
        y = functional.scaled_dot_product_attention(self.rotated(q), self.rotated(k), v)
        return self.out_proj(y.transpose(1, 2).reshape(batch, positions, width))


class FeedForward(torch.nn.Module):
    """w2(silu(w1 x) * w3 x), without biases."""

    def __init__(self, width, inner):
        super().__init__()
        self.w1 = torch.nn.Linear(width, inner, bias=False)
        self.w3 = torch.nn.Linear(width, inner, bias=False)
        self.w2 = torch.nn.Linear(inner, width, bias=False)

    def forward(self, x):
        return self.w2(functional.silu(self.w1(x)) * self.w3(x))


class Block(torch.nn.Module):
    """rms(x + attention(x)), then rms(x + feed_forward(x)); the norm has no weight."""

    def __init__(self, width, heads, inner, base, epsilon):
        super().__init__()
        self.epsilon = epsilon
        self.attention = Attention(width, heads, base)
        self.feed_forward = FeedForward(width, inner)

    def norm(self, x):
        return x * torch.rsqrt(x.square().mean(dim=-1, keepdim=True) + self.epsilon)

    def forward(self, x):
        x = self.norm(x + self.attention(x))
        return self.norm(x + self.feed_forward(x))


class Core(torch.nn.Module):
    """Two levels of state, high and low [B, S, E], refined by one set of blocks.

    The inner width of the feed-forward layers is `expansion * width * 2 / 3`, rounded, then rounded
    up to a multiple of 256.
    """

    def __init__(self, vocabulary=1000, width=512, layers=3, heads=8, expansion=2.0, cycles=(2, 3),
                 base=10000.0, epsilon=1e-5):
        super().__init__()
        inner = math.ceil(round(expansion * width * 2 / 3) / 256) * 256
        self.high_cycles, self.low_cycles = cycles
        self.embed_tokens = torch.nn.Embedding(vocabulary, width)
        self.lm_head = torch.nn.Linear(width, vocabulary, bias=False)
        self.q_head = torch.nn.Linear(width, 2)
        self.blocks = torch.nn.ModuleList(
            Block(width, heads, inner, base, epsilon) for _ in range(layers))
        self.register_buffer("initial_high", torch.zeros(width))
        self.register_buffer("initial_low", torch.zeros(width))

    def embed(self, tokens):
        """sqrt(E) times the embeddings of tokens [B, S]."""
        return math.sqrt(self.embed_tokens.embedding_dim) * self.embed_tokens(tokens)

    def initial_carry(self, x):
        return self.initial_high.expand_as(x), self.initial_low.expand_as(x)

    def apply_blocks(self, state, injected):
        state = state + injected
        for block in self.blocks:
            state = block(state)
        return state

    def cycle(self, high, low, x):
        for _ in range(self.low_cycles):
            low = self.apply_blocks(low, high + x)
        return self.apply_blocks(high, low), low

    def forward(self, x, carry=None):
        """One segment over x [B, S, E]: (high with gradient, q logits [B, 2], detached carry).

        Only the last of the high cycles has a gradient. The first q logit says halt, the second
        continue; they are those of position 0.
        """
        high, low = carry or self.initial_carry(x)
        with torch.no_grad():
            for _ in range(self.high_cycles - 1):
                high, low = self.cycle(high, low, x)
        high, low = self.cycle(high, low, x)
        return high, self.q_head(high[:, 0]), (high.detach(), low.detach())
