/** Runs in the formats of other tools, as listeners. */
@NullMarked
package org.erasus.eval.tracking;

import org.jspecify.annotations.NullMarked;
