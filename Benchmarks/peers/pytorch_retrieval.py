#!/usr/bin/env python3
"""The nearest rows of a table: matmul and topk; prints one JSON object.

Queries are taken all at once, or in blocks so that their scores stay small; what is faster counts.
"""

import statistics

import report

CASES = {"3029x35218x384x10": (3029, 35218, 384, 10)}
BLOCKS = (256, 1024, None)


def main():
    options = report.parser(__doc__.splitlines()[0]).parse_args()
    torch = report.load_torch(options)
    torch.manual_seed(1)
    implementation, rows = report.implementation_name(torch, options), []
    for case, (queries, candidates, width, nearest) in CASES.items():
        if options.case not in (None, case):
            continue
        normalize = torch.nn.functional.normalize
        left = normalize(torch.rand(queries, width, device=options.device) * 2 - 1)
        table = normalize(torch.rand(candidates, width, device=options.device) * 2 - 1)
        measured = []
        for size in (size or queries for size in BLOCKS):
            scores = torch.empty(size, candidates, device=options.device)

            def search():
                found = []
                for block in left.split(size):
                    product = torch.mm(block, table.T, out=scores[:len(block)])
                    found.append(torch.topk(product, nearest))
                return found

            with torch.no_grad():
                measured.append(report.time_calls(search, options,
                                                  report.synchronizer(torch, options)))
        seconds = min(measured, key=statistics.median)
        rows.append(report.row(options, implementation, case, case, seconds,
                               2 * queries * candidates * width, None))
    report.print_report(torch, options, "retrieval", rows)


if __name__ == "__main__":
    main()
