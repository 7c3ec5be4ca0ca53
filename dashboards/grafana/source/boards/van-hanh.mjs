import * as flux from '../flux.mjs';
import * as look from '../look.mjs';
import { apiTable, board, chart, ofQuery, section, stat, table } from '../panels.mjs';
import { traffic, trafficColumns } from './suc-khoe.mjs';
import { alarmColumns, warningColumns, warnings } from './truc-ban.mjs';

const each = (field, fn, empty) => `${flux.points('arrival', flux.fields(field))}
  |> group()
${flux.window(fn, 'v.windowPeriod', empty)}`;
/** Per minute. No message in a window is a true zero. */
const rate = `${each('seq', 'count', true)}
  |> map(fn: (r) => ({_time: r._time, _value: float(v: r._value) * 60000000000.0 / float(v: int(v: v.windowPeriod))}))`;
const delay = (q) => `at = (column, tables=<-) => tables |> quantile(q: ${q}, column: column, method: "exact_mean")
${flux.points('arrival', flux.fields('delay_ms'))}
  |> toFloat()
  |> group()
${flux.window('at', 'v.windowPeriod')}`;
const total = (field) => `${flux.points('arrival', flux.fields(field))}
  |> group()
  |> sum()`;
const newest = (value) => `${flux.imports(['date'])}
${flux.points('arrival', flux.fields('seq'), flux.before('30d'))}
  |> group()
  |> sort(columns: ["_time"])
  |> tail(n: 1)
  |> map(fn: (r) => ({_time: r._time, _value: ${value}}))`;
const transitions = (pack) => `${flux.imports(['dict'])}
names = ${pack.names}
${flux.points('alarm', flux.fields('level', 'provisional'))}
  |> toInt()
  |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")
  |> group()
  |> map(fn: (r) => ({target: ${flux.named('r.target')}, rule: r.rule, level: r.level, provisional: if r.provisional == 1 then "true" else "false", at: r._time}))
  |> sort(columns: ["at"], desc: true)
  |> limit(n: 500)`;
const raised = `${flux.points('alarm', flux.fields('level'))}
  |> group()
${flux.counted('r._value >= 1')}`;

const BARS = { drawStyle: 'bars', fillOpacity: 70, lineWidth: 0, barAlignment: 1, showPoints: 'never' };
const fixed = (fixedColor) => ({ mode: 'fixed', fixedColor });
const STATUS = '/api/v1/status';

/** How the server is, by its own words. */
export const status = [
  apiTable('Điều đang hỏng', 'Những gì máy chủ báo là đang hỏng; trống là không có gì.', 14, 8, STATUS, 'problems',
    [['layer', 'Lớp', 'string'], ['text_vi', 'Nội dung', 'string'], ['since', 'Từ lúc', 'timestamp', { unit: look.DATE }]]),
  apiTable('Sổ cái', 'Số thứ tự và giờ ghi cuối của sổ cái. So với "Bản tin mới nhất trong InfluxDB" để biết việc chuyển chậm bao nhiêu.', 10, 8, STATUS, 'ledger',
    [['last_seq', 'Số thứ tự cuối', 'number'], ['last_commit_at', 'Ghi lúc', 'timestamp', { unit: look.DATE }]]),
  apiTable('Kết nối và gửi tin', 'Số trạm đang kết nối vào máy chủ; tin chờ gửi và tin không gửi được.', 14, 6, STATUS, '',
    [['broker.connections', 'Kết nối', 'number'], ['delivery.waiting', 'Tin chờ gửi', 'number'], ['delivery.dead', 'Tin không gửi được', 'number'], ['stations.silent', 'Trạm im lặng', 'number']]),
  apiTable('Để riêng theo lý do', 'Từ khi bắt đầu sổ cái.', 10, 6, STATUS, 'set_aside', [['reason', 'Lý do', 'string'], ['count', 'Số mục', 'number']]),
];

