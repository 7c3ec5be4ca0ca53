import './styles/fonts.css';
import './styles/base.css';
import './styles/shell.css';
import './styles/board.css';
import './styles/rivers.css';
import './styles/chart.css';
import './styles/warning.css';

import { mount } from 'svelte';

import App from './App.svelte';

const target = document.getElementById('app');
if (target) mount(App, { target });
