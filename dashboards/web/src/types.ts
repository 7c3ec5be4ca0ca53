/** What the API answers, as far as the page uses it. Times are RFC 3339 texts. */

export type Realm = 'actual' | 'exercise' | 'test';
export type Role = 'viewer' | 'duty_officer' | 'forecaster' | 'admin';

export interface Page<T> {
  items: T[];
  next: string | null;
}

export interface About {
  name: string;
  title_vi: string;
  title_en: string;
  realm: Realm;
  now: string;
  drill: { from: string; speed: number } | null;
  version: string;
  sender_vi?: string;
  sender_en?: string;
  public_read?: boolean;
  /** Whether `/api/v1/basemap` has something. */
  basemap?: boolean;
}

export interface User {
  name: string;
  full_name: string;
  role: Role;
}

export interface StageLevel {
  level: number;
  name: string;
  value: number;
  source: string;
  source_en?: string | null;
  /** How sure the number is: `H`, `M` or `L`. */
  confidence: string;
  /** What happens on the ground when the water stands there. */
  impacts?: Impact[];
  valid_from?: string | null;
  valid_to?: string | null;
}

export interface Impact {
  text_vi: string;
  text_en: string;
  source: string;
}

export interface PastPeak {
  value: number;
  when: string;
  source: string;
  source_en?: string | null;
}

export type Condition =
  | 'silent'
  | 'clock_wrong'
  | 'battery_low'
  | 'sends_nonsense'
  | 'sensor_silent'
  | 'implausible'
  | 'maintenance_over';

/** Work on a station that an officer announced. */
export interface Maintenance {
  /** `staff` for everybody who is not signed in. */
  by: string;
  reason: string;
  since: string;
  /** null = until somebody says that it is over. */
  until: string | null;
}

export interface StationHealth {
  station: string;
  connected: boolean | null;
  last_received: string | null;
  last_observed: string | null;
  conditions: [Condition, string][];
  battery_volts: number | null;
  messages: number;
  set_aside: number;
  duplicates: number;
  maintenance: Maintenance | null;
}

export interface Evidence {
  station: string;
  parameter: string;
  sensor: string;
  observed_at: string;
  value: number;
  flag: string;
  completeness: number;
  threshold: number | null;
  threshold_name: string | null;
  source: string | null;
}

export type AlarmState = { state: 'unknown' } | { state: 'normal' } | { state: 'level'; level: number };

export interface AlarmRecord {
  rule: string;
  target: string;
  episode: string;
  state: AlarmState;
  provisional: boolean;
  since: string;
  blind: boolean;
  evidence: Evidence[];
}

export interface Station {
  id: string;
  name: string;
  river: string | null;
  river_name: string | null;
  basin: string | null;
  basin_name: string | null;
  lat: number | null;
  lon: number | null;
  position_source: string | null;
  downstream: string | null;
  parameters: string[];
  interval: string;
  silent_after: string;
  areas: string[];
  levels: StageLevel[];
  records: PastPeak[];
  health: StationHealth | null;
  alarms: AlarmRecord[];
}

export interface Parameter {
  id: string;
  name_vi: string;
  name_en: string;
  unit: string;
  decimals: number;
}

export interface Latest {
  series: number;
  station: string;
  parameter: string;
  sensor: string;
  /** Of several sensors of the place, the one that is shown. */
  shown: boolean;
  unit: string;
  observed_at: string;
  value: number | null;
  /** QARTOD: 1 good, 2 not evaluated, 3 suspect, 4 bad, 9 missing. */
  flag: number;
  failed: string[];
  completeness: number;
  late: boolean;
  /** What a person did to it. */
  by_person?: ByPerson;
  origin: string;
}

export interface Series {
  id: number;
  station: string;
  parameter: string;
  sensor: string;
  /** Of several sensors of the place, the one that is shown. */
  shown: boolean;
  unit: string;
}

export interface Reading {
  observed_at: string;
  value: number | null;
  flag: number;
  failed: string[];
  completeness: number;
  late: boolean;
  /** What a person did to it. */
  by_person?: ByPerson;
}

/** `judged`: accepted or rejected; `corrected`: gave the value. */
export type ByPerson = 'judged' | 'corrected';
export interface ForecastPoint {
  at: string;
  value: number;
  /** 10–90 %; both or neither. */
  low: number | null;
  high: number | null;
}

