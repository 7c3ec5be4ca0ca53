import * as flux from '../flux.mjs';
import * as look from '../look.mjs';
import { board, ink, ofQuery, paint, stat, table, timeline } from '../panels.mjs';

const LEVEL = `if not exists r.water_level_value or r.water_level_flag >= 4.0 or not exists r.water_level_over_bd1_value then -1.0
    else if exists r.water_level_over_bd3_value and r.water_level_over_bd3_value >= 0.0 then 3.0
    else if exists r.water_level_over_bd2_value and r.water_level_over_bd2_value >= 0.0 then 2.0
    else if r.water_level_over_bd1_value >= 0.0 then 1.0
    else 0.0`;
const STAGE = ['water_level', 'water_level_rise', 'water_level_over_bd1', 'water_level_over_bd2', 'water_level_over_bd3'];
const over = (n) => `over${n}: r.water_level_over_bd${n}_value`;

/** Stage of every station against its alarm levels. */
export const stages = (pack, tail = '') =>
  flux.newest({
    parameters: STAGE, anchor: 'water_level', names: pack.names, tail,
    columns: `value: r.water_level_value, flag: r.water_level_flag, rise: r.water_level_rise_value, ${over(1)}, ${over(2)}, ${over(3)}, level: ${LEVEL}`,
  });

/** Level of each rule and target as it was last. */
const alarms = (pack) => `${flux.imports(['date', 'dict'])}
names = ${pack.names}
${flux.points('alarm', flux.fields('level', 'provisional'), flux.before('400d'))}
  |> last()
  |> toInt()
  |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")
  |> group()
  |> filter(fn: (r) => r.level != 0)
  |> map(fn: (r) => ({target: ${flux.named('r.target')}, rule: r.rule, level: r.level, provisional: if r.provisional == 1 then "true" else "false", at: r._time}))
  |> sort(columns: ["level", "at"], desc: true)`;

/** The newest message of each episode, when it did not end or cancel the warning. */
const open = `${flux.imports(['date'])}
${flux.points('warning', 'r._field == "level"', flux.before('90d'))}
  |> group(columns: ["episode"])
  |> sort(columns: ["_time"])
  |> last()
  |> filter(fn: (r) => r.kind == "issue" or r.kind == "update")
  |> group()
  |> count()`;

export const warnings = (start) => `${start.includes('date') ? `${flux.imports(['date'])}\n` : ''}number = ${flux.points('warning', flux.fields('number', 'level'), start)}
  |> toString()
headline = ${flux.points('warning', flux.fields('headline'), start)}
union(tables: [number, headline])
  |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")
  |> group()
  |> map(fn: (r) => ({at: r._time, headline: r.headline, kind: r.kind, level: int(v: r.level), number: int(v: r.number), episode: r.episode}))
  |> sort(columns: ["at"], desc: true)`;
export const warningColumns = [
  ['at', 'Phát lúc', { unit: look.DATE, 'custom.width': 120 }],
  ['kind', 'Loại', { mappings: look.kindWords, 'custom.width': 100 }],
  ['headline', 'Tiêu đề'],
  ['level', 'Mức', { mappings: look.ruleWords, 'custom.width': 90 }],
  ['number', 'Bản tin số', { 'custom.width': 100 }],
  ['episode', 'Đợt'],
];
export const alarmColumns = [
  ['target', 'Nơi'],
  ['rule', 'Quy tắc'],
  ['level', 'Mức', { mappings: look.ruleWords, 'custom.width': 110 }],
  ['provisional', 'Căn cứ', { mappings: look.provisionalWords, 'custom.width': 110, 'custom.cellOptions': ink }],
  ['at', 'Từ lúc', { unit: look.DATE, 'custom.width': 120 }],
];

