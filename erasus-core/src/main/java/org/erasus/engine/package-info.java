/** All contact with the native engine: start-up, operations, parameters, scopes. */
@NullMarked
package org.erasus.engine;

import org.jspecify.annotations.NullMarked;
