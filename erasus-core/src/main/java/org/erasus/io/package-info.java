/** Readers and writers of weights: safetensors and PyTorch state dicts. */
@NullMarked
package org.erasus.io;

import org.jspecify.annotations.NullMarked;