const history = (pack) => flux.lines(
  flux.imports(['dict', 'strings']),
  `names = ${pack.names}`,
  flux.TIERS,
  flux.PEAK,
  `field = if long then "max" else "value"
measurement = if long then kind else "reading"
from(bucket: "\${store}_" + (if long then kind else "raw"))
  |> range(start: v.timeRangeStart, stop: v.timeRangeStop)
  |> filter(fn: (r) => r._measurement == measurement and ${flux.is(...STAGE.slice(2))} and r._field == field)
  |> map(fn: (r) => ({_time: r._time, station: ${flux.named('r.station')}, _value: if r._value >= 0.0 then float(v: strings.substring(v: r.parameter, start: 19, end: 20)) else 0.0}))
  |> group(columns: ["station"])`,
  flux.window('peak'),
);

const rain = (pack) => flux.newest({
  parameters: ['rain_1h', 'rain_24h'], anchor: 'rain_24h', extra: ['flag', 'completeness'], names: pack.names,
  columns: 'hour: r.rain_1h_value, day: r.rain_24h_value, covered: r.rain_24h_completeness, flag: r.rain_24h_flag',
  tail: '  |> filter(fn: (r) => exists r.day and r.flag <= 3.0)\n  |> sort(columns: ["day"], desc: true)\n  |> limit(n: 15)',
});
const wind = (pack) => flux.newest({
  parameters: ['wind_force', 'gust_force'], anchor: 'gust_force', names: pack.names,
  columns: 'force: r.wind_force_value, gust: r.gust_force_value, flag: r.gust_force_flag',
  tail: '  |> filter(fn: (r) => exists r.gust and r.flag <= 3.0)\n  |> sort(columns: ["gust"], desc: true)\n  |> limit(n: 15)',
});
const silent = `${flux.imports(['date'])}
${flux.points('station_health', flux.fields('silent'), flux.before('400d'))}
  |> last()
  |> toInt()
  |> group()
  |> sum()`;
const freshest = `${flux.imports(['date'])}
${flux.points('reading', 'r._field == "version"', flux.before('7d'))}
  |> last()
  |> group()
  |> sort(columns: ["_time"])
  |> tail(n: 1)
  |> map(fn: (r) => ({_time: r._time, _value: float(v: int(v: r._time)) / 1000000.0}))`;

const TO_STATION = [{ title: 'Xem trạm', url: '/d/quantrac-tram?${store:queryparam}&var-station=${__data.fields.id}&${__url_time_range}', targetBlank: false }];
const height = (n) => ({ unit: 'lengthm', decimals: 2, thresholds: look.overSteps(n), 'custom.cellOptions': ink, 'custom.width': 110 });

