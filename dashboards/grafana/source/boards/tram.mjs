import * as flux from '../flux.mjs';
import * as look from '../look.mjs';
import { board, chart, ink, ofQuery, stat, stationVariable, table, timeline } from '../panels.mjs';

const one = (parameter) => `${flux.ONE} and ${flux.is(parameter)}`;
const line = (parameter, more = {}) => flux.series({ where: one(parameter), label: 'sensor', ...more });
const color = (fixedColor) => ({ mode: 'fixed', fixedColor });
const bySensor = (text) => `${text} (\${__field.labels.sensor})`;

/** Parameters that stations measure: what is derived has no verdict of its own. */
const MEASURED = 'r.parameter !~ /^(rain_(10min|1h|3h|6h|12h|24h|72h|day)|water_level_.+|wind_force|gust_force)$/';

const flags = (pack) => flux.lines(
  flux.imports(['dict']),
  `names = ${pack.parameters}`,
  flux.TIERS,
  flux.PEAK,
  `raw = ${flux.points('reading', `${flux.ONE} and ${MEASURED} and r._field == "flag"`)}
  |> toFloat()
coarse = from(bucket: "\${store}_" + kind)
  |> range(start: v.timeRangeStart, stop: v.timeRangeStop)
  |> filter(fn: (r) => r._measurement == kind and ${flux.ONE} and ${MEASURED} and r._field == "flag")
  |> toFloat()
data = if long then coarse else raw
data
  |> map(fn: (r) => ({_time: r._time, _value: r._value, parameter: ${flux.named('r.parameter')}}))
  |> group(columns: ["parameter"])`,
  flux.window('peak'),
);

const latest = (pack) => flux.lines(
  flux.imports(['date', 'dict']),
  `names = ${pack.parameters}\nunits = ${pack.units}`,
  `${flux.points('reading', `${flux.ONE} and ${flux.fields('value', 'flag', 'completeness')}`, flux.before('7d'))}
  |> last()
  |> toFloat()
  |> map(fn: (r) => ({r with ${flux.SENSOR}}))
  |> group(columns: ["parameter", "sensor"])
  |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")
  |> filter(fn: (r) => exists r.flag)
  |> sort(columns: ["_time"])
  |> tail(n: 1)
  |> map(fn: (r) => ({parameter: ${flux.named('r.parameter')}, sensor: r.sensor, value: r.value, unit: dict.get(dict: units, key: r.parameter, default: ""), flag: r.flag, covered: r.completeness, at: r._time}))
  |> group()
  |> sort(columns: ["parameter"])`,
);

const overBd = [1, 2, 3];
const bdDash = [{ fill: 'solid' }, { fill: 'dash', dash: [16, 6] }, { fill: 'dot', dash: [2, 6] }];

