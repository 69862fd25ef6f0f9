/** What has become of a run, in a word and a color. */
import type { RunState } from '../run-state.js';
import { type Html, html } from './html.js';

const looks: Readonly<Record<RunState, 'good' | 'warn' | 'bad'>> = {
  succeeded: 'good',
  running: 'warn',
  waiting: 'warn',
  interrupted: 'warn',
  'partly-failed': 'bad',
  failed: 'bad',
  died: 'bad',
};

const words: Partial<Record<RunState, string>> = {
  running: 'still going',
  died: 'crashed',
  'partly-failed': 'partly failed',
};

export function stateChip(state: RunState): Html {
  return html`<span class="chip ${looks[state]}">${words[state] ?? state}</span>`;
}
