#!/usr/bin/env python3
"""Trains an anchored network on a folder of vector chains with PyTorch; prints one JSON object.

The networks stand in sequence_networks.py. The recipe: prediction n(e + raw) with the learned moving average
e, InfoNCE at tau 0.07 over the batch with the row's own context masked out, AdamW, linear warm-up
and cosine to a tenth, clipping at 1.0. Reports seconds per epoch and Hit@1/5/10 (dense, filtered).
"""

import math
import pathlib
import sys
import time

import report
from sequence_networks import make_network

# Where a case differs from the others.
CASES = {
    "news-baseline-gru": {"model": "baseline-gru"},
    "news-memory-gru": {"model": "memory-gru", "memory": "learned", "slots": 512},
    "news-hierarchical-gru": {"model": "hierarchical-gru"},
    "long-memory-gru": {"model": "memory-gru", "memory": "original", "slots": 2048, "hidden": 512,
                        "layers": 4, "batch": 32, "context": 100},
}
CHECKED_AT = (1, 5, 10)


def load_chains(numpy, torch, folder):
    """Unit rows [N, d], and (first row, rows) of the documents of each part of the split."""
    folder = pathlib.Path(folder)
    vectors = torch.from_numpy(numpy.load(folder / "vectors.npy").astype(numpy.float32))
    vectors = torch.nn.functional.normalize(vectors, dim=1)
    documents, split = numpy.load(folder / "documents.npy"), numpy.load(folder / "split.npy")
    return vectors, [documents[split == part].tolist() for part in range(3)]


def window_starts(torch, documents, context):
    """First rows of all windows at stride 1 that stay inside a document, target included."""
    return torch.tensor([row for first, count in documents
                         for row in range(first, first + count - context)])


def batch_of(torch, vectors, starts, context):
    """Contexts [B, C, d] and targets [B, d] of the windows."""
    rows = starts[:, None] + torch.arange(context, device=starts.device)
    return vectors[rows], vectors[starts + context]


def in_own_context(starts, targets, context):
    """[queries, candidates]: the candidate's row lies in the query's context."""
    first = starts[:, None]
    return (targets[None] >= first) & (targets[None] < first + context)


def info_nce(torch, prediction, target, starts, options):
    scores = prediction @ target.T / options.temperature
    own = in_own_context(starts, starts + options.context, options.context)
    scores = scores.masked_fill(own, -1e4)
    labels = torch.arange(len(scores), device=scores.device)
    return torch.nn.functional.cross_entropy(scores, labels)


def hits(torch, network, vectors, starts, options):
    """Hit@k in percent; candidates are all targets, less those in the query's own context."""
    network.eval()
    targets = starts + options.context
    candidates, ranks = vectors[targets], []
    with torch.no_grad():
        for begin in range(0, len(starts), 1024):
            part = starts[begin:begin + 1024]
            context, target = batch_of(torch, vectors, part, options.context)
            prediction = network(context)
            scores = prediction @ candidates.T
            index = torch.arange(begin, begin + len(part), device=scores.device)
            own = scores.gather(1, index[:, None])
            rival = (scores >= own) & ~in_own_context(part, targets, options.context)
            rival.scatter_(1, index[:, None], False)
            ranks.append(1 + rival.sum(dim=1))
    network.train()
    ranks = torch.cat(ranks)
    return {f"hit@{k}": round(100 * (ranks <= k).float().mean().item(), 2) for k in CHECKED_AT}


def learning_rate(step, steps, options):
    """Of step 0 ..< steps: linear warm-up over 5%, then half a cosine down to a tenth."""
    warmup = max(1, round(0.05 * steps))
    if step < warmup:
        return options.rate * (step + 1) / warmup
    progress = (step + 1 - warmup) / (steps - warmup)
    return options.rate * (0.1 + 0.45 * (1 + math.cos(math.pi * progress)))


def train_epoch(torch, network, optimizer, vectors, batches, first_step, steps, options):
    losses = []
    for offset, starts in enumerate(batches):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(first_step + offset, steps, options)
        context, target = batch_of(torch, vectors, starts, options.context)
        optimizer.zero_grad(set_to_none=True)
        loss = info_nce(torch, network(context), target, starts, options)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        network.after_step()
        optimizer.step()
        losses.append(loss.detach())
    return torch.stack(losses).mean().item()


def parse_options():
    parser = report.parser(__doc__.splitlines()[0])
    parser.add_argument("--data", required=True,
                        help="folder with vectors.npy, documents.npy, split.npy")
    parser.add_argument("--epochs", type=int, default=2, help="epochs to run")
    parser.add_argument("--planned-epochs", type=int, default=50,
                        help="epochs over which the learning rate falls")
    parser.add_argument("--seed", type=int, default=42)
    for name, kind, value in (("context", int, 16), ("hidden", int, 256), ("layers", int, 2),
                              ("batch", int, 256), ("rate", float, 5e-4), ("dropout", float, 0.1),
                              ("temperature", float, 0.07), ("weight-decay", float, 1e-2)):
        parser.add_argument(f"--{name}", type=kind, default=value)
    options = parser.parse_args()
    options.case = options.case or "news-baseline-gru"
    if options.case not in CASES:
        sys.exit(f"{options.case}: unknown case; known are {', '.join(CASES)}")
    for name, value in CASES[options.case].items():
        setattr(options, name, value)
    return options


def main():
    options = parse_options()
    torch = report.load_torch(options)
    import numpy

    torch.manual_seed(options.seed)
    vectors, parts = load_chains(numpy, torch, options.data)
    vectors = vectors.to(options.device)
    training, validation, test = (window_starts(torch, part, options.context).to(options.device)
                                  for part in parts)
    network = make_network(torch, vectors.shape[1], options)
    optimizer = torch.optim.AdamW(network.parameters(), lr=options.rate,
                                  weight_decay=options.weight_decay)
    synchronize = report.synchronizer(torch, options)
    history = [{"epoch": 0, **hits(torch, network, vectors, validation, options)}]
    seconds, step = [], 0
    for epoch in range(1, options.epochs + 1):
        order = training[torch.randperm(len(training)).to(options.device)]
        batches = [batch for batch in order.split(options.batch) if 2 * len(batch) > options.batch]
        synchronize()
        start = time.perf_counter()
        loss = train_epoch(torch, network, optimizer, vectors, batches, step,
                           options.planned_epochs * len(batches), options)
        synchronize()
        seconds.append(time.perf_counter() - start)
        step += len(batches)
        history.append({"epoch": epoch, "loss": round(loss, 5), "seconds": round(seconds[-1], 3),
                        **hits(torch, network, vectors, validation, options)})
    shape = f"{options.context}x{options.hidden}x{options.layers}x{options.batch}"
    rows = [report.row(options, report.implementation_name(torch, options), options.case, shape, seconds,
                       None, None)]
    report.print_report(
        torch, options, "sequence-vectors", rows, history=history,
        windows={"training": len(training), "validation": len(validation), "test": len(test)},
        parameters=sum(p.numel() for p in network.parameters()),
        test=hits(torch, network, vectors, test, options))


if __name__ == "__main__":
    main()
