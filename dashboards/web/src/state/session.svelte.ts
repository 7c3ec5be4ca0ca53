/** Who is signed in, and the dialog that asks for it when an act needs it. */

import type { Role, User } from '../types';
import { get, Refusal, send } from './api';
import { link } from './link.svelte';

interface Me {
  user: User | null;
}

const DECIDES: Role[] = ['duty_officer', 'forecaster', 'admin'];

class Session {
  user = $state.raw<User | null>(null);
  /** The server has said who is signed in. */
  known = $state(false);
  /** The dialog is open. */
  asking = $state(false);
  private answer: ((signedIn: boolean) => void) | null = null;

  get mayDecide(): boolean {
    return this.user !== null && DECIDES.includes(this.user.role);
  }

  /**
   * Asks who is signed in: a session can end elsewhere, or by itself. Another person sees another view.
   * `anew` = the stream may be from before.
   */
  async load(anew = false): Promise<void> {
    const me = await get<Me>('/me').catch(() => null);
    if (me === null) return;
    const [first, same] = [!this.known, JSON.stringify(me.user) === JSON.stringify(this.user)];
    this.known = true;
    if (same) return;
    this.user = me.user;
    if (!first) await link.reload(anew);
  }

  /** Opens the dialog; resolves to whether somebody signed in. */
  ask(): Promise<boolean> {
    this.answer?.(false);
    this.asking = true;
    return new Promise((resolve) => (this.answer = resolve));
  }

  /** Throws the server's refusal. */
  async signIn(name: string, password: string): Promise<void> {
    const me = await send<Me>('POST', '/session', { name, password });
    this.user = me?.user ?? null;
    this.known = true;
    this.close(this.user !== null);
    await link.reload(true);
  }

  async signOut(): Promise<void> {
    await send('DELETE', '/session');
    this.user = null;
    await link.reload(true);
  }

  /** Looks at why an act was refused: when the session is over, the dialog opens. */
  async refused(error: unknown): Promise<void> {
    if (!(error instanceof Refusal) || error.kind !== 'sign-in-needed') return;
    await this.load(true);
    if (this.user === null) void this.ask();
  }

  close(signedIn = false): void {
    this.asking = false;
    this.answer?.(signedIn);
    this.answer = null;
  }
}

export const session = new Session();
