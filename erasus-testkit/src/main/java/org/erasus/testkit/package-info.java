/** Contracts for implementers, toy problems, the leak check, golden values. */
@NullMarked
package org.erasus.testkit;

import org.jspecify.annotations.NullMarked;
