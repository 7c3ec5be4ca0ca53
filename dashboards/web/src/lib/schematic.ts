/** The river system as a tube map: one row per river, stations from source to mouth. No geodata. */

import type { Station } from '../types';

export interface Stop {
  station: Station;
  /** Position along its river, 0 = uppermost. */
  column: number;
}

export interface RiverLine {
  id: string;
  name: string;
  stops: Stop[];
  /** Index of the line it flows into, and the column there. */
  joins: { line: number; column: number } | null;
}

/** How many stations of the same river are above this one. */
function depth(station: Station, byId: Map<string, Station>): number {
  const above = [...byId.values()].filter(
    (other) => other.downstream === station.id && other.river === station.river && other.id !== station.id,
  );
  const seen = new Map(byId);
  seen.delete(station.id);
  return above.reduce((deepest, other) => Math.max(deepest, 1 + depth(other, seen)), 0);
}

/** Rivers in the order of the configuration, which is the order of their first station. */
export function lines(stations: Station[]): RiverLine[] {
  const gauged = stations.filter((station) => station.river !== null);
  const byId = new Map(gauged.map((station) => [station.id, station]));
  const rivers = [...new Set(gauged.map((station) => station.river ?? ''))];
  const out: RiverLine[] = rivers.map((river) => {
    const own = gauged.filter((station) => station.river === river);
    const stops = own
      .map((station) => ({ station, column: depth(station, byId) }))
      .sort((a, b) => a.column - b.column)
      .map((stop, column) => ({ ...stop, column }));
    return { id: river, name: own[0]?.river_name ?? river, stops, joins: null };
  });
  return out.map((line) => ({ ...line, joins: joinOf(line, out) }));
}

function joinOf(line: RiverLine, all: RiverLine[]): RiverLine['joins'] {
  const last = line.stops[line.stops.length - 1]?.station;
  const target = last?.downstream;
  if (!target) return null;
  const found = all.findIndex((other) => other.id !== line.id && other.stops.some((stop) => stop.station.id === target));
  const column = all[found]?.stops.find((stop) => stop.station.id === target)?.column;
  return column === undefined ? null : { line: found, column };
}
