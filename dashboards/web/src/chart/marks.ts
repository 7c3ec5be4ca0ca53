/** What the chart draws besides the line: levels, rain bars, suspect and bad points, now. */

import type uPlot from 'uplot';

import type { DrawnForecast } from '../lib/forecast';
import type { Point } from '../lib/hydrograph';
import { capital } from '../lib/words';
import type { Colours, Model } from './model';

const FONT = '600 12px "Noto Sans", sans-serif';

/** BĐ1 solid, BĐ2 long dashes, BĐ3 dots: no level is told by colour alone. */
const DASHES: Record<number, number[]> = { 1: [], 2: [12, 6], 3: [3, 4], 4: [] };

/** Canvas pixels per CSS pixel. */
const ratio = (u: uPlot): number => u.bbox.height / Math.max(1, u.over.clientHeight);
const x = (u: uPlot, at: number): number => u.valToPos(at / 1_000, 'x', true);
const y = (u: uPlot, value: number): number => u.valToPos(value, 'y', true);

function inside(u: uPlot, draw: (context: CanvasRenderingContext2D, scale: number) => void): void {
  const { left, top, width, height } = u.bbox;
  u.ctx.save();
  u.ctx.beginPath();
  u.ctx.rect(left, top, width, height);
  u.ctx.clip();
  draw(u.ctx, ratio(u));
  u.ctx.restore();
}

/** Behind the line: the future and the rain. */
export function background(u: uPlot, model: Model, colour: Colours): void {
  inside(u, (context, scale) => {
    const { left, top, width, height } = u.bbox;
    const now = x(u, model.now);
    context.fillStyle = colour.future;
    context.fillRect(now, top, left + width - now, height);
    if (model.chosen) {
      const [from, to] = [x(u, model.chosen.from) - 6 * scale, x(u, model.chosen.to) + 6 * scale];
      context.fillStyle = colour.chosen;
      context.fillRect(from, top, to - from, height);
      context.fillStyle = colour.line;
      for (const edge of [from, to]) context.fillRect(edge - scale / 2, top, scale, height);
    }
    model.forecasts.slice(0, 1).forEach((one) => band(u, context, one, colour));
    later(u, context, model, colour);
    if (model.rainTop === null) return;
    context.fillStyle = colour.rain;
    for (const bar of model.bars) {
      const from = x(u, bar.at - model.step);
      const to = x(u, bar.at);
      const inset = Math.min(1.5, (to - from) * 0.12);
      const bottom = u.valToPos(bar.value, 'r', true);
      context.fillRect(from + inset, top, Math.max(1, to - from - 2 * inset), bottom - top);
    }
  });
}

/** Old forecasts and those beside the leading one stay in the background. */
const FAINT = 0.45;

/** The band of a forecast, stretch by stretch where two neighbours have one. */
function band(u: uPlot, context: CanvasRenderingContext2D, one: DrawnForecast, colour: Colours): void {
  context.globalAlpha = one.faint ? FAINT : 1;
  context.fillStyle = colour.band;
  one.points.forEach((point, i) => {
    const before = one.points[i - 1];
    if (before?.low == null || before.high == null || point.low === null || point.high === null) return;
    context.beginPath();
    context.moveTo(x(u, before.at), y(u, before.low));
    context.lineTo(x(u, before.at), y(u, before.high));
    context.lineTo(x(u, point.at), y(u, point.high));
    context.lineTo(x(u, point.at), y(u, point.low));
    context.fill();
  });
  context.globalAlpha = 1;
}

/** The line of a forecast, dashed, with a dot at each point: between them it says nothing. */
function ahead(u: uPlot, context: CanvasRenderingContext2D, scale: number, one: DrawnForecast, colour: Colours): void {
  context.globalAlpha = one.faint ? FAINT : 1;
  context.strokeStyle = colour.ahead;
  context.fillStyle = colour.ahead;
  context.lineWidth = 2.5 * scale;
  context.setLineDash([7 * scale, 4 * scale]);
  context.beginPath();
  one.points.forEach((point, i) => (i === 0 ? context.moveTo(x(u, point.at), y(u, point.value)) : context.lineTo(x(u, point.at), y(u, point.value))));
  context.stroke();
  context.setLineDash([]);
  for (const point of one.points) {
    context.beginPath();
    context.arc(x(u, point.at), y(u, point.value), 2.5 * scale, 0, 2 * Math.PI);
    context.fill();
  }
  context.globalAlpha = 1;
}

/** What came later: a thin broken line. */
function later(u: uPlot, context: CanvasRenderingContext2D, model: Model, colour: Colours): void {
  const points = model.later ?? [];
  if (points.length === 0) return;
  const scale = ratio(u);
  context.beginPath();
  points.forEach((one, i) => {
    if (one.value === null) return;
    const begins = i === 0 || points[i - 1]?.value === null;
    if (begins) context.moveTo(x(u, one.at), y(u, one.value));
    else context.lineTo(x(u, one.at), y(u, one.value));
  });
  context.strokeStyle = colour.faint;
  context.lineWidth = 1.5 * scale;
  context.setLineDash([2 * scale, 4 * scale]);
  context.stroke();
  context.setLineDash([]);
}