export const vanHanh = (pack) => board({
  uid: 'van-hanh', title: 'Vận hành', from: 'now-24h', refresh: '30s', api: true,
  description: 'Bản tin đến, số liệu để riêng, trùng, độ trễ, báo động và bản tin cảnh báo; trạng thái máy chủ qua API.',
  panels: [
    stat('Bản tin mới nhất trong InfluxDB', 'Lúc máy chủ nhận bản tin mới nhất đã chuyển sang InfluxDB, và số thứ tự của nó trong sổ. Cũ dần khi việc chuyển bị chậm hoặc không trạm nào gửi.', 8, 4,
      { A: newest('float(v: int(v: r._time)) / 1000000.0'), B: newest('float(v: r._value)') },
      {
        missing: 'không có', thresholds: look.plainSteps(look.STAGE),
        overrides: [ofQuery('A', { displayName: 'Nhận lúc', unit: 'dateTimeFromNow' }), ofQuery('B', { displayName: 'Số thứ tự', unit: 'none', decimals: 0 })],
      }),
    stat('Trong khoảng đang xem', 'Tổng số liệu nhận, số mục để riêng, số liệu trùng.', 10, 4,
      { A: total('readings'), B: total('set_aside'), C: total('duplicates') },
      {
        unit: 'short', missing: '0', thresholds: look.plainSteps(look.STAGE),
        overrides: [
          ofQuery('A', { displayName: 'Số liệu' }), ofQuery('B', { displayName: 'Để riêng', thresholds: look.faultSteps }), ofQuery('C', { displayName: 'Trùng' }),
        ],
      }),
    stat('Báo động được nêu', 'Số lần một quy tắc lên mức 1 hoặc cao hơn, hoặc đổi mức, trong khoảng đang xem.', 6, 4, { A: raised }, { thresholds: look.plainSteps(look.STAGE), missing: '0' }),
    chart('Bản tin đến mỗi phút', 'Trung bình mỗi phút trong từng bước. Số không là không có bản tin nào.', 12, 8, { A: rate },
      { unit: 'suffix: /phút', decimals: 1, axis: 'Bản tin mỗi phút', interval: '1m', displayName: 'Bản tin', color: fixed(look.STAGE), legend: ['lastNotNull', 'mean', 'max'], min: 0 }),
    chart('Để riêng và trùng', 'Số mục không dùng được (giữ nguyên kèm lý do) và số liệu lặp lại, mỗi bước.', 12, 8,
      { A: each('set_aside', 'sum', false), B: each('duplicates', 'sum', false) },
      {
        unit: 'short', axis: 'Số mục mỗi bước', interval: '1m', legend: ['sum', 'max'], custom: BARS, min: 0,
        overrides: [ofQuery('A', { displayName: 'Để riêng', color: fixed(look.BAD) }), ofQuery('B', { displayName: 'Trùng', color: fixed(look.QUIET) })],
      }),
    chart('Độ trễ từ lúc đo đến lúc nhận', 'Từ giờ đo mới nhất trong bản tin đến lúc máy chủ nhận: trung vị, 95%, lớn nhất của mỗi bước. Đường đứt: không có bản tin.', 24, 8,
      { A: delay('0.5'), B: delay('0.95'), C: delay('1.0') },
      {
        unit: 'ms', axis: 'Độ trễ', interval: '1m',
        overrides: [
          ofQuery('A', { displayName: 'Trung vị', color: fixed(look.STAGE) }), ofQuery('B', { displayName: '95%', color: fixed(look.DOUBT) }),
          ofQuery('C', { displayName: 'Lớn nhất', color: fixed(look.BAD), 'custom.lineWidth': 1 }),
        ],
      }),
    table('Trạm có số liệu để riêng', 'Các trạm có mục để riêng trong khoảng đang xem, nhiều nhất ở trên.', 12, 9,
      { A: traffic(pack, '', '  |> filter(fn: (r) => r.set_aside > 0.0)\n  |> sort(columns: ["set_aside"], desc: true)') }, trafficColumns),
    table('Chuyển mức báo động', 'Mọi lần đổi trạng thái của quy tắc trong khoảng đang xem, theo giờ xảy ra.', 12, 9, { A: transitions(pack) }, alarmColumns),
    table('Bản tin cảnh báo đã phát', 'Trong khoảng đang xem, mới nhất ở trên.', 24, 8, { A: warnings('v.timeRangeStart') }, warningColumns),
    section('Qua API của quantrac (cần nguồn Infinity)', status),
  ],
});
