/** One result, three renderings: JSON, Markdown, HTML. */
@NullMarked
package org.erasus.eval.report;

import org.jspecify.annotations.NullMarked;
