/** Readers of standard data formats and generated data sets. */
@NullMarked
package org.erasus.zoo.data;

import org.jspecify.annotations.NullMarked;
