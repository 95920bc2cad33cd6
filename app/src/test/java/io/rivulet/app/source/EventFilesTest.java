package io.rivulet.app.source;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.app.UserError;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bytes are written and compared as Latin-1, which has a character for each. */
class EventFilesTest {
  @TempDir Path directory;

  private Path plain(String name, String content) throws IOException {
    return Files.write(directory.resolve(name), content.getBytes(ISO_8859_1));
  }

  private Path gzip(String name, String content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(bytes)) {
      out.write(content.getBytes(ISO_8859_1));
    }
    return Files.write(directory.resolve(name), bytes.toByteArray());
  }

  private static List<String> lines(Path... files) {
    List<String> lines = new ArrayList<>();
    EventFiles.lines(EventFiles.resolve(List.of(files)))
        .forEachRemaining(line -> lines.add(new String(line, ISO_8859_1)));
    return lines;
  }

  @Test
  void gzipIsToldByContentNotByName() throws IOException {
    assertThat(lines(plain("plain.gz", "a\nb\n"))).containsExactly("a", "b");
    assertThat(lines(gzip("packed.tsv", "a\nb\n"))).containsExactly("a", "b");
  }

  @Test
  void theLastLineNeedsNoNewline() throws IOException {
    assertThat(lines(plain("with", "a\nb\n"))).containsExactly("a", "b");
    assertThat(lines(plain("without", "a\nb"))).containsExactly("a", "b");
    assertThat(lines(plain("short", "a"))).containsExactly("a");
  }

  @Test
  void aCarriageReturnGoesOnlyBeforeTheNewline() throws IOException {
    assertThat(lines(plain("windows", "a\r\nb\rc\r\r\nd\r"))).containsExactly("a", "b\rc\r", "d");
  }

  @Test
  void anEmptyLineIsAnEmptyEvent() throws IOException {
    assertThat(lines(plain("gaps", "\na\n\n\r\nb\n\n"))).containsExactly("", "a", "", "", "b", "");
  }

  @Test
  void bytesThatAreNoUtf8StayAsTheyAre() throws IOException {
    byte[] bytes = new byte[256];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) i;
    }
    String all = new String(bytes, ISO_8859_1).replace("\n", "");

    assertThat(lines(plain("binary", all + "\n" + all))).containsExactly(all, all);
  }

  @Test
  void aLineMayBeLongerThanTheBuffer() throws IOException {
    String line = "0123456789".repeat(20_000);
    String content = "a\n" + line + "\r\n" + line + "b\n";

    assertThat(lines(plain("plain", content))).containsExactly("a", line, line + "b");
    assertThat(lines(gzip("packed", content))).containsExactly("a", line, line + "b");
  }

  @Test
  void filesComeInTheOrderOfTheirNamesAndOnce() throws IOException {
    Path b = plain("b", "3\n4");
    Path a = plain("a", "1\n2\n");
    Path c = gzip("c", "5\n");
    Path aAgain = directory.resolve("nowhere").resolve("..").resolve("a");
    Files.createDirectory(directory.resolve("nowhere"));

    assertThat(lines(c, b, aAgain, a, c)).containsExactly("1", "2", "3", "4", "5");
    assertThat(EventFiles.resolve(List.of(b, a))).containsExactly(a.toString(), b.toString());
  }

  @Test
  void aFileThatCannotBeReadIsRefusedByName() throws IOException {
    Path there = plain("there", "a\n");
    for (Path wrong : List.of(directory.resolve("missing"), directory)) {
      assertThatThrownBy(() -> EventFiles.resolve(List.of(there, wrong)))
          .isInstanceOf(UserError.class)
          .hasMessage("Can't read the event file " + wrong + "; is the path right?");
    }
  }

  @Test
  void noFilesAreRefused() {
    assertThatThrownBy(() -> EventFiles.resolve(List.of()))
        .isInstanceOf(UserError.class)
        .hasMessage("No event files given");
  }

  @Test
  void anEmptyFileGivesNothing() throws IOException {
    Path empty = plain("b", "");

    assertThat(lines(plain("a", "1\n"), empty, gzip("c", ""), plain("d", "2\n")))
        .containsExactly("1", "2");
    Iterator<byte[]> none = EventFiles.lines(List.of(empty.toString()));
    assertThat(none.hasNext()).isFalse();
    assertThatExceptionOfType(NoSuchElementException.class).isThrownBy(none::next);
  }

  @Test
  void aFileKnowsTheNumberOfItsNextLine() throws IOException {
    String file = plain("numbered", "a\n\nc").toString();
    try (EventFiles.Lines lines = EventFiles.Lines.open(file)) {
      assertThat(lines.file()).isEqualTo(file);
      assertThat(lines.number()).isZero();
      assertThat(lines.next()).isEqualTo(new byte[] {'a'});
      assertThat(lines.number()).isEqualTo(1);
      assertThat(lines.next()).isEmpty();
      assertThat(lines.next()).isEqualTo(new byte[] {'c'});
      assertThat(lines.next()).isNull();
      assertThat(lines.next()).isNull();
      assertThat(lines.number()).isEqualTo(3);
    }
  }
}
