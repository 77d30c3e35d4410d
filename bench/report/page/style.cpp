#include "bench/report/page/style.h"

namespace ockham::bench {

const std::string_view kStyle = R"css(
:root {
  color-scheme: light dark;
  --page: #ffffff; --panel: #f5f6f8; --ink: #1a1f24; --soft: #5a6570; --rule: #dfe3e8;
  --network: #0072b2; --baseline: #a9b2bc; --removed: #d98a4e; --cut: #b34700;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171b; --panel: #1d2126; --ink: #e6e9ec; --soft: #9ba6b1; --rule: #323940;
    --network: #56b4e9; --baseline: #69737d; --removed: #c9803f; --cut: #f0a35e;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif;
}
main { max-width: 1060px; margin: 0 auto; padding: 44px 28px 72px; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 6px; font-weight: 650; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 0 0 4px; font-weight: 650; }
h3 { font-size: .95rem; margin: 0; font-weight: 600; overflow-wrap: anywhere; }
p { margin: 0 0 10px; max-width: 74ch; text-wrap: pretty; overflow-wrap: anywhere; }
.eyebrow { color: var(--soft); font-size: .85rem; margin-bottom: 14px; }
.lead { font-size: 1.1rem; color: var(--soft); margin-bottom: 24px; }
.caption { color: var(--soft); font-size: .92rem; margin-bottom: 18px; }
.note { color: var(--soft); font-size: .82rem; margin: 0 0 8px; line-height: 1.4; }
section { margin-top: 52px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; }
.tile { background: var(--panel); border-radius: 8px; padding: 14px 16px 12px; }
.tile-name { font-size: .82rem; color: var(--soft); }
.tile-value { font-size: 1.65rem; font-weight: 650; line-height: 1.3; font-variant-numeric: tabular-nums; }
.tile-note { font-size: .82rem; color: var(--soft); }
.first .tile-value { color: var(--network); }
.legend { display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 0 0 12px; font-size: .88rem; color: var(--soft); }
.key { display: inline-flex; align-items: center; gap: 7px; }
.swatch { width: 14px; height: 14px; border-radius: 2px; display: inline-block; }
.swatch.network { background: var(--network); } .swatch.baseline { background: var(--baseline); }
.swatch.removed { background: var(--removed); }
.swatch.promise { border: 1.5px solid var(--network); }
.bars { display: grid; grid-template-columns: minmax(90px, 170px) 1fr; column-gap: 18px; }
.bar-name { font-size: .92rem; padding-top: 6px; text-align: right; overflow-wrap: anywhere; }
.emphasised { font-weight: 650; }
.bar-plot { padding-right: 130px; min-width: 0; }
.panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(290px, 1fr)); gap: 30px 36px; }
.panel { max-width: 560px; display: flex; flex-direction: column; padding: 0 14px 0 34px; min-width: 0; }
.panel h3, .panel .note { margin-left: -34px; margin-right: -14px; }
.panel svg { margin-top: auto; flex-shrink: 0; }
.panel svg + svg { margin-top: 14px; }
svg { display: block; overflow: visible; font-family: inherit; }
rect.network { fill: var(--network); } rect.baseline { fill: var(--baseline); }
rect.removed { fill: var(--removed); }
circle.network { fill: var(--network); } circle.removed { fill: var(--removed); }
line.network { stroke: var(--network); } line.removed { stroke: var(--removed); }
rect.promise { fill: var(--page); stroke: var(--network); stroke-width: 1.5; }
line.grid { stroke: var(--rule); } line.tick, line.ground, line.origin { stroke: var(--soft); }
line.mark { stroke: var(--cut); stroke-width: 1.5; stroke-dasharray: 4 3; }
svg { text-anchor: middle; }
text { fill: var(--soft); font-size: 12px; }
text.bar-label { fill: var(--ink); text-anchor: start; font-size: 12.5px; font-variant-numeric: tabular-nums; }
text.count-title { text-anchor: start; }
text.mark-label { fill: var(--cut); font-weight: 600; }
.group0, .swatch { --group: #0072b2; --on-group: #ffffff; } .group1 { --group: #e69f00; --on-group: #000000; }
.group2 { --group: #009e73; --on-group: #000000; } .group3 { --group: #cc79a7; --on-group: #000000; }
.group4 { --group: #56b4e9; --on-group: #000000; } .group5 { --group: #d55e00; --on-group: #000000; }
.fixed { --group: #8a939c; --on-group: #000000; }
.network-picture { max-width: 100%; height: auto; }
rect.makes { fill: var(--page); stroke: var(--group); stroke-width: 2.5; }
rect.carries { fill: var(--group); fill-opacity: .2; stroke: var(--group); }
rect.chip, path.arrow, rect.kept { fill: var(--group); } rect.before { fill: var(--rule); }
path.flow { fill: none; stroke: var(--group); stroke-width: 2.5; }
text.chip { fill: var(--on-group); font-size: 11px; font-weight: 650; }
text.title { fill: var(--ink); text-anchor: start; font-size: 13px; font-weight: 600; }
text.detail { fill: var(--ink); text-anchor: start; font-size: 12px; }
circle.fold { fill: var(--page); stroke: var(--soft); } text.fold { fill: var(--ink); font-weight: 600; }
.swatch.makes { border: 2.5px solid var(--group); }
.swatch.carries { background: color-mix(in srgb, var(--group) 20%, transparent); border: 1px solid var(--group); border-radius: 7px; }
.swatch.fixed { background: #8a939c; }
.swatch.kept { height: 5px; width: 26px; background: linear-gradient(to right, var(--group) 50%, var(--rule) 50%); }
details.groups { margin-top: 16px; } details.groups td { overflow-wrap: anywhere; }
details.groups td:first-child, details.groups td:nth-child(2) { white-space: nowrap; overflow-wrap: normal; }
summary { cursor: pointer; font-weight: 600; font-size: .92rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .88rem; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 600; color: var(--soft); white-space: nowrap; }
th, td { padding: 6px 12px 6px 0; border-bottom: 1px solid var(--rule); vertical-align: top; }
td.number, th.number { text-align: right; white-space: nowrap; }
th.group { text-align: right; }
tr.total td { font-weight: 650; border-bottom: none; }
.narrow { max-width: 620px; }
.scroll td:first-child { white-space: nowrap; }
.facts th { width: 220px; font-weight: 500; overflow-wrap: anywhere; white-space: normal; }
.facts td { overflow-wrap: anywhere; }
ul { margin: 0; padding-left: 20px; } li { margin-bottom: 6px; max-width: 74ch; overflow-wrap: anywhere; }
code { font: .85rem/1.5 ui-monospace, "SFMono-Regular", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
footer { margin-top: 56px; color: var(--soft); font-size: .85rem; }
@media (max-width: 640px) {
  main { padding: 24px 16px 48px; }
  h1 { font-size: 1.5rem; }
  .network-picture { max-width: none; }
  section { margin-top: 40px; }
  .tiles { grid-template-columns: 1fr 1fr; }
  .tile-value { font-size: 1.35rem; }
  .bars { grid-template-columns: 1fr; }
  .bar-name { text-align: left; padding-top: 8px; }
  .bar-plot { padding-right: 110px; }
  .narrow { max-width: 620px; }
.scroll td:first-child { white-space: nowrap; }
.facts th { width: 40%; }
}
@media print { main { max-width: none; } section { break-inside: avoid; } }
)css";

}  // namespace ockham::bench
