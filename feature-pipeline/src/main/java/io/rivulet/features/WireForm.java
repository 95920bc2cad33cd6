package io.rivulet.features;

/** The forms in which events come. */
public enum WireForm {
  /** A line of tab-separated cells in the order of {@link Schema#columns}; '' is missing. */
  TSV,
  /** A JSON object; null, NaN and what isn't there are missing. */
  JSON,
  /**
   * What MindRec's producer sends: a JSON array of values, whose column names are the JSON array in
   * the record's key. NaN and null are missing, and a category that pandas made a float, such as
   * 3.0, is 3.
   */
  MINDREC
}
