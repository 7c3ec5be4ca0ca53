/** The duty desk as the server describes it. */

export interface Officer {
  user: string;
  name: string;
}

export interface Shift {
  seq: number;
  officer: Officer;
  since: string;
  unannounced: boolean;
}

export interface Handover {
  seq: number;
  at: string;
  from: Officer;
  to: Officer | null;
  remark: string | null;
}

export interface Claim {
  warning: string;
  officer: Officer;
  at: string;
}

export interface DutyDesk {
  shift: Shift | null;
  handover: Handover | null;
  claims: Claim[];
}

export interface DutyView {
  now: string;
  desk: DutyDesk;
  officers: Officer[];
}

export interface Picture {
  warnings: { id: string; name: string; state: 'draft' | 'issued'; level: number; waits: number | null }[];
  highest: { target: string; parameter: string; sensor?: string; level: number; value: number; observed_at: string }[];
  stations: { station: string; conditions: [string, string][] }[];
  given_up: number;
  unconfirmed: number;
}

export type Reached = 'confirmed' | 'told' | 'no_answer' | 'wrong_number';
export const REACHED: readonly Reached[] = ['confirmed', 'told', 'no_answer', 'wrong_number'];

export type DutyEntry =
  | { kind: 'take_over'; handover: number | null; remark: string | null }
  | { kind: 'hand_over'; to: Officer | null; remark: string | null; picture: Picture }
  | { kind: 'note'; text: string; warning: string | null }
  | { kind: 'take'; warning: string }
  | { kind: 'call'; warning: string; recipient: string; reached: Reached; remark: string | null };

export interface DutyRecord {
  at: string;
  who: Officer;
  entry: DutyEntry;
  before: Officer | null;
  unannounced: boolean;
}

export type LogItem =
  | { kind: 'duty'; at: string; seq: number; what: string; recipient_name: string | null; record: DutyRecord }
  | { kind: 'warning'; at: string; warning: string; name: string; hazard: string; stage: boolean; who: string | null; what: string; detail: string }
  | { kind: 'trouble'; at: string; seq: number; rule: string; rule_vi: string; rule_en: string; target: string; began: boolean }
  | { kind: 'config'; at: string; seq: number; by: string };

export interface ShiftView {
  seq: number;
  user: string;
  name: string;
  from: string;
  to: string | null;
  before: string | null;
  unannounced: boolean;
}

export interface LogPage {
  from: string;
  to: string;
  shifts: ShiftView[];
  items: LogItem[];
  next: string | null;
}

export type Need = 'given_up' | 'overdue' | 'level' | 'asked' | 'told' | 'nothing' | 'confirmed';

export interface CallRow {
  recipient: string;
  name: string;
  role: string | null;
  phone: string | null;
  phone_link: string | null;
  phone_note: string | null;
  escalate_to: string | null;
  escalate_to_name: string | null;
  ways: { notice: string; channel: string; asks: boolean; number: number; state: string; at: string; receipt_by: string | null }[];
  confirmed: { at: string; by_telephone_to: string | null } | null;
  need: Need;
  needs_call: boolean;
  last_call: { seq: number; at: string; by: string; reached: Reached; remark: string | null } | null;
  calls: number;
}

export interface CallList {
  warning: string;
  now: string;
  items: CallRow[];
}
