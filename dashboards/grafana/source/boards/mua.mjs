import * as flux from '../flux.mjs';
import * as look from '../look.mjs';
import { board, chart, ink, stationVariable, table } from '../panels.mjs';

const HOURS = [1, 3, 6, 12, 24, 72];
const sums = (prefix, more = []) => [...HOURS.map((h) => [`h${h}`, `${prefix}_${h}h`]), ...more];
const newest = (pack, list, anchor, where) => flux.newest({
  parameters: list.map(([, parameter]) => parameter), anchor, extra: ['flag', 'completeness'], names: pack.names, where,
  columns: [...list.map(([column, parameter]) => `${column}: r.${parameter}_value`), `covered: r.${anchor}_completeness`, `flag: r.${anchor}_flag`].join(', '),
  tail: '  |> sort(columns: ["h24"], desc: true)',
});
const amount = (name, title) => [name, title, { unit: 'lengthmm', decimals: 1, color: { mode: 'continuous-blues' }, min: 0, 'custom.cellOptions': { type: 'gauge', mode: 'basic', valueDisplayMode: 'text' } }];
const quality = [
  ['covered', 'Độ đủ (24 giờ)', { unit: 'percent', decimals: 0, thresholds: look.coverSteps, 'custom.cellOptions': ink }],
  ['flag', 'Chất lượng', { mappings: look.flagWords, 'custom.cellOptions': ink }],
  ['at', 'Đến', { unit: look.DATE }],
];
const columns = (first, day) => [['station', first], ...HOURS.map((h) => amount(`h${h}`, `${h} giờ`)), ...day, ...quality];

/** The rain of days from 19:00 to 19:00, at their end: `rain_day` at 19:00 of Viet Nam. */
const days = (pack) => flux.lines(
  flux.imports(['date', 'dict']),
  `names = ${pack.names}`,
  `${flux.points('reading', `${flux.CHOSEN} and ${flux.is('rain_day')} and ${flux.fields('value', 'flag', 'completeness')}`, flux.before('10d'))}
  |> filter(fn: (r) => date.hour(t: r._time) == 12 and date.minute(t: r._time) == 0)
  |> toFloat()
  |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")
  |> filter(fn: (r) => exists r.value)
  |> map(fn: (r) => ({at: r._time, station: ${flux.named('r.station')}, value: r.value, covered: r.completeness, flag: r.flag}))
  |> group()
  |> sort(columns: ["at", "value"], desc: true)`,
);
const daily = (pack) => flux.lines(
  flux.imports(['date', 'dict']),
  `names = ${pack.names}`,
  `from(bucket: "\${store}_daily")
  |> range(start: ${flux.before('400d')}, stop: v.timeRangeStop)
  |> filter(fn: (r) => r._measurement == "daily" and ${flux.CHOSEN} and ${flux.is('rain')} and ${flux.fields('sum', 'completeness')})
  |> toFloat()
  |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")
  |> filter(fn: (r) => exists r.sum)
  |> map(fn: (r) => ({at: r._time, station: ${flux.named('r.station')}, value: r.sum, covered: r.completeness}))
  |> group()
  |> sort(columns: ["value"], desc: true)
  |> limit(n: 50)`,
);
const BLUES = { mode: 'palette-classic' };

export const mua = (pack) => board({
  uid: 'mua', title: 'Mưa', from: 'now-3d', refresh: '5m',
  description: 'Tổng mưa 1 đến 72 giờ của trạm và lưu vực, mưa ngày 19 giờ đến 19 giờ, độ đủ của số liệu.',
  variables: [stationVariable(flux.stationChoice('r.parameter == "rain"', pack.names), true)],
  panels: [
    table('Tổng mưa của trạm', 'Số liệu mới nhất; độ đủ dưới 100%: lượng mưa thật ít nhất bằng trị số này. Ngày 19 giờ: từ 19 giờ gần nhất đến nay.', 24, 12,
      { A: newest(pack, sums('rain', [['day', 'rain_day']]), 'rain_24h', flux.CHOSEN) }, columns('Trạm', [amount('day', 'Từ 19 giờ')]), { hide: ['id', 'sensor'] }),
    table('Mưa trung bình lưu vực', 'Trung bình các trạm của lưu vực, chỉ tính khi đủ số trạm quy định.', 24, 6,
      { A: newest(pack, sums('basin_rain'), 'basin_rain_24h', 'true') }, columns('Lưu vực', []), { hide: ['id', 'sensor'] }),
    chart('Mưa mỗi giờ', 'Tổng mưa mỗi giờ, khoảng dài mỗi ngày (0 đến 24 giờ). Không có cột: không mưa hoặc không có số liệu.', 24, 9,
      { A: flux.rainSums(flux.CHOSEN, pack.names) },
      {
        unit: 'lengthmm', decimals: 1, axis: 'Mưa', interval: '1h', displayName: '${__field.labels.station}', color: BLUES, legend: ['sum', 'max'],
        custom: { drawStyle: 'bars', fillOpacity: 70, lineWidth: 0, barAlignment: 1, showPoints: 'never' },
      }),
    chart('Mưa 1 giờ trung bình lưu vực', 'Trung bình trượt 1 giờ của lưu vực, trị số lớn nhất của mỗi bước. Đường đứt ở chỗ không đủ số trạm.', 12, 9,
      { A: flux.series({ where: flux.is('basin_rain_1h'), names: pack.names }) },
      { unit: 'lengthmm', decimals: 1, axis: 'Mưa 1 giờ', displayName: '${__field.labels.station}', color: BLUES }),
    chart('Mưa cộng dồn từ 19 giờ', 'Mưa ngày của bản tin, bắt đầu lại lúc 19 giờ. Đường đứt ở chỗ không có số liệu.', 12, 9,
      { A: flux.series({ where: `${flux.CHOSEN} and ${flux.is('rain_day')}`, names: pack.names }) },
      { unit: 'lengthmm', decimals: 1, axis: 'Mưa từ 19 giờ', displayName: '${__field.labels.station}', color: BLUES }),
    table('Mưa ngày 19 giờ đến 19 giờ', 'Mười ngày gần nhất, mỗi ngày tính đến 19 giờ của ngày ghi ở cột đầu.', 12, 10, { A: days(pack) },
      [['at', 'Đến', { unit: look.DATE }], ['station', 'Trạm'], ['value', 'Mưa ngày', { unit: 'lengthmm', decimals: 1 }],
        ['covered', 'Độ đủ', { unit: 'percent', decimals: 0, thresholds: look.coverSteps, 'custom.cellOptions': ink }],
        ['flag', 'Chất lượng', { mappings: look.flagWords, 'custom.cellOptions': ink }]]),
    table('Ngày mưa lớn nhất trong năm', 'Năm mươi trị số lớn nhất của 400 ngày qua, ngày dân sự (0 giờ đến 24 giờ), từ kho số liệu ngày.', 12, 10, { A: daily(pack) },
      [['at', 'Ngày', { unit: 'time:DD/MM/YYYY' }], ['station', 'Trạm'], ['value', 'Mưa ngày', { unit: 'lengthmm', decimals: 1 }],
        ['covered', 'Độ đủ', { unit: 'percent', decimals: 0, thresholds: look.coverSteps, 'custom.cellOptions': ink }]]),
  ],
});
