package io.rivulet.trainer.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.RuntimeJsonMappingException;
import com.fasterxml.jackson.databind.deser.std.FromStringDeserializer;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** The JSON of a store's small files; records end with a seal, the SHA-256 of what is before. */
final class StoreJson {
  /** Lenient in what a later Rivulet may add, strict in all else. */
  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .addModule(
              new SimpleModule()
                  .addSerializer(Instant.class, ToStringSerializer.instance)
                  .addDeserializer(Instant.class, new InstantDeserializer()))
          .build();

  /** What a record ends with, around the SHA-256 of all bytes before it. */
  private static final byte[] SEAL = ",\"sha256\":\"".getBytes(UTF_8);

  private static final byte[] SEAL_END = "\"}".getBytes(UTF_8);
  private static final int SEAL_BYTES = SEAL.length + 64 + SEAL_END.length;

  /** The first format whose records have a seal. */
  private static final int SEALED = 2;

  private StoreJson() {}

  /** A record with its seal. */
  static byte[] toRecord(Object value) throws IOException {
    String json = MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(value);
    return seal(json.substring(0, json.lastIndexOf('}')).stripTrailing().getBytes(UTF_8));
  }

  /** Ends a record that lacks its last brace. */
  static byte[] seal(byte[] open) throws IOException {
    ByteArrayOutputStream sealed = new ByteArrayOutputStream();
    sealed.write(open);
    sealed.write(SEAL);
    sealed.write(HexFormat.of().formatHex(StoreFiles.sha256().digest(open)).getBytes(UTF_8));
    sealed.write(SEAL_END);
    return sealed.toByteArray();
  }

  /** A line, which has no seal: the file's SHA-256 is in a record. */
  static byte[] toBytes(Object value) throws IOException {
    return MAPPER.writeValueAsBytes(value);
  }

  /** Reads a record that says its format itself. */
  static <T> T readRecord(byte[] record, Class<T> type, String path) {
    boolean sealed = sealed(record, type, path);
    int format;
    try {
      format = format(record);
    } catch (IOException e) {
      throw damaged(path, type, e);
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
    if (format < 1 || (format >= SEALED && !sealed)) {
      throw damaged(path, type, null);
    }
    return read(record, type, path);
  }

  /** The format that a record says, 0 for none. */
  private static int format(byte[] record) throws IOException {
    try (JsonParser parser = MAPPER.createParser(record)) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        JsonToken value = parser.nextToken();
        if (name.equals("format")) {
          return value == JsonToken.VALUE_NUMBER_INT ? parser.getIntValue() : 0;
        }
        parser.skipChildren();
      }
      return 0;
    }
  }

  /** Reads a record of an epoch of the given format. */
  static <T> T readRecord(byte[] record, int format, Class<T> type, String path) {
    if (!sealed(record, type, path) && format >= SEALED) {
      throw damaged(path, type, null);
    }
    return read(record, type, path);
  }

  /** Reads lines of JSON. */
  static <T> List<T> readLines(byte[] lines, Class<T> type, String path) {
    try (MappingIterator<T> values = MAPPER.readerFor(type).readValues(lines)) {
      List<T> read = values.readAll();
      if (read.contains(null)) {
        throw damaged(path, type, null);
      }
      return read;
    } catch (IOException | RuntimeJsonMappingException e) {
      throw damaged(path, type, e);
    }
  }

  /** Whether a record has a seal, which then is checked. */
  private static boolean sealed(byte[] record, Class<?> type, String path) {
    int end = record.length - SEAL_BYTES;
    if (end < 0 || !Arrays.equals(record, end, end + SEAL.length, SEAL, 0, SEAL.length)) {
      return false;
    }
    try {
      if (!Arrays.equals(record, seal(Arrays.copyOf(record, end)))) {
        throw new StoreException(
            path + " is damaged: its content doesn't have the SHA-256 at its end");
      }
    } catch (IOException e) {
      throw damaged(path, type, e);
    }
    return true;
  }

  private static <T> T read(byte[] json, Class<T> type, String path) {
    try {
      T value = MAPPER.readValue(json, type);
      if (value == null) {
        throw damaged(path, type, null);
      }
      return value;
    } catch (IOException e) {
      throw damaged(path, type, e);
    }
  }

  private static StoreException damaged(String path, Class<?> type, Exception cause) {
    return new StoreException(
        path + " is damaged: it doesn't read as " + type.getSimpleName(), cause);
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
