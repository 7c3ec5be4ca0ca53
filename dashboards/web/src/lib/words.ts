/** Level names: báo động for floods, a plain level for everything else, so that the scales never mix. */

import { t } from '../i18n';

export function levelWord(hazard: string, level: number): string {
  if (hazard === 'flood' && level >= 0 && level <= 4) return t(`level.${level as 0 | 1 | 2 | 3 | 4}`);
  return t('warning.level', { level });
}
