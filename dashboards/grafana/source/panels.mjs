/** Panels and boards of Grafana's classic model. Places and ids are given out here, so that nothing overlaps. */

const DS = { type: 'influxdb', uid: '${ds}' };
const API = { type: 'yesoreyeram-infinity-datasource', uid: '${api}' };
const WIDTH = 24;

const targets = (queries) =>
  Object.entries(queries).map(([refId, query]) => ({ refId, datasource: DS, query }));

/** A property for what one query gives. */
export const ofQuery = (refId, properties) => rule('byFrameRefID', refId, properties);
/** A property for one column. */
export const ofColumn = (name, properties) => rule('byName', name, properties);
const rule = (id, options, properties) => ({
  matcher: { id, options },
  properties: Object.entries(properties).map(([key, value]) => ({ id: key, value })),
});

const panel = (type, title, description, w, h, queries, more) => ({
  type, title, description, gridPos: { w, h }, datasource: DS, targets: targets(queries), ...more,
});

/** Lines, bars or points over time. Lines break where there is no value. */
export const chart = (title, description, w, h, queries, { unit, axis = '', decimals, custom = {}, overrides = [], legend = ['lastNotNull', 'max'], interval = '10m', ...defaults }) =>
  panel('timeseries', title, description, w, h, queries, {
    interval,
    maxDataPoints: 1500,
    fieldConfig: {
      defaults: {
        unit, decimals, ...defaults,
        custom: {
          drawStyle: 'line', lineInterpolation: 'linear', lineWidth: 2, fillOpacity: 0, showPoints: 'auto', pointSize: 4,
          spanNulls: false, insertNulls: false, axisLabel: axis, axisPlacement: 'auto', ...custom,
        },
      },
      overrides,
    },
    options: {
      legend: { displayMode: 'table', placement: 'bottom', showLegend: true, calcs: legend },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
  });

/** Large numbers; `missing` is said where there is none. */
export const stat = (title, description, w, h, queries, { unit = 'none', decimals, missing = 'không có', thresholds, mappings = [], overrides = [], color = 'value', ...defaults }) =>
  panel('stat', title, description, w, h, queries, {
    fieldConfig: { defaults: { unit, decimals, noValue: missing, thresholds, mappings, color: { mode: 'thresholds' }, ...defaults }, overrides },
    options: {
      reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
      colorMode: color, graphMode: 'none', justifyMode: 'auto', orientation: 'auto', textMode: 'auto', wideLayout: true,
    },
  });

/** States over time, one row for each series. */
export const timeline = (title, description, w, h, queries, { mappings, thresholds, overrides = [], displayName, interval = '10m', unit = 'none' }) =>
  panel('state-timeline', title, description, w, h, queries, {
    interval,
    maxDataPoints: 1500,
    fieldConfig: {
      defaults: { unit, displayName, mappings, thresholds, color: { mode: 'thresholds' }, custom: { lineWidth: 0, fillOpacity: 90, spanNulls: false, insertNulls: false } },
      overrides,
    },
    options: {
      mergeValues: true, showValue: 'auto', alignValue: 'left', rowHeight: 0.85,
      legend: { displayMode: 'list', placement: 'bottom', showLegend: true },
      tooltip: { mode: 'single', sort: 'none' },
    },
  });

/** A table. `columns`: `[name, title, properties]` in their order; what is not named is not shown. */
export const table = (title, description, w, h, queries, columns, { sort, hide = [], missing = '–' } = {}) =>
  panel('table', title, description, w, h, queries, {
    fieldConfig: {
      defaults: { unit: 'none', noValue: missing, custom: { align: 'auto', cellOptions: { type: 'auto' }, inspect: false } },
      overrides: [
        ...columns.map(([name, label, properties = {}]) => ofColumn(name, { displayName: label, ...properties })),
        ...hide.map((name) => ofColumn(name, { 'custom.hidden': true })),
      ],
    },
    options: { showHeader: true, cellHeight: 'sm', footer: { show: false, reducer: ['sum'], countRows: false, fields: '' }, sortBy: sort ? [{ displayName: sort, desc: true }] : [] },
    transformations: [
      { id: 'organize', options: { excludeByName: {}, renameByName: {}, indexByName: Object.fromEntries(columns.map(([name], n) => [name, n])) } },
    ],
  });

export const paint = { type: 'color-background', mode: 'basic' };
export const ink = { type: 'color-text' };

/** A question to our own API by the Infinity plugin: `columns` are `[selector, title, type]`; `root` names the list. */
const asked = (refId, url, root, columns) => ({
  refId, datasource: API, type: 'json', parser: 'backend', source: 'url', format: 'table', url,
  url_options: { method: 'GET', data: '' }, root_selector: root, filters: [],
  columns: columns.map(([selector, text, type]) => ({ selector, text, type })),
});

/** A table from our own API: `columns` are `[selector, title, type, properties]`. */
export const apiTable = (title, description, w, h, url, root, columns) => ({
  ...panel('table', title, description, w, h, {}, {
    fieldConfig: {
      defaults: { unit: 'none', noValue: '–', custom: { align: 'auto', cellOptions: { type: 'auto' }, inspect: false } },
      overrides: columns.filter(([, , , properties]) => properties).map(([, label, , properties]) => ofColumn(label, properties)),
    },
    options: { showHeader: true, cellHeight: 'sm', footer: { show: false, reducer: ['sum'], countRows: false, fields: '' }, sortBy: [] },
  }),
  datasource: API,
  targets: [asked('A', url, root, columns)],
});

/** Readings of one series from our own API. Bad ones are left out, and a line breaks where there is none for long. */
export const apiChart = (title, description, w, h, url, { longest, ...look }) => ({
  ...chart(title, description, w, h, {}, { ...look, custom: { insertNulls: longest, ...look.custom } }),
  datasource: API,
  targets: [asked('A', url, 'items', [['observed_at', 'Giờ đo', 'timestamp'], ['value', 'Trị số', 'number'], ['flag', 'flag', 'number']])],
  transformations: [
    { id: 'filterByValue', options: { type: 'include', match: 'all', filters: [{ fieldName: 'flag', config: { id: 'lowerOrEqual', options: { value: 3 } } }] } },
    { id: 'organize', options: { excludeByName: { flag: true }, renameByName: {}, indexByName: {} } },
  ],
});

/** A choice out of a list of our own API: `text` is shown, `value` is used. Hidden ones follow from the others. */
export const apiVariable = (name, label, description, url, text, value, more = {}) => ({
  name, label, type: 'query', datasource: API, hide: 0, refresh: 1, sort: 5, description, regex: '',
  query: {
    refId: name, queryType: 'infinity', query: '',
    infinityQuery: asked('variable', url, 'items', [[text, '__text', 'string'], [value, '__value', 'string']]),
  },
  definition: url, includeAll: false, multi: false, options: [], current: { text: '', value: '' }, ...more,
});

/** A line across the board with a title; `panels` hide under it until it is opened. */
export const section = (title, panels = []) => ({ type: 'row', title, description: title, collapsed: panels.length > 0, panels });

const source = (name, label, plugin, uid) => ({
  name, label, type: 'datasource', query: plugin, hide: 0, refresh: 1, regex: '', includeAll: false, multi: false, options: [],
  current: { text: label, value: uid },
  description: label,
});
const SOURCE = source('ds', 'Nguồn số liệu', 'influxdb', 'quantrac-influx');
const API_SOURCE = source('api', 'Nguồn API', 'yesoreyeram-infinity-datasource', 'quantrac-api');
const STORES = [['Thật', 'quantrac'], ['Diễn tập', 'quantrac_exercise']];
const STORE = {
  name: 'store', label: 'Kho số liệu', type: 'custom', hide: 0, includeAll: false, multi: false,
  description: 'Số liệu thật hay của diễn tập: phần đầu của tên các bucket.',
  query: STORES.map((pair) => pair.join(' : ')).join(', '),
  current: { text: STORES[0][0], value: STORES[0][1] },
  options: STORES.map(([text, value], n) => ({ text, value, selected: n === 0 })),
};
/** Choice of stations; `many` of them, or one. */
export const stationVariable = (query, many) => ({
  name: 'station', label: 'Trạm', type: 'query', datasource: DS, hide: 0, refresh: 2, sort: 5,
  description: many ? 'Các trạm được vẽ.' : 'Trạm được vẽ.',
  query: { refId: 'station', query }, definition: query, regex: '/^(?<text>[^|]*)\\|(?<value>.*)$/',
  includeAll: many, multi: many, ...(many ? { allValue: '.*' } : {}), options: [],
  current: many ? { text: ['All'], value: ['$__all'] } : { text: '', value: '' },
});

/** Places the panels from left to right, row by row, and numbers them. */
function placed(panels) {
  let id = 0;
  const place = (list, top) => {
    let [x, y, tall] = [0, top, 0];
    const done = [];
    for (const item of list) {
      const wide = item.type === 'row' ? WIDTH : item.gridPos.w;
      const high = item.type === 'row' ? 1 : item.gridPos.h;
      if (x + wide > WIDTH) [x, y, tall] = [0, y + tall, 0];
      id += 1;
      const own = { id, ...item, gridPos: { x, y, w: wide, h: high } };
      if (item.panels) own.panels = place(item.panels, y + 1)[0];
      done.push(own);
      x += wide;
      tall = Math.max(tall, high);
    }
    return [done, y + tall];
  };
  return place(panels, 0)[0];
}

/** The whole board. */
export const board = ({ uid, title, description, from, refresh, variables = [], influx = true, api = false, panels }) => ({
  id: null, uid: `quantrac-${uid}`, title, description, tags: ['quantrac'], schemaVersion: 41, version: 1,
  editable: true, graphTooltip: 1, fiscalYearStartMonth: 0, liveNow: false, weekStart: 'monday',
  timezone: 'Asia/Ho_Chi_Minh', time: { from, to: 'now' }, refresh,
  timepicker: { refresh_intervals: ['30s', '1m', '5m', '15m', '1h'] },
  annotations: { list: [] },
  links: [{
    type: 'dashboards', title: 'Các bảng quantrac', tags: ['quantrac'], asDropdown: true, icon: 'external link',
    includeVars: true, keepTime: true, targetBlank: false, tooltip: '', url: '',
  }],
  templating: { list: [...(influx ? [SOURCE, STORE] : []), ...(api ? [API_SOURCE] : []), ...variables] },
  panels: placed(panels),
});

