package io.rivulet.app.kafka;

import io.rivulet.app.UserError;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import org.apache.kafka.clients.admin.OffsetSpec;

/**
 * Where partitions begin that the store has nothing of yet; all others go on where it stands.
 *
 * @param text as the user gave it
 * @param spec in Kafka's terms
 */
public record StartFrom(String text, OffsetSpec spec) {
  /** At the first event that is held. */
  public static final StartFrom EARLIEST = new StartFrom("earliest", OffsetSpec.earliest());

  /**
   * {@code store} and {@code earliest} (the first event held), {@code latest} (what comes from now
   * on), or a time: ISO 8601, or milliseconds since 1970.
   *
   * @throws UserError for anything else
   */
  public static StartFrom parse(String text) {
    return switch (text) {
      case "store", "earliest" -> EARLIEST;
      case "latest" -> new StartFrom(text, OffsetSpec.latest());
      default -> new StartFrom(text, OffsetSpec.forTimestamp(millis(text)));
    };
  }

  private static long millis(String text) {
    try {
      if (text.matches("[0-9]{1,18}")) {
        return Long.parseLong(text);
      }
      return text.length() == "2026-01-01".length()
          ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli()
          : Instant.parse(text).toEpochMilli();
    } catch (DateTimeParseException | ArithmeticException e) {
      throw new UserError(
          "--from must be store, earliest, latest or a time such as 2026-11-24T08:00:00Z, not '"
              + text
              + "'",
          e);
    }
  }
}
