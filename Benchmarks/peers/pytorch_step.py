#!/usr/bin/env python3
"""Training steps of a small regression network with PyTorch; prints one JSON object.

A step: the rows of the batch indexed from tensors in memory, forward with dropout 0.2, mean squared
error, backward, Adam. One row for each of PyTorch's own ways to do it: Adam's default, foreach and
fused implementations, and the fused one with the network compiled, where that works. The 200 steps
of an epoch are timed together.
"""

import sys

import feed_forward
import report

STEPS = 200
BATCH = 32
SIZES = (39, 128, 64, 1)
ADAMS = {"default Adam": {}, "foreach Adam": {"foreach": True}, "fused Adam": {"fused": True}}
COMPILED = "compiled, fused Adam"


def case_name(sizes, batch):
    return "x".join(map(str, sizes)) + f"-b{batch}"


def operations(sizes, batch):
    """Multiplications and additions of the products of one step; the input needs no gradient."""
    products = [inputs * outputs for inputs, outputs in zip(sizes, sizes[1:])]
    return batch * (6 * sum(products) - 2 * products[0])


def make_epoch(torch, options, way):
    """A call that trains one epoch in one of the ways."""
    torch.manual_seed(1)
    features = torch.rand(STEPS * BATCH, SIZES[0], device=options.device)
    targets = torch.rand(STEPS * BATCH, 1, device=options.device)
    network = feed_forward.make_network(torch, SIZES, dropout=0.2).to(options.device)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3,
                                 **ADAMS.get(way, ADAMS["fused Adam"]))
    called = torch.compile(network) if way == COMPILED else network

    def epoch():
        order = torch.randperm(len(features), device=options.device)
        feed_forward.train_epoch(torch, called, optimizer, features, targets, order, BATCH)

    return epoch


def main():
    options = report.parser(__doc__.splitlines()[0]).parse_args()
    torch = report.load_torch(options)
    case, synchronize = case_name(SIZES, BATCH), report.synchronizer(torch, options)
    if options.case not in (None, case):
        sys.exit(f"{options.case}: unknown case; the only one is {case}")
    rows = []
    for way in (*ADAMS, COMPILED):
        try:
            epoch = make_epoch(torch, options, way)
            seconds = [total / STEPS for total in report.time_calls(epoch, options, synchronize)]
        except Exception as problem:  # the compiler needs tools that not every machine has
            if way != COMPILED:
                raise
            print(f"{way}: {str(problem).splitlines()[0]}", file=sys.stderr)
            continue
        rows.append(report.row(options, f"PyTorch {torch.__version__} ({way})", case, case, seconds,
                               operations(SIZES, BATCH), None))
    report.print_report(torch, options, "step", rows)


if __name__ == "__main__":
    main()
