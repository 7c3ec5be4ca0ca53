/**
 * Flux in pieces. `v.…` and `${…}` are Grafana's.
 *
 * Values count with the flags 1 to 3 only; a window without one is a row without a value, so that the line breaks.
 * Reading it as `quantile(1.0)` is Flux' way to a maximum that keeps such rows: its own `max` drops them.
 */

/** Longest range that is read from raw points, and from hourly values. */
const TIERS = `span = int(v: v.timeRangeStop) - int(v: v.timeRangeStart)
long = span > int(v: 14d)
kind = if span > int(v: 400d) then "daily" else "hourly"
step = if span > int(v: 400d) then 1d else 1h
every = if long and int(v: v.windowPeriod) < int(v: step) then step else v.windowPeriod`;
const PEAK = `peak = (column, tables=<-) => tables |> quantile(q: 1.0, column: column, method: "exact_mean")`;
const LOW = `low = (column, tables=<-) => tables |> quantile(q: 0.0, column: column, method: "exact_mean")`;

/** Whole days begin at midnight in Viet Nam. */
export const window = (fn, every = 'every', empty = true) =>
  `  |> aggregateWindow(every: ${every}, offset: -7h, fn: ${fn}, createEmpty: ${empty}, timeSrc: "_start")`;

const imports = (list) => list.map((name) => `import "${name}"`).join('\n');
const lines = (...parts) => parts.filter(Boolean).join('\n');

/** Points of a measurement; `where` is more of the condition. */
export const points = (measurement, where, start = 'v.timeRangeStart', stop = 'v.timeRangeStop') =>
  `from(bucket: "\${store}_raw")
  |> range(start: ${start}, stop: ${stop})
  |> filter(fn: (r) => r._measurement == "${measurement}" and ${where})`;
/** As it was at the end of the range on screen, at most so long before. */
export const before = (span) => `date.sub(d: ${span}, from: v.timeRangeStop)`;
export const fields = (...names) => `(${names.map((name) => `r._field == "${name}"`).join(' or ')})`;
/** Conditions on the parameter, and on the chosen stations. */
export const is = (...ids) => `(${ids.map((id) => `r.parameter == "${id}"`).join(' or ')})`;
/** What a basin does not have. */
export const OF_STATIONS = 'r.parameter !~ /^basin_/';
export const CHOSEN = 'r.station =~ /^${station:regex}$/';
export const ONE = 'r.station == "${station}"';

const SENSOR = `sensor: if exists r.sensor then r.sensor else "main"`;
const named = (names) => `dict.get(dict: names, key: ${names}, default: ${names})`;

/**
 * One line per station and sensor: raw readings, and the `coarse` field of the hourly or daily values over long ranges.
 * `show`: which flags (`r.flag <= 3.0`); `fn`: peak, low or another that keeps empty windows.
 */
export function series({ where, coarse = 'max', show = 'r.flag <= 3.0', fn = 'peak', empty = true, names, label = 'station' }) {
  return lines(
    names && imports(['dict']),
    names && `names = ${names}`,
    TIERS,
    fn === 'peak' ? PEAK : LOW,
    `raw = ${points('reading', `${where} and ${fields('value', 'flag')}`)}
  |> toFloat()
  |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")
  |> map(fn: (r) => ({_time: r._time, station: r.station, ${SENSOR}, _value: r.value, flag: r.flag}))
coarse = from(bucket: "\${store}_" + kind)
  |> range(start: v.timeRangeStart, stop: v.timeRangeStop)
  |> filter(fn: (r) => r._measurement == kind and ${where} and ${fields(coarse, 'suspect')})
  |> toFloat()
  |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")
  |> map(fn: (r) => ({_time: r._time, station: r.station, ${SENSOR}, _value: r.${coarse}, flag: if r.suspect > 0.0 then 3.0 else 1.0}))
data = if long then coarse else raw
data
  |> filter(fn: (r) => exists r._value and ${show})`,
    names && `  |> map(fn: (r) => ({r with station: ${named('r.station')}}))`,
    `  |> group(columns: ["${label}"])`,
    window(fn, 'every', empty),
  );
}

