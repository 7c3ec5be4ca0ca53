/** Keys in a dialog: Escape closes it, Tab goes round inside. */

/** What the keyboard can reach. */
const STOPS = 'a, input:not([hidden]), select, textarea, button:not(:disabled)';

export function keepInside(event: KeyboardEvent, frame: HTMLElement | undefined, close: () => void): void {
  if (event.key === 'Escape') close();
  if (event.key !== 'Tab' || !frame) return;
  const stops = [...frame.querySelectorAll<HTMLElement>(STOPS)];
  const edge = event.shiftKey ? stops[0] : stops[stops.length - 1];
  if (document.activeElement !== edge) return;
  event.preventDefault();
  (event.shiftKey ? stops[stops.length - 1] : stops[0])?.focus();
}
