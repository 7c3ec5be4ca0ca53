/** Raw bytes for reading: text as it is, everything else as hexadecimal with its characters. */

const PER_LINE = 16;
/** More than this of one message helps nobody on a screen. */
const MOST = 1_024;

export function hex(base64: string): string {
  const bytes = atob(base64);
  const lines: string[] = [];
  for (let at = 0; at < Math.min(bytes.length, MOST); at += PER_LINE) {
    const part = [...bytes.slice(at, at + PER_LINE)];
    const codes = part.map((one) => one.charCodeAt(0).toString(16).padStart(2, '0')).join(' ');
    const signs = part.map((one) => (one >= ' ' && one <= '~' ? one : '·')).join('');
    lines.push(`${at.toString(16).padStart(4, '0')}  ${codes.padEnd(PER_LINE * 3 - 1)}  ${signs}`);
  }
  return lines.join('\n') + (bytes.length > MOST ? `\n… (${bytes.length} byte)` : '');
}
