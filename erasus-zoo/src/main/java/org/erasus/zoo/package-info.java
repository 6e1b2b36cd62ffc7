/** Networks of the standard protocols, with the parameter names of their PyTorch counterparts. */
@NullMarked
package org.erasus.zoo;

import org.jspecify.annotations.NullMarked;
