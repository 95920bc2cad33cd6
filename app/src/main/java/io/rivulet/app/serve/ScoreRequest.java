package io.rivulet.app.serve;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.rivulet.features.JsonLines;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the body of a request: {@code {"events": [{…}, …]}}, each event an object as in {@code
 * event.format: json}, or {@code {"lines": ["…", …]}}, each a tab-separated line. Labels may be
 * missing or anything.
 */
final class ScoreRequest {
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private final JsonLines jsonLines;
  private final int maxEvents;

  ScoreRequest(JsonLines jsonLines, int maxEvents) {
    this.jsonLines = jsonLines;
    this.maxEvents = maxEvents;
  }

  /**
   * The events as tab-separated lines.
   *
   * @throws RefusedRequest if the body isn't a request
   */
  List<byte[]> read(byte[] body) throws IOException {
    List<byte[]> lines = new ArrayList<>();
    try (InputStream bytes = new ByteArrayInputStream(body);
        JsonParser in = JSON.createParser(bytes)) {
      require(in.nextToken() == JsonToken.START_OBJECT);
      while (in.nextToken() != JsonToken.END_OBJECT) {
        String name = in.currentName();
        boolean events = name.equals("events");
        require(events || name.equals("lines"));
        require(in.nextToken() == JsonToken.START_ARRAY);
        while (in.nextToken() != JsonToken.END_ARRAY) {
          if (lines.size() == maxEvents) {
            throw new RefusedRequest(413, "A request may have at most " + maxEvents + " events");
          }
          lines.add(events ? event(in, lines.size()) : line(in));
        }
      }
      require(in.nextToken() == null);
    } catch (JsonProcessingException e) {
      throw new RefusedRequest(400, "The body isn't JSON: " + e.getOriginalMessage());
    }
    return lines;
  }

  private byte[] event(JsonParser in, int number) throws IOException {
    require(in.currentToken() == JsonToken.START_OBJECT);
    try {
      return jsonLines.line(in);
    } catch (IllegalArgumentException e) {
      throw new RefusedRequest(400, "events[" + number + "]: " + e.getMessage());
    }
  }

  private static byte[] line(JsonParser in) throws IOException {
    require(in.currentToken() == JsonToken.VALUE_STRING);
    return in.getText().getBytes(StandardCharsets.UTF_8);
  }

  private static void require(boolean holds) {
    if (!holds) {
      throw new RefusedRequest(
          400, "The body must be {\"events\": [{…}, …]} or {\"lines\": [\"…\", …]}");
    }
  }
}
