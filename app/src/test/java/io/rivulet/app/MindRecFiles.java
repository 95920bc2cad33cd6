package io.rivulet.app;

import io.rivulet.app.generate.ClickGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a user of MindRec has: its settings and its three pickles. */
final class MindRecFiles {
  private MindRecFiles() {}

  /** Puts {@code default_config.yaml} and the folder {@code dicts} into a folder. */
  static void putInto(Path folder) throws IOException {
    Files.copy(ConfFiles.mindRecs(), folder.resolve("default_config.yaml"));
    Map<String, Number> maximum = new LinkedHashMap<>();
    Map<String, Number> minimum = new LinkedHashMap<>();
    Map<String, Number> ids = new LinkedHashMap<>();
    for (int i = 1; i <= 13; i++) {
      maximum.put("I" + i, 100.5 * i);
      minimum.put("I" + i, i == 2 ? -3 : 0);
      ids.put("I" + i, ids.size());
    }
    for (int c = 1; c <= 26; c++) {
      ids.put("OOVC" + c, ids.size());
    }
    ClickGenerator generator = new ClickGenerator(1, 0);
    for (int i = 0; i < 500; i++) {
      String[] cells = generator.click(i).line().split("\t", -1);
      for (int c = 1; c <= 26; c++) {
        if (!cells[13 + c].isEmpty()) {
          ids.putIfAbsent("C" + c + "_" + cells[13 + c], ids.size());
        }
      }
    }
    Path dicts = Files.createDirectory(folder.resolve("dicts"));
    Files.write(dicts.resolve("all_val_max_dict.pkl"), pickle(maximum));
    Files.write(dicts.resolve("all_val_min_dict.pkl"), pickle(minimum));
    Files.write(dicts.resolve("cat2id_dict.pkl"), pickle(ids));
  }

  /** A dictionary of integers and floats as Python pickles it by protocol 2. */
  private static byte[] pickle(Map<String, Number> dictionary) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    // PROTO 2, EMPTY_DICT, MARK
    bytes.writeBytes(new byte[] {(byte) 0x80, 2, '}', '('});
    dictionary.forEach(
        (key, number) -> {
          byte[] text = key.getBytes(StandardCharsets.UTF_8);
          bytes.write('X'); // BINUNICODE
          bytes.writeBytes(littleEndian(text.length));
          bytes.writeBytes(text);
          if (number instanceof Double value) {
            bytes.write('G'); // BINFLOAT
            bytes.writeBytes(ByteBuffer.allocate(Double.BYTES).putDouble(value).array());
          } else {
            bytes.write('J'); // BININT
            bytes.writeBytes(littleEndian(number.intValue()));
          }
        });
    // SETITEMS, STOP
    bytes.writeBytes(new byte[] {'u', '.'});
    return bytes.toByteArray();
  }

  private static byte[] littleEndian(int value) {
    return ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
  }
}
