/** Who is told, as the form has it and as the configuration writes it. */

export type List = 'actual' | 'exercise';
export const ROLES = ['duty_officer', 'committee', 'technical', 'public'] as const;
export const HAZARDS = ['flood', 'rain', 'storm', 'technical'] as const;
export const KINDS = ['email', 'webhook', 'mqtt', 'cap'] as const;
export type Kind = (typeof KINDS)[number];

export interface Channel {
  kind: Kind;
  address?: string;
  url?: string;
  secret?: string;
  topic?: string;
}

export interface Recipient {
  list: List;
  id: string;
  name: string;
  role: string;
  language: string;
  channels: Channel[];
  hazards: string[];
  min_level: number;
  escalate_to: string | null;
  phone: string | null;
  phone_note: string | null;
  /** From this level on they are called whatever else reaches them. */
  call_from_level: number | null;
}

export const nobody = (list: List): Recipient => ({
  list,
  id: '',
  name: '',
  role: 'committee',
  language: 'vi',
  channels: [{ kind: 'email', address: '' }],
  hazards: [],
  min_level: 0,
  escalate_to: null,
  phone: null,
  phone_note: null,
  call_from_level: null,
});

function channel(one: Channel): Channel {
  const text = (value: string | undefined): string => (value ?? '').trim();
  switch (one.kind) {
    case 'email':
      return { kind: 'email', address: text(one.address) };
    case 'webhook':
      return { kind: 'webhook', url: text(one.url), secret: text(one.secret) };
    case 'mqtt':
      return { kind: 'mqtt', topic: text(one.topic) };
    case 'cap':
      return { kind: 'cap' };
  }
}

/** As the configuration writes it: what goes without saying is null, and left out. */
export function entry(one: Recipient): Record<string, unknown> {
  return {
    id: one.id.trim(),
    name: one.name.trim(),
    role: one.role,
    language: one.language === 'vi' ? null : one.language,
    channels: one.channels.map(channel),
    hazards: one.hazards.length === 0 ? null : [...one.hazards],
    min_level: one.min_level === 0 ? null : one.min_level,
    escalate_to: one.escalate_to,
    phone: (one.phone ?? '').trim() || null,
    phone_note: (one.phone_note ?? '').trim() || null,
    call_from_level: one.call_from_level,
  };
}

/** Which field of the form a fault speaks of: `channels.0`, `id` …; '' = the whole; null = somebody else. */
export function fieldOf(key: string, one: Pick<Recipient, 'list' | 'id'>): string | null {
  const found = /^(actual|exercise)(?:\[\d+\])? \((.*?)\)(?:\.(\w+)(?:\[(\d+)\])?)?/.exec(key);
  if (!found || found[1] !== one.list || found[2] !== one.id.trim()) return null;
  return found[4] === undefined ? (found[3] ?? '') : `${found[3]}.${found[4]}`;
}
