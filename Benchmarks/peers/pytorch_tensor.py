#!/usr/bin/env python3
"""Softmax, layer norm and a chain of broadcasts, forward and backward; prints one JSON object."""

import report

CASES = {"64x50x512": (64, 50, 512)}


def chains(torch, device, batch, groups, width):
    """Name, leaves and function of each case on [batch, groups, width]."""
    def leaf(*shape):
        return torch.randn(shape, device=device).requires_grad_(True)

    functional = torch.nn.functional
    x, gamma, beta = leaf(batch, groups, width), leaf(width), leaf(width)
    a, b, c = leaf(batch, 1, width), leaf(1, groups, width), leaf(width)
    yield "softmax-last", [x], lambda: torch.softmax(x, dim=2)
    yield "softmax-middle", [x], lambda: torch.softmax(x, dim=1)
    yield "layer-norm", [x, gamma, beta], lambda: functional.layer_norm(x, (width,), gamma, beta)
    yield "broadcast-chain", [a, b, c], lambda: a * b + c


def main():
    options = report.parser(__doc__).parse_args()
    torch = report.load_torch(options)
    torch.manual_seed(1)
    implementation, rows = report.implementation_name(torch, options), []
    for shape, sizes in CASES.items():
        if options.case not in (None, shape):
            continue
        output_gradient = torch.randn(sizes, device=options.device)
        for name, leaves, function in chains(torch, options.device, *sizes):
            def forward_and_backward():
                for tensor in leaves:
                    tensor.grad = None
                function().backward(output_gradient)

            seconds = report.time_calls(forward_and_backward, options,
                                        report.synchronizer(torch, options))
            rows.append(report.row(options, implementation, f"{shape}-{name}", shape, seconds, None,
                                   None))
    report.print_report(torch, options, "tensor", rows)


if __name__ == "__main__":
    main()
