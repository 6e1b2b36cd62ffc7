/** Many runs from one file: experiments, their results, and how they compare. */
@NullMarked
package org.erasus.eval.experiments;

import org.jspecify.annotations.NullMarked;
