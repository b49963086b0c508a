/// The style sheet of all reports.
///
/// Colours of lines are those of Okabe and Ito (2008), which people with any kind of colour vision can tell apart; on dark
/// ground the lighter ones come first. Texts in those colours are mixed with the ink, so that they stay readable.
enum ReportStyle {
    static let sheet: Markup = """
        :root {
          color-scheme: light dark;
          --ground: #fdfdfc; --ink: #1b1f24; --quiet: #5d6671; --rule: #d9dde1; --grid: #eceef0;
          --tint: #f1f6fa; --reference: #8a929b;
          --c0: #0072b2; --c1: #d55e00; --c2: #009e73; --c3: #b5578f; --c4: #e69f00;
          --c5: #56b4e9; --c6: #3d434a;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --ground: #14171a; --ink: #e7e9ec; --quiet: #9aa4ae; --rule: #3a4148;
            --grid: #252a2f; --tint: #1c252d; --reference: #7d868f;
            --c0: #56b4e9; --c1: #e69f00; --c2: #00b584; --c3: #cc79a7; --c4: #f0e442;
            --c5: #e0733b; --c6: #c9ced3;
          }
        }
        * { box-sizing: border-box; }
        body {
          margin: 0 auto; padding: 3rem 1.5rem 2rem; max-width: 1048px;
          background: var(--ground); color: var(--ink);
          font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
          font-variant-numeric: tabular-nums; -webkit-text-size-adjust: 100%;
        }
        h1, h2, h3 { margin: 0; line-height: 1.25; text-wrap: balance; }
        h1 { font-size: 2rem; font-weight: 650; letter-spacing: -0.015em; overflow-wrap: anywhere; }
        h2 {
          font-size: 1.25rem; font-weight: 650; padding-top: 1.25rem;
          border-top: 1px solid var(--rule);
        }
        h3 { font-size: 0.95rem; font-weight: 600; overflow-wrap: anywhere; }
        p { margin: 0; max-width: 46rem; }
        section { margin-top: 2.75rem; }
        section > .lead { margin-top: 0.3rem; color: var(--quiet); }
        code { font: 0.92em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
        pre {
          margin: 0.35rem 0 0; padding: 0.6rem 0.8rem; overflow-x: auto; background: var(--tint);
          border-radius: 4px; white-space: pre-wrap; overflow-wrap: anywhere;
        }
        .kind { color: var(--quiet); font-size: 0.85rem; margin-bottom: 0.35rem; }
        header .lead { margin-top: 0.6rem; font-size: 1.1rem; }
        dl, dd { margin: 0; }
        .facts {
          display: flex; flex-wrap: wrap; gap: 0.2rem 1.75rem; margin-top: 0.9rem;
          font-size: 0.85rem;
        }
        .facts div { display: flex; gap: 0.5rem; min-width: 0; }
        .facts dt { color: var(--quiet); }
        .facts dd { overflow-wrap: anywhere; }
        .figures {
          display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr));
          gap: 1.25rem 1.5rem; margin-top: 1.25rem;
        }
        header .figures {
          margin-top: 1.75rem; padding-top: 1.25rem; border-top: 1px solid var(--rule);
        }
        .figures dt { color: var(--quiet); font-size: 0.8rem; overflow-wrap: anywhere; }
        .figures dd { font-size: 1.6rem; line-height: 1.3; font-weight: 600; }
        .figures .detail { font-size: 0.8rem; font-weight: 400; color: var(--quiet); }
        .charts { display: grid; gap: 2rem; margin-top: 1.25rem; }
        .charts + .charts { margin-top: 2.25rem; }
        .charts.two { grid-template-columns: repeat(auto-fill, minmax(min(100%, 24rem), 1fr)); }
        .charts.three { grid-template-columns: repeat(auto-fill, minmax(min(100%, 18rem), 1fr)); }
        .charts.four {
          grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: 1.5rem 1.25rem;
        }
        .charts.two { gap: 2rem 2rem; }
        figure { margin: 0; min-width: 0; }
        figcaption { margin-bottom: 0.5rem; }
        .charts.four figcaption { margin-bottom: 0.1rem; }
        .note { color: var(--quiet); font-size: 0.85rem; line-height: 1.4; }
        .charts.four h3, .charts.four .note { font-size: 0.8rem; }
        .scroll { overflow-x: auto; }
        .chart { display: block; width: 100%; height: auto; overflow: visible; }
        .charts.one .chart { min-width: 52rem; }
        .charts.two .chart { max-width: 40rem; }
        .charts.three .chart { max-width: 28rem; }
        .chart text { font-size: 12px; fill: var(--ink); }
        .axis line { stroke: var(--reference); shape-rendering: crispEdges; }
        .axis line.grid { stroke: var(--grid); }
        .axis text, .chart .quiet { fill: var(--quiet); }
        .chart .strong { font-weight: 600; }
        .chart .empty { fill: var(--quiet); font-style: italic; }
        .line path {
          fill: none; stroke: var(--c); stroke-width: 2; stroke-linejoin: round;
          stroke-linecap: round;
        }
        .line circle { fill: var(--c); }
        .line .ring { fill: var(--ground); stroke: var(--c); stroke-width: 2; }
        .thin path { stroke-width: 1.25; opacity: 0.75; }
        .chart .label { fill: color-mix(in srgb, var(--c) 72%, var(--ink)); font-weight: 600; }
        .leader { fill: none; stroke: var(--reference); stroke-dasharray: 1 3; }
        .mark { stroke: var(--quiet); stroke-dasharray: 2 3; }
        .chart .mark-label { fill: var(--quiet); }
        .column { fill: transparent; }
        .column:hover { fill: var(--ink); fill-opacity: 0.07; }
        .band { fill: var(--tint); }
        .spread { stroke: var(--c); stroke-width: 1.5; opacity: 0.75; }
        .point { fill: var(--c); stroke: var(--ground); stroke-width: 1.5; }
        .point.hollow { fill: var(--ground); stroke: var(--c); stroke-width: 1.75; }
        .color-0 { --c: var(--c0); } .color-1 { --c: var(--c1); } .color-2 { --c: var(--c2); }
        .color-3 { --c: var(--c3); } .color-4 { --c: var(--c4); } .color-5 { --c: var(--c5); }
        .color-6 { --c: var(--c6); } .reference { --c: var(--reference); }
        .keys { margin-top: 2rem; }
        .key { display: inline-flex; align-items: center; gap: 0.4rem; margin-right: 1.25rem; }
        .key svg { width: 26px; height: 10px; }
        details { margin-top: 0.4rem; font-size: 0.85rem; }
        summary { color: var(--quiet); cursor: pointer; width: fit-content; }
        summary:hover { color: var(--ink); }
        details .scroll { max-height: 22rem; overflow-y: auto; margin-top: 0.4rem; }
        table { border-collapse: collapse; font-size: 0.85rem; }
        section > .scroll { margin-top: 1.1rem; }
        section > .scroll > table { width: 100%; }
        caption { text-align: left; color: var(--quiet); padding-bottom: 0.3rem; }
        th, td {
          padding: 0.3rem 0.9rem 0.3rem 0; text-align: left; vertical-align: top;
          font-weight: 400; border-bottom: 1px solid var(--grid);
        }
        th:last-child, td:last-child { padding-right: 0; }
        thead th { color: var(--quiet); border-bottom-color: var(--rule); vertical-align: bottom; }
        thead td { border: 0; }
        thead .group { text-align: center; border-bottom-color: var(--rule); }
        td { overflow-wrap: break-word; }
        tbody th:not(.number) { min-width: 7rem; }
        .number { text-align: right; white-space: nowrap; }
        .chosen th, .chosen td { background: var(--tint); font-weight: 600; }
        td small, th small { display: block; color: var(--quiet); font-weight: 400; }
        .tables {
          display: grid; gap: 1.75rem 2.5rem; margin-top: 1.25rem;
          grid-template-columns: repeat(auto-fill, minmax(min(100%, 18rem), 1fr));
          align-items: start;
        }
        .tables table { width: 100%; margin-top: 0.25rem; }
        .tables tbody th { color: var(--quiet); min-width: 0; }
        .tables td { text-align: right; white-space: normal; overflow-wrap: anywhere; }
        .steps { margin: 1rem 0 0; padding-left: 1.3rem; }
        .steps li { margin-top: 0.7rem; }
        .verdict {
          margin-top: 1.1rem; padding: 0.2rem 0 0.2rem 0.9rem; border-left: 3px solid var(--c0);
        }
        footer {
          margin-top: 3rem; padding-top: 0.9rem; border-top: 1px solid var(--rule);
          color: var(--quiet); font-size: 0.8rem;
        }
        @media print {
          :root {
            --ground: #fff; --ink: #000; --quiet: #444; --rule: #aaa; --grid: #ddd;
            --tint: #f1f6fa; --reference: #777;
            --c0: #0072b2; --c1: #d55e00; --c2: #009e73; --c3: #b5578f; --c4: #e69f00;
            --c5: #56b4e9; --c6: #3d434a;
          }
          @page { margin: 15mm; }
          body { padding: 0; max-width: none; font-size: 10pt; }
          figure, .tables > div, tr, .figures > div { break-inside: avoid; }
          h2, h3, section > .lead { break-after: avoid; }
          .charts.one .chart { min-width: 0; }
          .charts.two { grid-template-columns: repeat(2, 1fr); }
          .charts.three { grid-template-columns: repeat(3, 1fr); gap: 1rem; }
          .charts.four { grid-template-columns: repeat(4, 1fr); gap: 1rem; }
          .figures { grid-template-columns: repeat(auto-fit, minmax(6.5rem, 1fr)); gap: 1rem; }
          .figures dd { font-size: 1.35rem; }
          table { font-size: 7.5pt; }
          th, td { padding-right: 0.5rem; }
          .scroll { overflow: visible; max-height: none; }
          details:not([open]) { display: none; }
          .chosen th, .chosen td, .band { print-color-adjust: exact; }
        }

        """
}
