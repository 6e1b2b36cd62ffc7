/** Layers as DJL blocks: computed in 32 bits or bf16, named as in PyTorch, and able to tell each row's share of a gradient. */
@NullMarked
package org.erasus.nn;

import org.jspecify.annotations.NullMarked;
