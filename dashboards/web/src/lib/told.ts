/** An event in words. */

import { local, t, word } from '../i18n';
import type { AlarmState, Evidence, Happening } from '../types';
import { shortMoment } from './time';
import { levelWord, logDetail, personName } from './words';

export interface Told {
  text: string;
  /** Its báo động level, for the symbol; null = it has none. */
  flood: number | null;
}

const levelOf = (state: AlarmState): number => (state.state === 'level' ? state.level : 0);

/** `BĐ3`, `200 mm/24 giờ`; where nothing names it, the level itself. */
function step(level: number, evidence: Evidence[]): string {
  return evidence.find((one) => one.threshold_name !== null)?.threshold_name ?? t('past.step', { level });
}

function alarm({ transition }: Extract<Happening, { what: 'alarm' }>, place: (id: string) => string): Told {
  const { from, to, target, evidence } = transition;
  const stage = evidence.length > 0 && evidence.every((one) => one.parameter === 'water_level');
  const [before, after] = [levelOf(from), levelOf(to)];
  const name = (level: number): string => (stage ? levelWord('flood', level) : step(level, evidence));
  const values = { place: place(target) };
  if (to.state === 'unknown') return { text: t('past.unknown', { ...values, level: name(before) }), flood: null };
  if (after === 0) return { text: t('past.normal', { ...values, level: name(before) }), flood: stage ? 0 : null };
  const text = t(after > before ? 'past.raised' : 'past.lowered', { ...values, level: name(after) });
  const doubt = transition.provisional ? ` (${t('mark.provisional')})` : '';
  return { text: text + doubt, flood: stage ? after : null };
}

export function told(one: Happening, place: (id: string) => string): Told {
  const plain = (text: string): Told => ({ text, flood: null });
  switch (one.what) {
    case 'alarm':
      return alarm(one, place);
    case 'message': {
      const headline = local(one.headline_vi, one.headline_en);
      return { text: t('past.said', { kind: t(`kind.${one.kind}`), headline }), flood: one.hazard === 'flood' ? one.level : null };
    }
    case 'warning': {
      const who = one.who === null ? t('warning.system') : personName(one.who);
      const detail = one.detail ? ` – ${logDetail(one.hazard, one.detail)}` : '';
      return plain(`${word('hazard', one.hazard)} · ${one.episode_name}: ${who} ${word('log', one.act)}${detail}`);
    }
    case 'station': {
      const parts = [
        ...one.began.map((condition) => t('past.began', { place: place(one.station), condition: word('condition', condition) })),
        ...one.ended.map((condition) => t('past.ended', { place: place(one.station), condition: word('condition', condition) })),
      ];
      return plain(parts.join('; ') || t('past.first_heard', { place: place(one.station) }));
    }
    case 'config':
      return plain(t('past.config', { who: personName(one.by) }));
    case 'started':
      return plain(one.alive_at ? t('past.started_after', { moment: shortMoment(Date.parse(one.alive_at), Date.parse(one.at)) }) : t('past.started'));
    case 'link':
      return plain(t(one.down_since ? 'past.link_down' : 'past.link_back', { broker: one.broker }));
    case 'history':
      return plain(t(one.failing_since ? 'past.history_down' : 'past.history_back'));
  }
}
