package io.rivulet.app.label;

/**
 * What is known of an id whose horizon hasn't passed: an impression, or clicks that came before
 * their impression; a bean for Spark's encoder.
 */
public final class OpenImpression {
  private String place;
  private byte[] value;
  private long time;
  private boolean labelled;
  private boolean lateClick;
  private long[] clicks = {};

  /** Where the impression is; null if none has come. */
  public String getPlace() {
    return place;
  }

  public void setPlace(String place) {
    this.place = place;
  }

  /** The impression's features. */
  public byte[] getValue() {
    return value;
  }

  public void setValue(byte[] value) {
    this.value = value;
  }

  /** When the impression was, in milliseconds since 1970. */
  public long getTime() {
    return time;
  }

  public void setTime(long time) {
    this.time = time;
  }

  /** Whether an example of it has been sent. */
  public boolean isLabelled() {
    return labelled;
  }

  public void setLabelled(boolean labelled) {
    this.labelled = labelled;
  }

  /** Whether a click has come that is late by one horizon at most. */
  public boolean isLateClick() {
    return lateClick;
  }

  public void setLateClick(boolean lateClick) {
    this.lateClick = lateClick;
  }

  /** Times of clicks whose impression hasn't come. */
  public long[] getClicks() {
    return clicks;
  }

  public void setClicks(long[] clicks) {
    this.clicks = clicks;
  }
}
