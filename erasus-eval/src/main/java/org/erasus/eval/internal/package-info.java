/** Helpers shared by the packages of this module; not exported. */
@NullMarked
package org.erasus.eval.internal;

import org.jspecify.annotations.NullMarked;
