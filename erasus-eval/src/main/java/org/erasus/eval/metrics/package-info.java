/** Metrics of forgetting, utility and cost. */
@NullMarked
package org.erasus.eval.metrics;

import org.jspecify.annotations.NullMarked;
