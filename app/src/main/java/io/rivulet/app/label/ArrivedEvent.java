package io.rivulet.app.label;

import java.sql.Timestamp;

/** An impression or a click as it comes from Kafka; a bean for Spark's encoder. */
public final class ArrivedEvent {
  private String id;
  private boolean click;
  private Timestamp time;
  private String place;
  private byte[] value;

  /** What an impression and its clicks have in common. */
  public String getId() {
    return id;
  }

  public void setId(String id) {
    this.id = id;
  }

  /** Whether it is a click. */
  public boolean isClick() {
    return click;
  }

  public void setClick(boolean click) {
    this.click = click;
  }

  /** When it happened. */
  public Timestamp getTime() {
    return time;
  }

  public void setTime(Timestamp time) {
    this.time = time;
  }

  /** Topic, partition and offset. */
  public String getPlace() {
    return place;
  }

  public void setPlace(String place) {
    this.place = place;
  }

  /** An impression's features; null for a click. */
  public byte[] getValue() {
    return value;
  }

  public void setValue(byte[] value) {
    this.value = value;
  }
}
