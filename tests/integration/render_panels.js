// Draws the Vega-Lite specifications of standard input, {name: spec}, and prints {name: {svg, said}}.
import { compile } from 'vega-lite';
import { parse, View, Warn } from 'vega';

const read = async () => {
  const parts = [];
  for await (const part of process.stdin) parts.push(part);
  return JSON.parse(Buffer.concat(parts).toString('utf8'));
};

const draw = async (spec) => {
  const said = [];
  const note = (...words) => { said.push(words.join(' ')); return logger; };
  const quiet = () => logger;
  const logger = { level: quiet, error: note, warn: note, info: quiet, debug: quiet };
  const { spec: vega } = compile({ width: 560, height: 240, ...spec }, { logger });
  const view = new View(parse(vega), { renderer: 'none', logger, logLevel: Warn });
  await view.runAsync();
  const svg = await view.toSVG();
  view.finalize();
  return { svg, said };
};

const drawn = {};
for (const [name, spec] of Object.entries(await read())) drawn[name] = await draw(spec);
process.stdout.write(JSON.stringify(drawn));
