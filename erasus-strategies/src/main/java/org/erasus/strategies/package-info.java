/** Every strategy, one file each. */
@NullMarked
package org.erasus.strategies;

import org.jspecify.annotations.NullMarked;
