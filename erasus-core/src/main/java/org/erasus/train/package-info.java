/** The loop: modules that say what a step minimises, and the trainer that runs them. */
@NullMarked
package org.erasus.train;

import org.jspecify.annotations.NullMarked;
