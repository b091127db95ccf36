// The card's look. The host is reset with !important: inside a shadow root that beats the page's.

export const CARD_STYLES = `
:host {
  all: initial !important;
  position: fixed !important;
  inset: 0 auto auto 0 !important;
  width: 0 !important;
  height: 0 !important;
  overflow: visible !important;
  z-index: 2147483647 !important;
}
.card {
  --surface: #ffffff; --text: #1c2330; --quiet: #515b6b; --rule: #d5dae2; --link: #0b4fa8;
  --supported: #1b6b3a; --overstated: #7d5000; --unsupported: #5237b8; --false: #a81f18; --uncovered: #515b6b;
  position: fixed;
  box-sizing: border-box;
  width: min(calc(400px * var(--size, 1)), calc(100vw - 16px));
  overflow-y: auto;
  overscroll-behavior: contain;
  padding: 14px 16px 12px;
  border: 1px solid var(--rule);
  border-radius: 10px;
  background: var(--surface);
  color: var(--text);
  box-shadow: 0 6px 24px rgb(0 0 0 / 0.22);
  font: calc(14px * var(--size, 1))/1.45 system-ui, sans-serif;
  text-align: start;
  overflow-wrap: anywhere;
}
.card[data-palette="colour-blind"] { --supported: #00588a; --overstated: #665800; --unsupported: #4d4d4d; --false: #963700; --uncovered: #515b6b; }
@media (prefers-color-scheme: dark) {
  .card, .card[data-palette="colour-blind"] {
    --surface: #1d232e; --text: #e9edf4; --quiet: #b0bac9; --rule: #3d4757; --link: #8fc1ff;
    --supported: #7fdc9f; --overstated: #f2c968; --unsupported: #bfb0ff; --false: #ff9b92; --uncovered: #b0bac9;
  }
  .card[data-palette="colour-blind"] { --supported: #7cc4ee; --overstated: #f0e442; --unsupported: #d0d0d0; --false: #ffab73; }
}
h2, h3, p, ul { margin: 0; padding: 0; font: inherit; }
h2 { padding-inline: 0 28px; font-size: 1.15em; font-weight: 650; line-height: 1.3; }
h2.supported { color: var(--supported); }
h2.overstated { color: var(--overstated); }
h2.unsupported { color: var(--unsupported); }
h2.false { color: var(--false); }
h2.uncovered { color: var(--uncovered); }
h2::before { display: inline-block; min-width: 1.2em; }
h2.supported::before { content: "✓" / ""; }
h2.overstated::before { content: "▲" / ""; }
h2.unsupported::before { content: "?" / ""; }
h2.false::before { content: "✕" / ""; }
h2.uncovered::before { content: "–" / ""; }
h3 { margin-top: 12px; padding-top: 10px; border-top: 1px solid var(--rule); font-weight: 600; }
.meaning { margin-top: 4px; }
.confidence, .facts, .where, footer { color: var(--quiet); font-size: 0.93em; }
.confidence { margin-top: 4px; }
ul { list-style: none; }
.parts strong { font-weight: 650; }
.parts strong.supported { color: var(--supported); }
.parts strong.overstated { color: var(--overstated); }
.parts strong.unsupported { color: var(--unsupported); }
.parts strong.false { color: var(--false); }
.parts strong.uncovered { color: var(--uncovered); }
.parts > li + li { margin-top: 10px; }
.parts .evidence { padding-inline-start: 12px; }
.precedents q { font-weight: 400; }
.reasons li, .precedents li, .parts > li, .evidence > li { margin-top: 6px; }
.evidence > li + li { margin-top: 12px; }
q { font-weight: 600; }
.facts, .sources { margin-top: 3px; }
.sources li { margin-top: 3px; font-size: 0.93em; }
a { color: var(--link); }
a:focus-visible, button:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
footer { margin-top: 12px; padding-top: 8px; border-top: 1px solid var(--rule); }
.advice { font-weight: 600; }
.versions { font-size: 0.86em; }
.close {
  all: unset;
  position: absolute;
  inset: 8px 8px auto auto;
  box-sizing: border-box;
  width: 28px;
  height: 28px;
  border-radius: 6px;
  font-size: 20px;
  line-height: 28px;
  text-align: center;
  cursor: pointer;
}
.close:hover { background: var(--rule); }
.words { margin-top: 6px; color: var(--quiet); }
.words q { font-weight: 400; font-style: italic; }
.card:focus { outline: 2px solid var(--link); outline-offset: -2px; }
.bar { position: sticky; bottom: -12px; display: flex; flex-wrap: wrap; gap: 6px 8px; align-items: center; margin: 8px -16px -12px; padding: 8px 16px 12px; border-top: 1px solid var(--rule); background: var(--surface); }
.step, .dispute, .send {
  all: unset;
  box-sizing: border-box;
  min-height: 28px;
  padding: 3px 10px;
  border: 1px solid var(--control-rule, #78828f);
  border-radius: 6px;
  cursor: pointer;
}
.step:hover, .dispute:hover, .send:hover { background: var(--rule); }
.step:focus-visible, .dispute:focus-visible, .send:focus-visible, .close:focus-visible, textarea:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.dispute { margin-inline-start: auto; }
.place { color: var(--quiet); font-size: 0.93em; }
.form { flex-basis: 100%; display: grid; gap: 6px; justify-items: start; }
.form label { font-weight: 600; }
textarea {
  all: unset;
  box-sizing: border-box;
  width: 100%;
  min-height: 4.5em;
  padding: 6px 8px;
  border: 1px solid var(--control-rule, #78828f);
  border-radius: 6px;
  background: var(--surface);
  white-space: pre-wrap;
  cursor: text;
}
.send[disabled] { color: var(--quiet); cursor: default; }
.status:empty { display: none; }
`;