/** The height of BĐ `n` itself: stage less its height above BĐ `n`, as it was in force at each time. */
export const alarmLevel = (n) =>
  lines(
    imports(['math']),
    TIERS,
    `field = if long then "last" else "value"
measurement = if long then kind else "reading"
from(bucket: "\${store}_" + (if long then kind else "raw"))
  |> range(start: v.timeRangeStart, stop: v.timeRangeStop)
  |> filter(fn: (r) => r._measurement == measurement and ${ONE} and ${is('water_level', `water_level_over_bd${n}`)} and r._field == field)
  |> map(fn: (r) => ({_time: r._time, parameter: r.parameter, ${SENSOR}, _value: r._value}))
  |> group(columns: ["sensor"])
  |> pivot(rowKey: ["_time"], columnKey: ["parameter"], valueColumn: "_value")
  |> filter(fn: (r) => exists r.water_level and exists r.water_level_over_bd${n})
  |> map(fn: (r) => ({_time: r._time, _value: math.round(x: (r.water_level - r.water_level_over_bd${n}) * 1000.0) / 1000.0}))
  |> group()`,
    window('last', 'every', false),
  );

/** Sums of rain per hour or longer; an amount's time is the end of its interval, so it belongs to the window before. */
export const rainSums = (where, names, label = 'station') =>
  lines(
    imports(['date', 'dict']),
    `names = ${names}`,
    TIERS.replace('if long and', 'if'),
    `start = date.sub(d: every, from: v.timeRangeStart)
raw = ${points('reading', `${where} and ${is('rain')} and ${fields('value', 'flag')}`, 'start')}
  |> toFloat()
  |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")
  |> filter(fn: (r) => exists r.value and r.flag <= 3.0)
  |> map(fn: (r) => ({_time: date.sub(d: 1ms, from: r._time), station: r.station, _value: r.value}))
coarse = from(bucket: "\${store}_" + kind)
  |> range(start: start, stop: v.timeRangeStop)
  |> filter(fn: (r) => r._measurement == kind and ${where} and ${is('rain')} and r._field == "sum")
  |> map(fn: (r) => ({_time: r._time, station: r.station, _value: r._value}))
data = if long then coarse else raw
data
  |> map(fn: (r) => ({r with station: ${named('r.station')}}))
  |> group(columns: ["${label}"])`,
    window('sum', 'every', false),
  );

/** The newest row of each station and sensor in one table; `columns` are made of `parameter_field` columns. */
export const newest = ({ parameters, anchor, extra = ['flag'], columns, names, where = 'true', tail = '' }) =>
  lines(
    imports(['date', 'dict']),
    `names = ${names}`,
    `${points('reading', `${where === 'true' ? '' : `${where} and `}${is(...parameters)} and ${fields('value', ...extra)}`, before('7d'))}
  |> last()
  |> toFloat()
  |> map(fn: (r) => ({r with ${SENSOR}}))
  |> group(columns: ["station", "sensor"])
  |> pivot(rowKey: ["_time"], columnKey: ["parameter", "_field"], valueColumn: "_value")
  |> filter(fn: (r) => exists r.${anchor}_flag)
  |> sort(columns: ["_time"])
  |> tail(n: 1)
  |> map(fn: (r) => ({id: r.station, station: ${named('r.station')}, sensor: r.sensor, at: r._time, ${columns}}))
  |> group()`,
    tail,
  );

/** The newest usable value of one parameter of the station; nothing when the newest is bad or missing. */
export const single = (parameter) =>
  lines(
    imports(['date']),
    `${points('reading', `${ONE} and ${is(parameter)} and ${fields('value', 'flag')}`, before('7d'))}
  |> last()
  |> toFloat()
  |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")
  |> group()
  |> sort(columns: ["_time"])
  |> tail(n: 1)
  |> filter(fn: (r) => exists r.value and exists r.flag and r.flag <= 3.0)
  |> map(fn: (r) => ({_time: r._time, _value: r.value}))`,
  );

/** Ids of stations that have readings of a parameter, each as `name|id`. */
export const stationChoice = (condition, names) =>
  lines(
    imports(['date', 'dict', 'influxdata/influxdb/schema']),
    `names = ${names}`,
    `schema.tagValues(
  bucket: "\${store}_raw",
  tag: "station",
  predicate: (r) => r._measurement == "reading" and ${condition},
  start: ${before('400d')},
  stop: v.timeRangeStop,
)
  |> map(fn: (r) => ({_value: ${named('r._value')} + "|" + r._value}))`,
  );

/** How many rows fulfil it. Summing a `map` of ones and zeros miscounts in Flux 0.200. */
export const counted = (condition) =>
  `  |> reduce(identity: {_value: 0}, fn: (r, accumulator) => ({_value: accumulator._value + (if ${condition} then 1 else 0)}))`;

export { imports, lines, named, PEAK, TIERS, SENSOR };
