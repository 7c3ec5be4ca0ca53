import * as flux from '../flux.mjs';
import * as look from '../look.mjs';
import { board, chart, ink, ofQuery, stat, stationVariable, table, timeline } from '../panels.mjs';

const STATES = ['connected', 'silent', 'clock_wrong', 'battery_low', 'nonsense'];
const WORDS = ['Đang kết nối', 'Im lặng', 'Sai đồng hồ', 'Ắc quy yếu', 'Gửi số liệu hỏng'];

const count = (state) => `${flux.imports(['date'])}
${flux.points('station_health', `${flux.CHOSEN} and ${flux.fields(state)}`, flux.before('400d'))}
  |> last()
  |> toInt()
  |> group()
  |> sum()`;

/** Everything about a station in one row: states as 0 and 1, times in ms. */
const overview = (pack) => flux.lines(
  flux.imports(['date', 'dict']),
  `names = ${pack.names}`,
  `one = (tables=<-) => tables |> group(columns: ["station", "field"]) |> sort(columns: ["_time"]) |> tail(n: 1)
states = ${flux.points('station_health', `${flux.CHOSEN} and ${flux.fields(...STATES)}`, flux.before('400d'))}
  |> last()
  |> toFloat()
  |> map(fn: (r) => ({_time: r._time, station: r.station, field: r._field, _value: r._value}))
heard = ${flux.points('arrival', `${flux.CHOSEN} and r._field == "seq"`, flux.before('30d'))}
  |> last()
  |> map(fn: (r) => ({_time: r._time, station: r.station, field: "heard", _value: float(v: int(v: r._time)) / 1000000.0}))
battery = ${flux.points('reading', `${flux.CHOSEN} and ${flux.is('battery')} and ${flux.fields('value')}`, flux.before('30d'))}
  |> last()
  |> map(fn: (r) => ({_time: r._time, station: r.station, field: "volts", _value: r._value}))
union(tables: [states, heard, battery])
  |> one()
  |> group(columns: ["station"])
  |> pivot(rowKey: ["station"], columnKey: ["field"], valueColumn: "_value")
  |> map(fn: (r) => ({station: ${flux.named('r.station')}, ${[...STATES, 'volts', 'heard'].map((name) => `${name}: r.${name}`).join(', ')}}))
  |> group()
  |> sort(columns: ["silent", "station"], desc: true)`,
);

/** The worst condition of each station over time; what held at the begin is put there. */
const history = (pack) => flux.lines(
  flux.imports(['date', 'dict']),
  `names = ${pack.names}`,
  `earlier = ${flux.points('station_health', `${flux.CHOSEN} and ${flux.fields(...STATES.slice(1))}`, 'date.sub(d: 400d, from: v.timeRangeStart)', 'v.timeRangeStart')}
  |> last()
  |> map(fn: (r) => ({_time: v.timeRangeStart, station: r.station, _field: r._field, _value: r._value}))
within = ${flux.points('station_health', `${flux.CHOSEN} and ${flux.fields(...STATES.slice(1))}`)}
  |> map(fn: (r) => ({_time: r._time, station: r.station, _field: r._field, _value: r._value}))
union(tables: [earlier, within])
  |> group(columns: ["station"])
  |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")
  |> map(fn: (r) => ({_time: r._time, station: ${flux.named('r.station')}, _value: if r.silent then 4.0 else if r.nonsense then 3.0 else if r.clock_wrong then 2.0 else if r.battery_low then 1.0 else 0.0}))
  |> group(columns: ["station"])
  |> sort(columns: ["_time"])`,
);

/** Counts of messages and delays per station in the range. */
export const traffic = (pack, where, tail = '') => flux.lines(
  flux.imports(['dict']),
  `names = ${pack.names}`,
  `all = ${flux.points('arrival', `${where}${flux.fields('readings', 'set_aside', 'duplicates', 'delay_ms')}`)}
  |> toFloat()
  |> keep(columns: ["_time", "_value", "_field", "station"])
sums = all |> filter(fn: (r) => r._field != "delay_ms") |> sum() |> map(fn: (r) => ({station: r.station, field: r._field, _value: r._value}))
messages = all |> filter(fn: (r) => r._field == "readings") |> count() |> map(fn: (r) => ({station: r.station, field: "messages", _value: float(v: r._value)}))
delays = all |> filter(fn: (r) => r._field == "delay_ms")
median = delays |> quantile(q: 0.5, method: "exact_mean") |> map(fn: (r) => ({station: r.station, field: "median", _value: r._value}))
longest = delays |> max() |> map(fn: (r) => ({station: r.station, field: "longest", _value: r._value}))
union(tables: [sums, messages, median, longest])
  |> group(columns: ["station"])
  |> pivot(rowKey: ["station"], columnKey: ["field"], valueColumn: "_value")
  |> map(fn: (r) => ({station: ${flux.named('r.station')}, messages: r.messages, readings: r.readings, set_aside: r.set_aside, duplicates: r.duplicates, median: r.median, longest: r.longest}))
  |> group()
${tail || '  |> sort(columns: ["station"])'}`,
);
export const trafficColumns = [
  ['station', 'Trạm'], ['messages', 'Bản tin', { decimals: 0 }], ['readings', 'Số liệu', { decimals: 0 }],
  ['set_aside', 'Để riêng', { decimals: 0, thresholds: look.faultSteps, 'custom.cellOptions': ink }], ['duplicates', 'Trùng', { decimals: 0 }],
  ['median', 'Độ trễ trung vị', { unit: 'ms' }], ['longest', 'Độ trễ lớn nhất', { unit: 'ms' }],
];

