/** What can be drawn without InfluxDB: everything from quantrac's own API, by the Infinity plugin. */
import * as look from '../look.mjs';
import { apiChart, apiTable, apiVariable, board, ink, paint, section } from '../panels.mjs';
import { status } from './van-hanh.mjs';

const LATEST = '/api/v1/latest?limit=1000&parameter=';
const places = (pack) => [look.names(pack.stations)];

/** The newest reading of every station, as it came: what is bad is shown with its flag. */
const newest = (pack, title, description, parameter, unit, decimals, more = {}) =>
  apiTable(title, description, 12, 10, LATEST + parameter, 'items', [
    ['station', 'Trạm', 'string', { mappings: places(pack) }],
    ['value', 'Trị số', 'number', { unit, decimals, ...more }],
    ['flag', 'Chất lượng', 'number', { mappings: look.flagWords, 'custom.cellOptions': ink }],
    ['completeness', 'Độ đủ', 'number', { unit: 'percent', decimals: 0 }],
    ['observed_at', 'Giờ đo', 'timestamp', { unit: look.DATE }],
  ]);

export const quaApi = (pack) => board({
  uid: 'qua-api', title: 'Qua API, không cần InfluxDB', from: 'now-3d', refresh: '1m', influx: false, api: true,
  description: 'Số liệu mới nhất, báo động, cảnh báo và đồ thị của một chuỗi, đọc thẳng từ API của quantrac bằng nguồn Infinity.',
  variables: [
    apiVariable('station', 'Trạm', 'Trạm được vẽ.', '/api/v1/stations?limit=1000', 'name', 'id'),
    apiVariable('parameter', 'Yếu tố', 'Yếu tố được vẽ.', '/api/v1/parameters?limit=1000', 'name_vi', 'id', { current: { text: 'Mực nước', value: 'water_level' } }),
    apiVariable('series', 'Cảm biến', 'Chuỗi số liệu của trạm và yếu tố đã chọn; trống là trạm không có.', '/api/v1/series?station=${station}&parameter=${parameter}', 'sensor', 'id'),
  ],
  panels: [
    apiChart('Chuỗi số liệu đã chọn', 'Theo đơn vị chuẩn của yếu tố. Bỏ số liệu sai; đường đứt khi ba giờ không có số liệu. Khoảng dài: chọn bớt điểm, giữ mọi đỉnh.', 24, 11,
      '/api/v1/series/${series}/readings?from=${__from:date:iso}&to=${__to:date:iso}&points=1500',
      { unit: 'none', decimals: 2, longest: 3 * 3_600_000, color: { mode: 'fixed', fixedColor: look.STAGE } }),
    newest(pack, 'So với báo động 1', 'Mực nước mới nhất trừ mức BĐ1 của trạm: dương là trên mức.', 'water_level_over_bd1', 'lengthm', 2, { thresholds: look.overSteps(1), 'custom.cellOptions': ink }),
    newest(pack, 'So với báo động 3', 'Mực nước mới nhất trừ mức BĐ3 của trạm: dương là trên mức.', 'water_level_over_bd3', 'lengthm', 2, { thresholds: look.overSteps(3), 'custom.cellOptions': paint }),
    newest(pack, 'Mưa 24 giờ', 'Độ đủ dưới 100%: lượng mưa thật ít nhất bằng trị số này.', 'rain_24h', 'lengthmm', 1),
    apiTable('Cảnh báo đang có', 'Cảnh báo còn hiệu lực, mới nhất ở trên.', 12, 10, '/api/v1/warnings?open=true&limit=100', 'items', [
      ['episode_name', 'Đợt', 'string'], ['level', 'Mức', 'number', { mappings: look.ruleWords }],
      ['messages', 'Số bản tin', 'number', { decimals: 0 }], ['onset', 'Bắt đầu', 'timestamp', { unit: look.DATE }],
      ['changed_at', 'Đổi lúc', 'timestamp', { unit: look.DATE }],
    ]),
    section('Tình trạng máy chủ', status),
  ],
});
