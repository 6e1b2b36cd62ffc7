/** Measures speed and memory. Each program answers a driver in Python, which lets plain PyTorch do the same in turns. */
@NullMarked
package org.erasus.benchmarks;

import org.jspecify.annotations.NullMarked;
