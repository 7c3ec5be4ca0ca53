import './styles/fonts.css';
import './styles/base.css';
import './styles/shell.css';
import './styles/board.css';
import './styles/rivers.css';
import './styles/chart.css';
import './styles/warning.css';

import { mount } from 'svelte';

import App from './App.svelte';
import { learn } from './i18n';
import { settings } from './state/settings.svelte';

const target = document.getElementById('app');
// Without its texts the page speaks Vietnamese rather than nothing.
const ready = learn(settings.lang).catch(() => undefined);
if (target) void ready.then(() => mount(App, { target }));
