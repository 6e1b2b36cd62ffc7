/** Rows from ND4J pipelines; outputs, coresets and weights back to ND4J. */
@NullMarked
package org.erasus.nd4j;

import org.jspecify.annotations.NullMarked;
