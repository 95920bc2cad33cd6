/**
 * The tab "Online learning" in Spark's web UI and its history server. This package alone uses
 * Spark's internal UI classes, which another version of Spark may not have; then there is no tab,
 * and training goes on.
 */
package io.rivulet.app.ui;
