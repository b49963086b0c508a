"""The networks over sequences of vectors in plain PyTorch, as a reader of their description writes them."""

import math


def make_network(torch, features, options):
    """The network of `options.model` with the prediction that belongs to its case, `[B, C, d]` to `[B, d]`."""
    networks = {"baseline-gru": baseline_gru, "memory-gru": memory_gru,
                "hierarchical-gru": hierarchical_gru}
    network = networks[options.model](torch, features, options)
    return anchored(torch, network, options).to(options.device)


def anchored(torch, network, options):
    """n(e + raw) with the learned moving average e; the last layers start at zero."""
    functional = torch.nn.functional

    class Anchored(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.network = network
            for name in ("output", "residual"):
                if hasattr(network, name):
                    torch.nn.init.zeros_(getattr(network, name).weight)
                    torch.nn.init.zeros_(getattr(network, name).bias)
            age = torch.arange(options.context - 1, -1, -1, dtype=torch.float32)
            self.anchor = torch.nn.Parameter(age * math.log(0.6))

        def forward(self, context):
            average = (torch.softmax(self.anchor, dim=0)[:, None] * context).sum(dim=1)
            step = self.network(context)
            return functional.normalize(functional.normalize(average, dim=1) + step, dim=1)

        def after_step(self):
            if hasattr(self.network, "after_step"):
                self.network.after_step()

    return Anchored()


def baseline_gru(torch, features, options):
    class Block(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.gru = torch.nn.GRU(options.hidden, options.hidden, batch_first=True)
            self.norm = torch.nn.LayerNorm(options.hidden)
            self.dropout = torch.nn.Dropout(options.dropout)

        def forward(self, h):
            return self.norm(h + self.dropout(self.gru(h)[0]))

    class BaselineGRU(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.input = torch.nn.Linear(features, options.hidden)
            self.blocks = torch.nn.Sequential(*(Block() for _ in range(options.layers)))
            self.output = torch.nn.Linear(options.hidden, features)

        def forward(self, context):
            return self.output(self.blocks(self.input(context))[:, -1])

    return BaselineGRU()


def memory_gru(torch, features, options):
    functional = torch.nn.functional

    class MemoryGRU(torch.nn.Module):
        def __init__(self):
            super().__init__()
            hidden, slots = options.hidden, options.slots
            self.input_norm = torch.nn.LayerNorm(features)
            self.gru = torch.nn.GRU(2 * features, hidden, options.layers, batch_first=True,
                                    dropout=options.dropout)
            self.query = torch.nn.Linear(hidden, features)
            if options.memory == "original":
                self.gate = torch.nn.Linear(hidden, slots)
                self.register_buffer("slots", 0.01 * torch.randn(slots, features))
            else:
                self.slots = torch.nn.Parameter(torch.randn(slots, features) / features ** 0.5)
                self.sharpness = torch.nn.Parameter(torch.tensor(math.log(10.0)))
            self.fusion = torch.nn.Linear(hidden + features, hidden)
            self.fusion_norm = torch.nn.LayerNorm(hidden)
            self.expand = torch.nn.Linear(hidden, 2 * hidden)
            self.output = torch.nn.Linear(2 * hidden, features)
            self.dropout = torch.nn.Dropout(options.dropout)

        def read(self, query):
            direction = functional.normalize(self.query(query), dim=1)
            scores = direction @ functional.normalize(self.slots, dim=1).T
            if options.memory != "original":
                scores = torch.exp(self.sharpness) * scores
            return torch.softmax(scores, dim=1) @ self.slots

        def forward(self, context):
            batch, steps, _ = context.shape
            first = self.read(torch.zeros(batch, options.hidden, device=context.device))
            repeated = first[:, None].expand(batch, steps, -1)
            inputs = torch.cat([self.input_norm(context), repeated], dim=2)
            h = self.gru(inputs)[0][:, -1]
            fused = functional.gelu(self.fusion(torch.cat([h, self.read(h)], dim=1)))
            fused = self.fusion_norm(self.dropout(fused))
            raw = self.output(self.dropout(functional.gelu(self.expand(fused))))
            self.last = h.detach(), raw.detach()
            return raw

        def after_step(self):
            if options.memory != "original":
                return
            with torch.no_grad():
                h, raw = self.last
                weights = torch.softmax(self.gate(h), dim=1).mean(dim=0)
                self.slots.mul_(0.9).add_(torch.outer(weights, raw.mean(dim=0)), alpha=0.1)

    return MemoryGRU()


def hierarchical_gru(torch, features, options):
    functional = torch.nn.functional

    class HierarchicalGRU(torch.nn.Module):
        def __init__(self):
            super().__init__()
            hidden = options.hidden
            self.local_encoder = torch.nn.GRU(features, hidden, options.layers, batch_first=True,
                                              dropout=options.dropout)
            self.local_norm = torch.nn.LayerNorm(hidden)
            self.global_encoder = torch.nn.GRU(hidden, hidden, options.layers, batch_first=True,
                                               dropout=options.dropout)
            self.global_norm = torch.nn.LayerNorm(hidden)
            self.expand = torch.nn.Linear(hidden, 2 * hidden)
            self.output = torch.nn.Linear(2 * hidden, features)
            self.residual = torch.nn.Linear(features, features)
            self.dropout = torch.nn.Dropout(options.dropout)

        def forward(self, context):
            chunks = math.isqrt(context.shape[1])
            summaries = [self.local_norm(self.local_encoder(chunk)[0][:, -1])
                         for chunk in context.chunk(chunks, dim=1)]
            states = self.global_encoder(torch.stack(summaries, dim=1))[0]
            whole = self.global_norm(states[:, -1])
            raw = self.output(self.dropout(functional.gelu(self.expand(whole))))
            return raw + self.residual(context[:, -1])

    return HierarchicalGRU()
