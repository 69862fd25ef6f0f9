import { testRandomJoins } from './random-joins.js';

// The other half: two cores share them.
testRandomJoins('exact', 250, 2);
