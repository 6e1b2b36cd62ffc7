/** Pictures of where a network puts rows. */
@org.jspecify.annotations.NullMarked
package org.erasus.eval.embedding;