export interface Forecast {
  seq: number;
  received_at: string;
  by: string | null;
  station: string;
  parameter: string;
  unit: string;
  decimals: number;
  source: string;
  issued_at: string;
  refined: boolean;
  remark: string;
  points: ForecastPoint[];
  /** The newest of its source that was not withdrawn. */
  current: boolean;
  withdrawn: { seq: number; at: string; by: string; reason: string } | null;
  shape: 'crest' | 'rising' | 'falling' | 'steady' | null;
  /** The highest point that is still ahead. */
  peak: ForecastPoint | null;
  /** Levels that will be reached from below, ascending. */
  crossings: { level: number; name: string; value: number; at: string }[];
  /** At 01, 07, 13 and 19 o'clock, as bulletins print it; `text` such as `>BĐ3: 0,20`. */
  steps: { at: string; value: number; against: { text: string } | null }[];
  stale: 'old' | 'past' | null;
}

export interface Text {
  headline: string;
  description: string;
  instruction: string;
}

export interface LocalText {
  vi: Text;
  en: Text;
}

export interface Draft {
  number: number;
  kind: 'issue' | 'update' | 'end' | 'cancel';
  level: number;
  provisional: boolean;
  late: boolean;
  drafted_at: string;
  auto_at: string | null;
  text: LocalText;
  evidence: Evidence[];
}

/** For everybody who is not signed in the name is `staff`. */
export type Author = { by: 'person' | 'policy'; name: string };

export interface WarningMessage {
  number: number;
  kind: Draft['kind'];
  realm: Realm;
  level: number;
  provisional: boolean;
  late: boolean;
  sent_at: string;
  expires_at: string;
  onset: string;
  author: Author;
  remark: string | null;
  text: LocalText;
  evidence: Evidence[];
  areas: { name: string }[];
}

export type WarningState = 'draft' | 'issued' | 'ended' | 'cancelled' | 'rejected';

export interface LogLine {
  at: string;
  who: string | null;
  what: string;
  detail: string;
}

export interface Warning {
  id: string;
  episode: string;
  episode_name: string;
  hazard: string;
  realm: Realm;
  state: WarningState;
  level: number;
  provisional: boolean;
  onset: string;
  drafted_at: string;
  changed_at: string;
  draft: Draft | null;
  /** Until when the message in force holds; null = nothing is in force. */
  expires_at: string | null;
  messages: number;
  peak: Evidence | null;
  log: LogLine[];
}

export interface NoticeView {
  id: string;
  recipient: string;
  recipient_name: string;
  channel: string;
  state: string;
  attempts: number;
  history: { at: string; state: string; detail: string | null }[];
}

export interface WarningDetail {
  warning: Warning;
  messages: WarningMessage[];
  notices: NoticeView[];
}

export interface SetAside {
  id: number;
  seq: number;
  received_at: string;
  station: string;
  topic: string | null;
  reason: string;
  detail: string;
  pointer: string;
  settled: boolean | number | string | null;
  raw_text?: string | null;
  raw_base64?: string | null;
}

export interface Problem {
  layer: string;
  what?: string | null;
  by_seconds?: number | null;
  text_vi: string;
  text_en: string;
  since: string | null;
}

export interface Status {
  history: { state: string; failing_since: string | null; cursor: number; behind: number; refused: number };
  ledger: { writing: boolean; failing_since: string | null; last_seq: number; last_commit_at: string | null };
  broker: { listening: boolean; connections: number; address: string; failing_since: string | null };
  external?: { name: string; intake: { link: { state: string; since: string } } | null; bridge: { link: { state: string; since: string } } | null }[];
  stations: { total: number; silent: number };
  set_aside: { reason: string; count: number }[];
  delivery: { waiting: number; dead: number };
  problems: Problem[];
}

export interface Transition {
  rule: string;
  target: string;
  episode: string;
  from: AlarmState;
  to: AlarmState;
  at: string;
  provisional: boolean;
  late: boolean;
  evidence: Evidence[];
}

/** How everything stood, as it was known then. */
export interface BoardThen {
  known_at: string;
  seq: number;
  config: number | null;
  latest: Latest[];
  alarms: AlarmRecord[];
  warnings: Warning[];
  health: StationHealth[];
  incomplete: { series: number; kept_from: string | null; alarms_from_changes: boolean } | null;
}

/** Something that happened, with when it became known and when it was. */
export type Happening = { seq: number; known_at: string; at: string } & (
  | { what: 'alarm'; transition: Transition }
  | { what: 'warning'; warning: string; episode_name: string; hazard: string; act: string; who: string | null; detail: string }
  | { what: 'message'; warning: string; number: number; kind: Draft['kind']; realm: Realm; level: number; hazard: string; author: Author; headline_vi: string; headline_en: string }
  | { what: 'station'; station: string; began: Condition[]; ended: Condition[] }
  | { what: 'config'; by: string }
  | { what: 'started'; alive_at: string | null }
  | { what: 'link'; broker: string; down_since: string | null }
  | { what: 'history'; failing_since: string | null }
);

export interface Spell {
  condition: Condition;
  from: string;
  /** null = it had not ended. */
  to: string | null;
}

export interface StationSpells {
  station: string;
  spells: Spell[];
}
