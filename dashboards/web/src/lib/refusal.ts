/** Why something did not work, in the reader's language. */

import { t, word } from '../i18n';
import { Refusal } from '../state/api';

/** Here the server's sentence says what exactly is wrong, so it stands in brackets. */
const NEED_DETAIL = ['malformed', 'not-usable', 'not-writing'];

export function reason(error: unknown): string {
  if (!(error instanceof Refusal)) return error instanceof Error ? error.message : String(error);
  const said = word('problem', error.kind);
  if (said === error.kind) return error.message || t('problem.internal');
  return NEED_DETAIL.includes(error.kind) ? `${said} (${error.message})` : said;
}