export const tram = (pack) => board({
  uid: 'tram', title: 'Một trạm', from: 'now-3d', refresh: '1m',
  description: 'Mực nước với các mức báo động, mưa, cường suất, chất lượng số liệu của một trạm.',
  variables: [stationVariable(flux.stationChoice(flux.OF_STATIONS, pack.names), false)],
  panels: [
    stat('Mực nước', 'Mực nước mới nhất dùng được. Không hiện số liệu sai hoặc thiếu.', 4, 4, { A: flux.single('water_level') },
      { unit: 'lengthm', decimals: 2, thresholds: look.plainSteps(look.STAGE), missing: 'không có trị số tốt' }),
    stat('So với các mức báo động', 'Chênh lệch của mực nước mới nhất với BĐ1, BĐ2, BĐ3 của trạm: dương là trên mức.', 8, 4,
      Object.fromEntries(overBd.map((n) => ['ABC'[n - 1], flux.single(`water_level_over_bd${n}`)])),
      {
        unit: 'lengthm', decimals: 2, missing: 'không có', thresholds: look.plainSteps(look.LEVELS[0]),
        overrides: overBd.map((n) => ofQuery('ABC'[n - 1], { displayName: `So với BĐ${n}`, thresholds: look.overSteps(n) })),
      }),
    stat('Cường suất', 'Tốc độ lên (dương) hay xuống (âm) của mực nước, mới nhất.', 4, 4, { A: flux.single('water_level_rise') },
      { unit: 'suffix: cm/h', decimals: 0, thresholds: look.plainSteps(look.STAGE) }),
    stat('Mưa tại trạm', 'Tổng mưa 1 giờ và 24 giờ mới nhất.', 5, 4, { A: flux.single('rain_1h'), B: flux.single('rain_24h') },
      {
        unit: 'lengthmm', decimals: 1, thresholds: look.plainSteps(look.RAIN),
        overrides: [ofQuery('A', { displayName: 'Mưa 1 giờ' }), ofQuery('B', { displayName: 'Mưa 24 giờ' })],
      }),
    stat('Ắc quy', 'Điện áp mới nhất. Ngưỡng yếu đặt riêng cho từng trạm và báo ở bảng sức khỏe.', 3, 4, { A: flux.single('battery') },
      { unit: 'volt', decimals: 2, thresholds: look.plainSteps(look.STAGE) }),
    chart('Mưa tại trạm, treo từ trên', 'Mưa mỗi giờ (khoảng dài: mỗi ngày), cột treo từ trên xuống; Grafana ghi trục bằng số âm. Không có cột: không có số liệu hoặc không mưa.', 24, 5,
      { A: flux.rainSums(flux.ONE, pack.names) },
      {
        unit: 'lengthmm', decimals: 1, axis: 'Mưa', interval: '1h', max: 0, displayName: 'Mưa', color: color(look.RAIN), legend: ['sum', 'max'],
        custom: { drawStyle: 'bars', transform: 'negative-Y', fillOpacity: 80, lineWidth: 0, barAlignment: 1, showPoints: 'never', axisSoftMin: -10 },
      }),
    chart('Mực nước và các mức báo động', 'Đường đứt ở chỗ không có số liệu dùng được. Chấm vàng: nghi ngờ; chấm đỏ: sai, không nối. Các đường BĐ lấy từ số liệu (mực nước trừ chênh lệch), đúng mức có hiệu lực lúc đó. Quá 14 ngày vẽ trị số lớn nhất mỗi giờ, quá 400 ngày mỗi ngày.', 24, 12,
      {
        A: line('water_level'),
        B: line('water_level', { show: 'r.flag == 3.0', empty: false }),
        C: line('water_level', { show: 'r.flag == 4.0', empty: false }),
        D: flux.alarmLevel(1), E: flux.alarmLevel(2), F: flux.alarmLevel(3),
      },
      {
        unit: 'lengthm', decimals: 2, axis: 'Mực nước',
        overrides: [
          ofQuery('A', { displayName: bySensor('Mực nước'), color: color(look.STAGE), 'custom.lineWidth': 3 }),
          ofQuery('B', { displayName: bySensor('Nghi ngờ'), color: color(look.DOUBT), 'custom.drawStyle': 'points', 'custom.pointSize': 9, 'custom.showPoints': 'always' }),
          ofQuery('C', { displayName: bySensor('Sai, không nối'), color: color(look.BAD), 'custom.drawStyle': 'points', 'custom.pointSize': 7, 'custom.showPoints': 'always' }),
          ...overBd.map((n) => ofQuery('DEF'[n - 1], { displayName: `Báo động ${n}`, color: color(look.LEVELS[n]), 'custom.lineStyle': bdDash[n - 1], 'custom.lineWidth': 2, 'custom.showPoints': 'never' })),
        ],
      }),
    chart('Cường suất mực nước', 'Tốc độ lên (dương) hay xuống (âm), cm mỗi giờ; trị số lớn nhất của mỗi bước.', 12, 7, { A: line('water_level_rise') },
      {
        unit: 'suffix: cm/h', decimals: 0, axis: 'cm/h', color: color(look.STAGE), displayName: bySensor('Cường suất'), legend: ['lastNotNull', 'max', 'min'],
      }),
    timeline('Chất lượng số liệu', 'Dấu kiểm định xấu nhất trong mỗi bước của từng yếu tố đo. Chỗ trống: trạm không gửi. Quá 14 ngày: dấu xấu nhất của số liệu dùng được trong giờ hay ngày; sai hoặc thiếu chỉ hiện khi không còn gì dùng được.', 12, 7,
      { A: flags(pack) }, { mappings: look.flagWords, thresholds: look.steps([null, look.GOOD], [3, look.DOUBT], [4, look.BAD], [9, look.QUIET]), displayName: '${__field.labels.parameter}' }),
    table('Số liệu mới nhất của trạm', 'Mỗi yếu tố một dòng, với chất lượng và độ đủ. Đơn vị ở cột bên cạnh trị số.', 14, 9, { A: latest(pack) },
      [
        ['parameter', 'Yếu tố'], ['value', 'Trị số', { decimals: 2, 'custom.align': 'right' }], ['unit', 'Đơn vị', { 'custom.width': 80 }],
        ['flag', 'Chất lượng', { mappings: look.flagWords, 'custom.cellOptions': ink }],
        ['covered', 'Độ đủ', { unit: 'percent', decimals: 0 }], ['at', 'Giờ đo', { unit: look.DATE }], ['sensor', 'Cảm biến'],
      ]),
    chart('Điện áp ắc quy', 'Trị số nhỏ nhất của mỗi bước.', 10, 9, { A: line('battery', { coarse: 'min', fn: 'low' }) },
      { unit: 'volt', decimals: 2, axis: 'V', color: color(look.QUIET), displayName: 'Ắc quy', legend: ['lastNotNull', 'min'] }),
  ],
});
