// SPDX-License-Identifier: BSD-2-Clause
//
// Colours first, by name: a dark screen and paper exchange them. Every text has a contrast of 4.5 : 1 or more to its ground, every bar 3 : 1.
#include "ctl/report_style.hh"

namespace crmrelay::ctl {

const std::string_view kReportStyle = R"(
:root { color-scheme: light dark; --ground: #ffffff; --card: #f6f8fa; --edge: #d0d7de; --ink: #1b1f24; --quiet: #57606a;
  --c0: #0b62c4; --c1: #b42318; --c2: #b06f00; --c3: #6941c6; --c4: #0f766e; --c5: #c11574; --c6: #667085; }
@media screen and (prefers-color-scheme: dark) {
  :root { --ground: #0f1419; --card: #1a2027; --edge: #3a444e; --ink: #e8ecf0; --quiet: #a9b4be;
    --c0: #6cb0ff; --c1: #ff8a7a; --c2: #f3bd58; --c3: #b9a3ff; --c4: #4fd1c1; --c5: #ff8ccb; --c6: #98a4b0; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1rem; background: var(--ground); color: var(--ink);
  font: 1rem/1.5 system-ui, "Hiragino Kaku Gothic ProN", "Yu Gothic UI", "Noto Sans CJK JP", "IPAGothic", sans-serif; overflow-wrap: anywhere; }
h1 { margin: 0; font-size: 1.5rem; line-height: 1.25; }
h2 { margin: 0 0 .5rem; font-size: 1.05rem; line-height: 1.35; }
header p, footer p { margin: .25rem 0 0; color: var(--quiet); font-size: .9rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .5rem; margin: 1rem 0; }
.tiles div, section { background: var(--card); border: 1px solid var(--edge); border-radius: .5rem; }
.tiles div { display: flex; flex-direction: column-reverse; justify-content: flex-end; padding: .5rem .75rem; }
.tiles dt { color: var(--quiet); font-size: .85rem; line-height: 1.3; }
.tiles dd { margin: 0; font-size: 1.5rem; font-weight: 600; line-height: 1.3; font-variant-numeric: tabular-nums; }
main { columns: 2 27rem; column-gap: 1rem; }
section { padding: .75rem; margin-bottom: 1rem; break-inside: avoid; }
section.wide { column-span: all; }
svg { display: block; }
.plot { overflow: visible; }
.swatch { display: inline-block; margin-right: .4em; }
.s0 { fill: var(--c0); } .s1 { fill: var(--c1); } .s2 { fill: var(--c2); } .s3 { fill: var(--c3); } .s4 { fill: var(--c4); } .s5 { fill: var(--c5); } .s6 { fill: var(--c6); }
.grid { stroke: var(--edge); stroke-width: 1; }
.tick { fill: var(--quiet); font-size: 11px; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: .5rem 0; padding: 0; list-style: none; font-size: .9rem; }
.legend b, td.n { font-variant-numeric: tabular-nums; }
table { width: 100%; border-collapse: collapse; font-size: .9rem; }
caption { text-align: start; color: var(--quiet); }
th, td { padding: .3rem .5rem .3rem 0; border-top: 1px solid var(--edge); text-align: start; vertical-align: top; font-weight: normal; }
thead th { border-top: 0; color: var(--quiet); font-size: .85rem; vertical-align: bottom; }
td.n, th.n { text-align: end; white-space: nowrap; padding-left: .5rem; }
td.b { width: 32%; min-width: 3.5rem; vertical-align: middle; padding-right: 0; }
small { display: block; color: var(--quiet); }
td.t { width: 6.2em; text-align: end; padding-right: 0; }
.list { margin: 0; padding: 0; list-style: none; font-size: .9rem; }
.list li { padding: .3rem 0; border-top: 1px solid var(--edge); }
.days th { white-space: nowrap; }
.scroll { overflow-x: auto; }
details { margin-top: .5rem; font-size: .9rem; }
summary { cursor: pointer; color: var(--quiet); }
.none { margin: .25rem 0; color: var(--quiet); }
.trouble { border-left: .25rem solid var(--c1); padding-left: .5rem; }
footer { margin-top: 1rem; }
@media (max-width: 30rem) { body { padding: .75rem .5rem; } h1 { font-size: 1.25rem; } section { padding: .6rem; } .tiles dd { font-size: 1.25rem; } }
@media print {
  @page { margin: 14mm; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  main { columns: 2; }
  section, .tiles div { background: none; }
  details:not([open]) { display: none; }
  .scroll { overflow: visible; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
)";

}  // namespace crmrelay::ctl
