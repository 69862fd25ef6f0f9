/** How pages look: light and dark, from 320 px on, on paper, too. Every color of text has 4.5:1 at least. */
export const pageStyle = `
:root{color-scheme:light dark;--bg:#f7f7f5;--card:#fff;--ink:#1c2128;--soft:#59616c;--line:#e2e3e1;--faint:#efefec;--link:#1f56a8;
--b1:#d6e3f5;--b2:#8fb3e3;--b3:#1f56a8;--b4:#c9ccd1;--good:#17693f;--goodbg:#e2f2e8;--warn:#835000;--warnbg:#fbf0d9;--bad:#a8231b;--badbg:#fbe7e5;
--k:#2b8078;--j:#3a6fbf;--a:#7d5fb3;--q:#a0691a;--s:#a3487a;--d:#737b86;--mark:#fff}
@media (prefers-color-scheme:dark){:root{--bg:#13161b;--card:#1a1e25;--ink:#e3e6ea;--soft:#9da6b2;--line:#2d333d;--faint:#22272f;--link:#8cb8f5;
--b1:#233a5c;--b2:#3f6cab;--b3:#9cc4fb;--b4:#4a515c;--good:#6fd3a0;--goodbg:#15322a;--warn:#e9b95c;--warnbg:#352a14;--bad:#ff9a91;--badbg:#3d1f1e;
--k:#4cb3a8;--j:#6f9fe6;--a:#ad92e0;--q:#d9a04a;--s:#d884b1;--d:#8a93a0;--mark:#0d1117}}
*{box-sizing:border-box}
html{scroll-padding-top:3.4rem;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif;font-variant-numeric:tabular-nums}
a{color:var(--link);text-underline-offset:.15em}
:focus-visible{outline:2px solid var(--link);outline-offset:2px;border-radius:3px}
code{font:.92em/1.4 ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;unicode-bidi:isolate;overflow-wrap:anywhere}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:.5rem;z-index:3;background:var(--card);padding:.4rem .8rem}
header,main,footer{max-width:74rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:1.6rem}
.eyebrow{margin:0;color:var(--soft);font-size:.86rem}
h1{font-size:1.65rem;line-height:1.25;margin:.15rem 0 .35rem;font-weight:650;letter-spacing:-.012em;overflow-wrap:anywhere}
h1 code{font-family:inherit;font-size:1em}
h2{font-size:1.12rem;margin:0 0 .2rem;font-weight:650;letter-spacing:-.005em}
h3{font-size:.95rem;margin:1.1rem 0 .35rem;font-weight:650}
p{margin:.3rem 0;max-width:92ch}
.lead,.note{color:var(--soft)}
.note{font-size:.9rem}
nav.site{border-bottom:1px solid var(--line);background:var(--card)}nav.site ul{display:flex;flex-wrap:wrap;gap:.2rem 1.3rem;list-style:none;margin:0 auto;padding:.62rem 1.25rem;max-width:74rem;font-size:.95rem}
nav.site a{color:var(--ink);text-decoration:none}nav.site li:first-child a{font-weight:700}nav.site a:hover{text-decoration:underline}nav.site a[aria-current]{text-decoration:underline;text-decoration-thickness:2px;text-underline-offset:.32em}
nav.parts{position:sticky;top:0;z-index:2;background:var(--bg);border-bottom:1px solid var(--line);margin-top:1rem}
nav.parts ul{display:flex;gap:1.15rem;list-style:none;margin:0 auto;padding:.6rem 1.25rem;max-width:74rem;overflow-x:auto;white-space:nowrap;font-size:.9rem}
nav.parts a{color:var(--soft);text-decoration:none}nav.parts a:hover,nav.parts a[aria-current]{color:var(--ink);text-decoration:underline}
section{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:1.05rem 1.2rem 1.2rem;margin:1rem 0;min-width:0}
footer{color:var(--soft);font-size:.86rem;padding-bottom:2.5rem}
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(8.6rem,1fr));gap:.7rem 1.3rem;margin:.9rem 0 0}
.facts div{min-width:0}
.facts dt{color:var(--soft);font-size:.8rem}.facts dd{margin:0;overflow-wrap:anywhere}
.facts .big{font-size:1.22rem;font-weight:600;letter-spacing:-.01em}
.facts .wide{grid-column:span 2}
.chip{display:inline-block;border-radius:99px;padding:.06rem .62rem;font-size:.86rem;font-weight:600;background:var(--faint);color:var(--ink);white-space:nowrap}
.chip.good{background:var(--goodbg);color:var(--good)}.chip.warn{background:var(--warnbg);color:var(--warn)}.chip.bad{background:var(--badbg);color:var(--bad)}
.box{border-left:3px solid var(--d);background:var(--faint);padding:.55rem .85rem;margin:.7rem 0;border-radius:0 6px 6px 0;overflow-wrap:anywhere}
.box.warn{border-color:var(--warn);background:var(--warnbg)}.box.bad{border-color:var(--bad);background:var(--badbg)}
.box p{margin:.1rem 0;max-width:none}
ul.plain{margin:.4rem 0;padding-left:1.15rem}ul.plain li{margin:.2rem 0;overflow-wrap:anywhere}
.scroll{overflow-x:auto;margin:.55rem -.3rem 0;padding:0 .3rem}
table{border-collapse:collapse;width:100%;font-size:.9rem}
table code{overflow-wrap:break-word}.fold code{overflow-wrap:anywhere}
caption{text-align:left;color:var(--soft);font-size:.86rem;padding:.1rem 0 .35rem}
th{font-weight:600;color:var(--soft);font-size:.8rem;text-align:left;vertical-align:bottom}
th,td{padding:.28rem .7rem .28rem 0;border-bottom:1px solid var(--line)}
tbody th{color:var(--ink);font-weight:500;font-size:.9rem}
tbody th,td{vertical-align:top}tr:last-child>*{border-bottom:0}
.n{text-align:right;white-space:nowrap}.n+:not(.n){padding-left:.9rem}.nw{white-space:nowrap}
.nums td,.nums th+th{text-align:right;white-space:nowrap}.nums tbody th{white-space:nowrap}
.min{min-width:15rem}.fold{overflow-wrap:anywhere;min-width:8rem}
.pstrip{display:flex;flex-wrap:wrap;gap:3px;margin:.5rem 0 .1rem;padding:0;list-style:none}
.pstrip li,.pstrip .mark{display:inline-block;width:11px;height:14px;border:1.5px solid var(--d);border-radius:2px}
.pstrip .computed{background:var(--j);border-color:var(--j)}.pstrip .failed{border-color:var(--bad);background:linear-gradient(to top right,transparent 44%,var(--bad) 44% 56%,transparent 56%)}
.pstrip .open{border-style:dashed}
.key{display:inline-flex;gap:.35rem;align-items:center;margin-right:1rem}.keys{font-size:.86rem;color:var(--soft);margin:.35rem 0;line-height:1.7}
.keys .pstrip{display:inline-flex;margin:0}
svg{display:block}
.key svg{display:inline-block}
.timeline{margin-top:.6rem;overflow:visible}
.timeline text{fill:var(--soft);font-size:11px}.timeline .mark{fill:var(--mark);font-size:10.5px;font-weight:650}
.timeline .grid{stroke:var(--line)}
.t-key-buckets rect{fill:var(--k)}.t-join rect{fill:var(--j)}.t-assemble rect{fill:var(--a)}.t-query rect{fill:var(--q)}.t-statistics rect{fill:var(--s)}.t-planning rect,.t-commit rect,.t-finish rect,.t-other rect{fill:var(--d)}
.key text{fill:var(--mark);font-size:10px;font-weight:650}
.meter{width:100%;min-width:5rem;height:8px;margin-top:.42rem;background:var(--faint);border-radius:4px;overflow:hidden}.meter rect{fill:var(--b2)}.meter .r{fill:var(--k)}
.skew{width:100%;height:72px;margin:.4rem 0;border-bottom:1px solid var(--line)}.skew path{fill:var(--b2)}.skew line{stroke:var(--bad);stroke-width:1.5;stroke-dasharray:5 4;vector-effect:non-scaling-stroke}
.filter{display:flex;gap:.6rem;align-items:center;flex-wrap:wrap;margin:.6rem 0}.filter[hidden]{display:none}
input,select,button{font:inherit;color:var(--ink);background:var(--card);border:1px solid var(--soft);border-radius:6px;padding:.32rem .6rem;max-width:100%}
button{cursor:pointer;background:var(--link);border-color:var(--link);color:var(--card);font-weight:600;padding:.35rem 1.1rem}
.fhead,summary{display:grid;grid-template-columns:minmax(11rem,1.5fr) minmax(10rem,1.35fr) 8rem 8rem minmax(7rem,.8fr);gap:.35rem 1.1rem;align-items:center}
.fhead{color:var(--soft);font-size:.8rem;font-weight:600;padding:.2rem 0 .25rem 1.15rem;border-bottom:1px solid var(--line)}
details.f{border-bottom:1px solid var(--line);content-visibility:auto;contain-intrinsic-size:auto 53px}
details.f[hidden]{display:none}
summary{cursor:pointer;padding:.36rem 0 .36rem 1.15rem;list-style:none;position:relative}
summary::-webkit-details-marker{display:none}
summary::before{content:"";position:absolute;left:.15rem;top:50%;width:.42rem;height:.42rem;border:solid var(--soft);border-width:0 1.6px 1.6px 0;transform:translateY(-50%) rotate(-45deg)}
details[open]>summary::before{transform:translateY(-70%) rotate(45deg)}
summary:hover{background:var(--faint)}
summary .name{min-width:0;line-height:1.3}.name small{display:block;color:var(--soft);font-size:.8rem;overflow-wrap:anywhere}
.cell{display:block;font-size:.86rem;line-height:1.25;min-width:0}
.cell small{color:var(--soft);font-size:.8rem;overflow-wrap:anywhere}
.fan{width:100%;height:38px;background:var(--faint);border-radius:3px}
.fan .b1,.s3{fill:var(--b1)}.b2{fill:var(--b2)}.fan .b2,.s1{fill:var(--b2)}.fan .b3{fill:none;stroke:var(--b3);stroke-width:1.6;vector-effect:non-scaling-stroke}
.s0{fill:var(--b3)}.s2{fill:var(--k)}
.trail{width:100%;height:16px;border-bottom:1px solid var(--line)}.trail path{fill:var(--d)}.hot .trail path{fill:var(--bad)}
.inner{padding:.1rem 0 .9rem 1.15rem}
.days{display:grid;grid-template-columns:repeat(auto-fill,minmax(5.2rem,1fr));gap:.5rem;margin:.2rem 0 .3rem}
.days figure{margin:0}.days figcaption{font-size:.75rem;color:var(--soft);text-align:center}
.day{width:100%;height:32px;border-bottom:1px solid var(--line)}
.now{font-weight:700;color:var(--ink)!important}
form.ask{display:grid;gap:.75rem;max-width:44rem}form.ask label{display:flex;flex-direction:column;justify-content:end;gap:.2rem;min-width:0;font-weight:600;font-size:.9rem}form.ask small{color:var(--soft);font-weight:400}form.ask input,form.ask select{width:100%;font-weight:400}form.ask .two{display:grid;grid-template-columns:1fr 1fr;gap:.75rem}
.empty{color:var(--soft);margin:.7rem 0}.more{margin:.8rem 0 0}.null{color:var(--soft);font-size:.86em;letter-spacing:.02em}
.hear{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.windows{margin:.8rem 0 .3rem;overflow:visible}.windows rect{fill:var(--b1)}.windows .window{fill:var(--ink);font-size:11px}.windows .tick{fill:var(--soft);font-size:11px}.windows .end{stroke:var(--b3);stroke-width:1.5}
.windows .in,.windows .out{stroke:var(--j);stroke-width:2.5;stroke-opacity:.75}.windows .out{stroke:var(--bad)}
.events td{white-space:nowrap}.events td.min{white-space:normal}.events .out td{color:var(--soft)}.events .edge td{background:var(--faint);color:var(--soft);font-size:.86rem;padding-left:.5rem}.events .edge strong{color:var(--ink);font-weight:600}.events .more td{color:var(--soft)}
.in .seen{color:var(--good);font-weight:700}.out .seen{color:var(--bad);font-weight:700}
.box.good{border-color:var(--good);background:var(--goodbg)}
pre{font:.84rem/1.45 ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;overflow-x:auto;background:var(--faint);border-radius:6px;padding:.8rem .9rem;margin:.6rem 0;unicode-bidi:isolate}
@media (max-width:52rem){header,main,footer{padding-left:.9rem;padding-right:.9rem}nav.site ul,nav.parts ul{padding-left:.9rem;padding-right:.9rem}section{padding:.9rem .9rem 1rem}
.fhead{display:none}summary{grid-template-columns:1fr 1fr}summary .name,summary .chart{grid-column:1/-1}summary .typical{grid-column:1/-1}details.f{contain-intrinsic-size:auto 150px}
.facts{grid-template-columns:repeat(auto-fill,minmax(7.4rem,1fr))}.inner{padding-left:0}}
@media print{nav.site,nav.parts,.filter{display:none}section{break-inside:avoid;border:0;padding:0}body{background:#fff}}
@media (forced-colors:active){.timeline rect,.fan path,.trail path,.skew path,.day path,.meter rect{forced-color-adjust:none}}
`.trim();
