/** The middle one of some figures. */
export function median(figures) {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** The figure that a share of some figures do not exceed: 0.95 for p95, 1 for the highest. */
export function percentile(figures, share) {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
}

/** Prints a figure beside what is aimed at. */
export function report(what, figure, unit, aim) {
  const value = figure.toFixed(figure >= 100 ? 0 : figure >= 10 ? 1 : 2);
  const ratio =
    aim === undefined
      ? ''
      : `  ${(figure / aim).toFixed(2)} of the ${aim.toLocaleString('en')} ${unit} aimed at`;
  process.stdout.write(`  ${what.padEnd(48)} ${value.padStart(8)} ${unit}${ratio}\n`);
}

/**
 * Measures variants in turns, so that a machine that slows down slows all of them; the order turns too. The first
 * rounds warm up and are not counted.
 *
 * @param variants What measures one slice of each, by name.
 * @returns The figures of each variant, round by round.
 */
export async function interleave(variants, rounds, warmUp = 1) {
  const names = Object.keys(variants);
  const figures = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = -warmUp; round < rounds; round += 1) {
    const start = (round + warmUp) % names.length;
    for (const name of [...names.slice(start), ...names.slice(0, start)]) {
      const figure = await variants[name]();
      if (round >= 0) figures[name].push(figure);
    }
  }
  return figures;
}
