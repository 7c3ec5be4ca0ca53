/** Colours, units and words: those of `dashboards/web` (`styles/base.css`, `parts/Symbol.svelte`, `i18n/vi.ts`). */

/** Below BĐ1, BĐ1, BĐ2, BĐ3, above the historic maximum. */
export const LEVELS = ['#dfe6ec', '#fcc419', '#e8590c', '#a61e4d', '#4c2889'];
const LEVEL_WORDS = ['● Dưới BĐ1', '▲ 1 Báo động 1', '◆ 2 Báo động 2', '⯃ 3 Báo động 3', '■ LS Vượt lũ lịch sử'];

/** Colours that say nothing of a flood. */
export const STAGE = '#0b63b0';
export const RAIN = '#5aa2e0';
export const GOOD = '#d9efe0';
export const DOUBT = '#e0a800';
export const BAD = '#b3261e';
export const QUIET = '#8a97a3';
const PLAIN = '#d5dce3';

export const DATE = 'time:DD/MM HH:mm';

/** `[[value, text, colour], …]` as a mapping. */
export const words = (list) => ({
  type: 'value',
  options: Object.fromEntries(list.map(([value, text, color], index) => [String(value), { text, color, index }])),
});
/** Names in place of ids: `[[id, name], …]`. */
export const names = (list) => ({ type: 'value', options: Object.fromEntries(list.map(([id, text], index) => [id, { text, index }])) });
const nothing = (text, color) => ({ type: 'special', options: { match: 'null', result: { text, color, index: 99 } } });

export const levelWords = [words([[-1, '? Chưa rõ', QUIET], ...LEVEL_WORDS.map((text, n) => [n, text, LEVELS[n]])]), nothing('? Chưa rõ', QUIET)];
/** Levels of rules of every kind: a number, never the name of a báo động. */
export const ruleWords = [
  words([[-1, '? chưa rõ', QUIET], [0, 'bình thường', PLAIN], ...[1, 2, 3, 4, 5].map((n) => [n, `mức ${n}`, PLAIN])]),
];
export const flagWords = [
  words([[1, 'tốt', GOOD], [2, 'chưa kiểm đủ', PLAIN], [3, 'nghi ngờ', DOUBT], [4, 'sai', BAD], [9, 'thiếu', QUIET]]),
];
export const kindWords = [
  words([['issue', 'Phát mới', PLAIN], ['update', 'Cập nhật', PLAIN], ['end', 'Kết thúc', PLAIN], ['cancel', 'Hủy', PLAIN]]),
];
export const provisionalWords = [words([['true', 'tạm thời', DOUBT], ['false', 'chắc chắn', PLAIN]])];
/** A fault that is there (1) or not (0). */
export const faultWords = (text) => [words([[0, '–', PLAIN], [1, text, BAD]])];
export const connectedWords = [words([[0, 'không', QUIET], [1, 'có', GOOD]])];
/** What is wrong with a station, the worst first; the numbers are those of the query. */
export const conditionWords = [
  words([[0, 'bình thường', GOOD], [1, 'ắc quy yếu', DOUBT], [2, 'sai đồng hồ', DOUBT], [3, 'gửi số liệu hỏng', BAD], [4, 'im lặng', QUIET]]),
];

export const steps = (...list) => ({ mode: 'absolute', steps: list.map(([value, color]) => ({ value, color })) });
export const levelSteps = steps(...LEVELS.map((color, n) => [n === 0 ? null : n, color]));
/** For a height above BĐ `n`: coloured from zero on. */
export const overSteps = (n) => steps([null, LEVELS[0]], [0, LEVELS[n]]);
/** Percent of what should have come. */
export const coverSteps = steps([null, BAD], [80, DOUBT], [95, GOOD]);
export const faultSteps = steps([null, GOOD], [1, BAD]);
export const plainSteps = (color) => steps([null, color]);
