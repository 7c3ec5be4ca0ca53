/** Who is signed in, and the dialog that asks for it when an act needs it. */

import type { Role, User } from '../types';
import { get, send } from './api';
import { link } from './link.svelte';

const DECIDES: Role[] = ['duty_officer', 'forecaster', 'admin'];

class Session {
  user = $state.raw<User | null>(null);
  /** The dialog is open. */
  asking = $state(false);
  private answer: ((signedIn: boolean) => void) | null = null;

  get mayDecide(): boolean {
    return this.user !== null && DECIDES.includes(this.user.role);
  }

  async load(): Promise<void> {
    const me = await get<{ user: User | null }>('/me').catch(() => ({ user: null }));
    this.user = me.user;
  }

  /** Opens the dialog; resolves to whether somebody signed in. */
  ask(): Promise<boolean> {
    this.answer?.(false);
    this.asking = true;
    return new Promise((resolve) => (this.answer = resolve));
  }

  /** Throws the server's refusal. */
  async signIn(name: string, password: string): Promise<void> {
    await send('POST', '/session', { name, password });
    await this.load();
    this.close(this.user !== null);
    await link.reload();
  }

  async signOut(): Promise<void> {
    await send('DELETE', '/session');
    this.user = null;
    await link.reload();
  }

  close(signedIn = false): void {
    this.asking = false;
    this.answer?.(signedIn);
    this.answer = null;
  }
}

export const session = new Session();
