/** Three kinds of results, three renderings of each: JSON, Markdown, HTML. */
@NullMarked
package org.erasus.eval.report;

import org.jspecify.annotations.NullMarked;
