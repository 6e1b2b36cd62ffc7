/** Every selector, one file each. */
@NullMarked
package org.erasus.selectors;

import org.jspecify.annotations.NullMarked;
