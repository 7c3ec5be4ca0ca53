/** Names of stations, basins and parameters, read from a pack: InfluxDB knows ids only. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Tables `[[name]]` of a file with the text keys that stand on lines of their own. */
function tables(folder, file, name) {
  const parts = readFileSync(join(folder, file), 'utf8').split(/^(?=\[\[)/m);
  const own = parts.filter((part) => part.startsWith(`[[${name}]]`));
  return own.map((part) => Object.fromEntries([...part.matchAll(/^(\w+) = "([^"\\]*)"/gm)].map((m) => [m[1], m[2]])));
}

/** A Flux dictionary. */
const dictionary = (pairs) => `[${pairs.map(([key, text]) => `"${key}": "${text}"`).join(', ')}]`;
const upper = (text) => text[0].toUpperCase() + text.slice(1);

export function pack(folder) {
  const stations = tables(folder, 'stations.toml', 'station').map(({ id, name }) => [id, name]);
  const basins = tables(folder, 'basins.toml', 'basin').map(({ id, name }) => [id, upper(name)]);
  const parameters = tables(folder, 'parameters.toml', 'parameter');
  return {
    stations: [...stations, ...basins],
    names: dictionary([...stations, ...basins]),
    parameters: dictionary(parameters.map(({ id, name_vi }) => [id, name_vi])),
    units: dictionary(parameters.map(({ id, unit }) => [id, unit === '1' ? '' : unit])),
  };
}
