#!/usr/bin/env python3
"""scaled_dot_product_attention forward and backward with all gradients; prints one JSON object.

Query, key, value and result are [batch, positions, heads * width], as the layers around attention
have them: taking the heads apart and putting them together again is part of the work.
"""

import report

CASES = {"16x8x50x64": (16, 8, 50, 64)}


def operations(batch, heads, positions, width):
    """Multiplications and additions of the products: two forward, four backward."""
    return 12 * batch * heads * positions * positions * width


def main():
    options = report.parser(__doc__.splitlines()[0]).parse_args()
    torch = report.load_torch(options)
    torch.manual_seed(1)
    implementation, rows = report.implementation_name(torch, options), []
    for case, sizes in CASES.items():
        if options.case not in (None, case):
            continue
        batch, heads, positions, width = sizes
        shape = (batch, positions, heads * width)
        inputs = [torch.randn(shape, device=options.device).requires_grad_(True) for _ in range(3)]
        output_gradient = torch.randn(shape, device=options.device)

        def forward_and_backward():
            for tensor in inputs:
                tensor.grad = None
            split = [tensor.view(batch, positions, heads, width).transpose(1, 2)
                     for tensor in inputs]
            y = torch.nn.functional.scaled_dot_product_attention(*split)
            y.transpose(1, 2).reshape(shape).backward(output_gradient)

        seconds = report.time_calls(forward_and_backward, options,
                                    report.synchronizer(torch, options))
        rows.append(report.row(options, implementation, case, case, seconds, operations(*sizes),
                               None))
    report.print_report(torch, options, "attention", rows)


if __name__ == "__main__":
    main()
