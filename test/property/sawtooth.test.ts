import { testRandomJoins } from './random-joins.js';

testRandomJoins('sawtooth', 100);
