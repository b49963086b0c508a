#!/usr/bin/env python3
"""Training steps of the dialogue lattice with PyTorch; prints one JSON object.

A step, as the steps of an epoch are: 64 of 320 random pairs of 384 numbers by a new order in every
epoch, forward, historic loss and 0.1 of the contrastive term without pairs of one group as negatives,
backward, clipping at 1.0, fused AdamW. The neighbours are gathered in the way that was the fastest
here: cells before rows of the batch and `index_select` over them, with what the question adds to the
rule's inner layer computed once.
"""

import pathlib
import sys

import report

GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "Tests" / "Golden"
BATCH, PAIRS = 64, 320
CASES = {f"blocked-b{BATCH}": {},
         f"blocked-wide-b{BATCH}": {"channels": 32, "hidden": 64, "steps": 6}}


def fast_lattice(torch, dialogue_model, settings):
    """The lattice of the golden files, walls and 6 neighbours, arranged for speed."""
    functional = torch.nn.functional

    class FastLattice(dialogue_model.Lattice):
        def __init__(self):
            super().__init__(**settings)
            self.register_buffer("cell_numbers", self.table.T.flatten(), persistent=False)

        def forward(self, x):
            root, (rule,) = self.size ** 0.5, self.rules
            u = (root * self.placement["input"](x)).view(len(x), self.cells, self.g)
            u = u.transpose(0, 1).contiguous()
            of_states, of_question = rule.first.weight.split(
                [rule.first.in_features - self.g, self.g], dim=1)
            fixed = functional.linear(u, of_question, rule.first.bias)
            state = self.lift(u) + self.position[:, None]
            for _ in range(self.steps):
                around = functional.pad(state, (0, 0, 0, 0, 0, 1)).index_select(
                    0, self.cell_numbers).view(len(self.moves), *state.shape)
                z = torch.cat([state, *around.unbind()], dim=2)
                change = rule.second(functional.gelu(functional.linear(z, of_states) + fixed))
                state = torch.add(state, torch.tanh(change), alpha=dialogue_model.TAU)
            delta = self.read(state).transpose(0, 1).reshape(x.shape)
            return x + self.placement["output"](delta) / root

    return FastLattice()


def make_case(torch, options, settings):
    """A call that trains one step, one without the update, and the forward pass's error."""
    sys.path.insert(0, str(GOLDEN))
    from parts import dialogue_model, gift_inputs

    torch.manual_seed(1)
    questions, answers = (torch.nn.functional.normalize(
        torch.randn(PAIRS, 384), dim=1).to(options.device) for _ in range(2))
    groups = torch.arange(PAIRS, device=options.device)
    exact = gift_inputs.fill(dialogue_model.Lattice(**settings))
    model = fast_lattice(torch, dialogue_model, settings)
    model.load_state_dict(exact.state_dict())
    model.to(options.device)
    with torch.no_grad():
        expected = exact(questions.cpu().double())
        error = (model(questions).cpu() - expected).abs().max() / expected.abs().max()
    optimizer = dialogue_model.optimizer_for(model, fused=True)

    def rows():
        while True:
            yield from torch.randperm(PAIRS).to(options.device).split(BATCH)

    order = rows()

    def batch():
        chosen = next(order)
        dialogue_model.retrieval(
            model(questions[chosen]), answers[chosen], groups[chosen]).backward()

    def step():
        batch()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()

    return step, batch, error.item()


def operations(batch):
    """Multiplications and additions of the products of one batch, as PyTorch counts them."""
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        batch()
    return counter.get_total_flops()


def main():
    options = report.parser(__doc__.splitlines()[0]).parse_args()
    torch = report.load_torch(options)
    if options.case not in (None, *CASES):
        sys.exit(f"{options.case}: unknown case; known are {', '.join(CASES)}")
    rows = []
    for case in [options.case] if options.case else CASES:
        step, batch, error = make_case(torch, options, CASES[case])
        count = operations(batch)
        seconds = report.time_calls(step, options, report.synchronizer(torch, options))
        rows.append(report.row(options, report.implementation_name(torch, options), case, case,
                               seconds, count, error))
    report.print_report(torch, options, "dialogue-lattice", rows)


if __name__ == "__main__":
    main()
