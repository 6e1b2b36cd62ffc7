/** Recovery: treatments that bring back what was hidden rather than forgotten. */
@NullMarked
package org.erasus.eval.recovery;

import org.jspecify.annotations.NullMarked;
