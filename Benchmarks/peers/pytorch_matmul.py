#!/usr/bin/env python3
"""Matrix products by PyTorch; prints one JSON object."""

import report


def relative_error(torch, left, right, product):
    """max|c - ref| / max|ref| over at most 16 evenly spaced rows, ref in float64."""
    rows = torch.linspace(0, left.shape[0] - 1, min(16, left.shape[0])).round().long()
    rows = rows.to(left.device)
    reference = left[rows].double() @ right.double()
    return ((product[rows].double() - reference).abs().max() / reference.abs().max()).item()


def main():
    options = report.parser(__doc__).parse_args()
    torch = report.load_torch(options)
    torch.manual_seed(1)
    implementation, rows = report.implementation_name(torch, options), []
    for m, n, k in report.MATMUL_SHAPES:
        for form in report.MATMUL_FORMS:
            shape = f"{m}x{n}x{k}"
            if options.case not in (None, shape, f"{shape}-{form}"):
                continue
            a = torch.rand((k, m) if form[0] == "t" else (m, k), device=options.device) * 2 - 1
            b = torch.rand((n, k) if form[1] == "t" else (k, n), device=options.device) * 2 - 1
            left, right = (a.T if form[0] == "t" else a), (b.T if form[1] == "t" else b)
            product = torch.empty(m, n, device=options.device)
            seconds = report.time_calls(lambda: torch.mm(left, right, out=product), options,
                                        report.synchronizer(torch, options))
            rows.append(report.row(options, implementation, f"{shape}-{form}", shape, seconds,
                                   2 * m * n * k, relative_error(torch, left, right, product)))
    report.print_report(torch, options, "matmul", rows)


if __name__ == "__main__":
    main()
