// Draws the curves of the bench at scale: node test/bench/scale-chart.mjs figures.json docs/images/scale.svg
// where the figures are what the bench wrote with BENCH_SCALE_FIGURES.
import { readFileSync, writeFileSync } from 'node:fs';

const [from, to] = process.argv.slice(2);
const figures = JSON.parse(readFileSync(from, 'utf8'));
const panel = { width: 400, height: 260, left: 56, top: 44 };
const panels = [
  {
    title: 'A search, ms',
    lines: [
      { name: 'p99', colour: '#b3541e', of: ({ p99 }) => p99 },
      { name: 'p95', colour: '#1f5fa8', of: ({ p95 }) => p95 },
      { name: 'median', colour: '#2e7d32', of: ({ median }) => median },
    ],
  },
  {
    title: 'The database on disk, MB',
    lines: [{ name: 'disk', colour: '#5e35b1', of: ({ diskMb }) => diskMb }],
  },
];

const gap = 96;
const size = {
  width: panels.length * (panel.width + gap) + panel.left,
  height: panel.top + panel.height + 56,
};
const parts = panels.map((each, index) => draw(each, panel.left + index * (panel.width + gap)));
writeFileSync(
  to,
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" font-family="system-ui, sans-serif" font-size="13" role="img">
<title>How a search and the disk grow with the number of titles</title>
<rect width="100%" height="100%" fill="#fff"/>
${parts.join('\n')}
</svg>
`,
);

/** Both axes are logarithmic: ten times the titles is always the same step. */
function draw({ title, lines }, left) {
  const x = scaleOf(
    figures.map(({ titles }) => titles),
    left,
    left + panel.width,
  );
  const y = scaleOf(
    figures.flatMap((each) => lines.map(({ of }) => of(each))),
    panel.top + panel.height,
    panel.top,
  );
  const bottom = panel.top + panel.height;
  const grid = [
    ...x.ticks.map((tick) =>
      [
        `<path d="M${x.at(tick)} ${panel.top}V${bottom}" stroke="#ddd"/>`,
        `<text x="${x.at(tick)}" y="${bottom + 20}" text-anchor="middle" fill="#444">${tick.toLocaleString('en')}</text>`,
      ].join(''),
    ),
    ...y.ticks.map((tick) =>
      [
        `<path d="M${left} ${y.at(tick)}H${left + panel.width}" stroke="#ddd"/>`,
        `<text x="${left - 8}" y="${y.at(tick) + 4}" text-anchor="end" fill="#444">${tick.toLocaleString('en')}</text>`,
      ].join(''),
    ),
  ];
  const drawn = lines.map(({ name, colour, of }) => {
    const points = figures.map((each) => `${x.at(each.titles)},${y.at(of(each))}`);
    const last = figures.at(-1);
    const dots = points.map((point) => {
      const [cx, cy] = point.split(',');
      return `<circle cx="${cx}" cy="${cy}" r="4" fill="${colour}"/>`;
    });
    const label = `<text x="${x.at(last.titles) + 8}" y="${y.at(of(last)) + 4}" fill="${colour}">${name}</text>`;
    return `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>${dots.join('')}${label}`;
  });
  const heading = `<text x="${left}" y="${panel.top - 18}" font-weight="600" fill="#111">${title}</text>`;
  const foot = `<text x="${left + panel.width / 2}" y="${bottom + 42}" text-anchor="middle" fill="#444">titles</text>`;
  return [heading, ...grid, ...drawn, foot].join('\n');
}

/** From the power of ten below the least figure to the one above the greatest. */
function scaleOf(values, start, end) {
  const lowest = Math.floor(Math.log10(Math.min(...values)));
  const highest = Math.max(lowest + 1, Math.ceil(Math.log10(Math.max(...values))));
  const ticks = Array.from({ length: highest - lowest + 1 }, (_, i) => 10 ** (lowest + i));
  const at = (value) =>
    Math.round(start + ((Math.log10(value) - lowest) / (highest - lowest)) * (end - start));
  return { ticks, at };
}
