/// How the pages of reports look: one style sheet for wide and narrow windows, light and dark.
enum PageStyle {
  static let sheet = """
    :root { color-scheme: light dark; --paper: #ffffff; --ink: #1f2328; --quiet: #57606a; --line: #d0d7de;
      --shade: #f4f6f8; --link: #0550ae; }
    @media (prefers-color-scheme: dark) {
      :root { --paper: #15181c; --ink: #e3e6ea; --quiet: #a3adb8; --line: #3b434c; --shade: #20252b; --link: #82b8ff; }
    }
    * { box-sizing: border-box; }
    html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
    body { margin: 0; background: var(--paper); color: var(--ink);
      font: 1rem/1.55 system-ui, "Segoe UI", "Helvetica Neue", "DejaVu Sans", sans-serif; }
    main { max-width: 88rem; margin: 0 auto; padding: 1rem clamp(0.9rem, 4vw, 2.5rem) 4rem; }
    h1, h2, h3, h4 { line-height: 1.25; margin: 2.2rem 0 0.8rem; overflow-wrap: anywhere; }
    h1 { font-size: 1.7rem; margin-top: 1rem; }
    h2 { font-size: 1.3rem; padding-top: 0.6rem; border-top: 1px solid var(--line); }
    h3 { font-size: 1.1rem; }
    p, ul, ol, blockquote, figcaption, details > summary { max-width: 46rem; overflow-wrap: break-word; }
    a { color: var(--link); }
    blockquote { margin: 1rem 0; padding: 0.1rem 1rem; border-left: 4px solid var(--line); background: var(--shade); }
    code { font: 0.875em ui-monospace, "DejaVu Sans Mono", Consolas, monospace; background: var(--shade);
      padding: 0.1em 0.3em; border-radius: 3px; overflow-wrap: anywhere; }
    pre { overflow-x: auto; padding: 0.8rem; background: var(--shade); border-radius: 5px; line-height: 1.4; }
    pre code { padding: 0; background: none; overflow-wrap: normal; }
    nav { margin: 1.5rem 0; padding: 0.6rem 1rem; border: 1px solid var(--line); border-radius: 5px; max-width: 46rem; }
    nav ul { list-style: none; margin: 0; padding: 0; columns: 20rem 2; }
    nav li { padding: 0.1rem 0; break-inside: avoid; }
    nav .level3 { padding-left: 1.2rem; font-size: 0.93rem; }
    nav .level4 { padding-left: 2.4rem; font-size: 0.93rem; }
    .scroll { overflow-x: auto; margin: 1rem 0; }
    .scroll:focus-visible { outline: 2px solid var(--link); }
    table { border-collapse: collapse; font-size: 0.875rem; line-height: 1.4; font-variant-numeric: tabular-nums; }
    blockquote table, li table { display: block; overflow-x: auto; }
    th, td { padding: 0.35rem 0.65rem; border: 1px solid var(--line); text-align: left; vertical-align: top;
      min-width: 3.5rem; }
    th { background: var(--shade); vertical-align: bottom; }
    th[align="right"], td[align="right"] { text-align: right; }
    td[align="right"] { white-space: nowrap; }
    td:not([align]) { min-width: 7rem; }
    td:first-child { min-width: 10rem; }
    td code { white-space: nowrap; }
    tbody tr:nth-child(even) { background: color-mix(in srgb, var(--shade) 55%, transparent); }
    figure { margin: 1.8rem 0; max-width: 60rem; }
    img { display: block; max-width: 100%; height: auto; background: #ffffff; border: 1px solid var(--line);
      border-radius: 4px; }
    figcaption { margin-top: 0.6rem; font-size: 0.93rem; color: var(--quiet); }
    figcaption strong { color: var(--ink); }
    summary { cursor: pointer; color: var(--link); }
    @media print { nav { display: none; } .scroll { overflow: visible; } figure { break-inside: avoid; } }
    """
}
