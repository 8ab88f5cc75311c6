/** The look of the page of the API: light and dark, wide and narrow, and readable on paper. */
export const API_PAGE_STYLE = `
:root { color-scheme: light dark; --ink: #1b2430; --soft: #566273; --page: #f4f6f9; --card: #fff; --line: #d5dce5; --head: #0b2540;
  --on-head: #f2f6fb; --strong: #0b57a4; --get: #1463b0; --post: #1d6b3a; --put: #8a5300; --patch: #6b3fa0; --delete: #a3231d; --code: #eef2f7; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6ebf2; --soft: #a5b1c2; --page: #10151c; --card: #181f29; --line: #313c4b; --head: #0a1018;
  --on-head: #e6ebf2; --strong: #86b9f4; --get: #86b9f4; --post: #7fd39b; --put: #f0b86a; --patch: #c7a6f2; --delete: #ff9d94; --code: #222b38; } }
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0; background: var(--page); color: var(--ink); font: 1rem/1.55 system-ui, sans-serif; }
a { color: var(--strong); }
:focus-visible { outline: 3px solid var(--strong); outline-offset: 2px; border-radius: .2rem; }
code, .path { font-family: ui-monospace, "SFMono-Regular", Menlo, Consolas, monospace; font-size: .9em; overflow-wrap: anywhere; }
p code, td code, li code { background: var(--code); padding: .08em .3em; border-radius: .25rem; }
header { background: var(--head); color: var(--on-head); padding: 2rem 1rem 1.75rem; }
header > div, .columns { max-width: 78rem; margin: 0 auto; }
header h1 { margin: 0 0 .4rem; font-size: 1.7rem; line-height: 1.2; }
header p { margin: .35rem 0 0; max-width: 46rem; }
header a { color: inherit; }
header code { background: rgb(255 255 255 / .12); padding: .08em .3em; border-radius: .25rem; }
.columns { display: grid; grid-template-columns: 14rem minmax(0, 1fr); gap: 2rem; padding: 1.5rem 1rem 4rem; }
nav { position: sticky; top: 1rem; align-self: start; max-height: calc(100vh - 2rem); overflow: auto; font-size: .925rem; }
nav h2 { margin: 0 0 .4rem; font-size: .8rem; color: var(--soft); font-weight: 600; }
nav ul { margin: 0 0 1rem; padding: 0; list-style: none; }
nav li a { display: flex; justify-content: space-between; gap: .5rem; padding: .22rem .5rem; border-radius: .35rem; text-decoration: none; color: inherit; }
nav li a:hover { background: var(--code); }
nav li span { color: var(--soft); font-variant-numeric: tabular-nums; }
section > h2 { margin: 2rem 0 .6rem; font-size: 1.2rem; }
section:first-child > h2 { margin-top: 0; }
details { margin: 0 0 .5rem; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; }
details:target { border-color: var(--strong); }
summary { display: grid; grid-template-columns: 4.6rem minmax(0, 1fr); gap: .1rem .75rem; padding: .6rem .85rem; cursor: pointer; list-style: none; border-radius: .5rem; }
summary::-webkit-details-marker { display: none; }
summary:hover { background: var(--code); }
summary .says { grid-column: 2; color: var(--soft); font-size: .925rem; }
.models summary { display: block; }
.method { font: 700 .78rem/1.9 ui-monospace, Menlo, Consolas, monospace; letter-spacing: .03em; }
.get, .head { color: var(--get); } .post { color: var(--post); } .put { color: var(--put); } .patch { color: var(--patch); } .delete { color: var(--delete); }
.inside { padding: .25rem .85rem .85rem; border-top: 1px solid var(--line); }
.inside h3 { margin: 1rem 0 .3rem; font-size: .9rem; }
.inside p { margin: .6rem 0 0; }
table { width: 100%; border-collapse: collapse; font-size: .9rem; }
th { text-align: left; color: var(--soft); font-weight: 600; }
th, td { padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
tr:last-child td { border-bottom: 0; }
td:first-child { width: 32%; }
td:nth-child(2) { width: 26%; }
.need { color: var(--delete); font-size: .8rem; }
@media (max-width: 52rem) { .columns { display: block; padding-top: 1rem; } nav { position: static; max-height: none; margin-bottom: 1.5rem; }
  nav ul { columns: 2; column-gap: 1rem; } summary { grid-template-columns: 1fr; gap: 0; } summary .says { grid-column: 1; }
  td:first-child, td:nth-child(2) { width: auto; } header { padding: 1.5rem 1rem 1.25rem; } header h1 { font-size: 1.4rem; } }
@media print { nav { display: none; } .columns { display: block; } details { break-inside: avoid; } }
`;