/** In front: levels with their labels, points that are not joined, now. */
export function foreground(u: uPlot, model: Model, colour: Colours): void {
  inside(u, (context, scale) => {
    context.font = FONT.replace('12px', `${12 * scale}px`);
    for (const level of model.levels) {
      const stroke = colour.levels[level.level] ?? colour.ink;
      const text = `${capital(level.name)} ${model.words.metre(level.value)}`;
      rule(u, level.value, stroke, DASHES[level.level] ?? [], level.level === 4 ? 1 : 1.75, text, colour);
    }
    if (model.record) rule(u, model.record.value, colour.record, [], 1, model.record.label, colour);
    for (const one of [...model.forecasts].reverse()) ahead(u, context, scale, one, colour);
    isolated(u, context, scale, colour);
    model.replaced?.forEach((point) => replaced(u, context, scale, point, colour));
    model.traces.suspect.forEach((point) => ring(u, context, scale, point, colour));
    model.traces.bad.forEach((point) => cross(u, context, scale, point, colour));
    model.traces.corrected.forEach((point) => diamond(u, context, scale, point, colour));
    nowLine(u, context, scale, model, colour);
  });
}

function rule(
  u: uPlot,
  value: number,
  stroke: string,
  dash: number[],
  width: number,
  text: string,
  colour: Colours,
): void {
  const { ctx: context, bbox } = u;
  const scale = ratio(u);
  const at = Math.round(y(u, value));
  context.strokeStyle = stroke;
  context.lineWidth = width * scale;
  context.setLineDash(dash.map((one) => one * scale));
  context.beginPath();
  context.moveTo(bbox.left, at);
  context.lineTo(bbox.left + bbox.width, at);
  context.stroke();
  context.setLineDash([]);
  context.textAlign = 'left';
  context.textBaseline = 'bottom';
  label(context, text, bbox.left + 6 * scale, at - 2 * scale, scale, colour);
}

/** Text with a halo, readable above lines and bars. */
function label(context: CanvasRenderingContext2D, text: string, at: number, base: number, scale: number, colour: Colours): void {
  context.lineJoin = 'round';
  context.lineWidth = 4 * scale;
  context.strokeStyle = colour.paper;
  context.strokeText(text, at, base);
  context.fillStyle = colour.ink;
  context.fillText(text, at, base);
}

/** A value between two gaps has no line; it gets a dot. */
function isolated(u: uPlot, context: CanvasRenderingContext2D, scale: number, colour: Colours): void {
  const at = u.data[0];
  const line = (u.data[1] ?? []) as (number | null | undefined)[];
  const known = line.flatMap((value, i) => (value === undefined ? [] : [{ value, i }]));
  known.forEach(({ value, i }, k) => {
    if (value === null || known[k - 1]?.value != null || known[k + 1]?.value != null) return;
    context.beginPath();
    context.arc(u.valToPos(at[i] ?? 0, 'x', true), y(u, value), 2.5 * scale, 0, 2 * Math.PI);
    context.fillStyle = colour.line;
    context.fill();
  });
}

function ring(u: uPlot, context: CanvasRenderingContext2D, scale: number, point: Point, colour: Colours): void {
  context.beginPath();
  context.arc(x(u, point.at), y(u, point.value), 4 * scale, 0, 2 * Math.PI);
  context.fillStyle = colour.paper;
  context.fill();
  context.strokeStyle = colour.line;
  context.lineWidth = 1.75 * scale;
  context.stroke();
}

/** A value that a person gave. */
function diamond(u: uPlot, context: CanvasRenderingContext2D, scale: number, point: Point, colour: Colours): void {
  const arm = 5.5 * scale;
  const [across, up] = [x(u, point.at), y(u, point.value)];
  context.beginPath();
  context.moveTo(across, up - arm);
  context.lineTo(across + arm, up);
  context.lineTo(across, up + arm);
  context.lineTo(across - arm, up);
  context.closePath();
  context.fillStyle = colour.paper;
  context.fill();
  context.strokeStyle = colour.line;
  context.lineWidth = 2 * scale;
  context.stroke();
}

/** A value that was replaced; outside the axis it stays visible at its edge. */
function replaced(u: uPlot, context: CanvasRenderingContext2D, scale: number, point: Point, colour: Colours): void {
  const arm = 3.5 * scale;
  const { top, height } = u.bbox;
  const level = Math.min(top + height - arm - 2, Math.max(top + arm + 2, y(u, point.value)));
  context.strokeStyle = colour.faint;
  context.lineWidth = 1.25 * scale;
  context.setLineDash([2 * scale, 2 * scale]);
  context.strokeRect(x(u, point.at) - arm, level - arm, 2 * arm, 2 * arm);
  context.setLineDash([]);
}

/** A bad value outside the axis stays visible at its edge. */
function cross(u: uPlot, context: CanvasRenderingContext2D, scale: number, point: Point, colour: Colours): void {
  const arm = 4.5 * scale;
  const { top, height } = u.bbox;
  const at = x(u, point.at);
  const level = Math.min(top + height - arm - 2, Math.max(top + arm + 2, y(u, point.value)));
  context.strokeStyle = colour.bad;
  context.lineWidth = 2 * scale;
  context.beginPath();
  context.moveTo(at - arm, level - arm);
  context.lineTo(at + arm, level + arm);
  context.moveTo(at - arm, level + arm);
  context.lineTo(at + arm, level - arm);
  context.stroke();
}

function nowLine(u: uPlot, context: CanvasRenderingContext2D, scale: number, model: Model, colour: Colours): void {
  const at = Math.round(x(u, model.now));
  const { top, height } = u.bbox;
  context.strokeStyle = colour.ink;
  context.lineWidth = scale;
  context.setLineDash([4 * scale, 3 * scale]);
  context.beginPath();
  context.moveTo(at, top);
  context.lineTo(at, top + height);
  context.stroke();
  context.setLineDash([]);
  context.textAlign = 'right';
  context.textBaseline = 'bottom';
  label(context, model.words.now, at - 4 * scale, top + height - 4 * scale, scale, colour);
}
