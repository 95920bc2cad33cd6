package io.rivulet.app.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/** The seal of a store's records, written after docs/store.md and not by the store's own code. */
final class Seal {
  private static final int BYTES = 77;

  private Seal() {}

  /** Whether a path in a store is a record's. */
  static boolean isRecord(String path) {
    return path.endsWith(".json");
  }

  /** A record without its seal and its last brace. */
  static byte[] open(byte[] sealed) {
    return Arrays.copyOf(sealed, sealed.length - BYTES);
  }

  static byte[] seal(byte[] open) {
    ByteArrayOutputStream sealed = new ByteArrayOutputStream(open.length + BYTES);
    sealed.writeBytes(open);
    sealed.writeBytes((",\"sha256\":\"" + sha256(open) + "\"}").getBytes(UTF_8));
    return sealed.toByteArray();
  }

  static String sha256(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
