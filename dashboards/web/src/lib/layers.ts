/** Which layer fails when a station is not well: from the sensor to the ledger, named, worst first. */

import type { Condition, Station, StationHealth, Status } from '../types';

/** In the order in which a reading passes through them; the last is what people did. */
export type Layer = 'sensor' | 'battery' | 'clock' | 'logger' | 'station_or_line' | 'line' | 'intake' | 'ledger' | 'maintenance';

export interface Failing {
  layer: Layer;
  condition: Condition | 'never';
  /** RFC 3339; null = always. */
  since: string | null;
}

/** How bad a condition is for who waits for data. */
const WEIGHT: Record<Failing['condition'], number> = {
  silent: 6,
  never: 5,
  sensor_silent: 4,
  implausible: 3,
  clock_wrong: 3,
  sends_nonsense: 2,
  battery_low: 1,
  maintenance_over: 0.5,
};

/**
 * Silence has its place on the way: when the server itself hears or writes nothing, no station is accused. A
 * station that is connected and says nothing has a logger that fails; one that the broker lost has a line or
 * power that fails; of one that was never connected nobody can tell.
 */
function silence(health: StationHealth | null, status: Status | null): Layer {
  if (status && !status.broker.listening) return 'intake';
  if (status && !status.ledger.writing) return 'ledger';
  if (health?.connected === true) return 'logger';
  return health?.connected === false ? 'line' : 'station_or_line';
}

function layerOf(condition: Condition, health: StationHealth, status: Status | null): Layer {
  switch (condition) {
    case 'silent':
      return silence(health, status);
    case 'clock_wrong':
      return 'clock';
    case 'battery_low':
      return 'battery';
    case 'sends_nonsense':
      return 'logger';
    case 'sensor_silent':
    case 'implausible':
      return 'sensor';
    case 'maintenance_over':
      return 'maintenance';
  }
}

/** Everything that fails at a station, worst first; nothing = it is well. */
export function failing(station: Station, status: Status | null): Failing[] {
  const { health } = station;
  if (health === null || (health.last_received === null && health.conditions.length === 0)) {
    return [{ layer: silence(health, status), condition: 'never', since: null }];
  }
  const found = health.conditions.map(([condition, since]) => ({ layer: layerOf(condition, health, status), condition, since }));
  return found.sort((a, b) => WEIGHT[b.condition] - WEIGHT[a.condition] || a.since.localeCompare(b.since));
}

export interface Checked {
  station: Station;
  failing: Failing[];
}

/** Worst first, then what has failed longest, then by name. */
export function worstHealth(stations: Station[], status: Status | null): Checked[] {
  const checked = stations.map((station) => ({ station, failing: failing(station, status) }));
  const weight = (one: Checked): number => (one.failing[0] ? WEIGHT[one.failing[0].condition] : 0);
  const since = (one: Checked): string => one.failing[0]?.since ?? '';
  const byText = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);
  return checked.sort(
    (a, b) => weight(b) - weight(a) || byText(since(a), since(b)) || a.station.name.localeCompare(b.station.name, 'vi'),
  );
}
