/** Membership-inference attacks: scores from outputs, never from members alone. */
@NullMarked
package org.erasus.eval.attacks;

import org.jspecify.annotations.NullMarked;
