/** The middle one of some figures. */
export function median(figures) {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** Prints a figure beside what is aimed at. */
export function report(what, figure, unit, aim) {
  const value = figure >= 100 ? figure.toFixed(0) : figure.toFixed(1);
  const ratio =
    aim === undefined
      ? ''
      : `  ${(figure / aim).toFixed(2)} of the ${aim.toLocaleString('en')} ${unit} aimed at`;
  process.stdout.write(`  ${what.padEnd(28)} ${value.padStart(8)} ${unit}${ratio}\n`);
}
