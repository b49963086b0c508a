#!/usr/bin/env python3
"""nn.GRU forward and backward with all gradients, of the input too; prints one JSON object."""

import copy

import report


def operations(inputs, hidden, layers, batch, steps):
    """Multiplications and additions of forward and backward: three times the forward products."""
    forward = sum(2 * steps * batch * 3 * hidden * ((hidden if layer else inputs) + hidden)
                  for layer in range(layers))
    return 3 * forward


def relative_error(torch, network, x, output_gradient):
    """Worst of max|v - ref| / max|ref| for y and dx of two sequences, ref in float64.

    Sequences of a batch do not influence each other, so two stand for all.
    """
    results = []
    for kind in (torch.float32, torch.float64):
        model = copy.deepcopy(network).to(kind)
        leaf = x[:, :2].detach().to(kind).requires_grad_(True)
        y = model(leaf)[0]
        y.backward(output_gradient[:, :2].to(kind))
        results.append((y.detach().double(), leaf.grad.double()))
    return max(((value - reference).abs().max() / reference.abs().max()).item()
               for value, reference in zip(*results))


def main():
    options = report.parser(__doc__).parse_args()
    torch = report.load_torch(options)
    torch.manual_seed(1)
    implementation, rows = report.implementation_name(torch, options), []
    for case, sizes in report.GRU_CASES.items():
        if options.case not in (None, case):
            continue
        inputs, hidden, layers, batch, steps = sizes
        network = torch.nn.GRU(inputs, hidden, layers).to(options.device)
        x = torch.randn(steps, batch, inputs, device=options.device).requires_grad_(True)
        output_gradient = torch.randn(steps, batch, hidden, device=options.device)

        def forward_and_backward():
            x.grad = None
            network.zero_grad(set_to_none=True)
            network(x)[0].backward(output_gradient)

        seconds = report.time_calls(forward_and_backward, options,
                                    report.synchronizer(torch, options))
        error = relative_error(torch, network, x, output_gradient)
        rows.append(report.row(options, implementation, case, case, seconds,
                               operations(*sizes), error))
    report.print_report(torch, options, "gru", rows)


if __name__ == "__main__":
    main()
