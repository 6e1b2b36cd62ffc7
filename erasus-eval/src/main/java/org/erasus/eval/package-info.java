/** The benchmark: evidence, verdicts and reports. */
@NullMarked
package org.erasus.eval;

import org.jspecify.annotations.NullMarked;
