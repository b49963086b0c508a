#!/usr/bin/env python3
"""Training batches of the connected gift recommender with PyTorch; prints one JSON object.

A batch: 16 synthetic profiles and a catalogue of 45 gifts, forward with dropout, all ten losses,
backward; every second batch clipping at 1.0 and an AdamW step over the five parameter groups. The
two batches of a step are timed together; seconds are those of one batch.
"""

import pathlib
import sys

import report

GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "Tests" / "Golden"
BATCH, GIFTS, ACCUMULATION = 16, 45, 2
WORDS = (23, 26)
CASE = f"connected-b{BATCH}"


def on_device(arrays, options):
    return {name: array.to(options.device) for name, array in arrays.items()}


def make_step(torch, options):
    """A call that trains one step of two batches, and one that does a batch without the step."""
    sys.path.insert(0, str(GOLDEN))
    from parts import gift_inputs, gift_losses
    from parts.gift_model import GiftRecommender

    torch.manual_seed(1)
    generator = torch.Generator().manual_seed(1)
    model = gift_inputs.fill(GiftRecommender(True, *WORDS)).float().to(options.device).train()
    gifts = on_device(gift_inputs.catalogue(generator, GIFTS), options)
    batches = [(on_device(gift_inputs.profiles(generator, BATCH, *WORDS), options),
                on_device(gift_inputs.labels(generator, BATCH, GIFTS), options))
               for _ in range(ACCUMULATION)]
    optimizer = gift_losses.optimizer_for(model)

    def batch(inputs, labels):
        terms = gift_losses.terms_of(model, model(inputs, gifts), labels)
        (gift_losses.total(terms) / ACCUMULATION).backward()

    def step():
        for inputs, labels in batches:
            batch(inputs, labels)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()

    return step, lambda: batch(*batches[0])


def operations(torch, batch):
    """Multiplications and additions of the products of one batch, as PyTorch counts them."""
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        batch()
    return counter.get_total_flops()


def main():
    options = report.parser(__doc__.splitlines()[0]).parse_args()
    torch = report.load_torch(options)
    if options.case not in (None, CASE):
        sys.exit(f"{options.case}: unknown case; the only one is {CASE}")
    step, batch = make_step(torch, options)
    count = operations(torch, batch)
    seconds = [total / ACCUMULATION for total in report.time_calls(
        step, options, report.synchronizer(torch, options))]
    row = report.row(options, report.implementation_name(torch, options), CASE, CASE, seconds,
                     count, None)
    report.print_report(torch, options, "gift-recommender", [row])


if __name__ == "__main__":
    main()
