/** The uPlot options of the hydrograph. Times on the axis are Viet Nam's, whatever the browser's zone. */

import uPlot from 'uplot';

import { clock, DAY, dayMonth, HOUR, months, ticks } from '../lib/time';
import { background, foreground } from './marks';
import type { Colours, Model } from './model';

const STEPS = [HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 5 * DAY, 10 * DAY];
/** Least room for one time label, CSS px. */
const LABEL_ROOM = 64;
const FONT = '12px "Noto Sans", sans-serif';

/** Where time labels stand: steps on Viet Nam's clock, months when the range is long. */
function timeTicks(model: Model, width: number): number[] {
  const most = Math.max(2, Math.floor(width / LABEL_ROOM));
  const length = model.to - model.from;
  const step = STEPS.find((one) => length / one <= most);
  if (step !== undefined && length <= 60 * DAY) return ticks(model.from, model.to, step);
  const every = [1, 2, 3, 6].find((one) => length / (one * 30 * DAY) <= most) ?? 12;
  return months(model.from, model.to, every);
}

/** Hours inside a day, the date at midnight. */
function timeLabel(at: number): string {
  return (at + 7 * HOUR) % DAY === 0 ? dayMonth(at) : clock(at);
}

/** Decimals of the stage axis follow its step. */
function metres(values: number[], metre: (value: number, decimals: number) => string): string[] {
  const step = Math.abs((values[1] ?? 1) - (values[0] ?? 0));
  return values.map((value) => metre(value, step < 0.1 ? 2 : 1));
}

/** Options for a drawing; `model` is read at every redraw, so live data need no new chart. */
export function options(
  size: { width: number; height: number },
  model: () => Model,
  colour: Colours,
  number: (value: number, decimals: number) => string,
  moved: (index: number | null) => void,
): uPlot.Options {
  const wet = model().rainTop !== null;
  const narrow = size.width < 500;
  const axis = { font: FONT, stroke: colour.faint, labelFont: FONT, ticks: { show: false } };
  return {
    ...size,
    legend: { show: false },
    padding: [8, wet ? 0 : 12, 0, 0],
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 8 } },
    scales: {
      x: { time: false, range: () => [model().from / 1_000, model().to / 1_000] },
      y: { range: () => model().stage },
      r: { dir: -1, range: () => [0, model().rainTop ?? 30] },
    },
    axes: [
      {
        ...axis,
        size: 28,
        grid: { stroke: colour.grid, width: 1 },
        splits: (u) => timeTicks(model(), u.width).map((at) => at / 1_000),
        values: (_, at) => at.map((one) => timeLabel(one * 1_000)),
      },
      {
        ...axis,
        scale: 'y',
        size: narrow ? 44 : 50,
        label: narrow ? undefined : model().words.level,
        labelSize: 20,
        grid: { stroke: colour.grid, width: 1 },
        values: (_, values) => metres(values, number),
      },
      {
        ...axis,
        scale: 'r',
        side: 1,
        show: wet,
        size: 36,
        grid: { show: false },
        space: 24,
        values: (_, values) => values.map((mm) => (mm <= (model().rainTop ?? 0) / 2.5 ? number(mm, 0) : '')),
      },
    ],
    series: [
      {},
      { scale: 'y', stroke: colour.line, width: 2.5, points: { show: false }, spanGaps: false },
      { scale: 'r', paths: () => null, points: { show: false } },
      { scale: 'y', paths: () => null, points: { show: false }, stroke: colour.ahead },
    ],
    hooks: {
      drawAxes: [(u) => background(u, model(), colour)],
      draw: [(u) => foreground(u, model(), colour)],
      setCursor: [(u) => moved(u.cursor.left != null && u.cursor.left >= 0 ? (u.cursor.idx ?? null) : null)],
    },
  };
}

/** The data as uPlot wants it: seconds, line, rain, forecast. */
export function data(model: Model): uPlot.AlignedData {
  const { at, line, rain, ahead } = model.traces;
  return [at.map((one) => one / 1_000), line, rain, ahead] as uPlot.AlignedData;
}
