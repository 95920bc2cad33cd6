package io.rivulet.app.label;

/** What became of an impression or of a click; a bean for Spark's encoder. */
public final class Outcome {
  /** What it can be; the first three are examples. */
  public enum Kind {
    /** A click came within the horizon. */
    POSITIVE("clicked"),
    /** None did. */
    NEGATIVE("not clicked"),
    /** One did after the horizon, when the impression had been sent without it. */
    CORRECTION("corrected"),
    /** A negative that sampling left out. */
    SAMPLED_OUT("sampled out"),
    /** A click after the horizon. */
    LATE_CLICK("late clicks"),
    /** A click on no known impression. */
    UNKNOWN_CLICK("clicks on no impression"),
    /** An impression whose id was there already. */
    REPEATED("repeated impressions"),
    /** An example that is longer than a record can be; it isn't written. */
    TOO_LARGE("too large");

    private final String text;

    Kind(String text) {
      this.text = text;
    }

    /** For people. */
    String text() {
      return text;
    }

    boolean isExample() {
      return this == POSITIVE || this == NEGATIVE || this == CORRECTION;
    }
  }

  private String kind;
  private String place;
  private byte[] value;

  /** What Spark calls. */
  public Outcome() {}

  Outcome(Kind kind, String place, byte[] value) {
    this.kind = kind.name();
    this.place = place;
    this.value = value;
  }

  /** Name of a {@link Kind}. */
  public String getKind() {
    return kind;
  }

  public void setKind(String kind) {
    this.kind = kind;
  }

  /** Where the impression is, for an example. */
  public String getPlace() {
    return place;
  }

  public void setPlace(String place) {
    this.place = place;
  }

  /** The impression's features, for an example. */
  public byte[] getValue() {
    return value;
  }

  public void setValue(byte[] value) {
    this.value = value;
  }
}
