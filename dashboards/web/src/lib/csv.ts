/** Readings as a file for other programs: RFC 4180, decimal point, values as measured, times with their zone. */

import type { Sample } from './hydrograph';
import { rfc3339 } from './time';

export interface CsvSeries {
  station: string;
  parameter: string;
  unit: string;
}

/** Nothing here has been through the yearly review, and every line says so. */
const STATUS = 'provisional';
const COLUMNS = ['station', 'parameter', 'unit', 'observed_at', 'value', 'qartod_flag', 'failed_checks', 'late', 'by_person', 'status'];

function field(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}

function line(of: CsvSeries, one: Sample): string {
  const value = one.value === null ? '' : String(one.value);
  const words = [of.station, of.parameter, of.unit, rfc3339(one.at), value, String(one.flag), one.failed.join(' '), String(one.late), one.byPerson ?? '', STATUS];
  return words.map(field).join(',');
}

/** With a byte order mark, because spreadsheets ask for one. */
export function csv(of: CsvSeries, samples: Sample[]): string {
  return `\ufeff${[COLUMNS.join(','), ...samples.map((one) => line(of, one))].join('\r\n')}\r\n`;
}

/** About how many bytes so many readings come to, before they are loaded. */
export function csvSize(of: CsvSeries, count: number): number {
  const typical: Sample = { at: 0, value: 12.34, flag: 1, failed: [], late: false };
  return COLUMNS.join(',').length + 5 + count * (line(of, typical).length + 2);
}
