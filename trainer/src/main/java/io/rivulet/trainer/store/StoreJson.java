package io.rivulet.trainer.store;

import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.deser.std.FromStringDeserializer;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import java.io.IOException;
import java.time.Instant;
import java.util.HexFormat;

/** The JSON of a store's small files. */
final class StoreJson {
  private static final ObjectMapper MAPPER =
      new ObjectMapper()
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .registerModule(
              new SimpleModule()
                  .addSerializer(Instant.class, ToStringSerializer.instance)
                  .addDeserializer(Instant.class, new InstantDeserializer()));

  private StoreJson() {}

  static byte[] toPrettyBytes(Object value) throws IOException {
    return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(value);
  }

  static byte[] toBytes(Object value) throws IOException {
    return MAPPER.writeValueAsBytes(value);
  }

  static <T> T read(byte[] json, Class<T> type, String path) {
    try {
      return MAPPER.readValue(json, type);
    } catch (IOException e) {
      throw damaged(path, type, e);
    }
  }

  private static StoreException damaged(String path, Class<?> type, IOException cause) {
    return new StoreException(
        path + " is damaged: it doesn't read as " + type.getSimpleName(), cause);
  }

  /** Reads a file that carries the store's format, which is checked before anything else. */
  static <T> T readVersioned(byte[] json, Class<T> type, String path) {
    int format;
    try {
      format = MAPPER.readTree(json).path("format").asInt(0);
    } catch (IOException e) {
      throw damaged(path, type, e);
    }
    if (format < 1) {
      throw damaged(path, type, null);
    }
    if (format > ModelStore.FORMAT) {
      throw new StoreException(
          path
              + " has store format "
              + format
              + ", but this Rivulet knows formats up to "
              + ModelStore.FORMAT
              + "; use a newer Rivulet");
    }
    return read(json, type, path);
  }

  static String sha256(Object value) throws IOException {
    return HexFormat.of().formatHex(StoreFiles.sha256().digest(toBytes(value)));
  }

  private static final class InstantDeserializer extends FromStringDeserializer<Instant> {
    private static final long serialVersionUID = 1L;

    InstantDeserializer() {
      super(Instant.class);
    }

    @Override
    protected Instant _deserialize(String value, DeserializationContext context) {
      return Instant.parse(value);
    }
  }
}
