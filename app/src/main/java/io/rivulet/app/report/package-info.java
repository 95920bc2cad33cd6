/** What {@code metrics.jsonl} tells, as pictures and pages. */
package io.rivulet.app.report;