export const trucBan = (pack) => board({
  uid: 'truc-ban', title: 'Trực ban: toàn cảnh', from: 'now-3d', refresh: '1m',
  description: 'Trạm nào đang ở mức báo động nào, mưa và gió lớn nhất, cảnh báo đang có.',
  panels: [
    stat('Mức báo động cao nhất', 'Mức cao nhất trong các trạm theo số liệu mới nhất ở cuối khoảng thời gian đang xem. Chưa rõ khi không trạm nào có trị số dùng được.', 6, 4,
      { A: stages(pack, '  |> max(column: "level")\n  |> map(fn: (r) => ({_time: r.at, _value: r.level}))') },
      { mappings: look.levelWords, thresholds: look.levelSteps, color: 'background', missing: '? Chưa rõ' }),
    stat('Trạm từ báo động 1 trở lên', 'Số trạm có mực nước mới nhất bằng hoặc trên BĐ1 của trạm.', 4, 4,
      { A: stages(pack, flux.counted('r.level >= 1.0')) },
      { thresholds: look.steps([null, look.LEVELS[0]], [1, look.LEVELS[1]]), missing: '?' }),
    stat('Cảnh báo đang hiệu lực', 'Số đợt có bản tin mới nhất là phát mới hoặc cập nhật, chưa kết thúc, chưa hủy.', 4, 4,
      { A: open }, { thresholds: look.plainSteps(look.STAGE), missing: '0' }),
    stat('Trạm im lặng', 'Số trạm quá hạn không gửi gì. Im lặng không có nghĩa là an toàn.', 4, 4,
      { A: silent }, { thresholds: look.faultSteps, missing: '?' }),
    stat('Số liệu mới nhất', 'Giờ đo của số liệu mới nhất trong InfluxDB.', 6, 4,
      { A: freshest }, { unit: 'dateTimeFromNow', thresholds: look.plainSteps(look.STAGE), missing: 'không có số liệu' }),
    table('Mực nước so với báo động', 'Số liệu mới nhất của từng trạm, nguy hiểm nhất ở trên. Số dương: trên mức báo động, số âm: dưới mức. Số liệu sai hoặc thiếu thì cấp là chưa rõ.', 24, 9,
      { A: stages(pack, '  |> sort(columns: ["level", "over1"], desc: true)') },
      [
        ['level', 'Cấp', { mappings: look.levelWords, thresholds: look.levelSteps, 'custom.cellOptions': paint, 'custom.width': 160 }],
        ['station', 'Trạm', { links: TO_STATION }],
        ['value', 'Mực nước', { unit: 'lengthm', decimals: 2 }],
        ['flag', 'Chất lượng', { mappings: look.flagWords, 'custom.cellOptions': ink }],
        ['rise', 'Cường suất', { unit: 'suffix: cm/h', decimals: 0 }],
        ['over1', 'So với BĐ1', height(1)], ['over2', 'So với BĐ2', height(2)], ['over3', 'So với BĐ3', height(3)],
        ['at', 'Giờ đo', { unit: look.DATE }], ['sensor', 'Cảm biến'],
      ], { hide: ['id'] }),
    timeline('Diễn biến mức báo động', 'Mức cao nhất trong mỗi bước, kể cả số liệu nghi ngờ. Chỗ trống: không có số liệu dùng được.', 24, 8,
      { A: history(pack) },
      { mappings: look.levelWords, thresholds: look.levelSteps, displayName: '${__field.labels.station}' }),
    table('Báo động đang có', 'Trạng thái mới nhất của mỗi quy tắc ở mỗi nơi, trừ bình thường. Tạm thời: chỉ dựa trên số liệu nghi ngờ.', 12, 9,
      { A: alarms(pack) }, alarmColumns),
    table('Bản tin cảnh báo', 'Các bản tin đã phát trong khoảng thời gian đang xem, mới nhất ở trên.', 12, 9,
      { A: warnings('v.timeRangeStart') }, warningColumns),
    table('Mưa lớn nhất', 'Mười lăm trạm có mưa 24 giờ lớn nhất. Khi chưa đủ số liệu, lượng mưa thật ít nhất bằng trị số này.', 12, 9, { A: rain(pack) },
      [
        ['station', 'Trạm'], ['hour', 'Mưa 1 giờ', { unit: 'lengthmm', decimals: 1 }], ['day', 'Mưa 24 giờ', { unit: 'lengthmm', decimals: 1 }],
        ['covered', 'Độ đủ', { unit: 'percent', decimals: 0, thresholds: look.coverSteps, 'custom.cellOptions': ink }],
        ['flag', 'Chất lượng', { mappings: look.flagWords, 'custom.cellOptions': ink }], ['at', 'Đến', { unit: look.DATE }],
      ], { hide: ['id', 'sensor'] }),
    table('Gió mạnh nhất', 'Mười lăm trạm có gió giật mạnh nhất theo số liệu mới nhất, tính bằng cấp gió.', 12, 9, { A: wind(pack) },
      [
        ['station', 'Trạm'], ['force', 'Cấp gió', { decimals: 0 }], ['gust', 'Giật cấp', { decimals: 0 }],
        ['flag', 'Chất lượng', { mappings: look.flagWords, 'custom.cellOptions': ink }], ['at', 'Giờ đo', { unit: look.DATE }],
      ], { hide: ['id', 'sensor'] }),
  ],
});
