/** Programs to run and to read. */
@NullMarked
package org.erasus.examples;

import org.jspecify.annotations.NullMarked;
