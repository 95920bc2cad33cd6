package io.rivulet.app.bench;

/**
 * One commit.
 *
 * @param touchedRows rows that changed since the commit before
 * @param bytes of its data files
 * @param ms until it was committed, in milliseconds
 * @param tableRows rows of the whole table
 */
record CommitSample(int touchedRows, long bytes, double ms, long tableRows) {}
