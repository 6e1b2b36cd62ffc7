/** Statistics on plain arrays, no engine. */
@NullMarked
package org.erasus.eval.stats;

import org.jspecify.annotations.NullMarked;