/** Completeness of each day and station: what was measured least completely. */
const coverage = (pack) => flux.lines(
  flux.imports(['dict']),
  `names = ${pack.names}`,
  `from(bucket: "\${store}_daily")
  |> range(start: v.timeRangeStart, stop: v.timeRangeStop)
  |> filter(fn: (r) => r._measurement == "daily" and ${flux.CHOSEN} and ${flux.is('water_level', 'rain')} and r._field == "completeness")
  |> toFloat()
  |> group(columns: ["station"])
  |> aggregateWindow(every: 1d, offset: -7h, fn: min, createEmpty: false, timeSrc: "_start")
  |> map(fn: (r) => ({_time: r._time, station: ${flux.named('r.station')}, _value: r._value}))
  |> group(columns: ["station"])`,
);

const fault = (name, n, text) => [name, WORDS[n], { mappings: look.faultWords(text), 'custom.cellOptions': ink }];

export const sucKhoe = (pack) => board({
  uid: 'suc-khoe', title: 'Sức khỏe trạm', from: 'now-7d', refresh: '1m',
  description: 'Trạm nào kết nối, im lặng, sai đồng hồ, yếu ắc quy; số bản tin, độ trễ và độ đủ của số liệu.',
  variables: [stationVariable(flux.stationChoice(flux.OF_STATIONS, pack.names), true)],
  panels: [
    stat('Số trạm theo trạng thái', 'Trạng thái mới nhất của các trạm đã từng có thay đổi trạng thái.', 24, 4,
      Object.fromEntries(STATES.map((state, n) => ['ABCDE'[n], count(state)])),
      {
        missing: '?', thresholds: look.faultSteps,
        overrides: WORDS.map((text, n) => ofQuery('ABCDE'[n], { displayName: text, ...(n === 0 ? { thresholds: look.plainSteps(look.STAGE) } : {}) })),
      }),
    table('Trạng thái của trạm', 'Trạng thái mới nhất, giờ nhận bản tin cuối cùng và điện áp ắc quy. Trạm chạy ắc quy có thể tự ngắt kết nối giữa hai lần gửi.', 24, 11, { A: overview(pack) },
      [
        ['station', 'Trạm'], ['connected', WORDS[0], { mappings: look.connectedWords, 'custom.cellOptions': ink }],
        fault('silent', 1, 'im lặng'), fault('clock_wrong', 2, 'sai đồng hồ'), fault('battery_low', 3, 'yếu'), fault('nonsense', 4, 'hỏng'),
        ['volts', 'Ắc quy', { unit: 'volt', decimals: 2 }], ['heard', 'Nhận lần cuối', { unit: 'dateTimeFromNow' }],
      ]),
    timeline('Diễn biến trạng thái', 'Điều xấu nhất của mỗi trạm: im lặng, rồi gửi số liệu hỏng, sai đồng hồ, ắc quy yếu.', 24, 10, { A: history(pack) },
      { mappings: look.conditionWords, thresholds: look.steps([null, look.GOOD], [1, look.DOUBT], [3, look.BAD], [4, look.QUIET]), displayName: '${__field.labels.station}' }),
    table('Bản tin và độ trễ theo trạm', 'Trong khoảng đang xem. Độ trễ: từ giờ đo mới nhất trong bản tin đến lúc nhận.', 14, 11, { A: traffic(pack, `${flux.CHOSEN} and `) }, trafficColumns),
    timeline('Độ đủ số liệu mỗi ngày', 'Phần của ngày có số liệu dùng được, lấy yếu tố kém hơn trong mực nước và mưa, từ kho số liệu ngày. Chỗ trống: cả ngày không có.', 10, 11, { A: coverage(pack) },
      { mappings: [], thresholds: look.coverSteps, displayName: '${__field.labels.station}', interval: '1d', unit: 'percent' }),
    chart('Điện áp ắc quy', 'Trị số nhỏ nhất của mỗi bước; đường đứt ở chỗ trạm không gửi.', 24, 9,
      { A: flux.series({ where: `${flux.CHOSEN} and ${flux.is('battery')}`, coarse: 'min', fn: 'low', names: pack.names }) },
      { unit: 'volt', decimals: 2, axis: 'V', displayName: '${__field.labels.station}', color: { mode: 'palette-classic' }, legend: ['lastNotNull', 'min'] }),
  ],
});
