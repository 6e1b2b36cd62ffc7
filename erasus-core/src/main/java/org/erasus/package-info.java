/** The nouns and verbs of Erasus: networks, data, coresets, strategies, selectors, recipes. */
@NullMarked
package org.erasus;

import org.jspecify.annotations.NullMarked;
