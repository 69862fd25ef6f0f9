import { testRandomJoins } from './random-joins.js';

testRandomJoins('exact', 250);
